"""Whether the arms are as large as the lot planned them: the first thing to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy import special

from stamgast.insight.effect.errors import EffectRefusal

ALARM = 0.001


@dataclass(frozen=True)
class SampleRatio:
    """The test of the counts against the plan. An alarm blocks every verdict of the lot."""

    chi_square: float
    p: float
    expected: Mapping[str, float]

    @property
    def is_alarm(self) -> bool:
        """Whether the counts are so unlikely that units must have been lost or moved."""
        return self.p < ALARM


def check_sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> SampleRatio:
    """Compare the units of each arm with the planned shares, by Pearson's chi-square.

    `shares` are weights above zero, of any sum. Refuses with `unknown_arm` counts of an arm without
    a share, with `no_shares` fewer than two arms or a weight of zero, with `nobody` without units.
    """
    if strangers := sorted(set(counts) - set(shares)):
        raise EffectRefusal("unknown_arm", f"no share was planned for {strangers}", arms=strangers)
    if len(shares) < 2 or min(shares.values()) <= 0:
        raise EffectRefusal("no_shares", "a lot has two arms or more, each with a share above zero")
    total, weight = sum(counts.values()), sum(shares.values())
    if total <= 0:
        raise EffectRefusal("nobody", "nobody was assigned")
    expected = {arm: total * share / weight for arm, share in shares.items()}
    chi_square = sum((counts.get(arm, 0) - e) ** 2 / e for arm, e in expected.items())
    return SampleRatio(chi_square, float(special.chdtrc(len(shares) - 1, chi_square)), expected)
