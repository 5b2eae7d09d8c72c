"""From order rows to the base that the models are fitted on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from stamgast.insight.tables import TableError
from stamgast.insight.value import BGNBD, CustomerBase, ValueRefusal

NOW = date(2026, 3, 1)
ORDERS = [
    # customer, day, margin, is_purchase
    ("Anna", date(2026, 1, 1), 10.0, True),
    ("Anna", date(2026, 1, 1), 5.0, True),
    ("Anna", date(2026, 1, 20), 8.0, True),
    ("Anna", date(2026, 2, 1), -2.0, True),
    ("Anna", date(2026, 2, 15), 99.0, False),
    ("Bram", date(2026, 2, 27), 7.0, True),
    ("Bram", date(2026, 3, 2), 50.0, True),
    (None, date(2026, 1, 5), 12.0, True),
]


def orders(rows=ORDERS, customer_id=None):
    names = ["customer_id", "day", "margin", "is_purchase"]
    kinds = [customer_id or pa.string(), pa.date32(), pa.float64(), pa.bool_()]
    columns = list(zip(*rows, strict=True)) or [[]] * 4
    return pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names=names)


def base_of(rows=ORDERS, until=NOW, **options):
    return CustomerBase.from_orders(orders(rows), until=until, **options)


def test_counts_days_of_purchase_per_customer_until_the_cut_off():
    base = base_of()
    told = base.fetch().to_pylist()
    assert [row["customer_id"] for row in told] == ["Anna", "Bram"]
    anna, bram = told
    assert (anna["x"], anna["amount_days"], anna["repeat_amount_days"]) == (2, 3, 2)
    assert (anna["amount_total"], anna["repeat_amount"]) == (21.0, 6.0)
    assert (bram["x"], bram["amount_total"]) == (0, 7.0)
    t_x, T = base.times(np.array([anna["first"]]), np.array([anna["last"]]))
    assert (t_x[0], T[0]) == (31, 59)


def test_leaves_out_strangers_and_non_purchases_and_counts_what_came_after():
    base = base_of()
    assert base.rows == 6
    assert base.rows_after == 1
    assert base.last_day == date(2026, 3, 2)


def test_an_order_on_the_cut_off_day_belongs_to_it():
    assert base_of(until=date(2026, 3, 2)).fetch()["x"].to_pylist() == [2, 1]


def test_the_unit_travels_with_the_data():
    weeks = base_of(unit="week").states()
    days = base_of(unit="day").states()
    assert weeks.unit == "week"
    assert (weeks.T * 7 == days.T).all()


def test_an_empty_margin_counts_for_the_visit_but_not_for_the_amount():
    rows = [
        ("Anna", date(2026, 1, 1), None, True),
        ("Anna", date(2026, 1, 9), 4.0, True),
        ("Anna", date(2026, 1, 12), None, True),
    ]
    frame = orders(rows)
    base = CustomerBase.from_orders(frame, until=NOW)
    assert base.rows_without_amount == 2
    anna = base.fetch().to_pylist()[0]
    assert (anna["x"], anna["amount_days"], anna["repeat_amount_days"]) == (2, 1, 1)
    assert (anna["amount_total"], anna["repeat_amount"]) == (4.0, 4.0)


def test_takes_an_ibis_table_of_another_connection_and_integer_names():
    connection = ibis.duckdb.connect()
    rows = orders([(7, *row[1:]) for row in ORDERS[:4]], pa.int64())
    table = connection.create_table("shop_orders", ibis.memtable(rows))
    base = CustomerBase.from_orders(table, until=NOW)
    assert base.fetch()["customer_id"].to_pylist() == [7]


def test_states_are_counted_and_the_fingerprint_does_not_depend_on_row_order():
    rows = [(f"c{i}", date(2026, 1, 1 + i % 5), 1.0, True) for i in range(50)]
    forward, backward = base_of(rows), base_of(rows[::-1])
    assert len(forward.states().x) == 5
    assert forward.states().customers == 50
    assert forward.states().fingerprint() == backward.states().fingerprint()
    assert forward.states().fingerprint() != base_of(rows[1:]).states().fingerprint()


def test_fetches_only_the_customers_asked_for():
    base = base_of()
    assert base.fetch(["Bram", "nobody"])["customer_id"].to_pylist() == ["Bram"]
    named = pa.table({"customer_id": ["Anna"]})
    assert base.fetch(named)["customer_id"].to_pylist() == ["Anna"]


@pytest.mark.parametrize(
    ("rows", "until", "options", "code"),
    [
        (ORDERS[:0], NOW, {}, "no_orders"),
        ([(None, date(2026, 1, 1), 1.0, True)], NOW, {}, "no_orders"),
        (ORDERS, date(2025, 12, 31), {}, "until_before_first_order"),
        ([("Anna", date(2026, 1, 1), np.inf, True)], NOW, {}, "amount_not_finite"),
        ([("Anna", None, 1.0, True), ORDERS[0]], NOW, {}, "day_missing"),
        (ORDERS, NOW, {"unit": "fortnight"}, "unknown_unit"),
        (ORDERS, datetime(2026, 1, 1, 12), {}, "until_not_a_day"),
        (ORDERS, "2026-01-01", {}, "until_not_a_day"),
    ],
)
def test_refuses_data_that_would_give_a_silently_wrong_base(rows, until, options, code):
    with pytest.raises(ValueRefusal) as refusal:
        CustomerBase.from_orders(orders(rows), until=until, **options)
    assert refusal.value.code == code
    assert isinstance(refusal.value, ValueError)


def test_refuses_nan_amounts_that_a_file_brought_in():
    table = orders([*ORDERS[:2], ("Anna", NOW, float("nan"), True)])
    with pytest.raises(ValueRefusal) as refusal:
        CustomerBase.from_orders(table, until=NOW)
    assert refusal.value.code == "amount_not_finite"
    assert refusal.value.facts == {"rows": 1}


def test_refuses_orders_without_the_column_asked_for():
    with pytest.raises(TableError, match="revenue"):
        base_of(amount="revenue")


@pytest.mark.parametrize(
    ("rows", "until", "code"),
    [
        ([(f"c{i}", date(2026, 1, 1), 1.0, True) for i in range(5)], NOW, "too_few_customers"),
        ([(f"c{i}", date(2026, 1, 1), 1.0, True) for i in range(50)], NOW, "nobody_came_back"),
        ([(f"c{i}", NOW, 1.0, True) for i in range(50)], NOW, "no_time_has_passed"),
    ],
)
def test_refuses_to_fit_where_nothing_can_be_learnt(rows, until, code):
    with pytest.raises(ValueRefusal) as refusal:
        BGNBD().fit(base_of(rows, until))
    assert refusal.value.code == code


def test_covariates_are_joined_per_customer_and_must_be_complete():
    side = pa.table({"customer_id": ["Anna", "Bram", "Carla"], "is_local": [True, False, True]})
    base = base_of(covariates=side)
    assert base.covariates == ("is_local",)
    assert base.fetch()["is_local"].to_pylist() == [1.0, 0.0]
    assert base.states().covariates["is_local"].sum() == 1
    with pytest.raises(ValueRefusal, match="covariate_missing"):
        base_of(covariates=side.slice(0, 1))
    doubled = pa.concat_tables([side, side])
    with pytest.raises(ValueRefusal, match="covariates_unusable"):
        base_of(covariates=doubled)
    worded = pa.table({"customer_id": ["Anna"], "town": ["Utrecht"]})
    with pytest.raises(ValueRefusal, match="covariates_unusable"):
        base_of(covariates=worded)


def test_leaves_no_tables_behind_in_the_engine():
    connection = ibis.duckdb.connect()
    table = connection.create_table("shop_orders", ibis.memtable(orders(ORDERS[:4])))
    for days in range(3):
        CustomerBase.from_orders(table, until=NOW + timedelta(days=days))
    found = connection.raw_sql("select table_name from information_schema.tables").fetchall()
    assert not [name for (name,) in found if name.startswith("customer_base_")]
