"""The evidence of a drop: fair while nothing is wrong, and forgetful after a year."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.radar.detector import LONGEST, Detector, shares
from stamgast.insight.radar.expectation import Array, Bank
from stamgast.insight.radar.year import uncertainty

PRIOR, DRIFT = uncertainty({})
KNOWN = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0])


def draw(bank: Bank, dice: np.random.Generator) -> Array:
    """Draw next week's purchases from the bank's own forecast."""
    forecast = bank.foretell(KNOWN)
    series = np.arange(len(forecast.mean))
    chosen = np.array([dice.choice(row.size, p=row) for row in bank.weight])
    is_wild = dice.random(len(series)) < 0.02
    size = np.where(is_wild, forecast.wild_size[series, chosen], forecast.size[series, chosen])
    return dice.poisson(dice.gamma(size, forecast.mean[series, chosen] / size)).astype(float)


def evidence_after(weeks: int, series: int) -> Array:
    dice = np.random.default_rng(8)
    bank = Bank(np.full(series, np.log(80.0)), PRIOR, DRIFT)
    detector = Detector(series, len(KNOWN))
    for _ in range(weeks):
        bank.advance()
        forecast = bank.foretell(KNOWN)
        counts = draw(bank, dice)
        detector.weigh(bank, forecast, counts)
        detector.absorb(bank.learn(forecast, counts), forecast)
    return np.asarray(detector.ratio[:, :, :2].sum(axis=1).mean(axis=1))  # drops of 10 and 20 %


def test_while_the_forecasts_are_right_the_evidence_grows_by_one_a_week() -> None:
    """What the promise rests on: E[R] = t for the sum of likelihood ratios, its last week apart."""
    evidence = evidence_after(4, 3000)
    assert evidence.mean() == pytest.approx(4, abs=4 * evidence.std() / np.sqrt(3000))
    assert evidence.std() > 1


def test_evidence_of_more_than_a_year_ago_is_dropped() -> None:
    bank = Bank(np.log([100.0]), PRIOR, DRIFT)
    detector = Detector(1, len(KNOWN))
    for _ in range(LONGEST + 20):
        bank.advance()
        detector.weigh(bank, bank.foretell(KNOWN), np.array([np.nan]))
    assert detector.evidence == pytest.approx([LONGEST - 1])


def test_a_drop_is_dated() -> None:
    bank = Bank(np.log([200.0, 200.0]), PRIOR, DRIFT)
    detector = Detector(2, len(KNOWN))
    dice = np.random.default_rng(3)
    for week in range(70):
        counts = dice.poisson([200, 200 if week < 66 else 110]).astype(float)
        bank.advance()
        forecast = bank.foretell(KNOWN)
        steady, dropped = detector.weigh(bank, forecast, counts)
        detector.absorb(bank.learn(forecast, counts), forecast)
    assert dropped > 1000 > 50 > steady
    lasted, size = detector.likeliest(1)
    assert lasted == 4
    assert size == pytest.approx(np.log(0.5))


def test_one_bad_week_is_no_evidence_yet() -> None:
    bank = Bank(np.log([200.0]), PRIOR, DRIFT)
    detector = Detector(1, len(KNOWN))
    found = []
    for week in range(60):
        bank.advance()
        forecast = bank.foretell(KNOWN)
        counts = np.array([60.0 if week >= 58 else 200.0])
        found.append(detector.weigh(bank, forecast, counts)[0])
        detector.absorb(bank.learn(forecast, counts), forecast)
    assert found[57] < 10
    assert found[58] < 10
    assert found[59] > 1000


def test_a_rise_is_no_evidence_of_a_drop() -> None:
    bank = Bank(np.log([200.0]), PRIOR, DRIFT)
    detector = Detector(1, len(KNOWN))
    for week in range(60):
        bank.advance()
        forecast = bank.foretell(KNOWN)
        counts = np.array([200.0 if week < 50 else 300.0])
        evidence = detector.weigh(bank, forecast, counts)
        detector.absorb(bank.learn(forecast, counts), forecast)
    assert evidence < 15


def test_what_was_said_is_not_said_again() -> None:
    detector = Detector(2, len(KNOWN))
    detector.ratio[:] = 5.0
    detector.forget(np.array([True, False]))
    assert detector.evidence[0] == 0 < detector.evidence[1]


@pytest.mark.parametrize("series", [1, 2, 12])
def test_all_series_share_one_limit(series: int) -> None:
    assert shares(series).sum() == pytest.approx(1)
    assert shares(series)[0] >= 0.5
