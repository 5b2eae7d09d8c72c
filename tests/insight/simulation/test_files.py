"""Files say the same as the tables, in every format and in parts."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow.parquet as pq
import pytest

from insight.simulation.checks import frame
from stamgast.insight.simulation import coffee_shop, simulate, simulate_in_parts, write_files
from stamgast.insight.simulation.files import ORDER_COLUMNS

SPEC = coffee_shop(end=date(2026, 1, 1), customers=200, seed=2)


@pytest.fixture(scope="module")
def shop():
    return simulate(SPEC)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_orders_have_a_row_per_line_and_per_return(shop, tmp_path, format):
    path = write_files(shop, tmp_path, format=format)["orders"]
    texts = {"order_number": str, "original_order": str}
    rows = pd.read_csv(path, dtype=texts) if format == "csv" else pq.read_table(path).to_pandas()
    assert tuple(rows.columns) == ORDER_COLUMNS
    sold = rows[rows.kind != "return"]
    assert len(sold) == shop.lines.num_rows
    paid = (sold.quantity * sold.unit_price - sold.discount).sum()
    assert paid == pytest.approx(frame(shop.orders).total.sum())
    back = rows[rows.kind == "return"]
    assert len(back) == shop.returns.num_rows
    assert (back.quantity < 0).all()
    assert back.original_order.isin(sold.order_number).all()
    assert not back.order_number.isin(sold.order_number).any()
    refund = -(back.quantity * back.unit_price).sum()
    assert refund == pytest.approx(frame(shop.returns).refund.sum(), abs=0.01)
    known = frame(shop.customers).set_index("customer_id").email
    named = rows.dropna(subset=["email"])
    assert (known[named.customer_id.astype(int)].to_numpy() == named.email.to_numpy()).all()
    assert rows.product_name.notna().all()


def test_moments_in_csv_are_utc_and_those_of_the_orders(shop, tmp_path):
    rows = pd.read_csv(write_files(shop, tmp_path)["orders"], dtype=str)
    assert rows.ordered_at.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    first = rows.drop_duplicates("order_number")
    sold = pd.to_datetime(first[first.kind != "return"].ordered_at)
    assert (sold.to_numpy() == frame(shop.orders).ordered_at.to_numpy()).all()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_parts_written_one_after_another_are_one_file(tmp_path, format):
    parts = list(simulate_in_parts(SPEC, part=80))
    paths = write_files(iter(parts), tmp_path, format=format)
    read = pd.read_csv if format == "csv" else pd.read_parquet
    for name in ("customers", "consents", "interactions", "contracts", "answers"):
        rows = sum(getattr(part, name).num_rows for part in parts)
        assert len(read(paths[name])) == rows
    assert len(read(paths["products"])) == parts[0].products.num_rows
    assert read(paths["customers"]).email.dropna().is_unique


def test_the_truth_is_not_written(shop, tmp_path):
    paths = write_files(shop, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths.values()}
    assert "truth" not in paths


@pytest.mark.parametrize("wrong", [{"layout": "stone tablet"}, {"format": "papyrus"}])
def test_refuses_layouts_and_formats_it_does_not_know(shop, tmp_path, wrong):
    with pytest.raises(ValueError, match="formats"):
        write_files(shop, tmp_path, **wrong)
