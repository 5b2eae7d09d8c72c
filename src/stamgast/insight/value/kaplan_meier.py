"""Kaplan & Meier (1958): the share still there by duration, without assuming any curve.

The variance is Greenwood's; the interval is taken on log(-log S), so that it stays within 0 and 1.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .contracts import Durations
from .errors import ValueRefusal
from .states import Floats, added


class KaplanMeier:
    """Estimate the surviving share from durations that ended and durations that still run.

    A customer who is still there after d is taken to have been at risk up to and including d.
    After `fit`: `times_` at which somebody left, `at_risk_`, `left_`, and `survival_` after them.
    """

    times_: Floats
    at_risk_: Floats
    left_: Floats
    survival_: Floats
    last_: float
    _spread: Floats

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings: there are none."""
        return {}

    def set_params(self, **settings: Any) -> Self:
        """Refuse any setting but none."""
        if settings:
            raise ValueRefusal("unknown_setting", "KaplanMeier has no settings")
        return self

    def fit(self, durations: Durations) -> Self:
        """Estimate from durations of any grain; refuse when there are none."""
        if not durations.customers:
            raise ValueRefusal("too_few_customers", "there are no durations", customers=0)
        times, place = np.unique(durations.periods, return_inverse=True)
        left = added(place, durations.weight * durations.has_ended, len(times))
        every = added(place, durations.weight, len(times))
        at_risk = np.asarray(np.cumsum(every[::-1])[::-1], dtype=np.float64)
        some = left > 0
        self.times_, self.left_, self.at_risk_ = times[some], left[some], at_risk[some]
        self.survival_ = np.asarray(np.cumprod(1 - self.left_ / self.at_risk_), dtype=np.float64)
        with np.errstate(divide="ignore"):
            steps = self.left_ / (self.at_risk_ * (self.at_risk_ - self.left_))
        self._spread = np.sqrt(np.cumsum(steps))
        self.last_ = float(times[-1])
        return self

    def fit_durations(
        self,
        durations: ArrayLike,
        has_ended: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        unit: str,
    ) -> Self:
        """Estimate from arrays: duration, whether it ended, and how many such."""
        return self.fit(Durations.of(durations, has_ended, weight, unit=unit))

    def survival(self, duration: ArrayLike) -> Floats:
        """Return the share still there after a duration; NaN beyond the longest one seen."""
        return self._at(duration, self.survival_, 1.0)

    def interval(self, duration: ArrayLike, *, level: float = 0.9) -> tuple[Floats, Floats]:
        """Return between what that share lies; NaN where nothing or everything is known of it."""
        from scipy.special import ndtri

        if not 0 < level < 1:
            raise ValueRefusal("bad_level", "the level of an interval lies between 0 and 1")
        share = np.where(self.survival_ > 0, self.survival_, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            reach = ndtri((1 + level) / 2) * self._spread / np.abs(np.log(share))
            ends = share ** np.exp(reach), share ** np.exp(-reach)
        return self._at(duration, ends[0], 1.0), self._at(duration, ends[1], 1.0)

    def median(self) -> float | None:
        """Return the duration by which half have left, or None when they have not."""
        below = np.flatnonzero(self.survival_ <= 0.5)
        return float(self.times_[below[0]]) if len(below) else None

    def _at(self, duration: ArrayLike, column: Floats, before: float) -> Floats:
        if not hasattr(self, "times_"):
            raise ValueRefusal("not_fitted", "call fit on this KaplanMeier first")
        at = np.asarray(duration, dtype=np.float64)
        found = np.concatenate(([before], column))[np.searchsorted(self.times_, at, side="right")]
        return np.where(at <= self.last_, found, np.nan)
