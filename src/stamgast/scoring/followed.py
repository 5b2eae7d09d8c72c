"""What is followed over months: totals, intake months, second purchases; as a whole and per facet.

It needs the orders alone, so it runs in a thread with an engine of its own while the customers are
being understood.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from stamgast.insight import engine
from stamgast.insight.cohorts import retention, second_purchase
from stamgast.insight.summary import monthly_totals
from stamgast.scoring.tables import FACETS, orders_of

# So many values of a facet get figures of their own; a shop with more of them filters its list.
VALUES_PER_FACET = 4
FEWEST_CUSTOMERS = 20
MONTHS = 25  # two whole years to compare, and the month that runs

Facts = dict[str, Any]


def follow(
    folder: Path, *, as_of: date, currency: str, unit: float, memory: str, threads: int
) -> dict[tuple[str, str], Facts]:
    """Return the figures over months by (facet, value); ("", "") is the whole base."""
    con = engine.connect(memory=memory, threads=threads, scratch=folder / "followed")
    everything = con.create_table("orders", orders_of(con, folder, unit))
    orders = everything.filter(everything.currency == currency)
    found = {("", ""): _figures(orders, as_of, unit)}
    for facet in FACETS:
        for value in _largest(orders, facet):
            found[facet, value] = _figures(orders, as_of, unit, {facet: value})
    return found


def _figures(
    orders: ir.Table, as_of: date, unit: float, only: dict[str, str] | None = None
) -> Facts:
    return {
        "months": _months(orders, as_of, unit, only),
        "cohorts": _cohorts(orders, as_of, unit, only),
        "second": _second(orders, as_of, only),
    }


def _largest(orders: ir.Table, facet: str) -> list[str]:
    """Return the values of a facet worth figures of their own; none when there is only one."""
    named = orders.filter(orders[facet] != "", orders.customer_id.notnull())
    counts = named.group_by(facet).agg(customers=named.customer_id.nunique())
    counts = counts.filter(counts.customers >= FEWEST_CUSTOMERS)
    rows = counts.order_by(counts.customers.desc(), facet).to_pyarrow().to_pylist()
    return [row[facet] for row in rows[:VALUES_PER_FACET]] if len(rows) > 1 else []


def _months(orders: ir.Table, as_of: date, unit: float, only: dict[str, str] | None) -> list[Facts]:
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
        for row in _list(monthly_totals(orders, as_of=as_of, months=MONTHS, only=only))
    ]


def _cohorts(
    orders: ir.Table, as_of: date, unit: float, only: dict[str, str] | None
) -> list[Facts]:
    cohorts: dict[str, Facts] = {}
    table = retention(orders, as_of=as_of, only=only).order_by("intake_month", "months_since")
    for row in _list(table):
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


def _second(orders: ir.Table, as_of: date, only: dict[str, str] | None) -> list[Facts]:
    table = second_purchase(orders, as_of=as_of, only=only).order_by("intake_month")
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
        for row in _list(table)
    ][-24:]


def _list(table: ir.Table) -> list[Facts]:
    rows: list[Facts] = table.to_pyarrow().to_pylist()
    return rows
