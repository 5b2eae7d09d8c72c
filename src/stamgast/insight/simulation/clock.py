"""The shop's clock: business days in its zone, and seasons as a pace of time.

Moments are floats: days since local midnight of the first simulated day. A season is not added to
the purchases afterwards but stretches and squeezes time itself: a shopper who buys at a rate of one
per thirty *operational* days buys more often where the season runs fast. With Poisson purchases
that is exactly a Poisson process whose intensity follows the season.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]

HOURS = 24
DAY_SECONDS = 86_400
_LEAST = 1e-9  # a closed hour still moves time a little, so that every moment has one pace
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Season:
    """How busy each month, weekday (Monday first) and local hour is, relative to the others."""

    months: tuple[float, ...] = (1.0,) * 12
    weekdays: tuple[float, ...] = (1.0,) * 7
    hours: tuple[float, ...] = (1.0,) * HOURS

    def __post_init__(self) -> None:
        """Refuse another number of months, weekdays or hours, and weights below or all at zero."""
        for name, length in (("months", 12), ("weekdays", 7), ("hours", HOURS)):
            weights = getattr(self, name)
            if len(weights) != length or min(weights) < 0 or sum(weights) <= 0:
                raise ValueError(f"{name} takes {length} weights of zero or more, not {weights}")


@lru_cache(maxsize=16)
def _offsets(zone: str, first: int, hours: int) -> Ints:
    """Seconds ahead of UTC for each hour from the first (seconds since 1970)."""
    place = ZoneInfo(zone)
    moments = (datetime.fromtimestamp(first + hour * 3600, UTC) for hour in range(hours))
    return np.array(
        [int(moment.astimezone(place).utcoffset().total_seconds()) for moment in moments],  # type: ignore[union-attr]
        dtype=np.int64,
    )


class Clock:
    """Translates moments to UTC, to local days and hours, and back, for a number of days."""

    def __init__(self, start: date, days: int, zone: str) -> None:
        """Start at local midnight of the first day and reach `days` further."""
        self.start = np.datetime64(start, "D")
        self.days = days
        midnight = datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(zone))
        self._origin = int(midnight.timestamp())
        self._offset = _offsets(zone, self._origin, (days + 2) * HOURS)
        edges = self._origin + np.arange(self._offset.size, dtype=np.int64) * 3600
        self._local = edges + self._offset  # local wall clock at each hour, seconds since 1970
        self.hour_edges: Floats = np.arange(self._offset.size + 1) / HOURS
        self._midnights = self._find_midnights()

    def _find_midnights(self) -> Floats:
        number = self._local // DAY_SECONDS - self._local[0] // DAY_SECONDS
        first_hour = np.searchsorted(number, np.arange(self.days + 1), side="left")
        return self.hour_edges[first_hour]

    def _hour_index(self, at: Floats) -> Ints:
        return np.clip(np.floor(at * HOURS), 0, self._offset.size - 1).astype(np.int64)

    def _local_seconds(self, at: Floats) -> Ints:
        seconds = self._origin + np.floor(at * DAY_SECONDS).astype(np.int64)
        return seconds + self._offset[self._hour_index(at)]

    def utc(self, at: Floats) -> Days:
        """Return the moments in UTC, cut to whole seconds."""
        seconds = self._origin + np.floor(at * DAY_SECONDS).astype(np.int64)
        return seconds.astype("datetime64[s]")

    def day(self, at: Floats) -> Days:
        """Return the local business days."""
        return (self._local_seconds(at) // DAY_SECONDS).astype("datetime64[D]")

    def hour(self, at: Floats) -> Ints:
        """Return the local hours of the day, 0 to 23."""
        return self._local_seconds(at) % DAY_SECONDS // 3600

    def midnight(self, day: date | np.datetime64 | Days) -> Floats:
        """Return the moments at which local days begin; days out of reach are clipped to it."""
        number = (np.asarray(day, dtype="datetime64[D]") - self.start).astype(np.int64)
        return self._midnights[np.clip(number, 0, self.days)]

    def next_midnight(self, at: Floats) -> Floats:
        """Return the first local midnight after the moments, at most that of the last day held."""
        return self.midnight(self.day(np.minimum(at, self.days)) + 1)

    def weights(self, season: Season) -> Floats:
        """Return how fast each hour runs in the season; 1 on average over a year."""
        days = (self._local // DAY_SECONDS).astype("datetime64[D]")
        month = days.astype("datetime64[M]").astype(np.int64) % 12
        weekday = (days.astype(np.int64) + 3) % 7
        hour = self._local % DAY_SECONDS // 3600
        months, weekdays, hours = (
            np.maximum(np.asarray(part, dtype=float), _LEAST)
            for part in (season.months, season.weekdays, season.hours)
        )
        usual = (months * _MONTH_DAYS).sum() / 365 * weekdays.mean() * hours.mean()
        return np.asarray(months[month] * weekdays[weekday] * hours[hour] / usual)


class Pace:
    """A season laid over a clock: from moments to operational days and back."""

    def __init__(self, clock: Clock, season: Season) -> None:
        """Add up the season's weights hour by hour."""
        self._edges = clock.hour_edges
        self._weights = clock.weights(season)
        self._elapsed = np.concatenate([[0.0], np.cumsum(self._weights)]) / HOURS

    def elapsed(self, at: Floats) -> Floats:
        """Return the operational days from the first day to the moments."""
        return np.interp(at, self._edges, self._elapsed)

    def moment(self, elapsed: Floats) -> Floats:
        """Return the moments at which so many operational days are over; inf beyond the clock."""
        return np.interp(elapsed, self._elapsed, self._edges, right=np.inf)

    def arrivals(
        self, rng: np.random.Generator, count: int, *, until: float, growth_per_year: float
    ) -> Floats:
        """Draw moments before `until`, as dense as the season times exponential growth."""
        middle = (self._edges[:-1] + self._edges[1:]) / 2
        density = self._weights * np.exp(growth_per_year * middle / 365.0)
        reached = np.concatenate([[0.0], np.cumsum(density)])
        total = np.interp(until, self._edges, reached)
        at = np.interp(rng.random(count) * total, reached, self._edges)
        return np.asarray(np.minimum(at, np.nextafter(until, 0.0)))


def later(day: Days, by: Ints) -> Days:
    """Return the days so many days later."""
    return np.asarray(day + by.astype("timedelta64[D]"))


def office_hours(rng: np.random.Generator, clock: Clock, days: Days) -> Floats:
    """Return moments between nine and half past five, local time, on the given days."""
    return clock.midnight(days) + rng.uniform(9.0, 17.5, size=days.shape) / HOURS
