"""For whom it worked: each group's effect, drawn towards the whole as far as noise demands."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.effect import Difference, EffectRefusal, effects_by_group


def measured(**groups: tuple[float, float]) -> dict[str, Difference]:
    return {name: Difference(d, e**2, 5000.0, 500, 500, 99) for name, (d, e) in groups.items()}


def test_a_small_group_is_drawn_in_and_a_large_one_speaks_for_itself():
    found = effects_by_group(
        measured(new=(9, 5), active=(2, 0.4), drifting=(3, 0.4), lost=(1, 0.4))
    )
    new, active = found.groups["new"], found.groups["active"]
    assert new.alone.estimate == 9
    assert 2 < new.drawn.estimate < 4
    assert active.drawn.estimate == pytest.approx(2, abs=0.2)
    assert new.own < 0.3 < 0.8 < active.own
    assert new.drawn.upper - new.drawn.lower < new.alone.upper - new.alone.lower


def test_groups_that_differ_by_chance_alone_all_get_about_the_same():
    found = effects_by_group(measured(a=(1.2, 1), b=(0.7, 1), c=(1.1, 1), d=(0.9, 1), e=(1.0, 1)))
    drawn = [group.drawn.estimate for group in found.groups.values()]
    assert max(drawn) - min(drawn) < 0.25
    assert found.common == pytest.approx(0.98, abs=0.05)
    assert found.differ > 0.9


def test_groups_that_truly_differ_stay_apart():
    found = effects_by_group(measured(a=(10, 1), b=(0, 1), c=(-10, 1)))
    assert found.differ < 1e-6
    assert found.between > 4
    assert found.groups["a"].drawn.estimate > 9
    assert found.groups["c"].drawn.is_below_zero


@pytest.mark.parametrize("between", [0.0, 0.5, 2.0])
def test_the_best_looking_group_is_not_flattered(between: float):
    """Alone, the limits of the group that looks best miss its truth far more often."""
    dice = np.random.default_rng(7)
    missed = alone = total = flattery = 0
    for _ in range(300):
        truth = dice.normal(1, between, 6)
        errors = dice.uniform(0.4, 1.6, 6)
        seen = {
            str(i): (truth[i] + errors[i] * dice.standard_normal(), errors[i]) for i in range(6)
        }
        groups = effects_by_group(measured(**seen)).groups
        best = max(groups, key=lambda name: groups[name].alone.estimate)
        for name, group in groups.items():
            missed += not group.drawn.lower <= truth[int(name)] <= group.drawn.upper
            total += 1
        alone += not groups[best].alone.lower <= truth[int(best)]
        flattery += groups[best].drawn.estimate - truth[int(best)]
    assert missed / total <= 0.06
    assert abs(flattery / 300) < 0.45
    if between < 1:
        assert alone / 300 > 0.06


def test_refuses_too_few_groups_and_groups_without_noise():
    with pytest.raises(EffectRefusal, match="too_few_groups"):
        effects_by_group(measured(a=(1, 1), b=(2, 1)))
    with pytest.raises(EffectRefusal, match="nothing_to_pool"):
        effects_by_group(measured(a=(1, 1), b=(2, 0), c=(1, 1)))
