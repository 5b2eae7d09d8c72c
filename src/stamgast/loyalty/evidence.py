"""What the programme can tell about why customers stay: points that wait, and a tier that gives something.

Both speak of the economic bond: what somebody would lose by leaving.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from stamgast.loyalty.models import Checkout, Leg, MemberTier
from stamgast.loyalty.queries import programme
from stamgast.loyalty.worth.queries import left_out

_THEIRS = ("available", "pending", "reserved", "owed")


def told(as_of: date) -> Any:
    """Return the evidence up to the end of a business day, as `insight.bonds` asks for it.

    Points count by what they are worth beside half a usual purchase: from there on they bind wholly. A
    tier counts by what it gives in a year beside a usual purchase.
    """
    import pyarrow as pa

    settings = programme()
    end = datetime.combine(as_of + timedelta(days=1), time.min, ZoneInfo(settings.zone))
    usual = _usual_purchase(end)
    rows = [
        (customer, "benefit_later", min(1.0, points * float(settings.point_value) * 2 / usual))
        for customer, points in _points(end)
    ]
    rows += [(customer, "tier_benefit", min(1.0, worth / usual)) for customer, worth in _tiers(end)]
    return pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.int64()),
            "indicator": pa.array([row[1] for row in rows], pa.string()),
            "value": pa.array([row[2] for row in rows], pa.float64()),
            "day": pa.array([as_of] * len(rows), pa.date32()),
        }
    )


def _usual_purchase(end: datetime) -> float:
    """Return what members usually pay at once, in minor units; ten euros while nobody bought."""
    bought = Checkout.objects.filter(
        status="committed", committed_at__lt=end, member__isnull=False, total_minor__gt=0
    )
    totals = bought.order_by("total_minor").values_list("total_minor", flat=True)
    count = totals.count()
    return float(totals[count // 2]) if count else 1000.0


def _points(end: datetime) -> list[tuple[int, int]]:
    """Return the points of each customer who has any, as they stood then."""
    rows = (
        Leg.objects.filter(
            wallet__kind="spendable",
            account__in=_THEIRS,
            entry__at__lt=end,
            wallet__member__merged_into=None,
        )
        .filter(Q(wallet__member__left_at=None) | Q(wallet__member__left_at__gte=end))
        .values_list("wallet__member__customer")
        .annotate(in_all=Sum("points"))
        .order_by("wallet__member__customer")
    )
    return [(customer, points) for customer, points in rows if points > 0]


def _tiers(end: datetime) -> list[tuple[int, int]]:
    """Return what the tier of each customer who had one then gives them in a year, as their lot has it."""
    rows = (
        MemberTier.objects.filter(since__lt=end, tier__isnull=False, member__merged_into=None)
        .filter(Q(until=None) | Q(until__gte=end))
        .filter(Q(grace_until=None) | Q(grace_until__gte=end))
        .filter(tier__benefits__value_minor__gt=0)
        .values_list("member__customer", "tier__benefits", "tier__benefits__value_minor")
        .order_by("member__customer")
    )
    without, worth = left_out(end), Counter[int]()
    for customer, benefit, value in rows:
        if (customer, benefit) not in without:
            worth[customer] += value
    return list(worth.items())
