"""A part of every plan stays a lot, with known probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.effect import (
    NOTHING,
    EffectRefusal,
    explore,
    judge_by,
    lot_of,
    one_each,
)

EVERYBODY = np.ones((20_000, 2), dtype=bool)


def places(customers: int = 20_000) -> np.ndarray:
    return np.random.default_rng(1).random(customers)


def test_most_get_what_was_planned_and_the_rest_what_chance_says():
    plan = np.tile([NOTHING, 0, 1, 1], 5_000)
    found = explore(plan, places(), allowed=EVERYBODY, share=0.15)
    assert (found.arm == plan + 1).mean() == pytest.approx(0.9, abs=0.01)
    assert found.chances[0] == pytest.approx([0.9, 0.05, 0.05])
    assert found.chances.sum(axis=1) == pytest.approx(np.ones(20_000))
    drawn = [(found.arm[plan == 1] == arm).mean() for arm in range(3)]
    assert drawn == pytest.approx([0.05, 0.05, 0.9], abs=0.01)


def test_nobody_gets_what_they_may_not_have():
    allowed = EVERYBODY.copy()
    allowed[::2, 1] = False
    found = explore(np.zeros(20_000, int), places(), allowed=allowed, share=0.5)
    assert not (found.arm[::2] == 2).any()
    assert found.chances[0] == pytest.approx([0.25, 0.75, 0])
    assert explore([NOTHING], [1 - 1e-17], allowed=[[False, False]], share=0.3).arm.tolist() == [0]


def test_the_value_of_another_plan_can_be_learned_from_what_was_explored():
    dice = np.random.default_rng(2)
    plan = np.zeros(200_000, dtype=int)
    found = explore(plan, dice.random(200_000), allowed=np.ones((200_000, 2), bool), share=0.1)
    truth = np.array([0.10, 0.12, 0.15])
    ordered = dice.random(200_000) < truth[found.arm]
    lot = lot_of(np.zeros((200_000, 1)), found.arm, found.chances, ordered)
    judged = judge_by(lot, np.full((200_000, 3), 0.12), one_each(200_000, 3))
    gain = judged.gain(np.full(200_000, 2), found.arm * 0 + 1)
    assert gain.interval().lower < 0.03 < gain.interval().upper
    assert gain.error < 0.02


def test_refuses_shares_and_plans_that_cannot_be():
    with pytest.raises(EffectRefusal, match="no_share"):
        explore([0], [0.5], allowed=[[True]], share=1.2)
    with pytest.raises(EffectRefusal, match="not_allowed"):
        explore([0], [0.5], allowed=[[False]])
