"""Who responds, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.effect import (
    EffectRefusal,
    Lot,
    Worth,
    advise,
    best_arm,
    judge_by,
    learn,
    lot_of,
    net_value,
    one_each,
    qini,
    robust_qini,
    robust_scores,
)

EVEN = [0.5, 0.5]


def shop(
    customers: int, *, tilt: float, seed: int = 1, effect: float = 0.05
) -> tuple[Lot, np.ndarray]:
    """Draw a lot in which the first of five features decides who responds; returns true uplift."""
    dice = np.random.default_rng(seed)
    x = dice.standard_normal((customers, 5))
    base = 1 / (1 + np.exp(1.5 - 0.6 * x[:, 1]))
    uplift = effect + tilt * x[:, 0]
    arm = (dice.random(customers) < 0.5).astype(int)
    order = dice.random(customers) < np.clip(base + arm * uplift, 0, 1)
    return lot_of(x, arm, EVEN, order), uplift


def test_finds_who_responds():
    lot, _ = shop(20_000, tilt=0.06)
    fresh, truth = shop(20_000, tilt=0.06, seed=2)
    learned = learn(lot)
    found = learned.uplift(fresh.features)[:, 0]
    assert np.corrcoef(found, truth)[0, 1] > 0.9
    assert found.mean() == pytest.approx(0.05, abs=0.02)
    assert learned.kept[0] > 0.3
    assert qini(found, fresh.arm == 1, fresh.outcome) > 0.05
    chance = learned.chances_of_order(fresh.features)
    assert chance.shape == (20_000, 2)
    assert ((chance >= 0) & (chance <= 1)).all()


def test_says_nearly_the_same_for_everybody_where_nobody_differs():
    spreads = [learn(shop(5_000, tilt=0.0, seed=seed)[0]) for seed in range(8)]
    kept = [learned.kept[0] for learned in spreads]
    assert np.median(kept) < 0.25
    assert sum(share == 0 for share in kept) >= 2


def test_choosing_is_advised_only_where_it_is_proven_better():
    strong, _ = shop(20_000, tilt=0.08)
    cost = one_each(20_000, 2, 0.05)
    assert advise(strong, cost).is_individual
    rewarded = [advise(shop(3_000, tilt=0.0, seed=seed)[0], one_each(3_000, 2, 0.05)).is_individual
                for seed in range(20)]  # fmt: skip
    assert sum(rewarded) <= 1


def test_choosing_must_beat_the_shops_own_rule_as_well():
    lot, truth = shop(20_000, tilt=0.08)
    worth = one_each(20_000, 2, 0.05)
    perfect = (truth > 0.05).astype(int)
    found = advise(lot, worth, rules={"own rule": perfect})
    assert not found.is_individual
    assert found.weakest == "own rule"
    churn_first = (lot.features[:, 1] < 0).astype(int)
    assert advise(lot, worth, rules={"churn risk first": churn_first}).is_individual


def test_the_value_of_a_policy_is_what_it_would_have_brought():
    lot, truth = shop(40_000, tilt=0.08)
    learned, worth = learn(shop(20_000, tilt=0.08, seed=3)[0]), one_each(40_000, 2, 0.02)
    policy = (lot.features[:, 0] > 0).astype(int)
    judged = judge_by(lot, learned.chances_of_order(lot.features), worth)
    gain = judged.gain(policy, np.zeros(40_000, dtype=int))
    expected = (policy * (truth - 0.02)).mean()
    assert gain.robust == pytest.approx(expected, abs=3 * gain.error)
    assert gain.weighted == pytest.approx(expected, abs=3 * gain.weighted_error)
    assert gain.error < gain.weighted_error
    assert gain.interval().lower < expected < gain.interval().upper


def test_robust_scores_are_right_on_average_even_if_the_expected_is_nonsense():
    lot, truth = shop(200_000, tilt=0.05)
    nonsense = np.full((200_000, 2), 0.9)
    scores = robust_scores(lot, nonsense)
    assert (scores[:, 1] - scores[:, 0]).mean() == pytest.approx(truth.mean(), abs=0.01)


def test_unequal_and_personal_chances_are_corrected_for():
    dice = np.random.default_rng(4)
    x = dice.standard_normal((30_000, 2))
    chance = np.where(x[:, 0] > 0, 0.8, 0.2)  # the loyal got the offer more often
    arm = (dice.random(30_000) < chance).astype(int)
    order = dice.random(30_000) < np.clip(0.3 + 0.15 * (x[:, 0] > 0) + 0.05 * arm, 0, 1)
    lot = lot_of(x, arm, np.column_stack([1 - chance, chance]), order)
    naive = order[arm == 1].mean() - order[arm == 0].mean()
    assert naive > 0.1
    assert learn(lot).uplift(x).mean() == pytest.approx(0.05, abs=0.02)


def test_the_discount_to_those_who_would_have_ordered_anyway_counts():
    lot, _ = shop(20_000, tilt=0.0)
    learned = learn(lot)
    chance = learned.chances_of_order(lot.features)
    worth = Worth(np.full(20_000, 20.0), np.array([0.0, 0.1]), np.array([0.0, 4.0]))
    net = net_value(learned, lot.features, worth)[:, 0]
    assert net == pytest.approx(chance[:, 1] * 16 - chance[:, 0] * 20 - 0.1)
    assert (best_arm(net[:, None]) == (net > 0)).all()


def test_an_order_at_random_and_one_that_knows_all():
    lot, truth = shop(30_000, tilt=0.08)
    treated, scores = lot.arm == 1, robust_scores(lot, np.full((30_000, 2), 0.25))
    gain = scores[:, 1] - scores[:, 0]
    at_random = np.random.default_rng(1).random(30_000)
    assert qini(at_random, treated, lot.outcome) == pytest.approx(0, abs=0.02)
    knows = np.where(treated, lot.outcome, -lot.outcome)
    assert qini(knows, treated, lot.outcome) == pytest.approx(1)
    assert qini(np.zeros(30_000), treated, lot.outcome) == pytest.approx(0)
    ranked = robust_qini(truth, gain)
    assert ranked.value > 3 * ranked.error
    assert abs(robust_qini(at_random, gain).value) < 3 * ranked.error
    assert robust_qini(np.zeros(30_000), gain).value == pytest.approx(0)


def test_features_that_never_vary_or_repeat_each_other_do_no_harm():
    lot, _ = shop(5_000, tilt=0.05)
    more = np.column_stack([lot.features, np.ones(5_000), lot.features[:, 0]])
    found = learn(lot_of(more, lot.arm, EVEN, lot.outcome)).uplift(more)
    assert np.isfinite(found).all()


NOBODY = np.zeros((0, 2))


@pytest.mark.parametrize(
    ("features", "arm", "chances", "outcome", "code"),
    [
        ([[1.0], [2.0]], [0], EVEN, [0, 1], "unequal_lengths"),
        ([[1.0], [float("nan")]], [0, 1], EVEN, [0, 1], "not_finite"),
        ([[1.0], [2.0]], [0, 2], EVEN, [0, 1], "unknown_arm"),
        ([[1.0], [2.0]], [0, 1], [1.0, 0.0], [0, 1], "no_chance"),
    ],
)
def test_refuses_what_was_not_a_lot(features, arm, chances, outcome, code: str):
    with pytest.raises(EffectRefusal) as refusal:
        lot_of(features, arm, chances, outcome)
    assert refusal.value.code == code


def test_refuses_to_learn_from_a_handful_of_orders():
    lot, _ = shop(5_000, tilt=0.05)
    few = lot_of(lot.features, lot.arm, EVEN, np.arange(5_000) < 30)
    with pytest.raises(EffectRefusal, match="too_few_orders"):
        learn(few)
    with pytest.raises(EffectRefusal, match="nothing_to_compare"):
        qini([1.0, 2.0], [True, True], [0, 1])
