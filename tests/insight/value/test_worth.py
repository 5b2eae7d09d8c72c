"""What customers are worth, and whether the intervals hold what they promise."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

from insight.value.histories import simulate_futures
from stamgast.insight.value import BGNBD, MBGNBD, CustomerBase, GammaGamma, ValueRefusal

START, WATCHED, AHEAD = date(2024, 1, 1), 270, 180
TRUTH = {"r": 0.8, "alpha": 40.0, "a": 0.8, "b": 3.0, "p": 4.0, "q": 4.0, "gamma": 30.0}
UNTIL = START + timedelta(days=WATCHED - 1)


def sold(seed, customers, shift):
    return simulate_futures(seed, customers, **TRUTH, shift=shift, watched=WATCHED, ahead=AHEAD)


def brought_after(orders, ids):
    """Return what each customer really brought after the cut-off."""
    after = orders[orders.day > pd.Timestamp(UNTIL)]
    return after.groupby("customer_id").margin.sum().reindex(ids).fillna(0.0).to_numpy()


@pytest.fixture(scope="module")
def shop():
    orders = sold(11, 3000, shift=1)
    base = CustomerBase.from_orders(orders, until=UNTIL)
    return orders, base, MBGNBD().fit(base)


def test_predicts_one_row_per_customer_with_the_named_columns(shop):
    _, base, model = shop
    table = model.predict(base, horizon=AHEAD)
    assert table.column_names == [
        "customer_id", "p_alive", "expected_purchases", "expected_margin",
        "value", "lower", "upper",
    ]  # fmt: skip
    assert table.num_rows == 3000
    assert table["customer_id"].to_pylist() == sorted(table["customer_id"].to_pylist())
    for name in ("p_alive", "expected_purchases", "value", "lower", "upper"):
        assert np.isfinite(table[name].to_numpy()).all()
    assert pc.all(pc.less_equal(table["lower"], table["upper"])).as_py()


def test_value_is_purchases_times_margin_when_nothing_is_discounted(shop):
    _, base, model = shop
    table = model.predict(base, AHEAD, discount_per_year=0.0, intervals=False)
    product = table["expected_purchases"].to_numpy() * table["expected_margin"].to_numpy()
    assert table["value"].to_numpy() == pytest.approx(product)
    assert table["lower"].null_count == table["upper"].null_count == 3000


def test_discounting_lies_between_that_of_the_first_and_the_last_day(shop):
    _, base, model = shop
    plain = model.predict(base, 365, discount_per_year=0.0, intervals=False)["value"].to_numpy()
    discounted = model.predict(base, 365, discount_per_year=0.21, intervals=False)
    factor = discounted["value"].to_numpy() / plain
    assert (factor < 1).all()
    assert (factor > 1 / 1.21).all()
    # Fewer and fewer are still there, so most purchases come early in the year.
    assert factor.mean() > 1.21**-0.5


def test_intervals_of_customers_hold_nine_in_ten(shop):
    orders, base, model = shop
    table = model.predict(base, AHEAD, discount_per_year=0.0, level=0.9)
    brought = brought_after(orders, table["customer_id"].to_pylist())
    lower, upper = table["lower"].to_numpy(), table["upper"].to_numpy()
    held = (brought >= lower - 1e-9) & (brought <= upper + 1e-9)
    likely_back = table["p_alive"].to_numpy() > 0.5
    assert 0.85 < held.mean() < 0.96
    assert 0.85 < held[likely_back].mean() < 0.95


def test_intervals_of_totals_hold_four_in_five():
    held = []
    for seed in range(24):
        orders = sold(seed, 1200, shift=1)
        base = CustomerBase.from_orders(orders, until=UNTIL)
        model = MBGNBD().fit(base)
        for ids in (list(range(1200)), list(range(40))):
            told = model.total(
                base, AHEAD, customers=ids, level=0.8, draws=200, discount_per_year=0
            )
            brought = brought_after(orders, ids).sum()
            held.append(told.value_lower <= brought <= told.value_upper)
    assert 0.6 < np.mean(held) < 0.95  # 48 trials: two standard errors are 0.12


def test_total_of_a_large_group_by_moments_agrees_with_simulation(shop, monkeypatch):
    _, base, model = shop
    simulated = model.total(base, AHEAD, draws=2000)
    monkeypatch.setattr("stamgast.insight.value.worth.SIMULATED_UP_TO", 100)
    monkeypatch.setattr("stamgast.insight.value.worth.PARAMETER_SAMPLE", 500)
    moments = model.total(base, AHEAD, draws=2000)
    assert moments.value == simulated.value
    for end in ("value_lower", "value_upper", "purchases_lower", "purchases_upper"):
        assert getattr(moments, end) == pytest.approx(getattr(simulated, end), rel=0.02)


def test_total_equals_the_sum_of_its_customers_and_is_relatively_surer(shop):
    _, base, model = shop
    table = model.predict(base, AHEAD).slice(0, 412)
    total = model.total(base, AHEAD, customers=table["customer_id"].to_pylist())
    assert total.customers == 412
    assert total.value == pytest.approx(pc.sum(table["value"]).as_py())
    assert total.value_lower < total.value < total.value_upper
    apart = pc.sum(table["upper"]).as_py() - pc.sum(table["lower"]).as_py()
    assert total.value_upper - total.value_lower < apart / 5


def test_the_same_seed_gives_the_same_interval(shop):
    _, base, model = shop
    ids = list(range(100))
    first, second = (model.total(base, 90, customers=ids, seed=3) for _ in range(2))
    assert first == second
    assert first != model.total(base, 90, customers=ids, seed=4)


def test_without_margins_there_are_purchases_but_no_value(shop):
    orders, _, _ = shop
    base = CustomerBase.from_orders(orders.drop(columns="margin"), until=UNTIL)
    model = BGNBD().fit(base)
    table = model.predict(base)
    assert table["value"].null_count == table.num_rows
    assert table["expected_purchases"].null_count == 0
    assert model.total(base, 90).value is None


def test_losing_customers_are_expected_to_cost_money(shop):
    orders, _, _ = shop
    orders = orders.assign(margin=orders.margin.where(orders.customer_id % 10 > 0, -12.0))
    base = CustomerBase.from_orders(orders, until=UNTIL)
    model = MBGNBD().fit(base)
    assert model.spend_.loss_share_ == pytest.approx(0.1)
    table = model.predict(base).to_pandas()
    losing = table[table.customer_id % 10 == 0]
    assert (losing.value < 0).all()
    assert (losing.upper <= 0).all()


def test_refuses_a_base_counted_in_another_unit(shop):
    orders, _, model = shop
    weeks = CustomerBase.from_orders(orders, until=UNTIL, unit="week")
    for ask in (model.predict, model.total):
        with pytest.raises(ValueRefusal) as refusal:
            ask(weeks)
        assert refusal.value.code == "unit_differs"
        assert refusal.value.facts == {"model": "day", "base": "week"}


def test_refuses_to_predict_before_it_is_fitted(shop):
    with pytest.raises(ValueRefusal, match="not_fitted"):
        BGNBD().predict(shop[1])


def test_refuses_figures_of_a_model_that_is_not_pinned_down_unless_allowed():
    days = pd.date_range("2026-01-01", periods=10, freq="7D")
    rows = [(i, day, 20.0) for i in range(60) for day in days]
    orders = pd.DataFrame(rows, columns=["customer_id", "day", "margin"])
    base = CustomerBase.from_orders(orders, until=date(2026, 3, 6))
    model = BGNBD().fit(base)
    assert not model.has_sound_figures  # that nobody ever leaves is more than data can tell
    with pytest.raises(ValueRefusal) as refusal:
        model.predict(base, 70)
    assert refusal.value.code == "not_identified"
    table = model.predict(base, 70, allow_not_identified=True)
    assert table["expected_purchases"][0].as_py() == pytest.approx(10, rel=0.1)
    assert table["lower"].null_count == table.num_rows


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"horizon": -1}, "bad_horizon"),
        ({"level": 1.0}, "bad_level"),
        ({"discount_per_year": -1.0}, "bad_discount"),
        ({"discount_per_year": float("nan")}, "bad_discount"),
    ],
)
def test_refuses_settings_without_meaning(shop, settings, code):
    with pytest.raises(ValueRefusal) as refusal:
        shop[2].predict(shop[1], **settings)
    assert refusal.value.code == code


def test_a_fitted_model_survives_being_kept_as_json(shop):
    _, base, model = shop
    again = MBGNBD.from_json(model.to_json())
    assert again.to_json() == model.to_json()
    assert again.predict(base, 60).equals(model.predict(base, 60))
    assert (again.unit_, again.until_) == ("day", UNTIL)
    assert again.fingerprint_ == base.states().fingerprint()
    assert again.total(base, 60, seed=1) == model.total(base, 60, seed=1)


def test_refuses_the_json_of_another_model_and_damaged_text(shop):
    kept = shop[2].to_json()
    for model, text, code in (
        (BGNBD, kept, "another_model"),
        (MBGNBD, kept[:-20], "unreadable"),
        (MBGNBD, "[]", "unreadable"),
        (MBGNBD, "{}", "unreadable"),
    ):
        with pytest.raises(ValueRefusal) as refusal:
            model.from_json(text)
        assert refusal.value.code == code
    with pytest.raises(ValueRefusal, match="not_fitted"):
        BGNBD().to_json()


def test_settings_are_stored_as_given_and_can_be_cloned():
    spend = GammaGamma(days="repeat")
    model = MBGNBD(spend=spend)
    assert model.get_params(deep=False) == {
        "spend": spend,
        "purchase_covariates": (),
        "dropout_covariates": (),
        "season": None,
    }
    assert model.get_params()["spend__days"] == "repeat"
    clone = type(model)(**model.get_params(deep=False))
    assert clone.spend is spend
    clone.set_params(spend__days="all")
    assert spend.days == "all"
    with pytest.raises(ValueRefusal, match="unknown_setting"):
        model.set_params(colour="red")


def test_the_given_spend_model_is_not_changed_by_fitting(shop):
    spend = GammaGamma(days="repeat")
    model = MBGNBD(spend=spend).fit(shop[1])
    assert not spend.is_fitted
    assert model.spend_.days == "repeat"
