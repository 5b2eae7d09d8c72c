"""Expected and actual purchases per week as a drawing: a band, a line, and dots outside the band."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from stamgast.signals.models import Alarm, OutsideEvent, WatchedSeries

WIDTH, HEIGHT = 1000, 220
WEEKS_SHOWN = 78
HEADROOM = 1.08


@dataclass(frozen=True)
class Week:
    """One week as the table shows it."""

    monday: date
    actual: float | None
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Mark:
    """Something dated on the line of time; `x` is a share of its length."""

    x: float
    width: float
    text: str
    is_alarm: bool


@dataclass(frozen=True)
class Month:
    """Where a month begins that is worth naming."""

    x: float
    monday: date


@dataclass(frozen=True)
class Drawing:
    """The points of a drawing WIDTH by HEIGHT that is stretched to the width of the page."""

    band: str
    expected: str
    actual: list[str]  # one line per stretch without a gap
    low_weeks: list[str]  # dots below the band
    top: int
    end_actual: float  # shares of the height, for the words beside the lines
    end_expected: float
    months: list[Month]
    marks: list[Mark]
    weeks: list[Week]


def draw(
    series: WatchedSeries, *, alarms: list[Alarm], events: list[tuple[OutsideEvent, str]]
) -> Drawing:
    """Draw the last weeks of a series with its alarms and the outside events of that time."""
    weeks = _weeks(series)[-WEEKS_SHOWN:]
    most = max(max(week.high, week.actual or 0.0) for week in weeks) * HEADROOM or 1.0
    step = WIDTH / max(len(weeks) - 1, 1)

    def point(place: int, value: float) -> str:
        return f"{place * step:.1f},{_y(value, most):.1f}"

    upper = [point(n, week.high) for n, week in enumerate(weeks)]
    lower = [point(n, week.low) for n, week in reversed(list(enumerate(weeks)))]
    ends = _apart(_last(weeks) / most, weeks[-1].expected / most)
    return Drawing(
        band=" ".join(upper + lower),
        expected=" ".join(point(n, week.expected) for n, week in enumerate(weeks)),
        actual=_stretches(weeks, point),
        low_weeks=[
            point(n, week.actual)
            for n, week in enumerate(weeks)
            if week.actual is not None and week.actual < week.low
        ],
        top=round(most / HEADROOM),
        end_actual=1 - ends[0],
        end_expected=1 - ends[1],
        months=_months(weeks),
        marks=_marks(weeks, alarms, events),
        weeks=weeks,
    )


def _weeks(series: WatchedSeries) -> list[Week]:
    first = date.fromisoformat(series.facts["first"])
    columns: list[list[Any]] = [
        series.facts[name] for name in ("actual", "expected", "low", "high")
    ]
    found = [
        Week(first + timedelta(weeks=n), actual, expected, low, high)
        for n, (actual, expected, low, high) in enumerate(zip(*columns, strict=True))
        if expected is not None
    ]
    begun = next((n for n, week in enumerate(found) if week.actual is not None), 0)
    return found[begun:]


def _y(value: float, most: float) -> float:
    return HEIGHT * (1 - value / most)


def _last(weeks: list[Week]) -> float:
    return next((week.actual for week in reversed(weeks) if week.actual is not None), 0.0)


def _stretches(weeks: list[Week], point: Any) -> list[str]:
    """Return the line of what came, broken where a week is not known."""
    lines: list[list[str]] = [[]]
    for place, week in enumerate(weeks):
        if week.actual is None:
            lines.append([])
        else:
            lines[-1].append(point(place, week.actual))
    return [" ".join(line) for line in lines if line]


def _apart(first: float, second: float, gap: float = 0.09) -> tuple[float, float]:
    """Move two words that would lie over each other apart, and keep both within the drawing."""
    if abs(first - second) < gap:
        middle, way = (first + second) / 2, 1 if first >= second else -1
        first, second = middle + way * gap / 2, middle - way * gap / 2
    return min(max(first, 0.03), 0.97), min(max(second, 0.03), 0.97)


def _months(weeks: list[Week]) -> list[Month]:
    """Name the first week of every third month or so, away from the edges."""
    starts = [
        (n, week.monday)
        for n, (before, week) in enumerate(pairwise(weeks), start=1)
        if before.monday.month != week.monday.month
    ]
    every = 1 + len(starts) // 7
    long = max(len(weeks) - 1, 1)
    return [Month(n / long, monday) for n, monday in starts[::every] if n / long < 0.93]


def _marks(
    weeks: list[Week], alarms: list[Alarm], events: list[tuple[OutsideEvent, str]]
) -> list[Mark]:
    """Return where drops and outside events lie; what lies before the drawing is left out."""
    first, last = weeks[0].monday, weeks[-1].monday
    long = max((last - first).days, 1)

    def place(day: date) -> float:
        return min(max((day - first).days / long, 0.0), 1.0)

    found = [
        Mark(place(alarm.since_on), place(last) - place(alarm.since_on), "", is_alarm=True)
        for alarm in alarms
        if alarm.since_on >= first
    ]
    for event, title in events:
        end = event.ends_on or last
        if end >= first and event.starts_on <= last:
            start = place(event.starts_on)
            found.append(Mark(start, place(end) - start, title, is_alarm=False))
    return found
