"""When a customer bought, as dots on a line: the figures for a drawing that a template makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Final

SMALLEST, LARGEST = 3.0, 9.0  # radius of a dot, in pixels
EDGE: Final = 0.08  # words so near to an edge run inwards
MOST_YEARS: Final = 8  # so many names of years fit on a phone


@dataclass(frozen=True)
class Dot:
    """One purchase: where on the line (a share of one), how large, and what it was."""

    x: float
    radius: float
    day: date
    amount_minor: int


@dataclass(frozen=True)
class Year:
    """Where a calendar year begins."""

    x: float
    year: int


@dataclass(frozen=True)
class Drawing:
    """The line from the first purchase shown to today, or to the next one expected."""

    dots: list[Dot]
    years: list[Year]
    now: float
    expected: float | None
    expected_day: date | None
    is_overdue: bool  # the day on which we expected them has passed

    @property
    def first_day(self) -> date:
        """The first purchase that is shown."""
        return self.dots[0].day

    @property
    def now_anchor(self) -> str:
        """To which side the word "now" runs, so that it stays on the drawing."""
        return _anchor(self.now)

    @property
    def expected_anchor(self) -> str:
        """To which side the word "expected" runs."""
        return _anchor(self.expected or 0)


def draw(
    purchases: Sequence[tuple[date, int]], *, as_of: date, usual_interval: float | None
) -> Drawing | None:
    """Place purchases (day and amount, in any order) on a line; None when there are none.

    The area of a dot follows its amount. The next purchase is expected one usual interval after
    the last.
    """
    bought = sorted(purchase for purchase in purchases if purchase[0] <= as_of)
    if not bought:
        return None
    expected = bought[-1][0] + timedelta(days=usual_interval) if usual_interval else None
    first, last = bought[0][0], max(as_of, expected or as_of)
    days = max((last - first).days, 1)

    def place(day: date) -> float:
        return (day - first).days / days

    largest = max(max(amount for _, amount in bought), 1)
    return Drawing(
        dots=[Dot(place(day), _radius(amount, largest), day, amount) for day, amount in bought],
        years=_named([Year(place(day), day.year) for day in _new_years(first, last)], place(as_of)),
        now=place(as_of),
        expected=place(expected) if expected else None,
        expected_day=expected,
        is_overdue=expected is not None and expected < as_of,
    )


def _new_years(first: date, last: date) -> list[date]:
    return [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]


def _named(years: list[Year], now: float) -> list[Year]:
    """Leave out years whose names would run into each other or into the word "now"."""
    step = 1 + len(years) // (MOST_YEARS + 1)
    return [year for year in years[::step] if abs(year.x - now) > EDGE]


def _anchor(x: float) -> str:
    return "start" if x < EDGE else "end" if x > 1 - EDGE else "middle"


def _radius(amount: int, largest: int) -> float:
    return SMALLEST + (LARGEST - SMALLEST) * sqrt(max(amount, 0) / largest)
