"""An alarm that may be read every week for ever: evidence that purchases dropped, and since when.

For every week in which a drop may have begun, and for drops of several sizes, the evidence is the
likelihood of the weeks since if purchases had dropped, over their likelihood if they had not. While
nothing is wrong its expectation is one, whatever week one looks at it. The sum over all beginnings,
after Shiryaev (1963) and Roberts (1966), is an e-detector in the sense of Shin, Ramdas and Rinaldo
(2024), "E-detectors: a nonparametric framework for sequential change detection", NEJSDS 2, 229-260:
as far as the forecasts are right, the mean time to a false alarm is at least the limit, in weeks.
That holds for a weighted mean of such sums too, however much the series depend on each other, so
all series share one limit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.radar.expectation import (
    FADE,
    LEVEL,
    LINGERING,
    SLOPE,
    WILD,
    Array,
    Bank,
    Forecast,
    log_sum,
)

# Sizes of a drop that are looked for, and how much each counts.
DROPS = {0.1: 0.25, 0.2: 0.25, 0.3: 0.2, 0.5: 0.15, 0.7: 0.1, 0.9: 0.05}

LONGEST = 26  # weeks: what began earlier has become the usual
# Proven: 20 weeks at least, on average, to a false alarm, if the forecasts are right. Simulated, also
# where they are not: more than a year, because what is older than half a year is dropped and the
# series seldom move as one. docs/explanation/radar.md has the figures.
LIMIT = 20.0
WHOLE = 0.5  # the share of the limit that the whole shop gets; the parts divide the rest

# Shifts for which the likelihood of a week is worked out, closer together where they are small.
_GRID = 32
_FARTHEST = float(np.log1p(-max(DROPS)))
_SHIFTS = _FARTHEST * (np.arange(_GRID + 1) / _GRID) ** 2


def shares(series: int) -> Array:
    """Return how the limit is shared: the first series is the whole shop, the others its parts.

    One number per series, adding up to 1, so that all together keep to one false alarm a year
    (Bonferroni). Refuses nothing.
    """
    if series == 1:
        return np.ones(1)
    return np.array([WHOLE, *[(1 - WHOLE) / (series - 1)] * (series - 1)])


class Detector:
    """Follows the evidence of a drop in any number of series."""

    def __init__(self, series: int, states: int) -> None:
        self.log_drop: Array = np.log1p(-np.array(list(DROPS)))
        self.counts_for: Array = np.array(list(DROPS.values()))
        # What the forecasts have absorbed so far of a drop that began in each of the past weeks.
        self.absorbed: Array = np.zeros((series, LONGEST, states))
        self.ratio: Array = np.zeros((series, LONGEST, len(DROPS)))
        self.age = 0

    @property
    def evidence(self) -> Array:
        """The sum over all beginnings before this week, as a mean over the sizes of a drop.

        One week says nothing yet: shops are shut for a day, or the weather is fine.
        """
        newest = self.ratio[:, (self.age - 1) % LONGEST]
        summed: Array = (self.ratio.sum(axis=1) - newest) @ self.counts_for
        return summed

    def weigh(self, bank: Bank, forecast: Forecast, counts: Array) -> Array:
        """Add the evidence of a week, before the bank learns of it; returns it per series."""
        slot = self.age % LONGEST
        self.absorbed[:, :, LEVEL] += self.absorbed[:, :, SLOPE]
        self.absorbed[:, :, LINGERING] *= FADE
        self.absorbed[:, slot] = 0.0
        self.ratio[:, slot] = 1.0
        left = 1 - self.absorbed @ forecast.regressors
        shift = np.clip(left[:, :, None] * self.log_drop, _FARTHEST, 0.0)
        place = _GRID * np.sqrt(shift / _FARTHEST)
        below = np.minimum(place.astype(np.intp), _GRID - 1)
        part = place - below
        ratios = _ratios(bank, forecast, counts)
        rows = np.arange(len(counts))[:, None, None]
        # Between two alternatives lies their mixture, which is a fair alternative itself.
        self.ratio *= ratios[rows, below] * (1 - part) + ratios[rows, below + 1] * part
        self.age += 1
        return self.evidence

    def absorb(self, followed: Array, forecast: Forecast) -> None:
        """Note how far the forecasts followed the week, as `Bank.learn` returned it."""
        left = 1 - self.absorbed @ forecast.regressors
        self.absorbed += left[:, :, None] * followed[:, None, :]

    def likeliest(self, series: int) -> tuple[int, float]:
        """Return of the likeliest drop how many weeks it lasts, this one included, and its size.

        The size is the change of the logarithm: below zero, one of a few.
        """
        likely = self.ratio[series] @ self.counts_for
        began = int(likely.argmax())
        size = int((self.ratio[series, began] * self.counts_for).argmax())
        return (self.age - 1 - began) % LONGEST + 1, float(self.log_drop[size])

    def forget(self, which: NDArray[np.bool_]) -> None:
        """Begin anew with these series: after an alarm, or while they are too young."""
        self.ratio[which] = 0.0


def _ratios(bank: Bank, forecast: Forecast, counts: Array) -> Array:
    """Return the likelihood of a week per possible shift, over that without one."""
    is_known = np.isfinite(counts)
    usual, wild = forecast.log_likelihood(np.where(is_known, counts, 0.0), _SHIFTS)
    weight = bank.log_weight[..., None]
    after = log_sum(np.logaddexp(usual + np.log1p(-WILD), wild + np.log(WILD)) + weight)
    before = np.logaddexp(usual[..., 0] + np.log1p(-WILD), wild[..., 0] + np.log(WILD))
    ratio = after - log_sum(before + bank.log_weight)[:, None]
    ratios: Array = np.exp(np.where(is_known[:, None], ratio, 0.0))
    return ratios
