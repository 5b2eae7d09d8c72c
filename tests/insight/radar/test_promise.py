"""What the radar promises: at most one false alarm a year, and drops found within a stated time."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.radar.delay import AHEAD, delays
from stamgast.insight.radar.detector import WHOLE
from stamgast.insight.radar.loss import loss_since
from stamgast.insight.radar.watching import AFTER, follow
from stamgast.insight.radar.worlds import BEGINS, SERIES, WORLDS, World, holidays, season, shops
from stamgast.insight.radar.year import WEEK

WEEKS = 260  # of which the first year is not watched


def false_alarms_a_year(world: World, many: int, seed: int) -> float:
    """Simulate shops in which nothing drops; returns alarms per shop and watched year."""
    counts = shops(world, many, WEEKS, np.random.default_rng([seed, 1]))
    inputs, days = season(WEEKS), holidays(WEEKS)
    trail, _ = follow(counts, inputs, days, with_bands=False, groups=many)
    return float(trail.is_alarm.sum()) / many / (WEEKS / 52 - 1)


def test_false_alarms_are_rarer_than_one_a_year() -> None:
    assert 0 < false_alarms_a_year(WORLDS[0], 20, seed=1) < 1


@pytest.mark.long
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_false_alarms_are_rarer_than_one_a_year_in_1000_years(world: World) -> None:
    rates = [false_alarms_a_year(world, 25, seed) for seed in range(10)]
    assert np.mean(rates) < 1


def drop_in(many: int, size: float, start: int, weeks: int, volume: float) -> np.ndarray:
    dice = np.random.default_rng(4)
    return shops(WORLDS[0], many, weeks, dice, drop=size, start=start, volume=volume)


@pytest.mark.parametrize("volume", [60, 600])
def test_a_large_drop_is_noticed_within_the_stated_time(volume: int) -> None:
    many, start, weeks = 12, 130, 156
    inputs, days = season(weeks), holidays(weeks)
    before = drop_in(many, 0.3, start, weeks, volume)[:start]
    _, bank = follow(before, inputs[:start], days, with_bands=False, groups=many)
    last = BEGINS + WEEK * (start - 1)
    stated = [
        delays(bank, shop * SERIES, share=WHOLE, last_week=last, holidays=days, sizes=[0.3],
               paths=60)[0].mostly or AHEAD
        for shop in range(many)
    ]  # fmt: skip
    after = drop_in(many, 0.3, start, weeks, volume)
    trail, _ = follow(after, inputs, days, with_bands=False, groups=many)
    raised = trail.is_alarm.reshape(weeks, many, SERIES)[start:, :, 0]
    noticed = np.where(raised.any(axis=0), raised.argmax(axis=0) + 1, AHEAD + 1)
    assert (noticed <= np.array(stated)).mean() >= 0.75


def test_a_larger_drop_is_noticed_sooner_and_the_same_question_gets_the_same_answer() -> None:
    counts = shops(WORLDS[0], 1, 120, np.random.default_rng(2), volume=500)[:, :1]
    days = holidays(120)
    _, bank = follow(counts, season(120), days, with_bands=False)
    asked = {"share": 1.0, "last_week": BEGINS + WEEK * 119, "holidays": days, "paths": 60}
    small, _, large = delays(bank, 0, **asked)  # type: ignore[arg-type]
    assert (small.drop, large.drop) == (0.1, 0.3)
    assert large.share > small.share
    assert large.usual is not None
    assert large.usual < (small.usual or AHEAD)
    assert delays(bank, 0, **asked)[2] == large  # type: ignore[arg-type]


def test_the_size_of_a_found_drop_lies_within_its_limits() -> None:
    many, start, weeks = 30, 130, 142
    counts = shops(
        WORLDS[0], many, weeks, np.random.default_rng(6), drop=0.3, start=start, volume=300
    )
    inputs, days = season(weeks), holidays(weeks)
    losses = [
        loss_since(counts[: start + AFTER, shop * SERIES], inputs, days, start=start)[0]
        for shop in range(many)
    ]
    inside = np.mean([loss.drop_low <= 0.3 <= loss.drop_high for loss in losses])
    assert 0.65 <= inside <= 0.98
    assert np.mean([loss.drop for loss in losses]) == pytest.approx(0.3, abs=0.04)
