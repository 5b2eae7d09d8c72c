"""Several lots judged together: rounds of one campaign, or campaigns that are alike.

Each lot is compared by itself first, because lots differ in their customers and in their shares of
control; then the differences are averaged. `fixed` says what these rounds brought together on
average; `random` what rounds like these bring, so it also holds how much they differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from stamgast.insight.effect.difference import Difference
from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.interval import Interval, around, checked_level
from stamgast.insight.effect.sequential import mixture_reach

ROUNDS = 4  # at which the interval that may be read after every round is tightest


@dataclass(frozen=True)
class Pooled:
    """Differences of several lots as one, per unit.

    `fixed` may be read after every round. `random` needs two rounds or more and holds for one look;
    `between` is the standard deviation of the true effects, `p_alike` the chance of rounds at least
    so different if their true effect were the same.
    """

    rounds: int
    fixed: Interval
    random: Interval | None
    between: float
    p_alike: float | None


def pool(found: Sequence[Difference], *, tuned_at: int = ROUNDS, level: float = 0.95) -> Pooled:
    """Return the differences of several lots as one, in the order in which they ended.

    Fixed: weights by inverse variance, and the interval of Robbins' normal mixture (1970), right
    after all rounds together however many follow. Random: variance between rounds after Paule &
    Mandel (1982), interval after Hartung & Knapp (2001) and Sidik & Jonkman (2002), never narrower
    than that of normal errors. Refuses with `nothing_to_pool` no lots or one without any variance.
    """
    if not found or min(one.variance for one in found) <= 0:
        raise EffectRefusal("nothing_to_pool", "needs lots whose variance is above zero")
    alpha = 1 - checked_level(level)
    weights = [1 / one.variance for one in found]
    mean = _mean(found, weights)
    spread = sum(w * (one.estimate - mean) ** 2 for w, one in zip(weights, found, strict=True))
    information = sum(weights)
    reach = mixture_reach(information / weights[0], tuned_at, alpha) / math.sqrt(information)
    k = len(found)
    between = _between(found)
    return Pooled(
        rounds=k,
        fixed=around(mean, reach, level),
        random=_random(found, between, level) if k > 1 else None,
        between=math.sqrt(between),
        p_alike=float(special.chdtrc(k - 1, spread)) if k > 1 else None,
    )


def _mean(found: Sequence[Difference], weights: Sequence[float]) -> float:
    total = sum(w * one.estimate for w, one in zip(weights, found, strict=True))
    return total / sum(weights)


def _between(found: Sequence[Difference]) -> float:
    """Return the variance between true effects at which the spread is as it should be."""

    def excess(between: float) -> float:
        weights = [1 / (one.variance + between) for one in found]
        mean = _mean(found, weights)
        spread = sum(w * (one.estimate - mean) ** 2 for w, one in zip(weights, found, strict=True))
        return spread - (len(found) - 1)

    if len(found) < 2 or excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, max(one.variance for one in found)
    while excess(high) > 0:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def _random(found: Sequence[Difference], between: float, level: float) -> Interval:
    weights = [1 / (one.variance + between) for one in found]
    mean, df = _mean(found, weights), len(found) - 1
    spread = sum(w * (one.estimate - mean) ** 2 for w, one in zip(weights, found, strict=True))
    error = math.sqrt(max(spread / df, 1.0) / sum(weights))
    return around(mean, float(special.stdtrit(df, (1 + level) / 2)) * error, level)
