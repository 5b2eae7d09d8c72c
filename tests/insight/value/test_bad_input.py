"""Data that cannot carry a model: a clear refusal or "not identified", never a silent number."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from stamgast.insight.value import (
    BGNBD,
    MBGNBD,
    CustomerBase,
    DiscreteHazard,
    ParetoNBD,
    ValueRefusal,
)

MODELS = (BGNBD, MBGNBD, ParetoNBD)
START, UNTIL = date(2026, 1, 1), date(2026, 6, 30)
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def orders(customers: int, days: list[int], **columns: object) -> pd.DataFrame:
    """Let every customer buy on each of these days, for ten euro."""
    rows = [(c, START + timedelta(days=day), 10.0) for c in range(customers) for day in days]
    return pd.DataFrame(rows, columns=["customer_id", "day", "margin"]).assign(**columns)


def refused(table: pd.DataFrame, model: type = MBGNBD, until: date = UNTIL) -> str:
    """Fit, and return the code of the refusal."""
    with pytest.raises(ValueRefusal) as refusal:
        model().fit(CustomerBase.from_orders(table, until=until))
    return refusal.value.code


@each_model
def test_a_handful_of_customers_is_too_few(model: type) -> None:
    assert refused(orders(6, [0, 20, 50]), model) == "too_few_customers"


@each_model
def test_one_purchase_each_tells_nothing_of_coming_back(model: type) -> None:
    assert refused(orders(500, [0]), model) == "nobody_came_back"


@each_model
def test_all_on_one_day_tells_nothing_of_coming_back(model: type) -> None:
    table = pd.concat([orders(500, [0]), orders(500, [0])])
    assert refused(table, model) == "nobody_came_back"
    assert refused(table, model, until=START) == "no_time_has_passed"


def test_a_date_in_the_future_is_left_out_and_counted() -> None:
    table = pd.concat([orders(40, [0, 30]), orders(3, [5000])])
    base = CustomerBase.from_orders(table, until=UNTIL)
    assert base.rows_after == 3
    assert base.last_day == START + timedelta(days=5000)
    assert (
        int(base.customers["last"].max().execute())
        == (START + timedelta(days=30) - date(1970, 1, 1)).days
    )


def test_a_cut_off_before_the_first_order_is_refused() -> None:
    assert refused(orders(40, [0, 30]), until=date(2025, 12, 31)) == "until_before_first_order"


@pytest.mark.parametrize("amount", [np.inf, -np.inf])
def test_infinite_amounts_are_refused(amount: float) -> None:
    table = orders(40, [0, 30])
    table.loc[7, "margin"] = amount
    assert refused(table) == "amount_not_finite"


def test_nan_amounts_of_a_frame_are_unknown_and_counted() -> None:
    table = orders(40, [0, 30])
    table.loc[7, "margin"] = np.nan
    base = CustomerBase.from_orders(table, until=UNTIL)
    assert base.rows_without_amount == 1
    told = MBGNBD().fit(base).predict(base, 90, allow_not_identified=True)
    assert np.isfinite(told["value"].to_numpy()).all()


@each_model
@pytest.mark.parametrize("leaving", [False, True])
def test_a_covariate_that_separates_perfectly_is_not_identified(model: type, leaving: bool) -> None:
    generator = np.random.default_rng(1)
    came_back = [
        orders(1, [0, *generator.integers(1, 170, 4).tolist()], customer_id=1000 + c)
        for c in range(200)
    ]
    table = pd.concat([orders(200, [0]), *came_back])
    ids = [*range(200), *range(1000, 1200)]
    marks = pd.DataFrame({"customer_id": ids, "club": [0.0] * 200 + [1.0] * 200})
    base = CustomerBase.from_orders(table, until=UNTIL, covariates=marks)
    settings = {"purchase_covariates": ["club"]}
    if leaving:
        settings["dropout_covariates"] = ["club"]
    fitted = model(**settings).fit(base)
    assert not fitted.identified_
    assert not fitted.has_sound_figures
    with pytest.raises(ValueRefusal, match="not_identified"):
        fitted.predict(base)


def test_so_is_one_that_parts_contracts_that_ended_from_those_that_run() -> None:
    fitted = DiscreteHazard().fit_durations(
        [1] * 100 + [12] * 100,
        [True] * 100 + [False] * 100,
        unit="month",
        covariates={"club": [1.0] * 100 + [0.0] * 100},
    )
    assert not fitted.identified_
    assert all(np.isnan(error) for error in fitted.standard_errors_.values())
    with pytest.raises(ValueRefusal, match="not_identified"):
        fitted.still_there([12], 6, {"club": [0.0]})


def test_two_currencies_are_refused_rather_than_added_up() -> None:
    table = pd.concat([orders(40, [0, 30], currency="EUR"), orders(4, [9], currency="USD")])
    with pytest.raises(ValueRefusal) as refusal:
        CustomerBase.from_orders(table, until=UNTIL)
    assert refusal.value.code == "two_currencies"
    assert refusal.value.facts == {"currencies": ["EUR", "USD"]}
    CustomerBase.from_orders(table[table.currency == "EUR"], until=UNTIL)
