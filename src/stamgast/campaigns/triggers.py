"""What just happened, for campaigns that look at a customer when something does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from stamgast.campaigns import rules
from stamgast.campaigns.models import Campaign
from stamgast.events.models import Event
from stamgast.sales.models import Order

# A transaction that took long tells its event late: look so far back again. Once drawn, twice is
# nothing.
_AGAIN = timedelta(minutes=15)


def customers_of_news(campaign: Campaign, at: datetime) -> list[int]:
    """Return to whom the campaign's trigger happened since it last looked; history is no news.

    An order counts by when it was placed, whenever we hear of it: nothing from before the campaign
    began.
    """
    began = campaign.started_at
    if began is None or not campaign.trigger:
        return []
    since = max(began, (campaign.looked_at or began) - _AGAIN)
    news = Event.objects.filter(
        kind__in=rules.TRIGGERS[campaign.trigger], is_historic=False, at__gte=since, at__lte=at
    ).values_list("subject", "subject_id")
    orders = [pk for subject, pk in news if subject == "order" and pk]
    people = [pk for subject, pk in news if subject == "customer" and pk]
    return sorted({*people, *_buyers(orders, began)})


def _buyers(orders: Iterable[int], began: datetime) -> Iterable[int]:
    placed = Order.objects.filter(
        pk__in=list(orders), ordered_at__gte=began, customer__isnull=False, is_cancelled=False
    )
    return (pk for pk in placed.values_list("customer_id", flat=True) if pk is not None)
