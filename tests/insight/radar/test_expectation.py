"""What a week is expected to bring: calibrated, quick to learn, hard to upset."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import polygamma
from scipy.stats import nbinom

from stamgast.insight.radar.expectation import (
    BAND,
    Array,
    Bank,
    band,
    first_level,
    log_negative_binomial,
    shape_for,
)
from stamgast.insight.radar.worlds import BEGINS, SERIES, WORLDS, holidays, season, shops
from stamgast.insight.radar.year import WEEK, regressors, uncertainty

USUAL, CALM = WORLDS[0], WORLDS[1]


def foretold(counts: Array, inputs: Array) -> tuple[Array, Array, Array]:
    """Follow the series (weeks x series); returns what each week was expected to bring."""
    days = holidays(len(counts)) if inputs.shape[1] > 9 else {}
    bank = Bank(first_level(counts), *uncertainty(days))
    found = []
    for week, known in enumerate(inputs):
        bank.advance()
        forecast = bank.foretell(known)
        found.append(band(bank, forecast))
        bank.learn(forecast, counts[week])
    expected, low, high = (np.array([one[part] for one in found]) for part in range(3))
    return expected, low, high


def steady(weeks: int, rate: float) -> Array:
    return np.random.default_rng(1).poisson(rate, (weeks, 1)).astype(float)


def waves(weeks: int) -> Array:
    return regressors([BEGINS + WEEK * n for n in range(weeks)], {})


def test_probabilities_are_those_of_the_negative_binomial() -> None:
    counts, mean, size = np.array([0.0, 3.0, 400.0]), np.array([0.2, 5.0, 380.0]), 7.5
    expected = nbinom.logpmf(counts, size, size / (size + mean))
    assert log_negative_binomial(counts, mean, np.full(3, size)) == pytest.approx(expected)


@pytest.mark.parametrize("variance", [1e-4, 0.01, 0.3, 2.0, 50.0])
def test_a_gamma_distribution_is_found_by_the_variance_of_its_logarithm(variance: float) -> None:
    shape = shape_for(np.array([variance]))
    assert polygamma(1, shape) == pytest.approx([variance], rel=1e-4)


@pytest.mark.parametrize("world", [USUAL, CALM], ids=["usual", "calm"])
def test_nine_weeks_in_ten_lie_within_the_band(world: object) -> None:
    weeks = 208
    counts = shops(world, 12, weeks, np.random.default_rng(3))  # type: ignore[arg-type]
    _, low, high = foretold(counts, season(weeks))
    inside = ((counts >= low) & (counts <= high))[52:]
    assert inside.mean() == pytest.approx(BAND, abs=0.04)
    assert inside.reshape(-1, 12, SERIES).mean(axis=(0, 2)).min() > 0.8


def test_a_season_is_foretold_once_it_has_been_seen_twice() -> None:
    weeks = 170
    rate = 300 * np.exp(0.4 * np.cos(2 * np.pi * np.arange(weeks) / 52.18))
    counts = np.random.default_rng(2).poisson(rate).astype(float)[:, None]
    expected, low, high = foretold(counts, waves(weeks))
    off = np.abs(expected[:, 0] / rate - 1)
    width = ((high - low) / expected)[:, 0]
    assert off[120:].max() < 0.12
    assert width[120:].mean() < width[10:40].mean()


def test_one_wild_week_changes_little() -> None:
    calm = steady(80, 200)
    wild = calm.copy()
    wild[70] = 900
    quiet, upset = (foretold(counts, waves(80))[0][71:, 0] for counts in (calm, wild))
    assert np.abs(upset / quiet - 1).max() < 0.06


def test_a_lasting_change_is_learned() -> None:
    counts = np.vstack([steady(80, 200), steady(26, 120)])
    expected, _, _ = foretold(counts, waves(106))
    assert expected[-1, 0] == pytest.approx(120, rel=0.1)


def test_a_week_that_is_not_known_teaches_nothing_and_widens_the_band() -> None:
    counts = steady(70, 200)
    counts[60:66] = np.nan
    expected, low, high = foretold(counts, waves(70))
    width = (high - low)[:, 0]
    assert np.isfinite(expected).all()
    assert width[66] > width[60] > 0


def test_series_do_not_see_each_other() -> None:
    counts = shops(USUAL, 2, 70, np.random.default_rng(5))
    together = foretold(counts, season(70))[0]
    alone = foretold(counts[:, :1], season(70))[0]
    assert together[:, :1] == pytest.approx(alone)


def test_weeks_without_a_single_purchase_are_bearable() -> None:
    counts = np.zeros((60, 1))
    expected, low, high = foretold(counts, waves(60))
    assert np.isfinite(np.hstack([expected, low, high])).all()
    assert expected[-1, 0] < 0.5
