"""The base in figures, as the dashboard and the report show it: as a whole and per facet."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.cohorts import retention, second_purchase
from stamgast.insight.history import stage_history
from stamgast.insight.rhythm import Rhythm
from stamgast.insight.summary import monthly_totals, stages_before
from stamgast.scoring.forecast import Forecast

FACETS = ("shop", "brand", "country", "channel")
# So many values of a facet get figures of their own; a shop with more of them filters its list.
VALUES_PER_FACET = 4
FEWEST_CUSTOMERS = 20
MONTHS = 25  # two whole years to compare, and the month that runs

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
    judged = _judged(con, orders, scored, people, rhythm=rhythm, as_of=as_of)
    counted, kept = _count(scored), _count(judged)
    whole = {
        **_figures(orders, as_of, unit),
        **_by_group(orders, judged, outlook, as_of, unit)[None],
        "customers": counted,
        "history": _history(stage_history(orders, people, as_of=as_of, rhythm=rhythm)),
    }
    whole["stages"]["withheld"] = counted - kept
    summaries = {("", ""): whole}
    for facet in FACETS:
        groups = (
            _by_group(orders, judged, outlook, as_of, unit, facet)
            if _has_several(orders, facet)
            else {}
        )
        for value in _largest(groups):
            figures = _figures(orders, as_of, unit, {facet: value})
            summaries[facet, value] = {**figures, **groups[value]}
    return summaries


def _has_several(orders: ir.Table, facet: str) -> bool:
    return bool(orders[facet].nunique().execute() > 1)


def _judged(
    con: Any, orders: ir.Table, scored: ir.Table, people: ir.Table, *, rhythm: Rhythm, as_of: date
) -> ir.Table:
    """Return the customers who do not object, with the stage they were in a week ago."""
    judged = scored.filter(~scored.objects_to_profiling.fill_null(False))
    before = stages_before(orders, people, as_of=as_of, rhythm=rhythm)
    before = before.select("customer_id", stage_before="stage")
    both = judged.left_join(before, "customer_id").drop("customer_id_right")
    return con.create_table("judged", both)


def _figures(
    orders: ir.Table, as_of: date, unit: float, only: dict[str, str] | None = None
) -> Facts:
    """Return what is followed over months, for all orders or those of one value of a facet."""
    return {
        "months": _months(orders, as_of, unit, only),
        "cohorts": _cohorts(orders, as_of, unit, only),
        "second": _second(orders, as_of, only),
    }


def _by_group(
    orders: ir.Table,
    customers: ir.Table,
    outlook: Forecast,
    as_of: date,
    unit: float,
    facet: str | None = None,
) -> dict[Any, Facts]:
    """Return the figures that add up over customers and orders, per value of a facet or as one."""
    by = f"last_{facet}" if facet else None
    people = customers.mutate(group=customers[by] if by else ibis.literal(""))
    sold = orders.mutate(group=orders[facet] if facet else ibis.literal(""))
    at_stake = outlook.totals(people.filter(people.stage == "drifting"), "group")
    year = outlook.totals(people, "group")
    groups: dict[Any, Facts] = {}
    for row in _list(_stages(people)):
        figures = groups.setdefault(row["group"], _nothing_yet())
        figures["stages"][row["stage"]] = row["customers"]
        figures["customers"] += row["customers"]
        figures["drifting_a_week_ago"] += row["were_drifting"]
    for row in _list(_steps(people)):
        if row["group"] in groups:
            groups[row["group"]]["steps"].append(_step(row, unit))
    for row in _list(_totals(sold, as_of)):
        if row["group"] in groups:
            groups[row["group"]].update(_total(row, unit))
    for name, figures in groups.items():
        figures["at_stake"] = _in_minor(at_stake.get(name), unit)
        figures["margin_year"] = _in_minor(year.get(name), unit)
    return groups if facet else {None: groups.get("", _nothing_yet())}


def _nothing_yet() -> Facts:
    return {
        "customers": 0,
        "stages": {},
        "drifting_a_week_ago": 0,
        "steps": [],
        "orders": 0,
        "revenue_minor": 0,
        "margin_minor": 0,
        "assumed_share": 0.0,
        "at_stake": None,
        "margin_year": None,
    }


def _largest(groups: dict[Any, Facts]) -> list[str]:
    """Return the values of a facet worth figures of their own; none when there is only one."""
    named = [
        name for name, facts in groups.items() if name and facts["customers"] >= FEWEST_CUSTOMERS
    ]
    named.sort(key=lambda name: (-groups[name]["customers"], name))
    return named[:VALUES_PER_FACET] if len(named) > 1 else []


def _stages(customers: ir.Table) -> ir.Table:
    return customers.group_by("group", "stage").agg(
        customers=customers.count(),
        were_drifting=(customers.stage_before == "drifting").sum().fill_null(0),
    )


def _steps(customers: ir.Table) -> ir.Table:
    groups = customers.group_by("group", "step", "reason").agg(
        customers=customers.count(),
        margin=customers.margin_365.sum(),
    )
    return groups.order_by(groups.margin.desc(nulls_first=False), "step", "reason")


def _step(row: Facts, unit: float) -> Facts:
    return {
        "step": row["step"],
        "reason": row["reason"],
        "customers": row["customers"],
        "margin_minor": None if row["margin"] is None else round(row["margin"] * unit),
    }


def _totals(orders: ir.Table, as_of: date) -> ir.Table:
    orders = orders.filter(orders.day <= as_of)
    return orders.group_by("group").agg(
        orders=orders.is_purchase.sum(),
        revenue=orders.revenue.sum(),
        margin=orders.margin.sum(),
        assumed=orders.margin.sum(where=orders.is_margin_assumed),
    )


def _total(row: Facts, unit: float) -> Facts:
    margin = row["margin"] or 0.0
    return {
        "orders": row["orders"] or 0,
        "revenue_minor": round((row["revenue"] or 0.0) * unit),
        "margin_minor": round(margin * unit),
        "assumed_share": round((row["assumed"] or 0.0) / margin, 4) if margin > 0 else 0.0,
    }


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


def _in_minor(range_: dict[str, float] | None, unit: float) -> dict[str, int] | None:
    if range_ is None:
        return None
    return {name: round(amount * unit) for name, amount in range_.items()}


def _count(table: ir.Table) -> int:
    return int(table.count().execute())


def _list(table: ir.Table) -> list[Facts]:
    rows: list[Facts] = table.to_pyarrow().to_pylist()
    return rows


def _history(table: ir.Table) -> list[Facts]:
    return [
        {"month": str(row["month_end"]), "stage": row["stage"], "customers": row["customers"]}
        for row in _list(table)
    ]
