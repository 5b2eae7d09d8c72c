"""How customers fared with us in the past year: deliveries, complaints, returns, scores.

Buying again after a good and after a bad experience is compared as it was seen; that one goes with
the other does not say that one caused the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
)

from stamgast.customers.models import Answer, Interaction
from stamgast.sales.models import Order

YEAR = timedelta(days=365)
AGAIN_WITHIN = timedelta(days=90)
FEWEST = 20  # of either side, before two shares are compared
_REACH = 1.96  # 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Orders of which both the promised and the actual day are known."""

    count: int
    late: int
    days_late: float | None  # of those that came late

    @property
    def on_time_share(self) -> float:
        return 1 - self.late / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Handling:
    """Complaints or returns, and how many days they took on average."""

    count: int
    open: int
    late: int
    days: float | None


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """What customers gave for one thing we asked; `mean` on a scale of 0 to 10."""

    question: str
    answers: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many bought again within 90 days after a good and after a bad experience."""

    name: str
    good: int
    good_again: int
    bad: int
    bad_again: int

    @property
    def good_share(self) -> float:
        return self.good_again / self.good

    @property
    def bad_share(self) -> float:
        return self.bad_again / self.bad

    @property
    def gap(self) -> tuple[float, float]:
        """How many points more buy again after the good one: both ends of the 95 % interval."""
        a, b = self.good_share, self.bad_share
        reach = _REACH * sqrt(a * (1 - a) / self.good + b * (1 - b) / self.bad)
        return a - b - reach, a - b + reach


def deliveries(until: date) -> Deliveries:
    """Count deliveries on time and late in the year until this day."""
    known = _delivered(until - YEAR, until)
    is_late = Q(delivered_on__gt=F("promised_on"))
    found = known.aggregate(count=Count("pk"), late=Count("pk", filter=is_late))
    took = ExpressionWrapper(F("delivered_on") - F("promised_on"), output_field=DurationField())
    late = known.filter(is_late).aggregate(days=Avg(took))["days"]
    return Deliveries(found["count"], found["late"], _days(late))


def complaints(until: date) -> Handling:
    """Count complaints: those closed in the past year with their days, and what is open."""
    all_of_them = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT)
    closed = all_of_them.filter(closed_at__date__gt=until - YEAR)
    took = ExpressionWrapper(F("closed_at") - F("at"), output_field=DurationField())
    found = closed.aggregate(count=Count("pk"), days=Avg(took))
    still_open = all_of_them.filter(closed_at=None)
    late = still_open.filter(due__lt=until).count()
    return Handling(found["count"], still_open.count(), late, _days(found["days"]))


def returns(until: date) -> Handling:
    """Count returns of the past year, with the days from the order to the return."""
    back = Order.objects.filter(kind=Order.Kind.RETURN, day__gt=until - YEAR, day__lte=until)
    took = ExpressionWrapper(F("day") - F("of_order__day"), output_field=DurationField())
    known = back.filter(of_order__isnull=False).aggregate(days=Avg(took))
    return Handling(back.count(), 0, 0, _days(known["days"]))


def touchpoints(until: date) -> list[Touchpoint]:
    """Return the mean score of each thing we asked in the past year, with its 95 % interval."""
    given = Answer.objects.filter(
        score__isnull=False, out_of__gt=0, answered_at__date__gt=until - YEAR
    )
    rows = given.values_list("question", "score", "out_of").annotate(n=Count("pk")).order_by()
    by_question: dict[str, list[tuple[float, int]]] = {}
    for question, score, out_of, count in rows:
        by_question.setdefault(question, []).append((10 * score / out_of, count))
    return [_touchpoint(question, seen) for question, seen in sorted(by_question.items())]


def _touchpoint(question: str, seen: list[tuple[float, int]]) -> Touchpoint:
    n = sum(count for _, count in seen)
    mean = sum(score * count for score, count in seen) / n
    spread = sum(count * (score - mean) ** 2 for score, count in seen)
    reach = _REACH * sqrt(spread / (n - 1) / n) if n > 1 else 10.0
    return Touchpoint(question, n, mean, max(mean - reach, 0.0), min(mean + reach, 10.0))


def comparisons(until: date) -> list[Comparison]:
    """Compare buying again after good and bad experience, where there are enough of either."""
    settled = until - AGAIN_WITHIN
    delivered = _delivered(settled - YEAR, settled).filter(customer__isnull=False)
    is_late = Q(delivered_on__gt=F("promised_on"))
    found = [_compared("delivery", delivered.annotate(again=_bought_after("day")), is_late)]
    scored = Answer.objects.filter(
        score__isnull=False,
        out_of__gt=0,
        answered_at__date__gt=settled - YEAR,
        answered_at__date__lte=settled,
    )
    is_low = Q(score__lte=F("out_of") * 0.6)
    found.append(_compared("score", scored.annotate(again=_answered_again()), is_low))
    return [one for one in found if min(one.good, one.bad) >= FEWEST]


def _compared(name: str, rows: Any, is_bad: Q) -> Comparison:
    again = Q(again=True)
    counts = rows.aggregate(
        good=Count("pk", filter=~is_bad),
        good_again=Count("pk", filter=~is_bad & again),
        bad=Count("pk", filter=is_bad),
        bad_again=Count("pk", filter=is_bad & again),
    )
    return Comparison(name, **counts)


def _delivered(after: date, until: date) -> Any:
    return Order.objects.filter(
        kind=Order.Kind.SALE,
        is_cancelled=False,
        promised_on__isnull=False,
        delivered_on__gt=after,
        delivered_on__lte=until,
    )


def _bought_after(day: str) -> Exists:
    """Whether the customer bought later than this order, within 90 days of its delivery."""
    end = ExpressionWrapper(OuterRef("delivered_on") + AGAIN_WITHIN, output_field=DateField())
    return Exists(_purchases().filter(day__gt=OuterRef(day), day__lte=end))


def _answered_again() -> Exists:
    """Whether the customer bought within 90 days of answering."""
    end = OuterRef("answered_at") + AGAIN_WITHIN
    after = OuterRef("answered_at")
    return Exists(_purchases().filter(ordered_at__gt=after, ordered_at__lte=end))


def _purchases() -> Any:
    return Order.objects.filter(
        customer=OuterRef("customer"),
        kind=Order.Kind.SALE,
        is_purchase=True,
        is_cancelled=False,
    )


def _days(taken: timedelta | None) -> float | None:
    return None if taken is None else taken.total_seconds() / 86_400
