"""What is followed over months: totals, intake months, second purchases; as a whole and per facet.

It needs the orders alone, so it runs in a thread of its own while the customers are being
understood.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis.expr.types as ir

from stamgast.insight.cohorts import retention, second_purchase
from stamgast.insight.summary import monthly_totals
from stamgast.scoring.tables import FACETS

# So many values of a facet get figures of their own; a shop with more of them filters its list.
VALUES_PER_FACET = 4
FEWEST_CUSTOMERS = 20
MONTHS = 25  # two whole years to compare, and the month that runs

Facts = dict[str, Any]


def follow(con: Any, *, as_of: date, currency: str, unit: float) -> dict[tuple[str, str], Facts]:
    """Return the figures over months by (facet, value); ("", "") is the whole base.

    `con` has the table "orders" and is this thread's own (`engine.beside`).
    """
    everything = con.table("orders")
    orders = everything.filter(everything.currency == currency)
    found = {("", ""): _figures(orders, as_of, unit)[""]}
    for facet in FACETS:
        values = _largest(orders, facet)
        if values:
            shown = orders.filter(orders[facet].isin(values))
            figures = _figures(shown, as_of, unit, facet)
            found |= {(facet, value): figures[value] for value in values}
    return found


def _figures(
    orders: ir.Table, as_of: date, unit: float, facet: str | None = None
) -> dict[str, Facts]:
    """Return the figures per value of the facet, or of all orders under "" without one."""
    months = _by_value(monthly_totals(orders, as_of=as_of, months=MONTHS, by=facet), facet)
    cohorts = _by_value(retention(orders, as_of=as_of, by=facet), facet)
    second = _by_value(second_purchase(orders, as_of=as_of, by=facet), facet)
    return {
        value: {
            "months": _months(months[value], unit),
            "cohorts": _cohorts(cohorts.get(value, []), unit),
            "second": _second(second.get(value, [])),
        }
        for value in months
    }


def _by_value(table: ir.Table, facet: str | None) -> dict[str, list[Facts]]:
    """Part the rows by value of the facet, each in the order of the table."""
    parted: dict[str, list[Facts]] = {} if facet else {"": []}
    for row in table.to_pyarrow().to_pylist():
        parted.setdefault(row[facet] if facet else "", []).append(row)
    return parted


def _largest(orders: ir.Table, facet: str) -> list[str]:
    """Return the values of a facet worth figures of their own; none when there is only one."""
    named = orders.filter(orders[facet] != "", orders.customer_id.notnull())
    counts = named.group_by(facet).agg(customers=named.customer_id.nunique())
    counts = counts.filter(counts.customers >= FEWEST_CUSTOMERS)
    rows = counts.order_by(counts.customers.desc(), facet).to_pyarrow().to_pylist()
    return [row[facet] for row in rows[:VALUES_PER_FACET]] if len(rows) > 1 else []


def _months(rows: list[Facts], unit: float) -> list[Facts]:
    return [
        {
            "month": f"{row['month']:%Y-%m}",
            "orders": row["orders"],
            "customers": row["customers"],
            "new_customers": row["new_customers"],
            "revenue_minor": round((row["revenue"] or 0.0) * unit),
            "margin_minor": round((row["margin"] or 0.0) * unit),
            "is_complete": row["is_complete"],
        }
        for row in rows
    ]


def _cohorts(rows: list[Facts], unit: float) -> list[Facts]:
    cohorts: dict[str, Facts] = {}
    for row in rows:
        name = f"{row['intake_month']:%Y-%m}"
        cohort = cohorts.setdefault(name, {"cohort": name, "customers": row["intake"], "cells": []})
        cohort["cells"].append(
            {
                "month": row["months_since"],
                "customers": row["customers"],
                "share": round(row["share"], 4),
                "margin_minor": round((row["margin"] or 0.0) * unit),
                "is_complete": row["is_complete"],
            }
        )
    return list(cohorts.values())[-24:]


def _second(rows: list[Facts]) -> list[Facts]:
    return [
        {
            "cohort": f"{row['intake_month']:%Y-%m}",
            "customers": row["intake"],
            "returned": row["returned"],
            "share": row["share"],
            "low": row["lower"],
            "high": row["upper"],
            "is_settled": not row["is_too_young"],
        }
        for row in rows
    ][-24:]
