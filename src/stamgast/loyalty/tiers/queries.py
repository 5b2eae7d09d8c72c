"""Which tier a member has, what they measured, and how far it is to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum

from stamgast.customers.models import Customer
from stamgast.database.prepared import first, prepared
from stamgast.loyalty.models.ledger import Leg, Wallet
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.programme import Programme
from stamgast.loyalty.models.tiers import MemberTier, Tier, TierRule
from stamgast.loyalty.tiers import rules
from stamgast.loyalty.tiers.rules import Level, Progress, Standing
from stamgast.sales.models import Order


def tier_rule() -> TierRule:
    """Return how tiers are reached; the defaults until somebody says otherwise."""
    return TierRule.objects.filter(pk=1).first() or TierRule(pk=1)


def tiers() -> QuerySet[Tier]:
    """Return the tiers that are there, from low to high, with their benefits."""
    return Tier.objects.filter(removed_at=None).order_by("threshold").prefetch_related("benefits")


def levels(rows: Iterable[Tier]) -> list[Level]:
    """Return tiers as the rules see them."""
    return [Level(row.pk, row.threshold) for row in rows]


def standing_of(row: MemberTier | None) -> Standing:
    """Return a row as the rules see it."""
    if row is None:
        return Standing()
    return Standing(_level(row.tier), row.grace_until, _level(row.falls_to))


def _level(row: Tier | None) -> Level | None:
    return Level(row.pk, row.threshold) if row else None


def present_tier(member: Member, *, at: datetime) -> Tier | None:
    """Return a member's tier at this moment, or None; what was due but not written yet counts."""
    row = first(_present(member.pk))
    if row is None:
        return None
    return row.falls_to if row.grace_until and at >= row.grace_until else row.tier


@prepared
def _present(member: int) -> QuerySet[MemberTier]:
    rows = MemberTier.objects.filter(member=member, until=None)
    return rows.select_related("tier", "falls_to")


def tiers_at(customer: Customer, *, at: datetime) -> list[str]:
    """Return the codes of a customer's tier and of those below it: who has gold has silver too."""
    member = Member.objects.filter(customer=customer, merged_into=None, left_at=None).first()
    mine = present_tier(member, at=at) if member else None
    if mine is None:
        return []
    below = Tier.objects.filter(removed_at=None, threshold__lt=mine.threshold)
    return [*below.values_list("code", flat=True), mine.code]


# --- what members measured ----------------------------------------------------------------------


def measured(
    members: Sequence[Member], rule: TierRule, programme: Programme, *, day: date
) -> dict[int, int]:
    """Return what members measured at the end of a day, the best of the windows that count."""
    found = {member.pk: 0 for member in members}
    by_window: dict[tuple[date, date], list[Member]] = {}
    zone = ZoneInfo(programme.zone)
    for member in members:
        joined_on = member.joined_at.astimezone(zone).date()
        for window in rules.windows_of(
            rule.window, months=rule.months, joined_on=joined_on, day=day
        ):
            by_window.setdefault(window, []).append(member)
    for (start, end), some in by_window.items():
        for pk, amount in _in_window(some, rule.measure, programme, start, end).items():
            found[pk] = max(found[pk], amount)
    return found


def _in_window(
    members: Sequence[Member], measure: str, programme: Programme, start: date, end: date
) -> dict[int, int]:
    if measure == TierRule.Measure.POINTS:
        return _points(members, programme, start, end)
    by_customer = {member.customer_id: member.pk for member in members}
    bought = Order.objects.filter(
        customer__in=by_customer,
        kind=Order.Kind.SALE,
        is_purchase=True,
        is_cancelled=False,
        day__gte=start,
        day__lt=end,
    )
    if measure == TierRule.Measure.ORDERS:
        rows = bought.values("customer").annotate(all=Count("pk"))
    else:
        rows = (
            bought.filter(currency=programme.currency)
            .values("customer")
            .annotate(all=Sum("revenue_minor") - Sum("returned_minor"))
        )
    return {by_customer[row["customer"]]: row["all"] or 0 for row in rows}


def _points(
    members: Sequence[Member], programme: Programme, start: date, end: date
) -> dict[int, int]:
    """Return the qualifying points that were earned, less what was taken back, in a stretch."""
    zone = ZoneInfo(programme.zone)
    from_, until = (datetime.combine(day, time(), tzinfo=zone) for day in (start, end))
    rows = (
        Leg.objects.filter(
            wallet__member__in=[member.pk for member in members],
            wallet__kind=Wallet.Kind.QUALIFYING,
            account=Leg.Account.ISSUED,
            entry__at__gte=from_,
            entry__at__lt=until,
        )
        .values("wallet__member")
        .annotate(all=Sum("points"))
    )
    return {row["wallet__member"]: -(row["all"] or 0) for row in rows}


@dataclass(frozen=True, slots=True)
class Shown:
    """A member's tier as they see it."""

    tier: Tier | None
    grace_until: datetime | None
    falls_to: Tier | None
    progress: Progress
    next: Tier | None
    measure: str


def shown(member: Member, *, at: datetime) -> Shown | None:
    """Return a member's tier and how far the next one is; None without tiers."""
    every = list(tiers())
    if not every:
        return None
    rule, programme = tier_rule(), Programme.objects.filter(pk=1).first() or Programme(pk=1)
    day = at.astimezone(ZoneInfo(programme.zone)).date()
    amount = measured([member], rule, programme, day=day)[member.pk]
    row = MemberTier.objects.filter(member=member, until=None).first()
    ahead = rules.progress(amount, levels(every))
    by_id = {tier.pk: tier for tier in every}
    mine = present_tier(member, at=at)
    is_grace = row is not None and row.grace_until is not None and at < row.grace_until
    return Shown(
        tier=mine,
        grace_until=row.grace_until if row and is_grace else None,
        falls_to=row.falls_to if row and is_grace else None,
        progress=ahead,
        next=by_id[ahead.next.id] if ahead.next else None,
        measure=rule.measure,
    )
