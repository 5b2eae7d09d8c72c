"""The figures of the whole base: customers per stage, what is at stake, and the months so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stamgast.insight.engine import as_table
from stamgast.insight.facts import rhythm_facts
from stamgast.insight.lifecycle import DEFAULTS, STAGES, Thresholds, stages
from stamgast.insight.purchases import beside_first, known_orders
from stamgast.insight.purchases import visits as visits_of
from stamgast.insight.rhythm import Rhythm
from stamgast.insight.tables import business_day, groups, narrow

WEEK_DAYS = 7


def stage_summary(now: Any, before: Any = None) -> ir.Table:
    """Count the customers per stage, with what they are expected to bring and the change.

    `now` has customer_id and stage, and margin_365 (margin expected in the coming year) where it
    is known; `before` is the same at an earlier day, as `stages_before` returns it.

    Columns, one row per stage of STAGES in that order, also where nobody is: stage, customers,
    margin_365 (sum; for drifting customers the margin at stake; NULL when unknown of all),
    customers_before and change (NULL without `before`).
    """
    counts = _count(as_table(now))
    every = as_table(pa.table({"place": range(len(STAGES)), "stage": STAGES}))
    rows = every.left_join(counts, "stage").drop("stage_right")
    if before is None:
        earlier = ibis.null("int64")
    else:
        past = _count(as_table(before)).select("stage", customers_before="customers")
        rows = rows.left_join(past, "stage").drop("stage_right")
        earlier = rows.customers_before.fill_null(0)
    present = rows.customers.fill_null(0)
    rows = rows.select(
        "place",
        "stage",
        customers=present,
        margin_365=rows.margin_365,
        customers_before=earlier,
        change=present - earlier,
    )
    return rows.order_by("place").drop("place")


def stages_before(
    orders: Any,
    customers: Any = None,
    *,
    as_of: date,
    rhythm: Rhythm,
    days: int = WEEK_DAYS,
    thresholds: Thresholds = DEFAULTS,
    visits: ir.Table | None = None,
) -> ir.Table:
    """Return the stages as they stood `days` before as_of: same columns as `stages`.

    Only orders up to that day are looked at; the rhythm is today's, so that a change is the
    customers' and not the yardstick's. `visits` is what `purchases.visits` returned for the same
    orders up to that day or later, if it is there already.
    """
    past = business_day(as_of) - timedelta(days=days)
    rows = visits_of(orders, as_of=past) if visits is None else visits
    facts = rhythm_facts(rows.filter(rows.day <= past), customers, as_of=past)
    return stages(facts, rhythm, past, thresholds=thresholds)


def stage_moves(now: Any, before: Any) -> ir.Table:
    """Count who went from which stage to which: stage_before, stage, customers.

    A customer whom only one of the tables knows has NULL on the other side.
    """
    later, earlier = as_table(now), as_table(before)
    both = later.select("customer_id", "stage").outer_join(
        earlier.select("customer_id", stage_before="stage"), "customer_id"
    )
    groups = both.group_by("stage_before", "stage")
    return groups.agg(customers=both.count()).order_by("stage_before", "stage")


def monthly_totals(
    orders: Any,
    *,
    as_of: date,
    months: int = 24,
    only: Mapping[str, str] | None = None,
    by: str | None = None,
) -> ir.Table:
    """Add up the latest months: revenue, margin, orders and customers.

    Amounts count every order and correction, also those without a customer; `only` narrows to one
    shop, brand, country or channel, `by` tells them apart with that column in front; other columns
    are refused with TableError.

    Columns: month (first day), orders (purchases), customers (named, who bought), new_customers
    (of them, whose first purchase it was), revenue, margin (NULL when the orders do not tell),
    is_complete (the month was over at the end of as_of). Months without orders have no row.
    """
    per = groups(by)
    table = narrow(as_table(orders), only)
    known = known_orders(table, as_of=as_of, with_anonymous=True)
    known = known.mutate(month=known.day.truncate("M"))
    sums = known.group_by(*per, "month").agg(
        orders=known.is_purchase.sum(), revenue=known.revenue.sum(), margin=known.margin.sum()
    )
    bought = known.filter(known.is_purchase, known.customer_id.notnull())
    keys = [*per, "customer_id"]
    came = beside_first(bought.select(*keys, "month").distinct(), keys, "month")
    heads = came.group_by(*per, "month").agg(
        customers=came.count(), new_customers=(came.month == came["first"]).sum()
    )
    rows = sums.left_join(heads, [*per, "month"])
    tomorrow = business_day(as_of) + timedelta(days=1)
    rows = rows.filter(rows.month > _months_earlier(as_of, months))
    rows = rows.select(
        *per,
        "month",
        "orders",
        customers=rows.customers.fill_null(0),
        new_customers=rows.new_customers.fill_null(0),
        revenue=rows.revenue,
        margin=rows.margin,
        is_complete=rows.month < ibis.literal(tomorrow.replace(day=1)),
    )
    return rows.order_by(*per, "month")


def _count(table: ir.Table) -> ir.Table:
    worth = table.margin_365 if "margin_365" in table.columns else ibis.null("float64")
    rows = table.select("stage", margin_365=worth)
    return rows.group_by("stage").agg(customers=rows.count(), margin_365=rows.margin_365.sum())


def _months_earlier(day: date, months: int) -> date:
    """Return the first day of the month `months` before that of the day."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
