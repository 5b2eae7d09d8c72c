"""What winning somebody back may cost: no more than their second life is expected to bring.

After Stauss and Friege (1999): whom to win back is a question of second lifetime value, not of how
likely they are to return. A first order after the return is all that is counted on, until enough
customers of this shop were won back to say how many follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from django.db.models import Avg, Count

from stamgast.campaigns.models import Campaign
from stamgast.campaigns.presets import presets
from stamgast.campaigns.presets.preset import SECOND_LIFE
from stamgast.campaigns.series import most_each
from stamgast.scoring.models import Score, Stage
from stamgast.scoring.queries import current_run

LEAST = 20  # customers who were won back: fewer say nothing of how a second life goes
ORDERS_AT_LEAST = 1.0


def is_capped(campaign: Campaign) -> bool:
    """Say whether what a campaign costs a head may not exceed what a return brings."""
    preset = presets().get(campaign.preset)
    return preset is not None and preset.cap == SECOND_LIFE


def orders_after_return() -> float:
    """Return how many orders somebody who came back places in the year after, in this shop."""
    won = Score.objects.filter(run=current_run(), stage=Stage.WON_BACK, purchases_365__isnull=False)
    found = won.aggregate(mean=Avg("purchases_365"), many=Count("pk"))
    if found["many"] < LEAST:
        return ORDERS_AT_LEAST
    return max(ORDERS_AT_LEAST, float(found["mean"]))


def second_lives(customers: Iterable[int]) -> dict[int, int]:
    """Return what a year after their return is expected to bring, in minor units, of each.

    Their own margin per order so far, times the orders that follow a return here. Of who is not
    scored nothing is known.
    """
    orders = orders_after_return()
    rows = Score.objects.filter(run=current_run(), customer__in=list(customers), orders__gt=0)
    told = rows.values_list("customer_id", "margin_minor", "orders")
    return {one: round(margin / times * orders) for one, margin, times in told}


def over_second_life(campaign: Campaign, customers: Iterable[int]) -> list[int]:
    """Return for whom the dearest offer with its contacts costs more than their return would bring."""
    if not is_capped(campaign):
        return []
    many, cost = list(customers), most_each(campaign)
    worth = second_lives(many)
    return [one for one in many if worth.get(one, 0) < cost]


def usual_second_life(customers: Iterable[int]) -> int | None:
    """Return the median of what the return of these customers would bring; None of nobody."""
    worth = list(second_lives(customers).values())
    return round(median(worth)) if worth else None
