"""Which campaign has a customer first where several want the same one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.models import Campaign, Delivery
from stamgast.staff.queries import shop

_LIVE = (
    Campaign.Status.CHECKED,
    Campaign.Status.APPROVED,
    Campaign.Status.RUNNING,
    Campaign.Status.PAUSED,
)
MOST_COMPARED = 12  # campaigns whose audiences are held against each other


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
    """Return who wins from whom, and of how many customers; the most first."""
    rows = list(live_in_order() if campaigns is None else campaigns)[:MOST_COMPARED]
    wanted = [(one, set(members(one.audience, looking(at)))) for one in rows]
    found = [
        Clash(first, second, len(theirs & others))
        for place, (first, theirs) in enumerate(wanted)
        for second, others in wanted[place + 1 :]
    ]
    return sorted((one for one in found if one.customers), key=lambda one: -one.customers)


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
