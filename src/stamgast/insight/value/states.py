"""Counted customer states: how many customers share the same history.

A history in the buy-till-you-die models is three numbers: x repeat purchases, the last of them at
t_x, watched until T, both since the first purchase. At day grain many customers share all three, so
a million customers come down to some hundred thousand states, each with a weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from math import floor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .compiled import compiled
from .errors import ValueRefusal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS_PER: Mapping[str, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
"""The time units a base can be counted in, and how many days each holds."""

LARGEST_GRID = 4_000_000
LARGEST_KEY = 2**62
SAMPLE_STATES = 20_000


def days_per(unit: str) -> float:
    """Return how many days a unit holds, or refuse a unit that is not known."""
    if unit not in DAYS_PER:
        known = ", ".join(DAYS_PER)
        raise ValueRefusal("unknown_unit", f"unit {unit!r} is none of {known}", unit=unit)
    return DAYS_PER[unit]


@dataclass(frozen=True)
class States:
    """Histories and the number of customers with each; times in `unit`, all arrays of one length.

    `covariates` holds one number per state and name, for the models that take them; `start` the day
    number of the first purchase where it is known, for the models that know seasons. `grain` is the
    length of a day where times are whole days and purchases of one day are one, and 0 where times
    are moments (see `day_grain`).
    """

    x: Ints
    t_x: Floats
    T: Floats
    weight: Floats
    unit: str
    covariates: Mapping[str, Floats] = field(default_factory=dict)
    start: Ints | None = None
    grain: float = 0.0

    @property
    def customers(self) -> float:
        return float(self.weight.sum())

    @cached_property
    def table(self) -> TimeTable:
        """The distinct times, and the places of t_x and T among them."""
        return time_table(self.t_x, self.T, self.unit)

    @cached_property
    def counts(self) -> tuple[Ints, Ints]:
        """The distinct x, and for each row the place of its own."""
        return distinct_values(self.x)

    def pairs(self) -> tuple[Ints, Floats, Ints]:
        """Return the distinct (x, T), and for each row the place of its pair."""
        return _pairs(self.x, self.table.at_end, self.table.times)

    def fingerprint(self) -> str:
        """Return a digest of the states, equal for equal data in whatever order they came."""
        rows = np.zeros(len(self.x), dtype=np.uint64)
        for column in (self.x, self.t_x, self.T, self.weight, *self.covariates.values()):
            rows = _stirred(rows + np.ascontiguousarray(column).view(np.uint64))
        total = int(rows.sum(dtype=np.uint64)), int(np.bitwise_xor.reduce(rows))
        names = ",".join(self.covariates)
        told = f"{self.unit};{names};{len(rows)};{self.customers};{total[0]};{total[1]}"
        return sha256(told.encode()).hexdigest()


def _stirred(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over the whole word, so that sums of words tell rows apart."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))


def states_from_arrays(
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    unit: str,
    covariates: Mapping[str, ArrayLike] | None = None,
) -> States:
    """Check raw arrays and return them as counted states; refuse histories that cannot be.

    Refused: arrays of different length, numbers that are not finite, negative or fractional counts,
    0 <= t_x <= T violated, t_x other than 0 where x is 0, negative weights.
    """
    days_per(unit)
    given = [np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (x, t_x, T)]
    given.append(np.ones(len(given[0])) if weight is None else np.asarray(weight, dtype=np.float64))
    extra = {k: np.asarray(v, dtype=np.float64) for k, v in (covariates or {}).items()}
    lengths = [len(np.atleast_1d(a)) for a in (*given, *extra.values())]
    if len(set(lengths)) != 1:
        raise ValueRefusal("lengths_differ", "the arrays differ in length", lengths=lengths)
    if not all(np.isfinite(a).all() for a in (*given, *extra.values())):
        raise ValueRefusal("not_finite", "the arrays hold NaN or infinite numbers")
    states = States(given[0].astype(np.int64), given[1], given[2], given[3], unit, extra)
    rows, first = count_impossible(*given)
    if rows:
        raise ValueRefusal(
            "impossible_history",
            "x must be a whole number >= 0, 0 <= t_x <= T, t_x = 0 where x is 0, weight >= 0",
            rows=rows,
            first=first,
        )
    return states


@compiled
def count_impossible(x: Floats, t_x: Floats, T: Floats, weight: Floats) -> tuple[int, int]:
    """Return how many histories cannot be, and the first of them."""
    rows, first = 0, -1
    for i in range(len(x)):
        is_whole = x[i] >= 0.0 and x[i] == floor(x[i])
        is_in_order = 0.0 <= t_x[i] <= T[i] and (x[i] > 0.0 or t_x[i] == 0.0)
        if not (is_whole and is_in_order and weight[i] >= 0.0):
            rows += 1
            first = i if rows == 1 else first
    return rows, first


@dataclass(frozen=True)
class TimeTable:
    """Distinct times, and for each t_x and T its place among them."""

    times: Floats
    at_last: Ints
    at_end: Ints


@compiled
def fill_places(times: Floats, scale: float, out: Ints) -> float:
    """Write the nearest whole number of steps of each time; returns how far one is off at most."""
    most = 0.0
    for i in range(len(times)):
        steps = times[i] * scale
        place = floor(steps + 0.5)
        out[i] = int(place)
        off = abs(steps - place)
        if off > most:
            most = off
    return most


def time_table(t_x: Floats, T: Floats, unit: str) -> TimeTable:
    """Return look-up places for times: straight from their number when times are (half) days."""
    for steps in (1, 2):
        scale = days_per(unit) * steps
        if not len(T) or T.max() * scale >= LARGEST_GRID:
            break
        at_x, at_T = np.empty(len(T), np.int64), np.empty(len(T), np.int64)
        off = max(fill_places(t_x, scale, at_x), fill_places(T, scale, at_T))
        if off < 1e-9:
            times = np.arange(int(at_T.max()) + 1) / scale
            return TimeTable(times, at_x, at_T)
    times, places = np.unique(np.concatenate((t_x, T)), return_inverse=True)
    places = places.astype(np.int64)
    return TimeTable(times, places[: len(t_x)], places[len(t_x) :])


def distinct_pairs(x: Ints, T: Floats, unit: str) -> tuple[Ints, Floats, Ints]:
    """Return the distinct (x, T), and for each row the place of its pair."""
    table = time_table(T, T, unit)
    return _pairs(x, table.at_end, table.times)


def _pairs(x: Ints, at: Ints, times: Floats) -> tuple[Ints, Floats, Ints]:
    width = len(times)
    if len(x) and (int(x.max()) + 1) * width <= LARGEST_GRID:
        key = x * width + at
        seen = np.zeros((int(x.max()) + 1) * width, dtype=np.bool_)
        seen[key] = True
        pairs = np.flatnonzero(seen)
        place = np.zeros(len(seen), dtype=np.int64)
        place[pairs] = np.arange(len(pairs))
        return pairs // width, times[pairs % width], place[key]
    pairs, place = np.unique(x * width + at, return_inverse=True)
    return pairs // width, times[pairs % width], place.astype(np.int64)


def distinct_values(x: Ints) -> tuple[Ints, Ints]:
    """Return the distinct counts, and for each row the place of its own."""
    largest = int(x.max(initial=0))
    if largest > 10_000_000:
        distinct, at = np.unique(x, return_inverse=True)
        return distinct, at.astype(np.int64)
    seen = np.zeros(largest + 1, dtype=np.bool_)
    seen[x] = True
    distinct = np.flatnonzero(seen)
    place = np.zeros(largest + 1, dtype=np.int64)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[x]


def merged(states: States) -> States:
    """Return the states with equal ones counted together, where that can be done quickly."""
    table = time_table(states.t_x, states.T, states.unit)
    width = len(table.times)
    largest = int(states.x.max(initial=0)) + 1
    if states.covariates or largest * width * width > LARGEST_KEY:
        return states
    key = (states.x * width + table.at_end) * width + table.at_last
    if (states.weight == 1).all():
        key.sort()
        starts = _run_starts(key)
        weight = np.diff(starts, append=len(key)).astype(np.float64)
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
        starts = _run_starts(key)
        weight = np.add.reduceat(states.weight[order], starts)
    pairs, last = np.divmod(key[starts], width)
    x, end = np.divmod(pairs, width)
    return States(x, table.times[last], table.times[end], weight, states.unit, grain=states.grain)


def _run_starts(ordered: Ints) -> Ints:
    is_start = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_start[1:])
    return np.flatnonzero(is_start)


def sample_of(states: States) -> States | None:
    """Return one state in so many as a cheap likeness, or None when there are few anyway."""
    step = len(states.x) // SAMPLE_STATES
    if step < 4:
        return None
    return part_of(states, slice(step // 2, None, step))


def part_of(states: States, rows: Ints | slice) -> States:
    """Return some of the states."""
    extra = {name: column[rows] for name, column in states.covariates.items()}
    parts = (states.x[rows], states.t_x[rows], states.T[rows], states.weight[rows])
    start = None if states.start is None else states.start[rows]
    return States(*parts, states.unit, extra, start, states.grain)


def added(place: NDArray[np.signedinteger[Any]], amount: Floats, size: int) -> Floats:
    """Return the amounts added up per place."""
    return np.asarray(np.bincount(place, amount, size), dtype=np.float64)
