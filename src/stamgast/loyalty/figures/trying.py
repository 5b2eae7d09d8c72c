"""What a rule would have given for past orders, and who would have reached which level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from stamgast.loyalty import queries as points
from stamgast.loyalty import rules as earning
from stamgast.loyalty.figures import rules
from stamgast.loyalty.figures.queries import books
from stamgast.loyalty.models import EarningRule, Member, Programme, Tier
from stamgast.loyalty.rules import BoughtLine, Earned, RuleTerms
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
    reach: list[
        tuple[Tier, int]
    ]  # how many would have each tier, by all that they earned or bought
    is_expected_known: bool
    is_of_orders: bool = True  # of other things that are done, past orders tell nothing


def try_rule(
    terms: Mapping[str, Any],
    *,
    at: datetime,
    programme: Programme,
    only_members: bool = True,
    instead_of: EarningRule | None = None,
) -> Tried:
    """Return what an earning rule would have given on the orders of the past year; writes nothing.

    Beside the rules that hold now, as if all had held for a year; of which `instead_of` is left out.
    """
    rule = _whole_year(_rule_of(terms, at), at)
    if rule.action and rule.action != EarningRule.Action.FIRST_ORDER:
        return Tried([], 0, 0, 0, 0, 0, 0, [], is_expected_known=True, is_of_orders=False)
    but = instead_of.pk if instead_of else 0
    now = [one for one in points.rules_now() if one.rule != but and one.holds_at(at)]
    beside = [_whole_year(one, at) for one in now]
    zone = ZoneInfo(programme.zone)
    given: list[tuple[date, int]] = []
    customers: set[int] = set()
    counted: dict[int, int] = defaultdict(int)
    measure = _MEASURES[tier_rule().measure]

    @cache  # shops sell the same baskets over and over, and all rules hold the whole year
    def earned_by(lines: tuple[BoughtLine, ...], is_first: bool) -> tuple[Earned, Earned]:
        facts: dict[str, Any] = {"at": at, "rounding": programme.rounding, "is_first": is_first}
        without = earning.earned(lines, beside, **facts)
        return earning.earned(lines, [*beside, rule], **facts), without

    for order, lines in _past_orders(programme, at=at, only_members=only_members):
        with_it, without = earned_by(tuple(lines), order["is_first"])
        more = with_it.points - without.points
        counted[order["customer"]] += measure(order, with_it)
        if more:
            given.append((order["ordered_at"].astimezone(zone).date(), more))
            customers.add(order["customer"])
    total = sum(count for _, count in given)
    share = books(programme, as_of=at).share
    expected = rules.liability(
        total, point_value=programme.point_value, redeemed_share=share.value if share else 1.0
    )
    return Tried(
        months=rules.by_month(given),
        points=total,
        orders=len(given),
        members=len(customers),
        liability_minor=rules.liability(total, point_value=programme.point_value),
        expected_minor=expected,
        per_order_minor=rules.nearest(Fraction(expected, len(given))) if given else 0,
        reach=_reach(counted.values()),
        is_expected_known=share is not None,
    )


# What one order adds to what a tier measures.
_MEASURES: Mapping[str, Callable[[Mapping[str, Any], Earned], int]] = {
    "points": lambda order, earned: earned.qualifying,
    "spend": lambda order, earned: order["revenue_minor"] - order["returned_minor"],
    "orders": lambda order, earned: 1,
}


def _rule_of(terms: Mapping[str, Any], at: datetime) -> RuleTerms:
    return RuleTerms(
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
        starts_at=at,
        ends_at=None,
    )


def _whole_year(rule: RuleTerms, at: datetime) -> RuleTerms:
    return replace(rule, starts_at=at - YEAR, ends_at=None)


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
    earlier = Order.objects.filter(
        customer=OuterRef("customer"),
        ordered_at__lt=OuterRef("ordered_at"),
        is_purchase=True,
        is_cancelled=False,
        kind=Order.Kind.SALE,
    )
    rows = orders.annotate(is_first=~Exists(earlier)).values(
        "id", "customer", "ordered_at", "revenue_minor", "returned_minor", "is_first"
    )
    known: dict[int, dict[str, Any]] = {row["id"]: dict(row) for row in rows}
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
    """Return how many would have each tier by what they measured."""
    every = list(tiers())
    levels = [Level(tier.pk, tier.threshold) for tier in every]
    counted: dict[int, int] = defaultdict(int)
    for amount in amounts:
        level = level_for(amount, levels)
        if level is not None:
            counted[level.id] += 1
    return [(tier, counted[tier.pk]) for tier in every]
