"""Which campaign has a customer first where several want the same one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Q, QuerySet

from stamgast.campaigns.audience import Looking, looking, members
from stamgast.campaigns.models import Campaign, Delivery
from stamgast.staff.queries import shop

_LIVE = (
    Campaign.Status.CHECKED,
    Campaign.Status.APPROVED,
    Campaign.Status.RUNNING,
    Campaign.Status.PAUSED,
)
MOST_COMPARED = 12  # campaigns whose audiences are held against each other
_COUNTED_FOR = 3600  # seconds


@dataclass(frozen=True)
class Clash:
    """So many customers whom two campaigns want; the first has them first."""

    first: Campaign
    second: Campaign
    customers: int


def in_order(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Return campaigns in the order in which they have a customer."""
    return campaigns.order_by("priority", "pk")


def live_in_order() -> list[Campaign]:
    """Return what runs or may soon, in the order in which they have a customer."""
    return list(in_order(Campaign.objects.filter(status__in=_LIVE)))


def clashes(at: datetime, *, campaigns: Iterable[Campaign] | None = None) -> list[Clash]:
    """Return who wins from whom, and of how many customers; the most first.

    How many two want is counted once per run of scoring, and again when an audience changes; what
    staff note meanwhile may show up to an hour later.
    """
    rows = list(live_in_order() if campaigns is None else campaigns)[:MOST_COMPARED]
    look = looking(at)
    asked = json.dumps(sorted((one.pk, one.audience) for one in rows), sort_keys=True)
    digest = hashlib.sha256(asked.encode()).hexdigest()
    key = f"clashes:{look.run}:{look.as_of}:{digest}"
    both = cache.get_or_set(key, lambda: _wanted_by_two(rows, look), _COUNTED_FOR) or {}
    found = [
        Clash(first, second, both[frozenset((first.pk, second.pk))])
        for first, second in combinations(rows, 2)
    ]
    return sorted((one for one in found if one.customers), key=lambda one: -one.customers)


def _wanted_by_two(rows: list[Campaign], look: Looking) -> dict[frozenset[int], int]:
    wanted = [(one.pk, set(members(one.audience, look))) for one in rows]
    return {
        frozenset((first, second)): len(theirs & others)
        for (first, theirs), (second, others) in combinations(wanted, 2)
    }


def gives_way(one: Delivery, at: datetime) -> bool:
    """Say whether a contact has to wait: a campaign that goes first has this customer today.

    Its contact waits to go today, or went today.
    """
    campaign = one.assignment.campaign
    zone = ZoneInfo(shop().zone)
    today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    first = Q(
        state=Delivery.State.WAITING,
        due_at__gte=today,  # what waits for days, such as a call, holds nobody up
        due_at__lt=tomorrow,
        assignment__campaign__status=Campaign.Status.RUNNING,
    )
    went = Q(state__in=[Delivery.State.SENT, Delivery.State.UNCERTAIN], ended_at__gte=today)
    theirs = Delivery.objects.filter(assignment__customer=one.assignment.customer_id)
    return theirs.filter(first_to(campaign)).filter(first | went).exists()


def first_to(campaign: Campaign) -> Q:
    """Return the condition on deliveries of campaigns that have a customer before this one."""
    sooner = Q(assignment__campaign__priority__lt=campaign.priority)
    alike = Q(assignment__campaign__priority=campaign.priority)
    return sooner | (alike & Q(assignment__campaign__lt=campaign.pk))
