"""What a control group can show of an audience before anything is sent, in money per customer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, pvariance

from django.db.models import Avg, F, FloatField
from django.db.models.functions import Cast

from stamgast.campaigns.models import Campaign
from stamgast.insight.effect.power import propose_control
from stamgast.measurement.planning import sample, usual_after_days
from stamgast.sales.models import Order
from stamgast.scoring.models import Score
from stamgast.scoring.queries import current_run
from stamgast.strategy.models import Goal

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
# An effect worth having: so much of the margin that comes anyway, and at least so much a head.
_WORTH, _LEAST_MINOR = 0.2, 25
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
    days: int  # that the verdict rests on
    hoped_minor: int
    now: Size | None
    sizes: tuple[Size, ...]
    proposed: float | None
    reason: str


def power_of(campaign: Campaign, customers: Sequence[int], as_of: date) -> Power:
    """Say what a control group of this audience can show over the time its verdict rests on.

    That is the window, and the time after it too unless the goal is judged by the window alone. Where
    lots keep being drawn, of as many customers as are in it now.
    """
    window = spread(customers, as_of, campaign.window_days)
    days = campaign.window_days
    if not rests_on_window(campaign):
        days += usual_after_days(customers)
    sd = spread(customers, as_of, days).sd
    hoped = max(_LEAST_MINOR, _WORTH * window.mean, _cost(campaign) / 4)
    own = float(campaign.control_share)
    found = propose_control(
        len(customers),
        max(sd, 1.0),
        hoped=hoped,
        buying=window.buying,
        reads="as_they_come" if campaign.keeps_drawing else "daily",
        shares=sorted({*SHARES, own}),
    )
    sizes = [
        Size(one.control, one.held_out, round(one.detectable), round(one.price))
        for one in found.choices
    ]
    return Power(
        customers=len(customers),
        days=days,
        hoped_minor=round(hoped),
        now=next((size for size in sizes if size.share == own), None),
        sizes=tuple(size for size in sizes if size.share in SHARES),
        proposed=found.chosen.control if found.chosen else None,
        reason=found.reason,
    )


def rests_on_window(campaign: Campaign) -> bool:
    """Whether its goal asks for margin within the window, not for one that stays."""
    return campaign.goal is not None and campaign.goal.judged == Goal.Judged.MARGIN


@dataclass(frozen=True)
class Spread:
    """What customers bring in some days, in minor units, and the share of them that buys."""

    sd: float
    mean: float
    buying: float


def spread(customers: Sequence[int], as_of: date, days: int) -> Spread:
    """Return how far apart customers will be in margin over so many days.

    Each places orders by chance, as many as expected of them, of a margin like those they all placed
    in the last two years; that some are expected to order more than others sets them further apart.
    """
    run = current_run()
    if run is None or not customers:
        return Spread(0.0, 0.0, 0.0)
    some = sample(customers)
    margin = Cast(F("margin_minor"), FloatField())
    placed = Order.objects.filter(
        customer__in=some, is_purchase=True, is_cancelled=False, day__gt=as_of - _RECENT
    )
    each = placed.aggregate(mean=Avg(margin), square=Avg(margin * margin))
    mean, square = float(each["mean"] or 0), float(each["square"] or 0)
    told = Score.objects.filter(run=run, customer__in=some, purchases_90__isnull=False)
    counts = told.values_list("purchases_90", flat=True)
    orders = [count * days / 90 for count in counts if count is not None]
    orders = orders or [_FEW * days / 90]
    expected = fmean(orders)
    return Spread(
        sd=math.sqrt(expected * square + pvariance(orders, expected) * mean**2),
        mean=expected * mean,
        buying=1 - fmean(math.exp(-one) for one in orders),
    )


def _cost(campaign: Campaign) -> float:
    return max((float(offer.cost_minor) for offer in campaign.offers.all()), default=0.0)
