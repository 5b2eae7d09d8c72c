"""Public order data as the calculations want it, read once."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from insight.simulated_shop import Shop, simulate


@pytest.fixture(scope="session")
def music_shop(shared_data: Path) -> pa.Table:
    """CDNOW: 69,659 orders of customers who first bought in the first quarter of 1997."""
    lines = (shared_data / "cdnow_master.txt").read_text().split()
    ids, days, amounts = lines[0::4], lines[1::4], lines[3::4]
    return pa.table(
        {
            "customer_id": pa.array([int(value) for value in ids]),
            "day": pa.array(days).cast(pa.string()),
            "revenue": pa.array([float(value) for value in amounts]),
        }
    ).set_column(
        1,
        "day",
        pa.array([f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in days]).cast(pa.date32()),
    )


@pytest.fixture(scope="session")
def gift_shop(shared_data: Path) -> pa.Table:
    """Online Retail II: two years of a wholesaler in gifts, one row per invoice."""
    lines = ibis.memtable(
        pq.read_table(
            shared_data / "online_retail_ii.parquet",
            columns=["invoice_no", "quantity", "invoice_date", "unit_price", "customer_id"],
        )
    )
    lines = lines.mutate(amount=lines.quantity * lines.unit_price, day=lines.invoice_date.date())
    orders = lines.group_by("invoice_no", "customer_id", "day").agg(
        revenue=lines.amount.sum(),
        is_purchase=((lines.quantity > 0) & (lines.unit_price > 0)).any(),
    )
    return orders.rename(order_id="invoice_no").to_pyarrow()


@pytest.fixture(scope="session")
def simulated() -> Shop:
    """A shop of 20,000 customers over three years, gaps of regularity two."""
    return simulate(20_000, regularity=2)
