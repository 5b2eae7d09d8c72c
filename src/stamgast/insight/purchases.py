"""From orders to purchase days and the intervals between them: the first step of most questions.

A purchase day is a day on which a customer bought at least once. Two orders on one day are one
occasion: a forgotten item says nothing about when somebody comes back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.engine import as_table
from stamgast.insight.tables import DIMENSIONS, ORDERS, business_day, check

AMOUNTS = ("revenue", "margin", "discount", "returned")


def known_orders(orders: Any, *, as_of: date, with_anonymous: bool = False) -> ir.Table:
    """Return the orders of named customers up to the end of as_of, with every column asked for.

    Columns the source lacks come out as NULL, except `is_purchase`, which is then true: a source
    that does not tell counts every order as a purchase. Refuses with TableError as `check` does.
    """
    table = check(as_table(orders), ORDERS)
    table = table.filter(table.day <= business_day(as_of))
    if not with_anonymous:
        table = table.filter(table.customer_id.notnull())
    told = table.is_purchase if "is_purchase" in table.columns else ibis.literal(True)
    columns = {"is_purchase": told.fill_null(True)}
    for name in AMOUNTS:
        columns[name] = table[name].cast("float64") if name in table.columns else _null("float64")
    for name in DIMENSIONS:
        columns[name] = table[name] if name in table.columns else _null("string")
    moment = table["ordered_at"] if "ordered_at" in table.columns else table["day"]
    return table.select("customer_id", "day", ordered_at=moment.cast("timestamp"), **columns)


def order_days(orders: ir.Table) -> ir.Table:
    """Add up known orders per customer and day.

    Columns: customer_id, day, orders (purchases that day; 0 on a day with only a correction),
    revenue, margin, discount, returned.
    """
    sums = {name: orders[name].sum() for name in AMOUNTS}
    return orders.group_by("customer_id", "day").agg(orders=orders.is_purchase.sum(), **sums)


def purchase_days(orders: ir.Table) -> ir.Table:
    """Return one row per customer and day with a purchase: customer_id, day."""
    return orders.filter(orders.is_purchase).select("customer_id", "day").distinct()


def intervals(days: ir.Table) -> ir.Table:
    """Lay each purchase day beside the one before it.

    Takes customer_id, day; returns customer_id, day, first_day, previous_day and next_day (NULL at
    the ends), gaps (completed intervals up to this day), interval_days (since previous_day).
    """
    own = ibis.window(group_by="customer_id", order_by="day")
    rows = days.select(
        "customer_id",
        "day",
        first_day=days.day.min().over(ibis.window(group_by="customer_id")),
        previous_day=days.day.lag().over(own),
        next_day=days.day.lead().over(own),
        gaps=ibis.row_number().over(own),
    )
    return rows.mutate(interval_days=rows.day.delta(rows.previous_day, unit="day"))


def _null(kind: str) -> ir.Value:
    return ibis.null(kind)
