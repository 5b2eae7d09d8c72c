"""Extra margin per customer as it came in: a band that narrows, a line, and where it became certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

from stamgast.measurement.models import Verdict

WIDTH, HEIGHT = 1000, 240


@dataclass(frozen=True)
class Reading:
    """One day as the table shows it; amounts per customer in minor units."""

    on: date
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Tick:
    """An amount on the left, at a share of the height."""

    at: float
    minor: float


@dataclass(frozen=True)
class Drawing:
    """The points of a drawing WIDTH by HEIGHT that is stretched to the width of its card."""

    band: str
    line: str
    zero: float  # shares of the height and the width, for the words beside the lines
    end: float
    ticks: list[Tick]
    certain_at: float | None
    certain_day: int
    window_at: float | None
    first: date
    last: date
    readings: list[Reading]

    @property
    def newest(self) -> Reading:
        """The reading of the last day."""
        return self.readings[-1]


def draw(verdicts: Sequence[Verdict]) -> Drawing | None:
    """Draw the readings of one experiment, oldest first; None while there are fewer than two."""
    readings = [
        Reading(one.as_of, net["estimate"], net["low"], net["high"])
        for one in verdicts
        if (net := one.facts.get("net_per_head_minor"))
    ]
    if len(readings) < 2:
        return None
    low, high = _range(readings)
    first, last = readings[0].on, readings[-1].on
    long = max((last - first).days, 1)
    began = date.fromisoformat(verdicts[0].facts["first"])
    until = date.fromisoformat(verdicts[-1].facts["until"])

    def x(on: date) -> float:
        return (on - first).days / long

    def y(value: float) -> float:
        return min(max((high - value) / (high - low), -0.02), 1.02)

    def points(of: Sequence[tuple[date, float]]) -> str:
        return " ".join(f"{x(on) * WIDTH:.1f},{y(value) * HEIGHT:.1f}" for on, value in of)

    upper = [(one.on, one.high) for one in readings]
    lower = [(one.on, one.low) for one in reversed(readings)]
    certain = _certain(readings)
    return Drawing(
        band=points([*upper, *lower]),
        line=points([(one.on, one.estimate) for one in readings]),
        zero=y(0),
        end=y(readings[-1].estimate),
        ticks=[Tick(y(value), value) for value in _ticks(low, high)],
        certain_at=x(certain.on) if certain else None,
        certain_day=(certain.on - began).days + 1 if certain else 0,
        window_at=x(until) if first < until < last else None,
        first=first,
        last=last,
        readings=readings,
    )


def _range(readings: Sequence[Reading]) -> tuple[float, float]:
    """Return the amounts to show: the later half whole, wider bands of the first days cut off."""
    half = readings[len(readings) // 3 :]
    low = min(0.0, *(one.low for one in half))
    high = max(0.0, *(one.high for one in half))
    room = (high - low or 100.0) * 0.12
    return low - room, high + room


def _certain(readings: Sequence[Reading]) -> Reading | None:
    """Return the first day since which the sign has been certain, if it is today."""
    found = None
    for one in reversed(readings):
        if one.low <= 0 <= one.high:
            break
        found = one
    return found


def _ticks(low: float, high: float) -> list[float]:
    """Return round amounts, about four of them, zero among them."""
    raw = (high - low) / 4
    step = 10 ** floor(log10(raw))
    step *= next(n for n in (1, 2, 5, 10) if n * step >= raw)
    first = int(low // step) + 1
    return [n * step for n in range(first, int(high // step) + 1)]
