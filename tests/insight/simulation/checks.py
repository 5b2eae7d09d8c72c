"""What must be so of every simulated shop, whatever it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.insight.simulation import SCHEMAS, SimulatedShop

TABLES = tuple(SCHEMAS)


def frame(table: pa.Table) -> pd.DataFrame:
    """Return a pandas frame with whole numbers kept whole and days as timestamps."""
    data = table.to_pandas(date_as_object=False)
    return data.astype(
        {
            field.name: "Int64"
            for field in table.schema
            if pa.types.is_integer(field.type) and table[field.name].null_count
        }
    )


def assert_holds_together(shop: SimulatedShop) -> None:
    """Check schemas, numbers, references and amounts."""
    for name in TABLES:
        table = getattr(shop, name)
        assert table.schema.equals(SCHEMAS[name], check_metadata=True)
        for field in table.schema:
            if pa.types.is_floating(field.type):
                assert np.isfinite(table[field.name].to_numpy()).all(), (name, field.name)
    assert_keys_are_unique(shop)
    assert_references_are_known(shop)
    assert_amounts_add_up(shop)
    assert_times_are_in_order(shop)
    assert_contracts_fit_the_orders(shop)
    assert_truth_fits_the_orders(shop)


def assert_keys_are_unique(shop: SimulatedShop) -> None:
    for table, key in (
        (shop.customers, ["customer_id"]),
        (shop.customers, ["email"]),
        (shop.products, ["sku"]),
        (shop.orders, ["order_number"]),
        (shop.lines, ["order_number", "line_number"]),
        (shop.lines, ["order_number", "sku"]),
        (shop.returns, ["return_number"]),
        (shop.returns, ["order_number", "line_number"]),
        (shop.contracts, ["contract_number"]),
        (shop.interactions, ["interaction_id"]),
        (shop.answers, ["answer_id"]),
        (shop.truth, ["customer_id"]),
    ):
        assert not frame(table.select(key)).dropna().duplicated().any(), key


def assert_references_are_known(shop: SimulatedShop) -> None:
    def known(table: pa.Table, column: str, where: pa.Table, key: str) -> bool:
        return bool(pc.all(pc.is_in(table[column].drop_null(), where[key]), min_count=0).as_py())

    for name in ("contracts", "consents", "interactions", "answers", "truth"):
        assert known(getattr(shop, name), "customer_id", shop.customers, "customer_id")
    assert known(shop.orders, "customer_id", shop.customers, "customer_id")
    assert known(shop.customers, "referred_by", shop.customers, "customer_id")
    assert known(shop.orders, "contract_number", shop.contracts, "contract_number")
    for name in ("lines", "returns", "interactions", "answers"):
        assert known(getattr(shop, name), "order_number", shop.orders, "order_number")
    products = shop.lines.filter(pc.equal(shop.lines["kind"], "product"))
    assert known(products, "sku", shop.products, "sku")
    assert set(shop.orders["order_number"].to_pylist()) == set(
        products["order_number"].to_pylist()
    ), "every order has a product"


def assert_amounts_add_up(shop: SimulatedShop) -> None:
    lines, orders, returns = frame(shop.lines), frame(shop.orders), frame(shop.returns)
    assert (lines.quantity >= 1).all()
    for column in ("unit_price", "discount", "cost"):
        assert (lines[column] >= 0).all()
        assert np.allclose(lines[column] * 100, (lines[column] * 100).round(), atol=1e-6)
    lines["total"] = lines.quantity * lines.unit_price - lines.discount
    assert (lines.total > -1e-9).all()
    sums = lines.groupby("order_number").total.sum()
    assert np.allclose(sums.to_numpy(), orders.total.to_numpy(), atol=0.005)
    bought = returns.merge(lines, on=["order_number", "line_number"], suffixes=("", "_bought"))
    assert len(bought) == len(returns)
    assert (bought.sku == bought.sku_bought).all()
    assert bought.quantity.between(1, bought.quantity_bought).all()
    assert (bought.refund <= bought.total + 0.005).all()


def assert_times_are_in_order(shop: SimulatedShop) -> None:
    orders, returns = frame(shop.orders), frame(shop.returns)
    first, after = pd.Timestamp(shop.spec.start), pd.Timestamp(shop.spec.end)
    assert orders.ordered_at.is_monotonic_increasing
    assert orders.day.between(first, after, inclusive="left").all()
    assert not (orders.promised_on.dt.day_name() == "Sunday").any()
    assert (orders.promised_on.dropna() > orders.day[orders.promised_on.notna()]).all()
    assert not ((orders.delivered_on < orders.promised_on) | (orders.delivered_on >= after)).any()
    back = returns.merge(orders, on="order_number")
    assert ((back.returned_on > back.day) & (back.returned_on < after)).all()
    midnight = after.tz_localize(shop.spec.zone)
    for table, column in (("consents", "at"), ("interactions", "at"), ("answers", "answered_at")):
        assert (frame(getattr(shop, table))[column] < midnight).all()
    contacts = frame(shop.interactions)
    assert not (contacts.closed_at < contacts["at"]).any()


def assert_contracts_fit_the_orders(shop: SimulatedShop) -> None:
    contracts = frame(shop.contracts)
    delivered = frame(shop.orders).merge(contracts, on=["contract_number", "customer_id"])
    assert len(delivered) == shop.orders["contract_number"].drop_null().length()
    assert ((delivered.day - delivered.started_on).dt.days % delivered.interval_days == 0).all()
    assert (delivered.day >= delivered.started_on).all()
    assert not (delivered.day >= delivered.ends_on).any()
    assert not (contracts.notice_on > contracts.ends_on).any()
    assert (contracts.ends_on > contracts.started_on)[contracts.ends_on.notna()].all()
    truth = frame(shop.truth).merge(contracts, on="customer_id")
    over = truth[truth.ends_on < pd.Timestamp(shop.spec.end)]
    assert (over.dropped_out_on == over.ends_on).all()
    assert not truth.is_alive[over.index].any()


def assert_truth_fits_the_orders(shop: SimulatedShop) -> None:
    truth = frame(shop.truth).set_index("customer_id")
    orders = frame(shop.orders).dropna(subset=["customer_id"])
    days = orders.groupby("customer_id").day.agg(["min", "max"]).reindex(truth.index)
    customers = frame(shop.customers).set_index("customer_id")
    assert (customers.since == days["min"]).all(), "everyone bought on the day they are known since"
    assert not (days["max"] > truth.dropped_out_on).any()
    assert (truth.is_alive == truth.dropped_out_on.isna()).all()
    assert (truth.is_alive == truth.drop_out_cause.isna()).all()
    away = orders.join(truth[["away_from", "away_until"]], on="customer_id")
    assert not ((away.day > away.away_from) & (away.day < away.away_until)).any()
    back = truth.dropna(subset=["away_until"]).reset_index()
    assert not (back.dropped_out_on < back.away_until).any()
    returned = back.merge(
        orders, left_on=["customer_id", "away_until"], right_on=["customer_id", "day"]
    )
    assert set(returned.customer_id) == set(back.customer_id), "whoever is back has bought"
    gone = truth[~truth.is_alive]
    assert (gone.filter(like="expected_") == 0).all(axis=None)
    assert (truth.expected_purchases_365 + 1e-9 >= truth.expected_purchases_90).all()
    for column in truth.filter(like="bond_"):
        assert truth[column].between(0, 1).all()


def contents(shop: SimulatedShop) -> dict[str, bytes]:
    """Return the tables as bytes."""

    def as_bytes(table: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return sink.getvalue().to_pybytes()

    return {name: as_bytes(getattr(shop, name)) for name in TABLES}


def repeat_purchases(shop: SimulatedShop) -> Any:
    """Return each customer's number of purchases after the first."""
    return frame(shop.orders).groupby("customer_id").size().to_numpy() - 1
