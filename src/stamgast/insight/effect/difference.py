"""How much better one arm did than another, and how sure that is at one look.

The estimate and its variance are kept apart from the interval, because the same difference is read
in several ways: once (here), every day (`sequential`), or with others (`pooling`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from scipy import special

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.interval import Interval, around, checked_level
from stamgast.insight.effect.sums import Sums

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Difference:
    """Treated less control: the estimate, its variance, and what it rests on.

    `df` are Satterthwaite's degrees of freedom; `buyers` those of the arm that has fewest.
    """

    estimate: float
    variance: float
    df: float
    n_treated: int
    n_control: int
    buyers: int = 0

    @property
    def n(self) -> int:
        """Units in both arms."""
        return self.n_treated + self.n_control

    @property
    def error(self) -> float:
        """Standard error."""
        return math.sqrt(self.variance)

    def times(self, factor: float) -> Difference:
        """Return the difference of the outcome times `factor`."""
        return replace(
            self, estimate=self.estimate * factor, variance=self.variance * factor * factor
        )


def compare(treated: Sums, control: Sums) -> Difference:
    """Return the difference of means per unit, after Welch (1947) and Satterthwaite (1946).

    Refuses with `too_few_units` an arm of fewer than two, since nothing can be said of its spread.
    """
    refuse_too_few(treated, control)
    return from_moments(
        treated, control, treated.mean - control.mean, treated.variance, control.variance
    )


def relative(treated: Sums, control: Sums) -> Difference:
    """Return the difference as a share of the control's mean, by the delta method.

    The share keeps the sign of the difference when the control's mean is negative. Refuses with
    `nothing_to_compare` a control whose mean is zero, and as `compare` does.
    """
    base, plain = control.mean if control.n else 0.0, compare(treated, control)
    if base == 0:
        raise EffectRefusal("nothing_to_compare", "the control's mean is zero")
    share = treated.variance / treated.n / base**2
    share += control.variance / control.n * treated.mean**2 / base**4
    return replace(plain, estimate=plain.estimate / abs(base), variance=share)


def from_moments(
    treated: Sums, control: Sums, estimate: float, var_treated: float, var_control: float
) -> Difference:
    """Return a difference with the given variances per unit of the two arms."""
    one, other = var_treated / treated.n, var_control / control.n
    total = one + other
    # Satterthwaite; arms without any spread leave the smaller arm's own degrees of freedom.
    df = float(min(treated.n, control.n) - 1)
    if total > 0:
        df = total**2 / (one**2 / (treated.n - 1) + other**2 / (control.n - 1))
    return Difference(
        estimate, total, df, treated.n, control.n, min(treated.buyers, control.buyers)
    )


def guarded(
    treated: Sums, control: Sums, estimate: float, var_treated: float, var_control: float
) -> Difference:
    """Return a difference in which the smaller arm's spread is never less than that of both.

    Margins have a heavy tail: a small arm that happens to hold no large buyer has a low mean and a
    low spread at once, and the other arm would look better with false certainty. In simulation that
    makes up to 19 false gains in 100 with few controls; with this guard at most 3.
    """
    pooled = var_treated * (treated.n - 1) + var_control * (control.n - 1)
    pooled /= treated.n + control.n - 2
    if control.n <= treated.n:
        var_control = max(var_control, pooled)
    if treated.n <= control.n:
        var_treated = max(var_treated, pooled)
    return from_moments(treated, control, estimate, var_treated, var_control)


def refuse_too_few(*arms: Sums) -> None:
    """Refuse with `too_few_units` an arm of fewer than two units."""
    fewest = min(arm.n for arm in arms)
    if fewest < 2:
        raise EffectRefusal("too_few_units", "an arm has fewer than two units", units=fewest)


def read_once(found: Difference, *, level: float = 0.95) -> Interval:
    """Return the t interval for a difference looked at on one day fixed beforehand.

    Read daily it is wrong in 22 to 77 of 100 campaigns that do nothing: use `sequential` for that.
    """
    half = special.stdtrit(found.df, (1 + checked_level(level)) / 2)
    p = 1.0
    if found.variance > 0:
        p = float(2 * special.stdtr(found.df, -abs(found.estimate) / found.error))
    elif found.estimate:
        p = 0.0
    return around(found.estimate, float(half) * found.error, level, p)


@dataclass(frozen=True)
class Posterior:
    """What to believe of a difference: a normal distribution, its interval, and P(better)."""

    mean: float
    sd: float
    interval: Interval
    chance_better: float


def posterior(
    found: Difference,
    *,
    prior_mean: float = 0.0,
    prior_sd: float = math.inf,
    level: float = 0.95,
) -> Posterior:
    """Return the normal posterior of a difference under a normal prior (by default a flat one).

    With a flat prior the interval is that of one look, so it protects no more against reading often
    than the t interval does. Refuses with `no_prior` a prior without spread.
    """
    if prior_sd <= 0:
        raise EffectRefusal("no_prior", "a prior has a spread above zero", prior_sd=prior_sd)
    precision = 1 / prior_sd**2
    if found.variance == 0:
        mean, sd = found.estimate, 0.0
    else:
        weight = precision + 1 / found.variance
        mean = (precision * prior_mean + found.estimate / found.variance) / weight
        sd = math.sqrt(1 / weight)
    reach = _NORMAL.inv_cdf((1 + checked_level(level)) / 2) * sd
    better = float(mean > 0) if sd == 0 else _NORMAL.cdf(mean / sd)
    return Posterior(mean, sd, around(mean, reach, level), better)
