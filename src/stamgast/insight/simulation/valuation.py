"""Orders with their revenue and margin: the table that calculations over orders take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation.clock import Floats, Ints
from stamgast.insight.simulation.schemas import VALUED_ORDERS


def value_orders(orders: pa.Table, lines: pa.Table, returns: pa.Table) -> pa.Table:
    """Return one row per order with revenue, margin, discount and refunds, all without VAT.

    Margin is revenue less refunds, cost of goods, parcels and payment; goods that came back and can
    be sold again cost nothing. Orders must be sorted by number, as a simulated shop gives them.
    """
    number = _numpy(orders, "order_number")
    row = np.searchsorted(number, _numpy(lines, "order_number"))
    without_vat = 1 + _numpy(lines, "vat_rate") / 100
    quantity = _numpy(lines, "quantity")
    discount = _numpy(lines, "discount")
    paid = (quantity * _numpy(lines, "unit_price") - discount) / without_vat
    revenue = _sum(row, paid, number.size)
    cost = _sum(row, quantity * _numpy(lines, "cost"), number.size)
    returned, recovered = _returned(number, lines, returns)
    goods = np.asarray(lines["kind"].to_numpy(zero_copy_only=False) == "product")
    margin = revenue - returned - cost + recovered - _numpy(orders, "payment_cost")
    columns: dict[str, Any] = {
        "order_id": orders["order_number"],
        "revenue": np.round(revenue, 4),
        "margin": np.round(margin, 4),
        "discount": np.round(_sum(row, discount / without_vat, number.size), 4),
        "returned": np.round(returned, 4),
        "is_purchase": _sum(row, goods.astype(float), number.size) > 0,
    }
    arrays = [columns.get(name) for name in VALUED_ORDERS.names]
    return pa.table(
        [
            orders[name] if values is None else values
            for name, values in zip(VALUED_ORDERS.names, arrays, strict=True)
        ],
        schema=VALUED_ORDERS,
    )


def _numpy(table: pa.Table, name: str) -> Any:
    return table[name].to_numpy()


def _sum(row: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(row, values, minlength=size).astype(float)


def _returned(number: Ints, lines: pa.Table, returns: pa.Table) -> tuple[Floats, Floats]:
    """Return per order the refunds without VAT and the cost of goods that can be sold again."""
    order = _numpy(returns, "order_number")
    begin = np.searchsorted(_numpy(lines, "order_number"), order)
    line = begin + _numpy(returns, "line_number") - 1
    vat = _numpy(lines, "vat_rate")[line]
    row = np.searchsorted(number, order)
    refund = _numpy(returns, "refund") / (1 + vat / 100)
    saved = _numpy(returns, "quantity") * _numpy(lines, "cost")[line]
    saved = saved * returns["is_resellable"].to_numpy(zero_copy_only=False)
    return _sum(row, refund, number.size), _sum(row, saved, number.size)
