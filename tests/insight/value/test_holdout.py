"""Hold-out reports: what was said on a day against what came, and against naive forecasts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from insight.value.histories import simulate_futures
from stamgast.insight.value import (
    BGNBD,
    MBGNBD,
    CustomerBase,
    ParetoNBD,
    ValueRefusal,
    fit_best,
    holdout_report,
)
from stamgast.insight.value.holdout import Trial, score

SPLIT, UNTIL = date(2024, 12, 30), date(2025, 6, 30)
TRUTH = {"r": 0.8, "alpha": 40.0, "a": 0.8, "b": 3.0, "p": 4.0, "q": 4.0, "gamma": 30.0}


@pytest.fixture(scope="module")
def orders():
    return simulate_futures(21, 4000, **TRUTH, shift=1, watched=365, ahead=200)


@pytest.fixture(scope="module")
def report(orders):
    return holdout_report(orders, MBGNBD(), split=SPLIT, until=UNTIL)


def test_counts_what_really_came_by_customer_and_by_week(orders, report):
    days = orders.drop_duplicates(["customer_id", "day"])
    before = set(days[days.day <= pd.Timestamp(SPLIT)].customer_id)
    after = days[(days.day > pd.Timestamp(SPLIT)) & (days.day <= pd.Timestamp(UNTIL))]
    after = after[after.customer_id.isin(before)]
    assert report.customers == len(before)
    assert report.purchases == len(after)
    first = after[after.day <= pd.Timestamp(SPLIT) + pd.Timedelta(days=7)]
    assert report.weeks[0].actual == len(first)
    assert report.weeks[-1].actual_so_far == len(after)
    assert report.weeks[-1].ends == UNTIL
    assert len(report.weeks) == 26


def test_weeks_and_tenths_add_up_to_what_was_expected(report):
    assert sum(week.expected for week in report.weeks) == pytest.approx(report.expected)
    assert report.weeks[-1].expected_so_far == pytest.approx(report.expected)
    summed = sum(band.customers * band.expected for band in report.deciles)
    assert summed == pytest.approx(report.expected)
    assert sum(band.customers for band in report.deciles) == report.customers


def test_the_true_model_is_on_course_and_beats_the_naive_forecasts(report):
    assert report.expected == pytest.approx(report.purchases, rel=0.1)
    for week in report.weeks[8::6]:
        assert week.expected_so_far == pytest.approx(week.actual_so_far, rel=0.12)
    for band in report.deciles[-4:]:
        assert band.actual == pytest.approx(band.expected, rel=0.25)
    assert report.best == "MBGNBD"
    assert set(report.scores) == {"MBGNBD", "last_period", "like_customers"}
    assert report.scores["MBGNBD"].rank_correlation > 0.3
    assert 0.85 < report.covered < 0.97
    assert 0.84 < report.covered_likely < 0.96


def test_with_more_than_a_year_of_history_last_year_is_the_naive_forecast(orders):
    trial = Trial.of(orders, split=UNTIL - timedelta(days=20), until=UNTIL)
    assert set(trial.naive) == {"last_year", "like_customers"}
    ids = trial.customers["customer_id"].to_pylist()
    days = orders.drop_duplicates(["customer_id", "day"])
    start = pd.Timestamp(UNTIL) - pd.Timedelta(days=20 + 365)
    past = days[(days.day > start) & (days.day <= start + pd.Timedelta(days=20))]
    counted = past.groupby("customer_id").size().reindex(ids).fillna(0).to_numpy()
    assert (trial.naive["last_year"] == counted).all()


def test_like_customers_buy_what_such_customers_bought_a_period_ago(orders):
    trial = Trial.of(orders, split=SPLIT, until=SPLIT + timedelta(days=60))
    told = trial.naive["like_customers"]
    assert told.mean() == pytest.approx(trial.actual.mean(), rel=0.35)
    assert score(told, trial.actual).rank_correlation > 0.2


def test_the_model_that_is_given_stays_unfitted(orders):
    model = BGNBD()
    holdout_report(orders, model, split=SPLIT, until=UNTIL)
    assert not model.is_fitted


def test_chooses_by_the_error_and_fits_again_on_everything(orders):
    choice = fit_best(
        orders, until=UNTIL, holdout_days=120, candidates=[BGNBD(), MBGNBD(), ParetoNBD()]
    )
    errors = {r.model: r.scores[r.model].root_mean_square for r in choice.reports}
    assert type(choice.model).__name__ == min(errors, key=errors.get)
    assert choice.beats_naive
    assert choice.model.until_ == UNTIL
    assert choice.report.fitted_until == UNTIL - timedelta(days=120)
    assert not choice.refusals


def test_a_candidate_that_cannot_be_fitted_is_told_and_left_out(orders):
    choice = fit_best(orders, until=UNTIL, candidates=[ParetoNBD(season="month"), MBGNBD()])
    assert type(choice.model) is MBGNBD
    assert [refusal.code for refusal in choice.refusals.values()] == ["season_unsupported"]
    with pytest.raises(ValueRefusal, match="season_unsupported"):
        fit_best(orders, until=UNTIL, candidates=[ParetoNBD(season="month")])


def test_says_when_a_naive_forecast_does_better():
    # A shop of Christmas presents: in December or never, some customers many times, some once.
    generator = np.random.default_rng(1)
    rates = generator.gamma(1.0, 6.0, 600)
    rows = [
        (i, pd.Timestamp(year, 12, 1) + pd.Timedelta(days=int(generator.integers(0, 31))))
        for i in range(600)
        for year in (2022, 2023, 2024)
        if year < 2024 or i % 5
        for _ in range(generator.poisson(rates[i]))
    ]
    orders = pd.DataFrame(rows, columns=["customer_id", "day"])
    choice = fit_best(orders, until=date(2024, 12, 31), holdout_days=31, candidates=[MBGNBD()])
    assert not choice.beats_naive
    assert choice.report.best == "last_year"
    assert choice.report.scores["MBGNBD"].total_error < -0.5


def test_without_margins_there_is_no_coverage_of_customers(orders):
    told = holdout_report(orders.drop(columns="margin"), BGNBD(), split=SPLIT, until=UNTIL)
    assert told.covered is None
    assert told.total_lower < told.expected < told.total_upper


def test_the_interval_of_all_purchases_holds_nine_in_ten_when_the_model_is_true():
    held = []
    for seed in range(20):
        made = simulate_futures(seed, 900, **TRUTH, shift=1, watched=365, ahead=100)
        told = holdout_report(
            made.drop(columns="margin"), MBGNBD(), split=SPLIT, until=SPLIT + timedelta(days=90)
        )
        held.append(told.is_total_covered)
    assert np.mean(held) >= 0.7  # 20 trials: two standard errors are 0.13


@pytest.mark.parametrize(
    ("split", "until", "code"),
    [
        (SPLIT, SPLIT + timedelta(days=3), "holdout_too_short"),
        (SPLIT, date(2027, 1, 1), "holdout_not_reached"),
        (date(2020, 1, 1), UNTIL, "until_before_first_order"),
    ],
)
def test_refuses_a_cut_that_shows_nothing(orders, split, until, code):
    with pytest.raises(ValueRefusal) as refusal:
        holdout_report(orders, MBGNBD(), split=split, until=until)
    assert refusal.value.code == code


def test_score_by_hand():
    told = score(np.array([1.0, 2.0, 0.0]), np.array([1.0, 0.0, 1.0]))
    assert told.root_mean_square == pytest.approx(np.sqrt(5 / 3))
    assert told.mean_absolute == pytest.approx(1.0)
    assert told.total_error == pytest.approx(0.5)
    assert told.rank_correlation == pytest.approx(-0.866, abs=0.001)


def test_cdnow_is_foretold_as_published(cdnow_sample, sample_base):
    model = BGNBD().fit(sample_base)
    table = model.predict(sample_base, 39, intervals=False)
    assert table["expected_purchases"].to_numpy().sum() == pytest.approx(1653, abs=1)
    told = holdout_report(
        cdnow_sample, BGNBD(), split=date(1997, 9, 30), until=date(1998, 6, 30),
        unit="week", amount="revenue",
    )  # fmt: skip
    assert told.customers == 2357
    assert told.expected == pytest.approx(1653, rel=0.03)  # of whole days: 1624
    assert told.best == "BGNBD"


def test_expected_of_a_base_equals_that_of_its_predictions(orders, report):
    base = CustomerBase.from_orders(orders, until=SPLIT)
    table = MBGNBD().fit(base).predict(base, (UNTIL - SPLIT).days, intervals=False)
    assert table["expected_purchases"].to_numpy().sum() == pytest.approx(report.expected)
