"""Who came back, by the month they first bought: retention and second purchases per intake."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stamgast.insight.engine import as_table
from stamgast.insight.purchases import beside_first, known_orders
from stamgast.insight.tables import business_day, groups, narrow


def retention(
    orders: Any,
    *,
    as_of: date,
    months: int = 24,
    only: Mapping[str, str] | None = None,
    by: str | None = None,
) -> ir.Table:
    """Follow each intake month for up to `months` months: who bought again, and for how much.

    A customer belongs to the month of their first purchase. Only purchases count. `only` narrows
    to one shop, brand, country or channel (and then the first purchase there counts); `by` does so
    for each of them at once, with that column in front, orders that name none left out. Another column
    is refused with TableError, and so is a table that breaks the contract.

    Columns, one row per intake month and month since, also where nobody bought:

    - intake_month (first day of the month), months_since (0 is the intake month itself)
    - intake (customers of that month), customers (of them, who bought in the month), share
    - revenue, margin (sums over the purchases in the month; 0 where nobody bought, NULL when the
      orders do not tell)
    - is_complete (the month was over at the end of as_of)
    """
    per = groups(by)
    bought = _purchases_by_month(orders, as_of=as_of, only=only, per=per)
    bought = beside_first(bought, [*per, "customer_id"], "month")
    cells = bought.group_by(
        *per,
        intake_month=bought["first"],
        months_since=_months(bought.month) - _months(bought["first"]),
    ).agg(customers=bought.count(), revenue=bought.revenue.sum(), margin=bought.margin.sum())
    return _fill_grid(cells, as_of, months, per)


def second_purchase(
    orders: Any,
    *,
    as_of: date,
    within_days: int = 90,
    confidence: float = 0.95,
    only: Mapping[str, str] | None = None,
    by: str | None = None,
) -> ir.Table:
    """Return per intake month which share bought on a second day within `within_days`.

    A month counts once its youngest customer has had the full time; until then it is too young to
    tell and its shares are NULL, since the early returners alone would flatter or slander it.
    The interval is Wilson's (1927), which holds for small months and for shares near 0 or 1.
    `only` and `by` as for `retention`. Refuses a confidence outside 0 to 1, or a time below a day,
    with ValueError.

    Columns: intake_month (first day of the month), intake (customers), returned (of them, so far
    within the time), share, lower, upper, is_too_young.
    """
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    if within_days < 1:
        raise ValueError("within_days must be at least 1")
    per = groups(by)
    known = known_orders(narrow(as_table(orders), only), as_of=as_of)
    keys = [*per, "customer_id"]
    rows = beside_first(known.filter(known.is_purchase).select(*keys, "day"), keys, "day")
    wait = rows.day.delta(rows["first"], unit="day")
    customers = rows.group_by(*keys, "first").agg(came_back=(wait.between(1, within_days)).any())
    counts = customers.group_by(*per, intake_month=customers["first"].truncate("M")).agg(
        intake=customers.count(), returned=customers.came_back.sum()
    )
    youngest = business_day(as_of) - timedelta(days=within_days)
    # The last possible intake day is the day before the next month: count months, not days.
    is_young = _months(counts.intake_month) >= _months(ibis.literal(youngest + timedelta(days=1)))
    counts = counts.mutate(is_too_young=is_young)
    return _with_wilson(counts, confidence, per).order_by(*per, "intake_month")


def _purchases_by_month(
    orders: Any, *, as_of: date, only: Mapping[str, str] | None, per: list[str]
) -> ir.Table:
    """Add up purchases per customer and calendar month."""
    known = known_orders(narrow(as_table(orders), only), as_of=as_of)
    known = known.filter(known.is_purchase)
    known = known.mutate(month=known.day.truncate("M"))
    return known.group_by(*per, "customer_id", "month").agg(
        revenue=known.revenue.sum(), margin=known.margin.sum()
    )


def _fill_grid(cells: ir.Table, as_of: date, months: int, per: list[str]) -> ir.Table:
    """Give every intake month all its months up to as_of, with zeros where nobody bought."""
    intakes = cells.filter(cells.months_since == 0)
    intakes = intakes.select(*per, "intake_month", intake=intakes.customers)
    until = 12 * business_day(as_of).year + as_of.month
    is_month_over = (as_of + timedelta(days=1)).day == 1
    spine = as_table(pa.table({"months_since": pa.array(range(months + 1), pa.int64())}))
    grid = intakes.cross_join(spine)
    grid = grid.filter(_months(grid.intake_month) + grid.months_since <= until)
    full = grid.left_join(cells, [*per, "intake_month", "months_since"])
    nobody = full.customers.isnull()
    number = _months(full.intake_month) + full.months_since
    customers = full.customers.fill_null(0)
    return full.select(
        *per,
        "intake_month",
        "months_since",
        "intake",
        customers=customers,
        share=customers.cast("float64") / full.intake,
        revenue=ibis.ifelse(nobody, 0.0, full.revenue),
        margin=ibis.ifelse(nobody, 0.0, full.margin),
        is_complete=(number < until) | ibis.literal(is_month_over),
    ).order_by(*per, "intake_month", "months_since")


def _with_wilson(counts: ir.Table, confidence: float, per: list[str]) -> ir.Table:
    """Add share, lower and upper; NULL while the month is too young."""
    z = statistics.NormalDist().inv_cdf(0.5 + confidence / 2)
    n = counts.intake.cast("float64")
    share = counts.returned / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = (z / (1 + z * z / n)) * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()
    shown = {
        "share": share,
        "lower": ibis.greatest(middle - half, 0.0),
        "upper": ibis.least(middle + half, 1.0),
    }
    young = counts.is_too_young
    return counts.select(
        *per,
        "intake_month",
        "intake",
        "returned",
        **{name: ibis.ifelse(young, None, value) for name, value in shown.items()},
        is_too_young=young,
    )


def _months(day: ir.DateValue) -> ir.IntegerValue:
    return day.year().cast("int64") * 12 + day.month()
