"""For whom it worked: the effect in each group of customers, drawn towards the whole.

The group that happens to look best nearly always looks too good. So each group's effect is drawn
towards the common one as far as the groups' own noise demands (Efron & Morris 1975): a small group
hardly speaks for itself, a large one does. Groups must be fixed before looking.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from stamgast.insight.effect.difference import Difference
from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.interval import Interval, around, checked_level

_STEPS = 400


@dataclass(frozen=True)
class GroupEffect:
    """The effect per unit in one group: as measured by itself, and drawn towards the whole.

    `own` is the share of its own measurement that was kept.
    """

    alone: Interval
    drawn: Interval
    own: float


@dataclass(frozen=True)
class GroupEffects:
    """Effects of all groups; `differ` is the chance that groups differ by chance alone as they do.

    `common` is the effect they are drawn towards, `between` how much true effects are likely to
    differ (a standard deviation).
    """

    groups: Mapping[str, GroupEffect]
    common: float
    between: float
    differ: float


def effects_by_group(found: Mapping[str, Difference], *, level: float = 0.95) -> GroupEffects:
    """Return the effect in each group from the differences measured there, at one look.

    How much true effects differ is itself uncertain: the result is averaged over what the data allow
    for it (a flat prior on that standard deviation, Gelman 2006), so that intervals of few groups
    stay honest. Refuses with `too_few_groups` fewer than three, with `nothing_to_pool` a group
    without variance.
    """
    if len(found) < 3:
        raise EffectRefusal("too_few_groups", "drawing together takes three groups", n=len(found))
    measured = np.array([one.estimate for one in found.values()])
    noise = np.array([one.variance for one in found.values()])
    if noise.min() <= 0:
        raise EffectRefusal("nothing_to_pool", "a group has no variance")
    # Small groups: the tails of t, as a variance that is a little larger.
    df = np.array([max(one.df, 3.0) for one in found.values()])
    half = special.stdtrit(df, (1 + checked_level(level)) / 2)
    normal = special.ndtri((1 + level) / 2)
    noise = noise * (half / normal) ** 2
    between, weight = _how_much_they_differ(measured, noise)
    precision = 1 / (noise[:, None] + between**2)
    common = (precision * measured[:, None]).sum(axis=0) / precision.sum(axis=0)
    kept = between**2 / (noise[:, None] + between**2)
    centre = kept * measured[:, None] + (1 - kept) * common
    spread = noise[:, None] * kept + (1 - kept) ** 2 / precision.sum(axis=0)
    mean = centre @ weight
    variance = spread @ weight + (centre - mean[:, None]) ** 2 @ weight
    q = _spread(measured, noise)
    groups = {
        name: GroupEffect(
            alone=around(float(measured[i]), float(normal * math.sqrt(noise[i])), level),
            drawn=around(float(mean[i]), float(normal * math.sqrt(variance[i])), level),
            own=float((kept @ weight)[i]),
        )
        for i, name in enumerate(found)
    }
    return GroupEffects(
        groups,
        common=float(common @ weight),
        between=float(between @ weight),
        differ=float(special.chdtrc(len(found) - 1, q)),
    )


def _spread(measured: np.ndarray, noise: np.ndarray) -> float:
    mean = (measured / noise).sum() / (1 / noise).sum()
    return float(((measured - mean) ** 2 / noise).sum())


def _how_much_they_differ(measured: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return possible standard deviations of true effects, and how likely each is."""
    widest = 4 * float(measured.max() - measured.min()) + float(np.sqrt(noise.max()))
    between = (np.arange(_STEPS) + 0.5) * widest / _STEPS
    total = noise[:, None] + between**2
    weight = 1 / total
    mean = (weight * measured[:, None]).sum(axis=0) / weight.sum(axis=0)
    log_likelihood = -0.5 * (
        np.log(total).sum(axis=0)
        + np.log(weight.sum(axis=0))
        + (weight * (measured[:, None] - mean) ** 2).sum(axis=0)
    )
    likely = np.exp(log_likelihood - log_likelihood.max())
    return between, likely / likely.sum()
