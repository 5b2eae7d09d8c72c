"""Which tier somebody has: windows, thresholds, grace; values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stamgast.loyalty.tiers.errors import BadTier

MEASURES = ("points", "spend", "orders")
WINDOWS = ("rolling", "calendar_year", "since_joining")
DOWNGRADES = ("one_down", "straight")
BENEFITS = ("free_shipping", "extra_points", "birthday", "early_access", "service", "other")
MOST_TIERS = 10


@dataclass(frozen=True, slots=True)
class Level:
    """A tier as the rules see it."""

    id: int
    threshold: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member has: a tier or none, and by when they lose it."""

    level: Level | None = None
    grace_until: datetime | None = None
    falls_to: Level | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is to the next tier, and what keeps the present one."""

    measured: int
    next: Level | None
    missing: int
    share: float  # 0 to 1


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def windows_of(window: str, *, months: int, joined_on: date, day: date) -> list[tuple[date, date]]:
    """Return the stretches of days (half-open) whose best counts at the end of `day`.

    Rolling: the last so many months. Calendar year: this year, and last year because its tier holds
    through this one. Since joining: likewise with years that begin on the day of joining.
    """
    tomorrow = day + timedelta(days=1)
    if window == "rolling":
        return [(months_before(tomorrow, months), tomorrow)]
    if window == "calendar_year":
        start = date(day.year, 1, 1)
        return [(date(day.year - 1, 1, 1), start), (start, tomorrow)]
    years = day.year - joined_on.year
    while (start := months_before(joined_on, -12 * years)) > day:
        years -= 1
    found = [(start, tomorrow)]
    if years > 0:
        found.insert(0, (months_before(joined_on, -12 * (years - 1)), start))
    return found


def level_for(measured: int, levels: Sequence[Level]) -> Level | None:
    """Return the highest tier that this reaches; the levels stand from low to high."""
    reached = [level for level in levels if measured >= level.threshold]
    return reached[-1] if reached else None


def now_of(standing: Standing, *, at: datetime) -> Level | None:
    """Return the tier at a moment: when grace is over it is gone, also before anybody wrote it."""
    if standing.grace_until is not None and at >= standing.grace_until:
        return standing.falls_to
    return standing.level


def judged(
    standing: Standing,
    measured: int,
    levels: Sequence[Level],
    *,
    at: datetime,
    downgrade: str,
    grace: timedelta,
) -> Standing:
    """Return what a member has after looking at what they measured.

    Up goes at once. Who no longer qualifies keeps the tier through the grace, and then falls one
    step or straight to what they qualify for; who qualifies again in time keeps it.
    """
    present = now_of(standing, at=at)
    deserved = level_for(measured, levels)
    height = {level.id: place for place, level in enumerate(levels)}
    if present is not None and present.id not in height:  # the tier was removed
        return Standing(deserved)
    now = height[present.id] if present else -1
    wanted = height[deserved.id] if deserved else -1
    if wanted >= now:
        return Standing(deserved)
    lower = wanted if downgrade == "straight" else now - 1
    falls_to = levels[lower] if lower >= 0 else None
    if present is standing.level and standing.grace_until is not None:
        return Standing(present, standing.grace_until, falls_to)
    if not grace:
        return Standing(falls_to)
    return Standing(present, at + grace, falls_to)


def progress(measured: int, levels: Sequence[Level]) -> Progress:
    """Return how far it is from what was measured to the next tier."""
    ahead = next((level for level in levels if level.threshold > measured), None)
    if ahead is None:
        return Progress(measured, None, 0, 1.0)
    return Progress(measured, ahead, ahead.threshold - measured, max(0, measured) / ahead.threshold)


def check_rule(*, measure: str, window: str, months: int, downgrade: str, grace_days: int) -> None:
    """Refuse a tier rule that cannot be."""
    if measure not in MEASURES:
        raise BadTier(field="measure")
    if window not in WINDOWS:
        raise BadTier(field="window")
    if not 1 <= months <= 60:
        raise BadTier(field="months")
    if downgrade not in DOWNGRADES:
        raise BadTier(field="downgrade")
    if not 0 <= grace_days <= 366:
        raise BadTier(field="grace_days")
