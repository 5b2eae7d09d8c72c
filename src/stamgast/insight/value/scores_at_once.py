"""P(alive) and expected purchases of raw BG/NBD and MBG/NBD histories, in two passes over the rows.

The general way checks the arrays, turns them into states, finds distinct counts, times and pairs,
and works out one figure after the other: a dozen passes, each through memory. With plain parameters
and whole (or half) days all of it can be done row by row: the first pass checks a row and marks its
pair (x, T); purchases ahead are worked out once per marked pair; the second pass looks everything
up, at the price of one exponential for each row that can be gone. Both passes run on several cores.
Whatever does not fit (odd times, impossible histories, huge counts) is left to the general way,
which says what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import exp, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .beta_geometric import SLICES, THREADS_FROM, fill_moments
from .compiled import compiled
from .day_grain import SHARE, open_ahead
from .states import LARGEST_GRID, Floats, days_per

ON_A_STEP = 1e-9  # how far a time may lie from a whole step


@compiled
def mark_pairs(
    x: Floats,
    t_x: Floats,
    T: Floats,
    used: float,
    scale: float,
    width: int,
    seen: NDArray[np.bool_],
) -> bool:
    """Mark the pair (x, T) of each row; return whether all rows are possible and on whole steps.

    `used` is how much time each purchase uses up. Two threads may mark the same pair: with the same.
    """
    for i in range(len(x)):
        n, last, end = x[i], t_x[i], T[i]
        if not (n >= 0.0 and n == floor(n) and 0.0 <= last <= end and (n > 0.0 or last == 0.0)):
            return False
        lost = min(used * n, last)
        at_last, at_end = (last - lost) * scale, (end - lost) * scale
        place = floor(at_end + 0.5)
        if abs(at_last - floor(at_last + 0.5)) >= ON_A_STEP or abs(at_end - place) >= ON_A_STEP:
            return False
        seen[int(n) * width + int(place)] = True
    return True


@compiled
def fill_scores(
    x: Floats,
    t_x: Floats,
    T: Floats,
    used: float,
    scale: float,
    r: float,
    log_odds: Floats,
    log_time: Floats,
    means: Floats,
    alive: Floats,
    ahead: Floats,
) -> None:
    """Write P(alive) and expected purchases of each row; `means` holds those of who is there."""
    width = len(log_time)
    for i in range(len(x)):
        n, last, end = x[i], t_x[i], T[i]
        lost = min(used * n, last)
        at_end = floor((end - lost) * scale + 0.5)
        here = 1.0
        if (
            log_odds[int(n)] > -np.inf
        ):  # else nobody can be gone yet, and nothing is to be worked out
            waited = log_time[at_end] - log_time[floor((last - lost) * scale + 0.5)]
            odd = log_odds[int(n)] + (r + n) * waited
            small = exp(-abs(odd))
            here = (small if odd > 0.0 else 1.0) / (1.0 + small)
        alive[i] = here
        ahead[i] = here * means[int(n) * width + at_end]


def scores_at_once(
    histories: tuple[Floats, Floats, Floats],
    horizon: float,
    parameters: Floats,
    shift: int,
    unit: str,
    grain: float,
) -> tuple[Floats, Floats] | None:
    """Return P(alive) and expected purchases per row, or None: then the general way is needed.

    `histories` are x, t_x and T, of one length, with t_x, T, `horizon` and `grain` in `unit`.
    """
    largest, longest = (float(histories[i].max(initial=0.0)) for i in (0, 2))
    used = SHARE * grain
    for steps in (1, 2):
        scale = days_per(unit) * steps
        if not (largest + 1) * (longest * scale + 2) <= LARGEST_GRID:  # also when not a number
            return None
        size, width = int(largest) + 1, int(longest * scale) + 2
        seen = np.zeros(size * width, dtype=np.bool_)
        if all(in_slices(mark_pairs, histories, (used, scale, width, seen))):
            break
    else:
        return None
    r, alpha, a, b = (float(p) for p in parameters)
    times = np.arange(width) / scale
    before = np.arange(size) + (shift - 1)
    odds = np.where(before < 0, -np.inf, np.log(a / np.maximum(b + before, 1e-300)))
    means = np.empty(size * width)  # only what is marked is written, and only that is read
    pairs = np.flatnonzero(seen)
    n, end = pairs // width, alpha + times[pairs % width]
    ahead = open_ahead(np.asarray(horizon), (r + n) / end, grain)
    chance, left = ahead / (end + ahead), b + n + shift
    moments = np.empty((len(pairs), 3))
    in_slices(fill_moments, (r + n, chance, np.full(len(n), a), left), (), (moments,), 2_000)
    means[pairs] = moments[:, 0]
    alive, expected = np.empty(len(histories[0])), np.empty(len(histories[0]))
    tables = (used, scale, r, odds, np.log1p(times / alpha), means)
    in_slices(fill_scores, histories, tables, (alive, expected))
    return alive, expected


def in_slices(
    loop: Callable[..., Any],
    rows: tuple[Any, ...],
    shared: tuple[Any, ...],
    out: tuple[Any, ...] = (),
    threads_from: int = THREADS_FROM,
) -> list[Any]:
    """Run a loop over slices of `rows` and `out`, on several cores when there are many rows."""
    size = len(rows[0])

    def run(ends: tuple[int, int]) -> Any:
        here = slice(*ends)
        return loop(*(a[here] for a in rows), *shared, *(a[here] for a in out))

    if size < threads_from:
        return [run((0, size))]
    edges = [size * i // SLICES for i in range(SLICES + 1)]
    with ThreadPoolExecutor(min(SLICES, os.cpu_count() or 1)) as pool:
        return list(pool.map(run, pairwise(edges)))
