"""The programme in figures: what came and went, what is owed, what it costs, and what it might."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from stamgast.loyalty import balances
from stamgast.loyalty import queries as points
from stamgast.loyalty.figures import rules
from stamgast.loyalty.figures.rules import Cohort, Share
from stamgast.loyalty.models import (
    Claim,
    Leg,
    LotUse,
    Member,
    MemberTier,
    PointsLot,
    Programme,
    Tier,
)
from stamgast.loyalty.tiers.queries import tiers
from stamgast.sales.models import Order

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
    """Return the liability at the end of a moment, past or present, by what a point was worth then."""
    open_points = sum(balances.outstanding(as_of=as_of).values())
    worth = points.point_value_at(programme, as_of)
    share = None
    if _uses(as_of).count() >= LEAST_USES:
        months = programme.validity_months or 36
        share = rules.expected_redemption(cohorts(programme, as_of=as_of), months=months)
    if share is not None and not share.value:  # all that was used is too young to be counted
        share = None

    def minor(of: float) -> int:
        return rules.liability(open_points, point_value=worth, redeemed_share=of)

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
        Cohort(total, rules.net_uses([used[month, age] for age in range(this - month)]), members)
        for month, (total, members) in sorted(granted.items())
        if month < this
    ]


def _uses(as_of: datetime) -> QuerySet[LotUse]:
    """Return what redeeming, and giving back what was redeemed, did to lots.

    A return may take back what was earned as well: that is not redeemed.
    """
    gave_back = Q(entry__kind__in=("return", "reverse"), remaining__gt=0)
    return LotUse.objects.filter(
        Q(entry__kind="spend") | gave_back,
        entry__at__lte=as_of,
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
