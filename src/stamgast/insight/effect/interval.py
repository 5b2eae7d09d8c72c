"""An estimate with its limits: what every measure of effect comes down to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from stamgast.insight.effect.errors import EffectRefusal


@dataclass(frozen=True)
class Interval:
    """An estimate between a lower and an upper limit; `level` is how often such limits hold.

    A one-sided interval has an infinite limit. `p` is the chance of a difference at least this
    large if there were none, where the method has one.
    """

    estimate: float
    lower: float
    upper: float
    level: float
    p: float | None = None

    @property
    def is_above_zero(self) -> bool:
        """Whether a gain is proven."""
        return self.lower > 0

    @property
    def is_below_zero(self) -> bool:
        """Whether a loss is proven."""
        return self.upper < 0

    def times(self, factor: float) -> Interval:
        """Return the interval of the quantity times `factor`: per head becomes in total."""
        ends = sorted((self.lower * factor, self.upper * factor)) if factor else [0.0, 0.0]
        return replace(self, estimate=self.estimate * factor, lower=ends[0], upper=ends[1])

    def less(self, amount: float) -> Interval:
        """Return the interval of the quantity less a known amount; `p` no longer applies."""
        return replace(
            self,
            estimate=self.estimate - amount,
            lower=self.lower - amount,
            upper=self.upper - amount,
            p=None if amount else self.p,
        )


def around(estimate: float, reach: float, level: float, p: float | None = None) -> Interval:
    """Return the interval that reaches equally far to either side."""
    return Interval(estimate, estimate - reach, estimate + reach, level, p)


def checked_level(level: float) -> float:
    """Return the level, or refuse with `no_level` one that does not lie between 0 and 1."""
    if not (math.isfinite(level) and 0 < level < 1):
        raise EffectRefusal(
            "no_level", f"a level lies between 0 and 1, not at {level}", level=level
        )
    return level
