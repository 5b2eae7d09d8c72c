"""Intervals that may be read every day without being wrong more often.

A t interval promises to be right 95 times in 100 for one look on one day. Whoever looks every day and
stops at the first good news is wrong far more often. Two readings here keep their promise at all
looks together:

- `until_planned_end`: everyone is followed for a time fixed beforehand, while purchases accrue. The
  estimate then moves like a random walk that ends on a known day, and the chance that such a walk
  was ever beyond a line is at most twice the chance that it ends beyond it (the reflection
  principle; for sums of symmetric steps Levy's inequality; steps of one customer that go together
  only help, by Slepian's). So at the planned end the interval is the t interval at 97.5 instead of
  95 %. Before the end its spread has to be foreseen: it is taken to grow at most with the square of
  the time, so that halfway the interval is twice as wide. What theory leaves open `worlds` tries.
- `as_they_come`: customers enter one by one without an end, each counted once their own time is
  over. The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2021,
  arXiv 2103.06476, equation 9), tightest at a number of units named beforehand.

Both lean on means being nearly normal; `reading` says when they are not.
"""

from __future__ import annotations

import math
from typing import Literal

from scipy import special

from stamgast.insight.effect.difference import Difference
from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.interval import Interval, around, checked_level

TUNED_AT = 5_000
Side = Literal["above", "below"]


def until_planned_end(found: Difference, *, passed: float, level: float = 0.95) -> Interval:
    """Return the interval after a share `passed` of the planned time, right on all days together.

    `found` is the difference of what has accrued so far. Its limits hold for the truth so far: on
    each day for the effect up to that day. The planned time must be fixed before the lot and not be
    prolonged in view of the outcome. Refuses with `no_time` a share outside (0, 1].
    """
    if not 0 < passed <= 1:
        raise EffectRefusal("no_time", "the share of the time passed lies in (0, 1]", passed=passed)
    alpha, stretch = 1 - checked_level(level), 1 / passed
    reach = float(special.stdtrit(found.df, 1 - alpha / 4)) * stretch * found.error
    p = _p_of_walk(found, stretch)
    return around(found.estimate, reach, level, p)


def _p_of_walk(found: Difference, stretch: float) -> float:
    if found.variance == 0:
        return float(found.estimate == 0)
    reached = abs(found.estimate) / (found.error * stretch)
    return min(1.0, float(4 * special.stdtr(found.df, -reached)))


def as_they_come(found: Difference, *, tuned_at: int = TUNED_AT, level: float = 0.95) -> Interval:
    """Return the two-sided confidence sequence at the present number of units.

    `p` is one over the e-value, at most 1. Refuses with `no_tuning` a number of units below one.
    """
    alpha = 1 - checked_level(level)
    reach = mixture_reach(found.n, tuned_at, alpha) * found.error
    return around(found.estimate, reach, level, min(1.0, 1 / e_value(found, tuned_at, level)))


def as_they_come_one_sided(
    found: Difference, side: Side, *, tuned_at: int = TUNED_AT, level: float = 0.95
) -> Interval:
    """Return the one-sided confidence sequence: `above` leaves out what is too low, `below` too high."""
    alpha = 1 - checked_level(level)
    x = found.n * _tuning(2 * alpha, tuned_at)
    log_term = math.log(1 + math.sqrt(x + 1) / (2 * alpha))
    reach = math.sqrt(2 * (1 + 1 / x) * log_term) * found.error
    if side == "above":
        return Interval(found.estimate, found.estimate - reach, math.inf, level)
    return Interval(found.estimate, -math.inf, found.estimate + reach, level)


def mixture_reach(progress: float, tuned_at: float, alpha: float) -> float:
    """Return how many standard errors the interval reaches when `progress` is known.

    Progress and the tuning are counted in the same unit of information (units, or rounds). Robbins'
    normal mixture (1970): right at all times together for normal estimates.
    """
    x = progress * _tuning(alpha, tuned_at)
    return math.sqrt(2 * (1 + 1 / x) * math.log(math.sqrt(x + 1) / alpha))


def e_value(found: Difference, tuned_at: int = TUNED_AT, level: float = 0.95) -> float:
    """Return the evidence against no difference: a fair bet's winnings per euro staked, so far."""
    r2 = _tuning(1 - checked_level(level), tuned_at)
    if found.variance == 0:
        return 1.0 if found.estimate == 0 else math.inf
    grown = found.n * r2 + 1
    exponent = r2 * found.n * found.estimate**2 / found.variance / (2 * grown)
    return math.exp(min(exponent, 700.0)) / math.sqrt(grown)


def _tuning(alpha: float, tuned_at: float) -> float:
    """Return rho squared, at which the sequence is tightest for so many units."""
    if tuned_at < 1:
        raise EffectRefusal("no_tuning", "tightest at one unit or more", tuned_at=tuned_at)
    return (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tuned_at
