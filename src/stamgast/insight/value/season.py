"""Seasonality by operational time: a clock that runs faster when people buy more.

In the BG/NBD and MBG/NBD customers can only drop out at a purchase, so when all buy s times as
often in a month, that month simply counts s times its days, and the models hold unchanged on that
clock. The factors are estimated together with the other parameters. Where customers leave at any
moment (Pareto/NBD) the calendar cannot be stretched like this: leaving would be stretched too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .errors import ValueRefusal
from .states import Floats, Ints, States, days_per

PARTS: Mapping[str, int] = {"month": 12, "quarter": 4}
FEWEST_DAYS = 365


def season_names(kind: str | None) -> tuple[str, ...]:
    """Return the names of the free parameters; the first part is what the others compare with."""
    if kind is None:
        return ()
    if kind not in PARTS:
        known = ", ".join(PARTS)
        raise ValueRefusal("unknown_setting", f"season is none of {known}", season=kind)
    return tuple(f"season_{part}" for part in range(2, PARTS[kind] + 1))


def parts_of(kind: str, days: Ints) -> Ints:
    """Return to which part of the year each day belongs, counted from 0."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return np.asarray(months // (12 // PARTS[kind]), dtype=np.int64)


def factors(kind: str, logs: Floats) -> Floats:
    """Return the factor of each part of the year: one on average over its days."""
    raw = np.exp(np.concatenate(([0.0], logs)))
    return np.asarray(raw / (_shares(kind) * raw).sum(), dtype=np.float64)


def _shares(kind: str) -> Floats:
    """Return which share of four years' days falls in each part."""
    days = np.arange(4 * 365 + 1)
    count = np.bincount(parts_of(kind, days), minlength=PARTS[kind])
    return np.asarray(count / len(days), dtype=np.float64)


@dataclass(frozen=True)
class Clock:
    """Operational time at the start of each day from `first` on, in the unit of the states."""

    first: int
    reading: Floats

    @classmethod
    def of(cls, kind: str, logs: Floats, first: int, last: int, unit: str) -> Clock:
        days = np.arange(first, last + 1)
        pace = factors(kind, logs)[parts_of(kind, days)] / days_per(unit)
        return cls(first, np.concatenate(([0.0], np.cumsum(pace))))

    def at(self, days: Ints) -> Floats:
        return self.reading[days - self.first]

    def elapsed(self, day: int, horizon: Floats, unit: str) -> Floats:
        """Return the operational time of a horizon from a day on, parts of days included."""
        ahead = day - self.first + horizon * days_per(unit)
        return np.asarray(
            np.interp(ahead, np.arange(len(self.reading)), self.reading)
            - self.reading[day - self.first]
        )


def spans(states: States) -> tuple[Ints, Ints, int]:
    """Return the first and last purchase day of each state, and the cut-off day."""
    if states.start is None:
        raise ValueRefusal(
            "needs_calendar", "a seasonal model needs to know when: give a base, not times alone"
        )
    scale = days_per(states.unit)
    last = states.start + np.rint(states.t_x * scale).astype(np.int64)
    return states.start, last, int(np.rint(states.start[0] + states.T[0] * scale))


def on_the_clock(states: States, kind: str, logs: Floats, horizon: float = 0.0) -> _OnTheClock:
    """Return the states with operational instead of calendar times, and the clock itself."""
    first, last, until = spans(states)
    end = until + int(np.ceil(horizon * days_per(states.unit))) + 1
    clock = Clock.of(kind, logs, int(first.min()), end, states.unit)
    begun = clock.at(first)
    t_x, T = clock.at(last) - begun, clock.reading[until - clock.first] - begun
    return _OnTheClock(replace(states, t_x=np.maximum(t_x, 0.0), T=T, start=None), clock, until)


@dataclass(frozen=True)
class _OnTheClock:
    states: States
    clock: Clock
    until: int


@dataclass(frozen=True)
class SeasonSlopes:
    """What turns slopes by each state's times into slopes by the season's parameters."""

    kind: str
    states: States
    bought: Floats

    @classmethod
    def of(cls, kind: str, states: States, repeats: Mapping[int, float]) -> SeasonSlopes:
        """Prepare, or refuse data that do not show every part of the year for a whole year."""
        first, _, until = spans(states)
        if until - int(first.min()) < FEWEST_DAYS:
            raise ValueRefusal(
                "season_unseen",
                f"{until - int(first.min())} days are too few to tell seasons: a year is needed",
                days=until - int(first.min()),
                needed=FEWEST_DAYS,
            )
        days = np.fromiter(repeats.keys(), dtype=np.int64)
        counts = np.fromiter(repeats.values(), dtype=np.float64)
        bought = np.bincount(parts_of(kind, days), counts, PARTS[kind])
        if (bought == 0).any():
            missing = (np.flatnonzero(bought == 0) + 1).tolist()
            message = f"nobody came back in {kind} {missing} of the year"
            raise ValueRefusal("season_unseen", message, parts=missing)
        return cls(kind, states, bought.astype(np.float64))

    def log_density(self, logs: Floats) -> float:
        """Return what the pace on each purchase's day adds to the log-likelihood."""
        return float((self.bought * np.log(factors(self.kind, logs))).sum())

    def gradient(self, logs: Floats, by_t_x: Floats, by_T: Floats) -> Floats:
        """Return the slopes by the season's parameters, from those by t_x and T (weighted)."""
        first, last, until = spans(self.states)
        origin = int(first.min())
        steps = np.zeros(until - origin + 2)
        np.add.at(steps, first - origin, by_t_x + by_T)
        np.add.at(steps, last - origin, -by_t_x)
        steps[until - origin] -= by_T.sum()
        by_day = np.cumsum(steps)[:-1] / days_per(self.states.unit)
        parts = parts_of(self.kind, np.arange(origin, until + 1))
        pace = factors(self.kind, logs)
        by_pace = np.bincount(parts, by_day, PARTS[self.kind]) * pace + self.bought
        return np.asarray((by_pace - _shares(self.kind) * pace * by_pace.sum())[1:])
