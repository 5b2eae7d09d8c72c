"""What a rule would have given for past orders, and who would have reached which level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.loyalty import queries as points
from stamgast.loyalty import rules as earning
from stamgast.loyalty.figures import rules
from stamgast.loyalty.figures.queries import books
from stamgast.loyalty.models import (
    Member,
    Programme,
    Tier,
)
from stamgast.loyalty.rules import BoughtLine, RuleTerms
from stamgast.loyalty.tiers.queries import tier_rule, tiers
from stamgast.loyalty.tiers.rules import Level, level_for
from stamgast.sales.models import Line, Order

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule, beside those there are, would have given over the past year."""

    months: list[rules.Month]
    points: int
    orders: int
    members: int
    liability_minor: int  # were every point redeemed
    expected_minor: int
    per_order_minor: int
    reach: list[tuple[Tier, int]]  # how many would have each tier; only where points count
    is_expected_known: bool


def try_rule(
    terms: Mapping[str, Any], *, at: datetime, programme: Programme, only_members: bool = True
) -> Tried:
    """Return what an earning rule would have given on the orders of the past year; writes nothing."""
    rule = RuleTerms(
        version=0,
        rule=0,
        kind=str(terms["kind"]),
        points=int(terms.get("points") or 0),
        per_minor=int(terms.get("per_minor") or 100),
        factor=Fraction(Decimal(str(terms.get("factor") or 1))),
        category=str(terms.get("category") or ""),
        sku=str(terms.get("sku") or ""),
        action=str(terms.get("action") or ""),
        min_order_minor=int(terms.get("min_order_minor") or 0),
        most_times=0,
        does_qualify=bool(terms.get("does_qualify", True)),
        starts_at=at - YEAR,
        ends_at=None,
    )
    beside = [one for one in points.rules_now() if rule.kind == "multiplier"]
    zone = ZoneInfo(programme.zone)
    given: list[tuple[str, int]] = []
    per_customer: dict[int, int] = defaultdict(int)
    for order, lines in _past_orders(programme, at=at, only_members=only_members):
        with_it = _earned(lines, [*beside, rule], order, programme)
        without = _earned(lines, beside, order, programme) if beside else 0
        more = with_it - without
        if more:
            month = order["ordered_at"].astimezone(zone).strftime("%Y-%m")
            given.append((month, more))
            per_customer[order["customer"]] += more
    total = sum(count for _, count in given)
    share = books(programme, as_of=at).share
    expected = rules.liability(
        total, point_value=programme.point_value, redeemed_share=share.value if share else 1.0
    )
    return Tried(
        months=rules.by_month(given),
        points=total,
        orders=len(given),
        members=len(per_customer),
        liability_minor=rules.liability(total, point_value=programme.point_value),
        expected_minor=expected,
        per_order_minor=rules.nearest(Fraction(expected, len(given))) if given else 0,
        reach=_reach(per_customer.values()) if rule.does_qualify else [],
        is_expected_known=share is not None,
    )


def _earned(
    lines: Sequence[BoughtLine],
    terms: Sequence[RuleTerms],
    order: Mapping[str, Any],
    programme: Programme,
) -> int:
    known = [rule for rule in terms if rule.rule]  # of a running rule, also before it began
    dated = [*known, *(rule for rule in terms if not rule.rule)]
    moment = max([order["ordered_at"], *(rule.starts_at for rule in known)])
    return earning.earned(
        lines, dated, at=moment, rounding=programme.rounding, is_first=False
    ).points


def _past_orders(
    programme: Programme, *, at: datetime, only_members: bool
) -> Iterable[tuple[dict[str, Any], list[BoughtLine]]]:
    """Yield orders of the past year with what was paid per line, VAT included."""
    orders = Order.objects.filter(
        ordered_at__gte=at - YEAR,
        ordered_at__lte=at,
        is_purchase=True,
        is_cancelled=False,
        kind=Order.Kind.SALE,
        currency=programme.currency,
        customer__isnull=False,
    )
    if only_members:
        members = Member.objects.filter(merged_into=None, left_at=None)
        orders = orders.filter(customer__in=members.values("customer"))
    known: dict[int, dict[str, Any]] = {
        row["id"]: dict(row) for row in orders.values("id", "customer", "ordered_at")
    }
    bought: dict[int, list[BoughtLine]] = defaultdict(list)
    lines = Line.objects.filter(order__in=orders, is_charge=False, quantity__gt=0, net_minor__gte=0)
    for order, sku, category, quantity, net, rate in lines.values_list(
        "order", "product__sku", "product__category", "quantity", "net_minor", "vat_rate"
    ).iterator(chunk_size=5_000):
        gross = rules.nearest(Fraction(net) * (100 + Fraction(rate or 0)) / 100)
        bought[order].append(BoughtLine(sku or "", category or "", quantity, gross))
    for order, some in bought.items():
        yield known[order], some


def _reach(amounts: Iterable[int]) -> list[tuple[Tier, int]]:
    """Return how many would have each tier by these points, where points are what counts."""
    if tier_rule().measure != "points":
        return []
    every = list(tiers())
    levels = [Level(tier.pk, tier.threshold) for tier in every]
    counted: dict[int, int] = defaultdict(int)
    for amount in amounts:
        level = level_for(amount, levels)
        if level is not None:
            counted[level.id] += 1
    return [(tier, counted[tier.pk]) for tier in every]
