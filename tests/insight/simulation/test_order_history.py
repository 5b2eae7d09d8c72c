"""The bare history for benchmarks: repeatable, of the stated size, the same as a file."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats

from stamgast.insight.simulation import order_history, write_order_history

START, END = date(2023, 1, 1), date(2026, 1, 1)


def test_gives_each_customer_the_stated_number_of_orders_on_average():
    table = order_history(150_000, 4.0, START, END, seed=1)
    customers = table["customer_id"].to_numpy()
    assert np.unique(customers).size == 150_000
    assert len(customers) / 150_000 == pytest.approx(4.0, rel=0.03)
    assert (np.diff(table["order_id"].to_numpy()) == 1).all()


def test_the_same_seed_gives_the_same_history_and_another_another():
    first = order_history(1_000, 3.0, START, END, seed=1)
    assert first.equals(order_history(1_000, 3.0, START, END, seed=1))
    assert not first.equals(order_history(1_000, 3.0, START, END, seed=2))


def test_a_file_holds_the_same_orders(tmp_path):
    path = tmp_path / "orders.parquet"
    count = write_order_history(
        path, customers=120_000, mean_orders=2.0, start=START, end=END, seed=3
    )
    table = pq.read_table(path)
    assert table.num_rows == count
    assert table.equals(order_history(120_000, 2.0, START, END, seed=3))


def test_days_lie_in_the_period_and_amounts_are_gamma_gamma():
    data = order_history(40_000, 3.0, START, END, seed=4).to_pandas()
    assert data.day.min() == START
    assert data.day.max() == date(2025, 12, 31)
    assert np.isfinite(data[["revenue", "margin"]]).all(axis=None)
    first = data.drop_duplicates("customer_id")
    ratio = first.revenue * 3.74 / (15.44 * 6.25)  # gamma over gamma: an F distribution
    assert stats.kstest(ratio, stats.f(2 * 6.25, 2 * 3.74).cdf).pvalue > 1e-3
    assert data.margin.sum() / data.revenue.sum() == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("wrong", [(0, 3.0, END), (10, 0.5, END), (10, 3.0, START)])
def test_refuses_a_history_without_customers_orders_or_days(wrong):
    customers, mean_orders, end = wrong
    with pytest.raises(ValueError, match="a history needs"):
        order_history(customers, mean_orders, START, end, seed=1)


@pytest.mark.long
def test_ten_million_orders_are_made_in_seconds(tmp_path):
    count = write_order_history(
        tmp_path / "orders.parquet",
        customers=2_000_000,
        mean_orders=5.0,
        start=START,
        end=END,
        seed=1,
    )
    assert count == pytest.approx(10_000_000, rel=0.01)
