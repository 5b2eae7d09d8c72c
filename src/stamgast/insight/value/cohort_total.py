"""What a group of contracts, or of customers counted per period, will come to, with an interval.

Both what the parameters may be and what chance does are in it: for every draw of the parameters one
random future of every customer is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .errors import ValueRefusal
from .states import Floats

DRAWS = 1000


@dataclass(frozen=True)
class CohortTotal:
    """An expected total, and between what it will lie with probability `level`."""

    customers: float
    expected: float
    lower: float
    upper: float
    level: float


def still_there(
    survive: Callable[[Floats], Floats],
    parameters: Floats,
    drawn: Floats,
    weight: Floats,
    *,
    level: float,
    seed: int,
) -> CohortTotal:
    """Return how many contracts will still run, each with the chance that `survive` gives it.

    `survive` takes parameters and returns a chance per kind of contract, of which there are
    `weight` (whole numbers); `drawn` holds draws of the parameters, one per row. Refuses weights
    that are no counts, and a level that is no probability, with ValueRefusal.
    """
    if (weight != np.floor(weight)).any() or (weight < 0).any():
        raise ValueRefusal(
            "impossible_history", "a weight counts contracts: whole and not negative"
        )
    generator = np.random.default_rng(seed)
    counts = weight.astype(np.int64)
    totals = [
        float(generator.binomial(counts, np.clip(survive(row), 0.0, 1.0)).sum()) for row in drawn
    ]
    expected = float(weight @ survive(parameters))
    return total_of(np.array(totals), float(weight.sum()), expected, level)


def total_of(totals: Floats, customers: float, expected: float, level: float) -> CohortTotal:
    """Return the total with the interval of its random draws."""
    refuse_level(level)
    low, high = np.quantile(totals, ((1 - level) / 2, (1 + level) / 2))
    return CohortTotal(customers, expected, float(low), float(high), level)


def refuse_level(level: float) -> None:
    """Refuse a level that is no probability between 0 and 1."""
    if not 0 < level < 1:
        raise ValueRefusal(
            "bad_level", "the level of an interval lies between 0 and 1", level=level
        )
