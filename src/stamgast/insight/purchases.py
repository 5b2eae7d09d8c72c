"""From orders to purchase days and the intervals between them: the first step of most questions.

A purchase day is a day on which a customer bought at least once. Two orders on one day are one
occasion: a forgotten item says nothing about when somebody comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def visits(orders: Any, *, as_of: date) -> ir.Table:
    """Return the purchase days of named customers up to as_of, each beside the one before it.

    One row per customer and day, with the columns of `intervals`. Rhythm, facts and stage history
    all begin here; who asks for several keeps this as a table and hands it to each.
    """
    return intervals(purchase_days(known_orders(orders, as_of=as_of)))


def beside_first(rows: ir.Table, keys: Sequence[str], column: str) -> ir.Table:
    """Lay beside each row, as `first`, the least value of a column among the rows of the same keys.

    A join: for many small groups an engine makes it in a fraction of the time of a window.
    """
    firsts = rows.group_by(*keys).agg(first=rows[column].min())
    both = rows.inner_join(firsts, list(keys))
    return both.drop(*(name for name in both.columns if name.endswith("_right")))


def _null(kind: str) -> ir.Value:
    return ibis.null(kind)
