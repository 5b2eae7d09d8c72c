"""Who responds, on the public e-mail test: level with the best packages, and silent where it should.

The protocol: halves stratified by arm and outcome, four seeds, eleven features, visit as outcome. A
mail is taken to cost the effect on the half that was learned from, so that mailing all earns nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from insight.effect import hillstrom
from stamgast.insight.effect import (
    Lot,
    advise,
    best_arm,
    judge_by,
    learn,
    net_value,
    one_each,
    qini,
    robust_qini,
    robust_scores,
)

SEEDS = range(4)
A_MAIL = 0.05  # of a visit


def halves(lot: Lot, seed: int) -> tuple[Lot, Lot]:
    learns = hillstrom.split(lot.arm, lot.outcome, seed)
    return lot.only(learns), lot.only(~learns)


def effect(lot: Lot) -> float:
    return float(lot.outcome[lot.arm == 1].mean() - lot.outcome[lot.arm == 0].mean())


def scored(lot: Lot, seed: int) -> tuple[float, float, float]:
    """Return Qini, robust Qini and the gain at break-even per 1,000, all on the other half."""
    ours, theirs = halves(lot, seed)
    learned, cost = learn(ours), effect(ours)
    uplift = learned.uplift(theirs.features)[:, 0]
    scores = robust_scores(theirs, learned.chances_of_order(theirs.features))
    gain = scores[:, 1] - scores[:, 0]
    net = ((uplift > cost) * (gain - cost)).mean()
    return (
        qini(uplift, theirs.arm == 1, theirs.outcome),
        1000 * robust_qini(uplift, gain).value,
        1000 * net,
    )


def test_the_womens_mail_is_level_with_the_best_packages(shared_data: Path):
    lot = hillstrom.lot(shared_data, "womens")
    found = np.mean([scored(lot, seed) for seed in SEEDS], axis=0)
    assert found[0] >= 0.057
    assert found[1] >= 7.0
    assert found[2] >= 14.0


def test_the_womens_mail_is_worth_choosing_for(shared_data: Path):
    lot = hillstrom.lot(shared_data, "womens")
    found = advise(lot, one_each(len(lot.arm), 2, effect(lot)))
    assert found.is_individual
    assert min(gain.interval().lower for gain in found.gains.values()) > 0
    assert found.value.robust == pytest.approx(found.value.weighted, abs=0.005)


def test_for_the_mens_mail_choosing_is_not_supported(shared_data: Path):
    lot = hillstrom.lot(shared_data, "mens")
    for cost in (effect(lot), A_MAIL):
        assert not advise(lot, one_each(len(lot.arm), 2, cost)).is_individual
    assert advise(lot, one_each(len(lot.arm), 2, A_MAIL)).arm == 1  # mail all
    kept = [learn(halves(lot, seed)[0]).kept[0] for seed in SEEDS]
    assert np.mean(kept) < 0.3


def test_of_three_arms_nobody_is_worse_off_than_by_the_best_for_all(shared_data: Path):
    lot = hillstrom.lot(shared_data, "mens", "womens")
    for seed in SEEDS:
        ours, theirs = halves(lot, seed)
        worth = one_each(len(theirs.arm), 3, A_MAIL)
        advice, learned = advise(ours, one_each(len(ours.arm), 3, A_MAIL)), learn(ours)
        own = best_arm(net_value(learned, theirs.features, worth))
        followed = own if advice.is_individual else np.full(len(own), advice.arm)
        judged = judge_by(theirs, learned.chances_of_order(theirs.features), worth)
        gain = judged.gain(followed, np.full(len(own), 1))  # the men's mail to all
        assert gain.robust >= -2 * gain.error
        more = judged.gain(followed, np.zeros(len(own), dtype=int))  # than no mail at all
        assert more.robust == pytest.approx(0.0266, abs=0.008)
