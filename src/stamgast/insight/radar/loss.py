"""How large a drop is, and how many purchases it cost: the history again, with a step in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from stamgast.insight.radar.expectation import Array, Bank, band, first_level
from stamgast.insight.radar.year import Holidays, uncertainty

LEVEL = 0.8  # of the intervals
STEP = 1.0  # prior standard deviation of the step, as a logarithm


@dataclass(frozen=True)
class Loss:
    """A drop as a share of what was expected, and the purchases missed since, with intervals.

    The limits hold the truth in 80 of 100 cases, as far as the series' own past is a guide.
    """

    drop: float
    drop_low: float
    drop_high: float
    missed: float
    missed_low: float
    missed_high: float
    weeks: int  # over which it was measured


def loss_since(
    counts: Array, inputs: Array, holidays: Holidays, *, start: int
) -> tuple[Loss, tuple[Array, Array, Array]]:
    """Measure a drop that began in week `start` of one series and lasted until its end.

    The series is followed once more with a step from that week on as one more thing to learn.
    `counts` are purchases per week (NaN: not known), `inputs` the season's regressors of those weeks.
    Returns the loss, in purchases and as a share, and per week since what was expected without the
    drop, with its band. Refuses nothing; what cannot be told has wide limits.
    """
    prior, drift = uncertainty(holidays)
    bank = Bank(first_level(counts[:, None]), np.append(prior, STEP**2), np.append(drift, 0.0))
    bands = []
    for week, count in enumerate(counts):
        is_after = week >= start
        bank.advance()
        if is_after:
            bands.append(band(bank, bank.foretell(np.append(inputs[week], 0.0))))
        bank.learn(bank.foretell(np.append(inputs[week], float(is_after))), np.array([count]))
    expected, below, above = (np.array([one[n][0] for one in bands]) for n in range(3))
    drops = [1 - math.exp(at) for at in _step(bank)]
    usual = float(expected[np.isfinite(counts[start:])].sum())
    missed = [usual * drop for drop in drops]
    loss = Loss(
        drop=drops[0],
        drop_low=drops[1],
        drop_high=drops[2],
        missed=missed[0],
        missed_low=missed[1],
        missed_high=missed[2],
        weeks=len(counts) - start,
    )
    return loss, (expected, below, above)


def _step(bank: Bank) -> tuple[float, float, float]:
    """Return the middle of the step and its limits, the lower drop (nearer to none) first."""
    weight = bank.weight[0]
    mean, spread = bank.mean[0, :, -1], np.sqrt(bank.covariance[0, :, -1, -1])
    ends = (0.5, (1 + LEVEL) / 2, (1 - LEVEL) / 2)
    middle, near, far = (_quantile(weight, mean, spread, at) for at in ends)
    return middle, near, far


def _quantile(weight: Array, mean: Array, spread: Array, at: float) -> float:
    """Return a quantile of a mixture of normal distributions, by halving."""
    low = float((mean + spread * ndtri(1e-9)).min())
    high = float((mean + spread * ndtri(1 - 1e-9)).max())
    for _ in range(60):
        middle = (low + high) / 2
        below = float((weight * ndtr((middle - mean) / spread)).sum())
        low, high = (middle, high) if below < at else (low, middle)
    return (low + high) / 2
