"""Less noise by what each unit did before the lot, and how much it really helped."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.insight.effect.difference import (
    Difference,
    compare,
    from_moments,
    guarded,
    refuse_too_few,
)
from stamgast.insight.effect.sums import Sums


@dataclass(frozen=True)
class Adjusted:
    """A difference corrected for the time before, beside the plain one.

    `gain` is the share of the variance that went away: to be shown as it came out, never promised
    (with e-mail and spend it is often nil). `theta` is how much of the earlier measure comes off.
    """

    found: Difference
    plain: Difference
    theta: float

    @property
    def gain(self) -> float:
        """Share of the variance that went away; below zero if it grew."""
        return 1 - self.found.variance / self.plain.variance if self.plain.variance else 0.0


def adjusted(treated: Sums, control: Sums, *, is_guarded: bool = False) -> Adjusted:
    """Return the difference corrected by the same measure before the lot.

    After Deng, Xu, Kohavi & Walker (2013): theta is pooled over both arms. Without any spread before
    the lot it is the plain difference. `is_guarded` says whether both are (`difference.guarded`).
    Refuses with `too_few_units` as `compare` does.
    """
    between = guarded if is_guarded else from_moments
    plain = compare(treated, control)
    if is_guarded:
        plain = guarded(treated, control, plain.estimate, treated.variance, control.variance)
    theta = pooled_theta(treated, control)
    shift = theta * (treated.mean_before - control.mean_before)
    found = between(
        treated,
        control,
        plain.estimate - shift,
        _left(treated, theta),
        _left(control, theta),
    )
    return Adjusted(found, plain, theta)


def pooled_theta(*arms: Sums) -> float:
    """Return the slope of the outcome on the same measure before, common to all arms."""
    refuse_too_few(*arms)
    spread = sum(arm.variance_before * (arm.n - 1) for arm in arms)
    if spread <= 0:
        return 0.0
    return sum(arm.covariance * (arm.n - 1) for arm in arms) / spread


def _left(arm: Sums, theta: float) -> float:
    """Return the variance per unit that is left."""
    left = arm.variance + theta**2 * arm.variance_before - 2 * theta * arm.covariance
    return max(left, 0.0)
