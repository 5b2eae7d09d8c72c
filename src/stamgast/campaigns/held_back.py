"""What the lot of a campaign kept from its control group: contacts that they would have had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from stamgast.campaigns.channels import come_to_us
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.series import days_of, steps_of
from stamgast.measurement.models import Lot

_DAY = timedelta(days=1)
_LIVE = (Campaign.Status.RUNNING, Campaign.Status.PAUSED)


def would_have_heard(
    customers: Sequence[int], *, before: Campaign, since: datetime, at: datetime
) -> Counter[int]:
    """Count the contacts that other campaigns kept from their control groups, per customer.

    As many as the offer with most of them has in that time. Of a campaign that comes after `before`
    those of the last day do not count yet, as they do not for the treated while they wait to go.
    """
    may_count = Q(status__in=_LIVE) | Q(ended_at__gte=since)
    others = {
        one.experiment_id: one
        for one in Campaign.objects.filter(may_count, experiment__isnull=False)
        .exclude(pk=before.pk)
        .prefetch_related("steps", "offers")
    }
    days = {number: _days(one) for number, one in others.items()}
    lots = Lot.objects.filter(
        experiment__in=others, arm__is_control=True, customer__in=customers
    ).values_list("customer_id", "experiment_id", "assigned_at")
    found: Counter[int] = Counter()
    for customer, experiment, drawn_at in lots:
        until = _until(others[experiment], before, at)
        found[customer] += max(
            sum(since <= drawn_at + timedelta(days=day) <= until for day in offer)
            for offer in days[experiment]
        )
    return found


def _days(campaign: Campaign) -> list[list[int]]:
    """Return per offer on which days after the lot it reaches somebody."""
    steps = sorted(campaign.steps.all(), key=lambda step: (step.position, step.pk))
    offers = (days_of(steps_of(steps, offer)) for offer in campaign.offers.all())
    passive = come_to_us()
    return [[day for day, step in one if step.channel not in passive] for one in offers] or [[]]


def _until(campaign: Campaign, before: Campaign, at: datetime) -> datetime:
    """Return until when its contacts went, or would have gone."""
    is_first = (campaign.priority, campaign.pk) < (before.priority, before.pk)
    last = campaign.ended_at or campaign.paused_at or at
    return min(last, at if is_first else at - _DAY)
