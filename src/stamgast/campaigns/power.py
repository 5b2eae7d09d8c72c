"""What a control group can show of an audience before anything is sent, in money per customer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Avg, F, FloatField
from django.db.models.functions import Cast

from stamgast.campaigns.models import Campaign
from stamgast.insight.effect.power import propose_control
from stamgast.sales.models import Order
from stamgast.scoring.models import Score
from stamgast.scoring.queries import current_run

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
# An effect worth having: so much of the margin that comes anyway, and at least so much a head.
_WORTH, _LEAST_MINOR = 0.2, 25
_AT_ONCE = 5_000
_RECENT = timedelta(days=730)
_FEW = 0.3  # orders in 90 days, where nothing is expected yet


@dataclass(frozen=True)
class Size:
    """One size of control group: what it can show a head, and what holding out costs."""

    share: float
    held_out: int
    detectable_minor: int
    price_minor: int

    @property
    def percent(self) -> int:
        """The share in whole percents."""
        return round(self.share * 100)


@dataclass(frozen=True)
class Power:
    """What can be seen, with this control group and with others; `proposed` is the best share."""

    customers: int
    hoped_minor: int
    now: Size | None
    sizes: tuple[Size, ...]
    proposed: float | None
    reason: str


def power_of(campaign: Campaign, customers: Sequence[int], as_of: date) -> Power:
    """Say what a control group of this audience can show within the campaign's window.

    Margin per customer is taken to come from orders by chance: so many as expected of them, each of
    a margin like those they placed in the last two years.
    """
    sd, mean, buying = spread(customers, as_of, campaign.window_days)
    hoped = max(_LEAST_MINOR, _WORTH * mean, _cost(campaign) / 4)
    own = float(campaign.control_share)
    found = propose_control(
        len(customers),
        max(sd, 1.0),
        hoped=hoped,
        buying=buying,
        shares=sorted({*SHARES, own}),
    )
    sizes = [
        Size(one.control, one.held_out, round(one.detectable), round(one.price))
        for one in found.choices
    ]
    return Power(
        customers=len(customers),
        hoped_minor=round(hoped),
        now=next((size for size in sizes if size.share == own), None),
        sizes=tuple(size for size in sizes if size.share in SHARES),
        proposed=found.chosen.control if found.chosen else None,
        reason=found.reason,
    )


def spread(customers: Sequence[int], as_of: date, days: int) -> tuple[float, float, float]:
    """Return spread and mean of margin per customer in so many days, and the share that buys."""
    run = current_run()
    if run is None or not customers:
        return 0.0, 0.0, 0.0
    some = _some(customers)
    scores = Score.objects.filter(run=run, customer__in=some)
    expected = scores.aggregate(purchases=Avg("purchases_90"))["purchases"]
    margin = Cast(F("margin_minor"), FloatField())
    placed = Order.objects.filter(
        customer__in=some, is_purchase=True, is_cancelled=False, day__gt=as_of - _RECENT
    )
    each = placed.aggregate(mean=Avg(margin), square=Avg(margin * margin))
    orders = float(expected or _FEW) * days / 90
    mean, square = float(each["mean"] or 0), float(each["square"] or 0)
    return math.sqrt(orders * square), orders * mean, 1 - math.exp(-orders)


def _some(customers: Sequence[int]) -> list[int]:
    """Return enough of them for a spread, whatever their number."""
    return list(customers)[:: max(1, len(customers) // _AT_ONCE)]


def _cost(campaign: Campaign) -> float:
    return max((float(offer.cost_minor) for offer in campaign.offers.all()), default=0.0)
