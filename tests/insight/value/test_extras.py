"""Covariates that act on buying and leaving, and seasons on an operational clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from insight.value.histories import simulate_buyers, simulate_leavers, simulate_season_rows
from stamgast.insight.value import BGNBD, MBGNBD, CustomerBase, ParetoNBD, ValueRefusal
from stamgast.insight.value.beta_geometric import Likelihood
from stamgast.insight.value.season import factors, on_the_clock, parts_of
from stamgast.insight.value.states import states_from_arrays

BG_TRUTH = {"r": 0.8, "alpha": 8.0, "a": 0.8, "b": 2.5}
PARETO_TRUTH = {"r": 0.8, "alpha": 8.0, "s": 0.7, "beta": 12.0}
BUYS_MORE, LEAVES_SOONER = 0.5, 0.6


def by_kind(simulate, seed, customers, truth, leaving, sign, **options):
    """Draw customers of which half carry a mark that changes how they buy and leave."""
    marked = dict(truth)
    marked["alpha"] *= np.exp(-BUYS_MORE)
    marked[leaving] *= np.exp(sign * LEAVES_SOONER)
    parts = [
        simulate(seed + i, customers, **kind, **options) for i, kind in enumerate((truth, marked))
    ]
    joined = [np.concatenate(pair) for pair in zip(*parts, strict=True)]
    return joined, np.repeat([0.0, 1.0], customers)


@pytest.fixture(scope="module", params=["bg", "mbg", "pareto"])
def marked(request):
    if request.param == "pareto":
        data, mark = by_kind(simulate_leavers, 5, 4000, PARETO_TRUTH, "beta", -1)
        return ParetoNBD, PARETO_TRUTH, data, mark
    model = {"bg": BGNBD, "mbg": MBGNBD}[request.param]
    data, mark = by_kind(simulate_buyers, 5, 4000, BG_TRUTH, "a", 1, shift=model._shift)
    return model, BG_TRUTH, data, mark


def test_finds_the_effects_of_a_covariate_on_buying_and_leaving(marked):
    model, truth, data, mark = marked
    fitted = model(purchase_covariates=["mark"], dropout_covariates=["mark"]).fit_states(
        *data, unit="week", covariates={"mark": mark}
    )
    assert fitted.converged_
    known = truth | {"purchase_mark": BUYS_MORE, "dropout_mark": LEAVES_SOONER}
    assert list(fitted.params_) == list(known)
    for name, true in known.items():
        assert abs(fitted.params_[name] - true) < 3.5 * fitted.standard_errors_[name], name


def test_the_unit_of_a_covariate_changes_only_its_own_effect(marked):
    model, _, data, mark = marked
    plain, other = (
        model(purchase_covariates=["mark"], dropout_covariates=["mark"]).fit_states(
            *data, unit="week", covariates={"mark": column}
        )
        for column in (mark, 40 * mark + 1000)
    )
    assert other.loglik_ == pytest.approx(plain.loglik_, rel=1e-9)
    assert other.params_["purchase_mark"] * 40 == pytest.approx(plain.params_["purchase_mark"])
    assert other.standard_errors_["dropout_mark"] * 40 == pytest.approx(
        plain.standard_errors_["dropout_mark"], rel=1e-4
    )
    same = plain.expected_purchases(2, 5, 9, 10, covariates={"mark": 1.0})
    assert other.expected_purchases(2, 5, 9, 10, covariates={"mark": 1040.0}) == pytest.approx(same)


def test_a_covariate_without_effect_leaves_the_plain_model(marked):
    model, _, data, mark = marked
    plain = model().fit_states(*data, unit="week")
    fitted = model(purchase_covariates=["mark"]).fit_states(
        *data, unit="week", covariates={"mark": mark}
    )
    fitted.params_ = plain.params_ | {"purchase_mark": 0.0}
    told = fitted.p_alive(*(part[:50] for part in data), covariates={"mark": mark[:50]})
    assert told == pytest.approx(plain.p_alive(*(part[:50] for part in data)), rel=1e-10)


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_gradient_by_rows_equals_differences_of_the_likelihood(model):
    data = simulate_buyers(3, 300, **BG_TRUTH, shift=1)
    generator = np.random.default_rng(4)
    states = states_from_arrays(
        *data, unit="week", covariates={"u": generator.normal(size=300), "v": data[2] / 100}
    )
    extras = model(purchase_covariates=("u", "v"), dropout_covariates=("v",)).extras
    objective = extras.objective(states, model()._row_slopes, None)
    check_gradient(objective, np.array([0.6, 9.0, 0.9, 3.0, 0.3, -0.4, 0.5]))


def test_rows_and_tables_give_the_same_likelihood():
    states = states_from_arrays(*simulate_buyers(3, 300, **BG_TRUTH), unit="week")
    point = np.array([0.6, 9.0, 0.9, 3.0])
    for shift, model in enumerate((BGNBD, MBGNBD)):
        found = model().extras.objective(states, model()._row_slopes, None)(point)
        table = Likelihood.of(states, shift)(point)
        assert found[0] == pytest.approx(table[0], rel=1e-12)
        assert found[1] == pytest.approx(table[1], rel=1e-9)


def check_gradient(objective, point):
    _, gradient = objective(point)
    for i in range(len(point)):
        step = np.zeros(len(point))
        step[i] = 1e-5
        difference = (objective(point + step)[0] - objective(point - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(difference, rel=1e-5, abs=1e-3), i


def orders_with_marks(seed=8, customers=600):
    (x, t_x, T), mark = by_kind(simulate_buyers, seed, customers, BG_TRUTH, "a", 1, shift=1)
    until = pd.Timestamp("2026-01-01")
    rows = []
    for i in range(len(x)):
        first = until - pd.Timedelta(days=int(7 * T[i]))
        days = {0, *(int(7 * t_x[i] * (k + 1) / x[i]) for k in range(x[i]))}
        rows += [(i, first + pd.Timedelta(days=d), 20.0 + i % 7) for d in days]
    orders = pd.DataFrame(rows, columns=["customer_id", "day", "margin"])
    side = pa.table({"customer_id": np.arange(len(x)), "mark": mark})
    return orders, side


def test_covariates_reach_the_table_of_predictions_and_totals_and_json():
    orders, side = orders_with_marks()
    base = CustomerBase.from_orders(orders, until=date(2026, 1, 1), covariates=side)
    model = MBGNBD(purchase_covariates=["mark"], dropout_covariates=["mark"]).fit(base)
    table = model.predict(base, 90)
    assert table.num_rows == 1200
    assert np.isfinite(table["upper"].to_numpy()).all()
    assert model.total(base, 90, customers=[1, 2, 700]).customers == 3
    again = MBGNBD.from_json(model.to_json())
    assert again.predict(base, 90, intervals=False).equals(model.predict(base, 90, intervals=False))
    bare = CustomerBase.from_orders(orders, until=date(2026, 1, 1))
    for ask in (model.fit, model.predict):
        with pytest.raises(ValueRefusal, match="covariate_missing"):
            ask(bare)


def test_refuses_a_covariate_that_never_varies():
    data = simulate_buyers(3, 300, **BG_TRUTH)
    with pytest.raises(ValueRefusal, match="covariates_unusable"):
        BGNBD(purchase_covariates=["same"]).fit_states(
            *data, unit="week", covariates={"same": np.full(300, 3.0)}
        )


# Christmas sells three times as fast as January.
PACE = np.array([0.5, 0.6, 0.8, 0.9, 1.0, 1.0, 0.9, 0.8, 1.0, 1.2, 1.6, 1.7])
START, DAYS = date(2024, 1, 1), 731


@pytest.fixture(scope="module")
def christmas():
    truth = {"r": 0.8, "alpha": 60.0, "a": 0.6, "b": 3.0}
    orders = simulate_season_rows(2, 12_000, **truth, pace=PACE, days=DAYS + 120, start=START)
    until = START + timedelta(days=DAYS - 1)
    base = CustomerBase.from_orders(orders, until=until)
    return orders, base, BGNBD(season="month").fit(base)


def test_finds_the_pace_of_every_month(christmas):
    _, base, model = christmas
    assert model.converged_
    assert model.identified_
    shares = np.bincount(parts_of("month", np.arange(1461))) / 1461
    truth = PACE / (shares * PACE).sum()
    assert list(model.season_.values()) == pytest.approx(truth, rel=0.1)
    assert model.loglik_ > BGNBD().fit(base).loglik_ + 500


def test_a_season_tells_a_december_better_than_no_season(christmas):
    orders, _, _ = christmas
    before = CustomerBase.from_orders(orders, until=date(2025, 10, 31))
    window = (orders.day > "2025-10-31") & (orders.day <= "2025-12-31")
    known = before.fetch()["customer_id"].to_pylist()
    bought = (window & orders.customer_id.isin(known)).sum()
    off = {}
    for season in (None, "month"):
        model = BGNBD(season=season).fit(before)
        off[season] = abs(model.total(before, 61, draws=50).purchases / bought - 1)
    assert off["month"] < 0.06
    assert off[None] > 0.25


def test_gradient_of_the_season_equals_differences_of_the_likelihood(christmas):
    _, base, _ = christmas
    states = base.states()
    model = MBGNBD(season="quarter")
    objective = model.extras.objective(states, model._row_slopes, base.repeats_by_day())
    point = np.array([0.6, 50.0, 0.9, 3.0, 0.3, -0.4, 0.5])
    check_gradient(lambda p: tuple(part / 100 for part in objective(p)), point)


def test_a_clock_of_equal_pace_is_the_calendar(christmas):
    _, base, _ = christmas
    states = base.states()
    timed = on_the_clock(states, "month", np.zeros(11), 10)
    assert timed.states.t_x == pytest.approx(states.t_x, abs=1e-9)
    assert np.abs(timed.states.T - states.T).max() < 1e-9
    assert timed.clock.elapsed(timed.until, np.array(9.5), "day") == pytest.approx(9.5)


def test_the_pace_is_one_on_average_over_the_year():
    pace = factors("quarter", np.array([0.4, -1.0, 2.0]))
    shares = np.bincount(parts_of("quarter", np.arange(1461))) / 1461
    assert (shares * pace).sum() == pytest.approx(1.0)


def test_seasonal_models_predict_total_and_survive_being_kept(christmas):
    orders, base, model = christmas
    earning = orders.assign(margin=10.0 + orders.customer_id % 9)
    base = CustomerBase.from_orders(earning, until=base.until)
    model = BGNBD(season="month").fit(base)
    table = model.predict(base, 120)
    again = BGNBD.from_json(model.to_json())
    assert again.predict(base, 120).equals(table)
    after = (orders.day > pd.Timestamp(base.until)) & orders.customer_id.isin(
        table["customer_id"].to_pylist()
    )
    total = model.total(base, 120, draws=100)
    assert total.purchases == pytest.approx(after.sum(), rel=0.08)
    assert total.value_lower < total.value < total.value_upper


def test_refuses_a_season_where_it_cannot_be_known(christmas):
    orders, base, model = christmas
    with pytest.raises(ValueRefusal, match="season_unsupported"):
        ParetoNBD(season="month").fit(base)
    with pytest.raises(ValueRefusal, match="unknown_setting"):
        BGNBD(season="moon").fit(base)
    with pytest.raises(ValueRefusal, match="season_unseen"):
        BGNBD(season="month").fit(CustomerBase.from_orders(orders, until=date(2024, 9, 30)))
    with pytest.raises(ValueRefusal, match="needs_calendar"):
        model.p_alive(1, 2, 3)
    with pytest.raises(ValueRefusal, match="needs_calendar"):
        BGNBD(season="month").fit_states(*simulate_buyers(3, 300, **BG_TRUTH), unit="week")


def test_states_without_a_calendar_cannot_be_put_on_a_clock(christmas):
    _, base, _ = christmas
    with pytest.raises(ValueRefusal, match="needs_calendar"):
        on_the_clock(replace(base.states(), start=None), "month", np.zeros(11))
