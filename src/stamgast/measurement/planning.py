"""How long to follow both arms, and what a standing control group could show: from what was bought."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Avg, Count, FloatField, Sum
from django.db.models.functions import Cast

from stamgast.customers.models import Customer
from stamgast.measurement.rules import LONGEST
from stamgast.sales.models import Order
from stamgast.scoring.queries import current_run, scores
from stamgast.staff.queries import shop

_AT_ONCE = 5_000
_UNKNOWN_INTERVAL = 30  # days, before anything was scored
_INTERVALS = 3  # as long as a pulled-forward purchase stays missing, and somewhat longer
STANDING_SHARES = (0.01, 0.02, 0.05, 0.1)


def usual_interval_days(customers: Sequence[int] = ()) -> float:
    """Return the days between purchases usual for those who bought more than once.

    Of these customers, and of the whole base where none of them did.
    """
    rows = scores().filter(orders__gte=2, usual_interval__isnull=False)
    for some in (rows.filter(customer__in=sample(customers)), rows):
        if found := some.aggregate(days=Avg("usual_interval"))["days"]:
            return float(found)
    return float(_UNKNOWN_INTERVAL)


def usual_after_days(customers: Sequence[int] = ()) -> int:
    """Return how long to follow both arms after the window: three of their usual intervals.

    Of who buys less than once a year no more than three years.
    """
    return min(math.ceil(_INTERVALS * usual_interval_days(customers)), LONGEST)


def sample(customers: Sequence[int]) -> list[int]:
    """Return enough customers, evenly picked, to know an average or a spread of them."""
    return list(customers)[:: max(1, len(customers) // _AT_ONCE)]


@dataclass(frozen=True)
class Spread:
    """How customers differed in what they brought over some days; amounts in minor units."""

    customers: int
    buyers: int
    mean_minor: float
    sd_minor: float

    @property
    def buying(self) -> float:
        """The share that bought anything."""
        return self.buyers / self.customers if self.customers else 0.0


def spread_of_base(*, days: int, as_of: date) -> Spread:
    """Return how all customers differed in margin over the days up to as_of.

    Who bought nothing counts as zero. Added up in the database.
    """
    customers = Customer.objects.filter(merged_into=None, erased_at=None).count()
    first = as_of - timedelta(days=days - 1)
    bought = Order.objects.filter(
        kind=Order.Kind.SALE,
        is_cancelled=False,
        customer__isnull=False,
        currency=shop().currency,
        ordered_at__gte=datetime.combine(first - timedelta(days=1), time(0), UTC),
        day__gte=first,
        day__lte=as_of,
    )
    own = bought.values("customer").annotate(margin=Sum("margin_minor"))
    size = Cast("margin", FloatField())
    sums = own.aggregate(buyers=Count("customer"), total=Sum(size), squares=Sum(size * size))
    if not customers or not sums["buyers"]:
        return Spread(customers, 0, 0.0, 0.0)
    mean = sums["total"] / customers
    variance = max(sums["squares"] / customers - mean * mean, 0.0)
    return Spread(customers, sums["buyers"], mean, variance**0.5)


@dataclass(frozen=True)
class StandingChoice:
    """A standing control group of some share, and the effect a year that it can ever show."""

    share: float
    customers: int
    shows_minor: float
    mean_minor: float
    is_enough: bool  # enough of them buy in a year to say anything


def standing_choices() -> list[StandingChoice]:
    """Return what a standing control group of each share can show in a year; none without scores."""
    from stamgast.insight.effect import FEWEST_BUYERS, detectable

    run = current_run()
    if run is None:
        return []
    spread = spread_of_base(days=365, as_of=run.as_of)
    found = []
    for share in STANDING_SHARES:
        held = round(spread.customers * share)
        if 2 <= held <= spread.customers - 2:
            shows = detectable(spread.customers, share, spread.sd_minor)
            is_enough = held * spread.buying >= FEWEST_BUYERS
            found.append(StandingChoice(share, held, shows, spread.mean_minor, is_enough))
    return found
