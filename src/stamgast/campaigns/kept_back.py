"""What a cap kept waiting until its offer or the window of its campaign ended: it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from stamgast.campaigns.caps import CAPS, most_heard
from stamgast.campaigns.models import Campaign, Delivery

_LIVE = (Campaign.Status.RUNNING, Campaign.Status.PAUSED)


def is_kept_back(one: Delivery, at: datetime) -> bool:
    """Say whether a contact waited for a cap until nothing was left to wait for."""
    return (one.message or one.contact or one).reason in CAPS and end_of(one)[0] <= at


def end_of(one: Delivery) -> tuple[datetime, str]:
    """Return until when a contact is worth waiting for, and what ends then: the offer or the window."""
    assignment = one.assignment
    window = timedelta(days=assignment.campaign.window_days)
    return min((assignment.expires_at, "offer"), (assignment.lot.assigned_at + window, "window"))


def how_kept_back(one: Delivery) -> dict[str, Any]:
    """Return how many contacts the customer had had in how many days at the end, and what ended.

    Without the numbers where no cap held at the end any more, as after a day without workers.
    """
    end, ended = end_of(one)
    heard = most_heard(one.assignment.customer, one.assignment.campaign.goal, end)
    return {"ended": ended, **({"times": heard[0], "days": heard[1]} if heard else {})}


def kept_back(at: datetime) -> QuerySet[Delivery]:
    """Return the contacts that wait for a cap though their offer ended, or the window of their campaign."""
    unhanded = Q(reason__in=CAPS, message=None, contact=None)
    waits = unhanded | Q(message__reason__in=CAPS) | Q(contact__reason__in=CAPS)
    over = Q(assignment__expires_at__lte=at)
    live = Campaign.objects.filter(status__in=_LIVE)
    for campaign, days in live.values_list("pk", "window_days"):
        drawn_before = at - timedelta(days=days)
        over |= Q(assignment__campaign=campaign, assignment__lot__assigned_at__lte=drawn_before)
    return Delivery.objects.filter(waits, over, state=Delivery.State.WAITING)
