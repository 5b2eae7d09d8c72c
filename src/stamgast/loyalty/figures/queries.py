"""The programme in figures: what came and went, what is owed, what it costs, and what it might."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from stamgast.loyalty import queries as points
from stamgast.loyalty import rules as earning
from stamgast.loyalty.figures import rules
from stamgast.loyalty.figures.rules import Cohort, Share
from stamgast.loyalty.models import (
    Claim,
    CodeUse,
    DiscountCode,
    Leg,
    LotUse,
    Member,
    MemberTier,
    PointsLot,
    Programme,
    Tier,
)
from stamgast.loyalty.rules import BoughtLine, RuleTerms
from stamgast.loyalty.tiers.queries import tier_rule, tiers
from stamgast.loyalty.tiers.rules import Level, level_for
from stamgast.sales.models import Line, Order

YEAR = timedelta(days=365)
LEAST_USES = 20  # fewer say nothing of how many points are used in the end


# --- what came and went -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flow:
    """What happened to points in one month."""

    month: date
    issued: int
    redeemed: int
    expired: int


def flows(*, since: datetime, until: datetime, zone: ZoneInfo) -> list[Flow]:
    """Return points issued, redeemed and expired per month, net of what was taken or given back."""
    rows = (
        Leg.objects.filter(
            wallet__kind="spendable",
            account__in=("issued", "redeemed", "expired"),
            entry__at__gte=since,
            entry__at__lt=until,
        )
        .annotate(month=TruncMonth("entry__at", tzinfo=zone))
        .values("month", "account")
        .annotate(all=Sum("points"))
        .order_by("month")
    )
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["month"].date()][row["account"]] = row["all"]
    return [
        Flow(month, -of.get("issued", 0), of.get("redeemed", 0), of.get("expired", 0))
        for month, of in sorted(found.items())
    ]


# --- what is owed -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Books:
    """What outstanding points stand for at a moment."""

    as_of: datetime
    points: int
    full_minor: int  # when every point is redeemed
    share: Share | None  # expected to be redeemed; None: too young to say
    expected_minor: int
    low_minor: int
    high_minor: int


def books(programme: Programme, *, as_of: datetime) -> Books:
    """Return the liability at the end of a moment, past or present, from the ledger alone."""
    standing = points.outstanding(as_of=as_of)
    open_points = sum(standing.get(name, 0) for name in ("available", "pending", "reserved"))
    share = None
    if _uses(as_of).count() >= LEAST_USES:
        months = programme.validity_months or 36
        share = rules.expected_redemption(cohorts(programme, as_of=as_of), months=months)
    if share is not None and not share.value:  # all that was used is too young to be counted
        share = None

    def minor(of: float) -> int:
        return rules.liability(open_points, point_value=programme.point_value, redeemed_share=of)

    return Books(
        as_of=as_of,
        points=open_points,
        full_minor=minor(1.0),
        share=share,
        expected_minor=minor(share.value if share else 1.0),
        low_minor=minor(share.low if share else 1.0),
        high_minor=minor(share.high if share else 1.0),
    )


def cohorts(programme: Programme, *, as_of: datetime) -> list[Cohort]:
    """Return per month of issue what was redeemed at which age; only whole months that are over."""
    zone = ZoneInfo(programme.zone)
    this = _number(as_of.astimezone(zone).date())
    granted: dict[int, list[int]] = {}
    lots = PointsLot.objects.filter(wallet__kind="spendable", granted_at__lte=as_of)
    by_month = lots.annotate(month=TruncMonth("granted_at", tzinfo=zone)).values("month")
    for row in by_month.annotate(all=Sum("granted"), members=Count("wallet", distinct=True)):
        granted[_number(row["month"].date())] = [row["all"], row["members"]]
    used: dict[tuple[int, int], int] = defaultdict(int)
    uses = (
        _uses(as_of)
        .annotate(
            month=TruncMonth("entry__at", tzinfo=zone),
            came=TruncMonth("lot__granted_at", tzinfo=zone),
        )
        .values("month", "came")
        .annotate(all=Sum("remaining"))
    )
    for use in uses:
        came = _number(use["came"].date())
        used[came, _number(use["month"].date()) - came] -= use["all"]
    return [
        Cohort(total, [max(0, used[month, age]) for age in range(this - month)], members)
        for month, (total, members) in sorted(granted.items())
        if month < this
    ]


def _uses(as_of: datetime) -> QuerySet[LotUse]:
    """Return what redeeming, and giving back what was redeemed, did to lots."""
    return LotUse.objects.filter(
        entry__at__lte=as_of,
        entry__kind__in=("spend", "return", "reverse"),
        entry__legs__account="redeemed",
    )


def _number(day: date) -> int:
    """Return a month as a number that can be counted with."""
    return day.year * 12 + day.month - 1


# --- what it costs, per tier --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TierFigures:
    """The members of one tier over the last year."""

    tier: Tier | None  # None: members without one
    members: int
    revenue_minor: int
    margin_minor: int
    cost_minor: int  # points and rewards they took, and what the tier gives


def by_tier(programme: Programme, *, at: datetime) -> list[TierFigures]:
    """Return members, revenue, margin and cost per present tier, the lowest first."""
    present = {
        row.member_id: row.falls_to_id if row.grace_until and at >= row.grace_until else row.tier_id
        for row in MemberTier.objects.filter(until=None)
    }
    taking_part = Member.objects.filter(merged_into=None, left_at=None)
    member_of = dict(taking_part.values_list("customer", "pk"))
    bought = (
        Order.objects.filter(
            customer__in=taking_part.values("customer"),
            ordered_at__gte=at - YEAR,
            ordered_at__lte=at,
            is_cancelled=False,
            currency=programme.currency,
            kind=Order.Kind.SALE,
        )
        .values("customer")
        .annotate(
            revenue=Sum("revenue_minor") - Sum("returned_minor"),
            margin=Sum("margin_minor"),
        )
    )
    amounts = {member_of[row["customer"]]: row for row in bought}
    costs = _costs(programme, at=at)
    groups: dict[int | None, list[int]] = defaultdict(list)
    for member in member_of.values():
        groups[present.get(member)].append(member)
    found = []
    for tier in (None, *tiers()):
        some = groups.get(tier.pk if tier else None, [])
        gives = sum(one.cost_minor for one in tier.benefits.all()) if tier else 0
        found.append(
            TierFigures(
                tier,
                len(some),
                sum(amounts[m]["revenue"] or 0 for m in some if m in amounts),
                sum(amounts[m]["margin"] or 0 for m in some if m in amounts),
                sum(costs.get(m, 0) for m in some) + gives * len(some),
            )
        )
    return found


def _costs(programme: Programme, *, at: datetime) -> dict[int, int]:
    """Return what points and rewards cost us per member in the last year.

    Points that bought a reward cost what the reward costs; others cost what they are worth.
    """
    since = at - YEAR
    spent = (
        Leg.objects.filter(
            wallet__kind="spendable", account="redeemed", entry__at__gt=since, entry__at__lte=at
        )
        .values("wallet__member")
        .annotate(all=Sum("points"))
    )
    claims = Claim.objects.filter(at__gt=since, at__lte=at).exclude(state=Claim.State.UNDONE)
    taken = {
        row["member"]: row
        for row in claims.values("member").annotate(points=Sum("points"), cost=Sum("cost_minor"))
    }
    found: dict[int, int] = {}
    for row in spent:
        member = row["wallet__member"]
        claimed = taken.get(member, {"points": 0, "cost": 0})
        others = max(0, row["all"] - claimed["points"])
        found[member] = rules.liability(others, point_value=programme.point_value) + claimed["cost"]
    return found


def members_share(programme: Programme, *, at: datetime) -> float | None:
    """Return which share of the last year's revenue members brought in, or None without any."""
    orders = Order.objects.filter(
        ordered_at__gte=at - YEAR,
        ordered_at__lte=at,
        is_cancelled=False,
        kind=Order.Kind.SALE,
        currency=programme.currency,
    )
    members = Member.objects.filter(merged_into=None, left_at=None).values("customer")
    both = orders.aggregate(
        all=Sum(F("revenue_minor") - F("returned_minor")),
        of_members=Sum(F("revenue_minor") - F("returned_minor"), filter=Q(customer__in=members)),
    )
    return (both["of_members"] or 0) / both["all"] if both["all"] else None


