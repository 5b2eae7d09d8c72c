"""How often readings of simulated campaigns are wrong, at any of the looks at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.effect import compare, read_once, until_planned_end
from stamgast.insight.effect.reading import read_daily
from stamgast.insight.effect.worlds import World, campaign, daily, expected_effect

LOOKS = 100  # while purchases accrue: over 90 days one every 21.6 hours


@dataclass(frozen=True)
class Wrong:
    """Shares of campaigns whose limits missed the truth at one look or more."""

    campaigns: int  # with a reading at some look
    too_high: float  # the lower limit lay above the truth
    too_low: float
    at_one_look_read_daily: float  # the t interval, at all these looks
    without_guard: float  # the same line without guard and floor

    @property
    def share(self) -> float:
        return self.too_high + self.too_low


def how_often_wrong(
    world: World, *, units: int, control: float, lift: float, times: int, seed: int
) -> Wrong:
    """Draw campaigns, everyone assigned at the start, and look a hundred times at each of them."""
    dice = np.random.default_rng([seed, units])
    truth = expected_effect(world, lift, LOOKS, dice)
    counts = np.zeros(5)
    for _ in range(times):
        arms = daily(campaign(world, dice, units=units, control=control, days=LOOKS, lift=lift))
        seen = [_missed(*arms[n], (n + 1) / LOOKS, truth[n]) for n in range(LOOKS)]
        counts += np.any(seen, axis=0)
    read = max(counts[0], 1)
    return Wrong(int(counts[0]), *(counts[1:3] / read), *(counts[3:] / times))


def _missed(treated, control, passed: float, truth: float) -> tuple[bool, ...]:
    """Return: is there a reading, is it too high, too low; and of the other two, missed."""
    found = read_daily(treated, control, passed=passed).interval
    plain = compare(treated, control)
    once, bare = read_once(plain), until_planned_end(plain, passed=passed)
    is_bought = min(treated.buyers, control.buyers) > 0
    return (
        found is not None,
        found is not None and found.lower > truth,
        found is not None and found.upper < truth,
        is_bought and not once.lower <= truth <= once.upper,
        is_bought and not bare.lower <= truth <= bare.upper,
    )
