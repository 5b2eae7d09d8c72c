"""The base in figures, as the dashboard and the report show it: as a whole and per facet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.history import stage_history
from stamgast.insight.rhythm import Rhythm
from stamgast.insight.summary import stages_before
from stamgast.scoring.forecast import Forecast

Facts = dict[str, Any]


def summarise(
    con: Any,
    orders: ir.Table,
    scored: ir.Table,
    people: ir.Table,
    visits: ir.Table,
    *,
    rhythm: Rhythm,
    outlook: Forecast,
    as_of: date,
    unit: float,
    followed: Callable[[], dict[tuple[str, str], Facts]],
) -> dict[tuple[str, str], Facts]:
    """Return the figures of the base and of its largest shops, brands, countries and channels.

    Customers who object to profiling are counted, but not judged. Amounts are minor units.
    `followed` waits for what `followed.follow` found meanwhile, and its groups are those shown.
    """
    past = stages_before(orders, people, as_of=as_of, rhythm=rhythm, visits=visits)
    judged = _judged(con, scored, past)
    counted, kept = _count(scored), _count(judged)
    history = stage_history(orders, people, as_of=as_of, rhythm=rhythm, visits=visits)
    whole = {
        **_by_group(orders, judged, outlook, as_of, unit)[None],
        "customers": counted,
        "history": _history(history),
    }
    whole["stages"]["withheld"] = counted - kept
    over_months = followed()
    summaries = {("", ""): {**whole, **over_months.pop(("", ""))}}
    for facet in dict.fromkeys(facet for facet, _ in over_months):
        groups = _by_group(orders, judged, outlook, as_of, unit, facet)
        for (of, value), figures in over_months.items():
            if of == facet and value in groups:
                summaries[facet, value] = {**figures, **groups[value]}
    return summaries


def _judged(con: Any, scored: ir.Table, past: ir.Table) -> ir.Table:
    """Return the customers who do not object, with the stage they were in a week ago."""
    judged = scored.filter(~scored.objects_to_profiling.fill_null(False))
    before = past.select("customer_id", stage_before="stage")
    both = judged.left_join(before, "customer_id").drop("customer_id_right")
    return con.create_table("judged", both)


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
