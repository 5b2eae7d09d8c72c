"""The base in figures, as the dashboard and the report show it: as a whole and per facet."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis.expr.types as ir

from stamgast.insight.cohorts import retention, second_purchase
from stamgast.insight.history import stage_history
from stamgast.insight.rhythm import Rhythm
from stamgast.insight.summary import monthly_totals, stages_before
from stamgast.scoring.forecast import Forecast

FACETS = ("shop", "brand", "country", "channel")
# So many values of a facet get figures of their own; a shop with more of them filters its list.
VALUES_PER_FACET = 6
FEWEST_CUSTOMERS = 20

Facts = dict[str, Any]


def summarise(
    con: Any,
    orders: ir.Table,
    scored: ir.Table,
    people: ir.Table,
    *,
    rhythm: Rhythm,
    outlook: Forecast,
    as_of: date,
    unit: float,
) -> dict[tuple[str, str], Facts]:
    """Return the figures of the base and of its largest shops, brands, countries and channels.

    Customers who object to profiling are counted, but not judged. Amounts are minor units.
    """
    judged = scored.filter(~scored.objects_to_profiling.fill_null(False))
    judged = con.create_table("judged", judged)
    before = stages_before(orders, people, as_of=as_of, rhythm=rhythm)
    earlier = con.create_table("earlier", before)
    whole = _figures(orders, judged, earlier, as_of=as_of, unit=unit)
    whole["at_stake"] = _in_minor(outlook.totals(_drifting(judged)).get(None), unit)
    whole["margin_year"] = _in_minor(outlook.totals(judged).get(None), unit)
    whole["stages"]["withheld"] = _count(scored) - _count(judged)
    whole["customers"] = _count(scored)
    whole["history"] = _rows(
        stage_history(orders, people, as_of=as_of, rhythm=rhythm), month="month_end"
    )
    summaries = {("", ""): whole}
    for facet in FACETS:
        values = _largest(judged, facet)
        column = f"last_{facet}"
        at_stake = outlook.totals(_drifting(judged), column) if values else {}
        year = outlook.totals(judged, column) if values else {}
        for value in values:
            theirs = judged.filter(judged[column] == value)
            summaries[facet, value] = {
                **_figures(orders, theirs, earlier, as_of=as_of, unit=unit, only={facet: value}),
                "at_stake": _in_minor(at_stake.get(value), unit),
                "margin_year": _in_minor(year.get(value), unit),
            }
    return summaries


def _figures(
    orders: ir.Table,
    customers: ir.Table,
    earlier: ir.Table,
    *,
    as_of: date,
    unit: float,
    only: dict[str, str] | None = None,
) -> Facts:
    was = earlier.semi_join(customers, "customer_id")
    return {
        **_totals(orders, as_of, unit, only),
        "customers": _count(customers),
        "stages": _stages(customers),
        "drifting_a_week_ago": _count(_drifting(was)),
        "steps": _steps(customers, unit),
        "months": _months(orders, as_of, unit, only),
        "cohorts": _cohorts(orders, as_of, unit, only),
        "second": _second(orders, as_of, only),
    }


def _drifting(customers: ir.Table) -> ir.Table:
    return customers.filter(customers.stage == "drifting")


def _largest(customers: ir.Table, facet: str) -> list[str]:
    """Return the values of a facet worth figures of their own; none when there is only one."""
    column = f"last_{facet}"
    named = customers.filter(customers[column].notnull() & (customers[column] != ""))
    counts = named.group_by(column).agg(customers=named.count())
    counts = counts.filter(counts.customers >= FEWEST_CUSTOMERS)
    rows = counts.order_by(counts.customers.desc(), column).to_pyarrow().to_pylist()
    return [row[column] for row in rows[:VALUES_PER_FACET]] if len(rows) > 1 else []


def _totals(orders: ir.Table, as_of: date, unit: float, only: dict[str, str] | None) -> Facts:
    for facet, value in (only or {}).items():
        orders = orders.filter(orders[facet] == value)
    orders = orders.filter(orders.day <= as_of)
    assumed = orders.margin.sum(where=orders.is_margin_assumed)
    row = _row(
        orders.aggregate(
            orders=orders.is_purchase.sum(),
            revenue=orders.revenue.sum(),
            margin=orders.margin.sum(),
            assumed=assumed,
        )
    )
    margin = row["margin"] or 0.0
    return {
        "orders": row["orders"] or 0,
        "revenue_minor": round((row["revenue"] or 0.0) * unit),
        "margin_minor": round(margin * unit),
        "assumed_share": round((row["assumed"] or 0.0) / margin, 4) if margin > 0 else 0.0,
    }


def _stages(customers: ir.Table) -> dict[str, int]:
    counts = customers.group_by("stage").agg(customers=customers.count())
    return {row["stage"]: row["customers"] for row in _list(counts)}


def _steps(customers: ir.Table, unit: float) -> list[Facts]:
    groups = customers.group_by("step", "reason").agg(
        customers=customers.count(),
        margin=customers.margin_365.sum(),
    )
    groups = groups.order_by(groups.margin.desc(nulls_first=False), "step", "reason")
    return [
        {
            "step": row["step"],
            "reason": row["reason"],
            "customers": row["customers"],
            "margin_minor": None if row["margin"] is None else round(row["margin"] * unit),
        }
        for row in _list(groups)
    ]


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
        for row in _list(monthly_totals(orders, as_of=as_of, only=only))
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


def _in_minor(range_: dict[str, float] | None, unit: float) -> dict[str, int] | None:
    if range_ is None:
        return None
    return {name: round(amount * unit) for name, amount in range_.items()}


def _count(table: ir.Table) -> int:
    return int(table.count().execute())


def _row(table: ir.Table) -> Facts:
    row: Facts = table.to_pyarrow().to_pylist()[0]
    return row


def _list(table: ir.Table) -> list[Facts]:
    rows: list[Facts] = table.to_pyarrow().to_pylist()
    return rows


def _rows(table: ir.Table, *, month: str) -> list[Facts]:
    """Return the rows with their month as text."""
    return [
        {**{k: v for k, v in row.items() if k != month}, "month": str(row[month])}
        for row in _list(table)
    ]