# --- what a rule would have done ----------------------------------------------------------------


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


# --- for the tax office -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VatLine:
    """What was given in a stretch of time, of one kind for VAT."""

    what: str  # reward, code, card sold, card used
    vat_kind: str
    vat_rate: Decimal | None
    requires_purchase: bool
    times: int
    amount_minor: int
    currency: str


def vat_lines(*, since: datetime, until: datetime) -> list[VatLine]:
    """Return what was given per kind for VAT, rate and currency; ranges are half-open."""
    claims = Claim.objects.filter(at__gte=since, at__lt=until).exclude(state=Claim.State.UNDONE)
    found = [
        VatLine("reward", r["kind"], r["rate"], r["needs"], r["times"], r["cost"], r["currency"])
        for r in claims.values(
            kind=F("reward__vat_kind"),
            rate=F("reward__vat_rate"),
            needs=F("reward__requires_purchase"),
            currency=F("reward__currency"),
        ).annotate(times=Count("pk"), cost=Sum("cost_minor"))
    ]
    uses = CodeUse.objects.filter(state="used", settled_at__gte=since, settled_at__lt=until)
    for r in uses.values(
        kind=F("code__code_set__vat_kind"),
        needs=F("code__code_set__requires_purchase"),
        currency=F("code__code_set__currency"),
        of=F("code__code_set__kind"),
    ).annotate(times=Count("pk"), given=Sum(F("amount_minor") - F("back_minor"))):
        what = "card_used" if r["of"] == "gift_card" else "code"
        found.append(
            VatLine(what, r["kind"], None, r["needs"], r["times"], r["given"], r["currency"])
        )
    cards = DiscountCode.objects.filter(
        code_set__is_sold=True, made_at__gte=since, made_at__lt=until, initial_minor__isnull=False
    )
    sold = cards.values(kind=F("code_set__vat_kind"), currency=F("code_set__currency"))
    for c in sold.annotate(cards=Count("pk"), sold=Sum("initial_minor")):
        found.append(
            VatLine("card_sold", c["kind"], None, False, c["cards"], c["sold"], c["currency"])
        )
    return sorted(found, key=lambda line: (line.what, line.vat_kind, line.vat_rate or 0))
