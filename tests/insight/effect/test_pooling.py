"""Rounds of one campaign, and campaigns that are alike, judged together."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.effect import Difference, EffectRefusal, compare, pool, sums_of


def rounds(*pairs: tuple[float, float]) -> list[Difference]:
    return [Difference(estimate, error**2, 500.0, 250, 250, 100) for estimate, error in pairs]


def test_the_eight_schools_come_out_as_published():
    """Rubin (1981): eight coaching programmes; common effect 7.9 with standard error 4.2."""
    schools = rounds((28.39, 14.9), (7.94, 10.2), (-2.75, 16.3), (6.82, 11.0),
                     (-0.64, 9.4), (0.63, 11.4), (18.01, 10.4), (12.16, 17.6))  # fmt: skip
    found = pool(schools)
    assert round(found.fixed.estimate, 1) == 7.9
    assert found.between == 0
    assert found.random
    assert round(found.random.estimate, 1) == 7.9
    assert found.p_alike == pytest.approx(0.71, abs=0.01)


def test_lots_are_compared_before_they_are_averaged():
    """The second lot has better customers and few controls; adding up the arms would mislead."""
    dice = np.random.default_rng(2)

    def lot(mean: float, treated: int, control: int):
        return [sums_of(dice.normal(mean, 2, n).tolist()) for n in (treated, control)]

    poor, good = lot(0, 200, 800), lot(20, 800, 200)
    added = compare(poor[0] + good[0], poor[1] + good[1])
    found = pool([compare(*poor), compare(*good)])
    assert added.estimate > 10
    assert found.fixed.lower < 0 < found.fixed.upper


def test_rounds_that_differ_widen_what_a_next_round_may_bring():
    alike = pool(rounds((2, 0.5), (2.1, 0.5), (1.9, 0.5), (2, 0.5)))
    unlike = pool(rounds((5, 0.5), (-1, 0.5), (3, 0.5), (1, 0.5)))
    assert alike.random
    assert unlike.random
    assert alike.between == 0
    assert unlike.between == pytest.approx(np.sqrt(20 / 3 - 0.25), abs=0.01)
    assert unlike.random.lower < 0 < alike.random.lower
    assert unlike.fixed.upper - unlike.fixed.lower == pytest.approx(
        alike.fixed.upper - alike.fixed.lower
    )
    assert (unlike.p_alike or 0) < 0.001


def test_one_round_has_no_spread_between_rounds():
    found = pool(rounds((2, 0.5)))
    assert (found.rounds, found.random, found.p_alike, found.between) == (1, None, None, 0)
    assert found.fixed.lower < 2 < found.fixed.upper


def test_looking_after_every_round_is_wrong_in_at_most_5_of_100():
    dice = np.random.default_rng(6)
    missed = once = 0
    for _ in range(300):
        errors = dice.uniform(0.5, 2, 12)
        seen = rounds(*zip(dice.normal(0, errors), errors, strict=True))
        looks = [pool(seen[: k + 1]) for k in range(12)]
        missed += any(look.fixed.lower > 0 or look.fixed.upper < 0 for look in looks)
        last = looks[-1].random
        once += last is not None and not last.lower <= 0 <= last.upper
    assert missed / 300 <= 0.05
    assert once / 300 <= 0.09


@pytest.mark.parametrize("found", [[], rounds((1.0, 0.0))])
def test_refuses_nothing_to_pool(found: list[Difference]):
    with pytest.raises(EffectRefusal, match="nothing_to_pool"):
        pool(found)
