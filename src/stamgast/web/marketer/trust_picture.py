"""Expected against actual purchases per week, as two lines of one drawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

WIDTH, HEIGHT = 600, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 92, 14, 26


@dataclass(frozen=True, slots=True)
class Drawing:
    """The two lines as points of an SVG, with what the edges say."""

    actual: str
    expected: str
    actual_end: float
    expected_end: float
    right: int
    top_value: int
    base: int
    top: int
    first: date
    last: date


def lines(weeks: list[dict[str, Any]]) -> Drawing | None:
    """Draw both lines from zero up; None when there are fewer than two weeks.

    A last week of fewer than seven days is left out: it would look like a fall.
    """
    whole = [
        week
        for before, week in zip([None, *weeks], weeks, strict=False)
        if before is None or _days(before, week) >= 7
    ]
    if len(whole) < 2:
        return None
    most = max(max(week["actual"], week["expected"]) for week in whole) or 1.0
    top = _round_up(most)
    step = (WIDTH - LEFT - RIGHT) / (len(whole) - 1)

    def height(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)

    def points(name: str) -> str:
        return " ".join(
            f"{LEFT + place * step:.1f},{height(week[name])}" for place, week in enumerate(whole)
        )

    actual, expected = height(whole[-1]["actual"]), height(whole[-1]["expected"])
    if abs(actual - expected) < 14:  # the words must not lie over each other
        shift = (14 - abs(actual - expected)) / 2
        actual, expected = (
            (actual - shift, expected + shift)
            if actual <= expected
            else (actual + shift, expected - shift)
        )
    return Drawing(
        points("actual"),
        points("expected"),
        actual + 4,
        expected + 4,
        WIDTH - RIGHT + 6,
        top,
        HEIGHT - BOTTOM,
        TOP,
        date.fromisoformat(whole[0]["ends"]),
        date.fromisoformat(whole[-1]["ends"]),
    )


def _days(before: dict[str, Any], week: dict[str, Any]) -> int:
    return (date.fromisoformat(week["ends"]) - date.fromisoformat(before["ends"])).days


def _round_up(value: float) -> int:
    """Return the next round number, so that the scale reads easily."""
    size: int = 10 ** (len(str(int(value))) - 1)
    return next(int(size * m) for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20) if size * m >= value)
