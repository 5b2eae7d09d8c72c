"""What is known of each customer on a day: one row per customer, the base of most other tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.engine import as_table
from stamgast.insight.purchases import AMOUNTS, known_orders
from stamgast.insight.purchases import visits as visits_of
from stamgast.insight.tables import (
    CUSTOMERS,
    DIMENSIONS,
    ORDERS,
    Column,
    TableError,
    business_day,
    check,
    refuse_broken_values,
)

COMEBACK_DAYS = 90  # how long a return after a long silence is remembered
YEAR_DAYS = 365

FACTS = (
    Column("customer_id", "id", "the customer"),
    Column("orders", "count", "purchases", is_optional=True),
    Column("purchase_days", "count", "days with a purchase", is_optional=True),
    Column("first_day", "day", "first purchase", is_optional=True),
    Column("last_day", "day", "latest purchase", is_optional=True),
    Column("days_silent", "count", "as_of less the latest purchase", is_optional=True),
    Column("gaps", "count", "intervals between purchase days", is_optional=True),
    Column("elapsed_days", "count", "last day less first day", is_optional=True),
    Column("mean_interval_days", "number", "average interval", is_optional=True),
    Column("median_interval_days", "number", "middle interval", is_optional=True),
    Column("last_interval_days", "count", "latest interval", is_optional=True),
    Column("comeback_day", "day", "end of the longest recent interval", is_optional=True),
    Column("comeback_interval_days", "count", "its length", is_optional=True),
    Column("comeback_gaps", "count", "gaps before it", is_optional=True),
    Column("comeback_elapsed_days", "count", "elapsed days before it", is_optional=True),
    Column("revenue", "amount", "sum over all orders", is_optional=True),
    Column("margin", "amount", "sum over all orders", is_optional=True),
    Column("discount", "amount", "sum over all orders", is_optional=True),
    Column("returned", "amount", "sum over all orders", is_optional=True),
    Column("margin_past_year", "amount", "margin of the last 365 days", is_optional=True),
    Column("discount_share", "number", "discount over revenue plus discount", is_optional=True),
    Column("returns_rate", "number", "returned over revenue", is_optional=True),
    Column("margin_per_purchase", "amount", "margin per purchase day", is_optional=True),
    Column("last_shop", "text", "shop of the latest purchase", is_optional=True),
    Column("last_brand", "text", "brand of the latest purchase", is_optional=True),
    Column("last_country", "text", "country of the latest purchase", is_optional=True),
    Column("last_channel", "text", "channel of the latest purchase", is_optional=True),
)


def customer_facts(
    orders: Any,
    customers: Any = None,
    *,
    as_of: date,
    is_trusted: bool = False,
    visits: ir.Table | None = None,
) -> ir.Table:
    """Return one row per customer with what their orders up to the end of as_of say.

    Orders without a customer and orders after as_of are left out. Customers of the second table
    without a purchase stay in, with zero orders; those who only occur in the orders come out too.
    Refuses with TableError when a column is missing or of the wrong type, when an order has no day
    or when an amount is NaN or infinite; the latter costs one pass over the orders, which
    `is_trusted` skips. `visits` is what `purchases.visits` returned for the same orders and day, if it
    is there already. The result itself is lazy.

    Columns (days are dates, lengths are in days, amounts in the shop's currency):

    - customer_id
    - orders (purchases), purchase_days (days with one or more), first_day, last_day, days_silent
      (as_of less last_day; NULL without a purchase)
    - gaps (intervals between purchase days), elapsed_days (last_day less first_day; 0 without a
      gap), mean_interval_days, median_interval_days, last_interval_days
    - comeback_day, comeback_interval_days, comeback_gaps, comeback_elapsed_days: the longest
      interval that ended in the last 90 days: when, how long, and the gaps and elapsed days the
      customer had before it
    - revenue, margin, discount, returned (sums over all orders), margin_past_year (of the last
      365 days, as_of included): NULL when the orders do not tell, 0 for a customer without orders
    - discount_share (discount over revenue plus discount), returns_rate (returned over revenue):
      NULL when there is no revenue
    - margin_per_purchase (margin per purchase day)
    - last_shop, last_brand, last_country, last_channel (of the latest purchase; NULL when
      it names none)
    - and the columns of CUSTOMERS that the second table has (may_email, contract_end ...)
    """
    table = as_table(orders)
    known = known_orders(table, as_of=as_of)
    if not is_trusted:
        refuse_broken_values(table, ORDERS)
    rows = visits_of(orders, as_of=as_of) if visits is None else visits
    facts = _totals(known, as_of).left_join(_rhythms(rows, as_of), "customer_id")
    facts = _add_latest(facts.drop("customer_id_right"), known)
    facts = _add_customers(facts, customers)
    return _add_ratios(_fill_absent(facts, table.columns), as_of)


def rhythm_facts(visits: ir.Table, customers: Any = None, *, as_of: date) -> ir.Table:
    """Return the part of `customer_facts` that a stage rests on, from `purchases.visits` alone.

    Columns: customer_id, last_day, gaps, elapsed_days, the four of the comeback, and the columns of
    CUSTOMERS that the second table has. Much less work where the amounts are not asked.
    """
    facts = _add_customers(_rhythms(visits, as_of), customers)
    extra = [c.name for c in CUSTOMERS[1:] if c.name in facts.columns]
    return facts.select(
        "customer_id",
        "last_day",
        *(name for name in facts.columns if name.startswith("comeback_")),
        *extra,
        gaps=(facts.purchase_days - 1).fill_null(0),
        elapsed_days=facts.last_day.delta(facts.first_day, unit="day").fill_null(0),
    )


def _totals(known: ir.Table, as_of: date) -> ir.Table:
    """Add up the orders of each customer; a correction without a purchase counts in the amounts."""
    past_year = known.day > business_day(as_of) - timedelta(days=YEAR_DAYS)
    return known.group_by("customer_id").agg(
        orders=known.is_purchase.sum(),
        **{name: known[name].sum() for name in AMOUNTS},
        margin_past_year=known.margin.sum(where=past_year),
    )


def _add_latest(facts: ir.Table, known: ir.Table) -> ir.Table:
    """Add shop, brand, country and channel of the latest purchase.

    Only the orders of each customer's last day need a look; of several on that day the latest
    counts, and without moments the last by name, so that the answer is the same every time.
    """
    bought = known.filter(known.is_purchase)
    last = bought.inner_join(
        facts.select("customer_id", day="last_day"), ["customer_id", "day"]
    ).select("customer_id", "ordered_at", *DIMENSIONS)
    per_moment = last.group_by("customer_id", "ordered_at").agg(
        **{name: last[name].max() for name in DIMENSIONS}
    )
    latest = per_moment.group_by("customer_id").agg(
        **{
            f"last_{name}": per_moment[name].argmax(
                per_moment.ordered_at, where=per_moment[name].notnull()
            )
            for name in DIMENSIONS
        }
    )
    return facts.left_join(latest, "customer_id").drop("customer_id_right")


def _rhythms(rows: ir.Table, as_of: date) -> ir.Table:
    """Return the days and intervals of each customer: ends, middle, last, longest ended of late."""
    recent = rows.day > business_day(as_of) - timedelta(days=COMEBACK_DAYS)
    before = rows.previous_day.delta(rows.first_day, unit="day")
    longest = {
        "comeback_day": rows.day,
        "comeback_interval_days": rows.interval_days,
        "comeback_gaps": rows.gaps - 1,
        "comeback_elapsed_days": before,
    }
    return rows.group_by("customer_id").agg(
        purchase_days=rows.count(),
        first_day=rows.day.min(),
        last_day=rows.day.max(),
        median_interval_days=rows.interval_days.median(),
        last_interval_days=rows.interval_days.argmax(rows.day),
        # Of equally long intervals the latest counts: the fraction breaks the tie by order.
        **{
            name: value.argmax(
                rows.interval_days + rows.gaps / 1e6, where=recent & rows.interval_days.notnull()
            )
            for name, value in longest.items()
        },
    )


def _add_customers(facts: ir.Table, customers: Any) -> ir.Table:
    """Add the customers without orders, and what is known of the others."""
    if customers is None:
        return facts
    people = check(as_table(customers), CUSTOMERS)
    theirs, ours = people.customer_id.type(), facts.customer_id.type()
    if theirs.is_integer() != ours.is_integer():
        raise TableError(f"customer_id is {ours} in the orders but {theirs} among the customers")
    kept = [column.name for column in CUSTOMERS if column.name in people.columns]
    people = people.filter(people.customer_id.notnull()).select(*kept)
    both = facts.outer_join(people, "customer_id")
    return both.mutate(customer_id=both.customer_id.coalesce(both.customer_id_right)).drop(
        "customer_id_right"
    )


def _fill_absent(facts: ir.Table, told: tuple[str, ...]) -> ir.Table:
    """Write zero for customers without orders, but leave NULL what the orders cannot tell."""
    counts = {name: facts[name].fill_null(0) for name in ("orders", "purchase_days")}
    no_order = facts.orders.isnull()
    amounts = {
        name: ibis.ifelse(no_order, 0.0, facts[name])
        for name in (*AMOUNTS, "margin_past_year")
        if name.removesuffix("_past_year") in told
    }
    if "margin" in told:  # known orders, none of them in the past year
        bought_before = facts.margin.notnull() & facts.margin_past_year.isnull()
        amounts["margin_past_year"] = ibis.ifelse(
            no_order | bought_before, 0.0, facts.margin_past_year
        )
    return facts.mutate(**counts, **amounts)


def _add_ratios(facts: ir.Table, as_of: date) -> ir.Table:
    """Derive silence, intervals and shares; a share of nothing is NULL, never a division by 0."""
    gaps = ibis.greatest(facts.purchase_days - 1, 0)
    elapsed = facts.last_day.delta(facts.first_day, unit="day").fill_null(0)
    listed = facts.revenue + facts.discount
    facts = facts.mutate(
        days_silent=ibis.literal(business_day(as_of)).delta(facts.last_day, unit="day"),
        gaps=gaps,
        elapsed_days=elapsed,
        mean_interval_days=elapsed.cast("float64") / gaps.nullif(0),
        discount_share=ibis.ifelse(listed > 0, facts.discount / listed.nullif(0), None),
        returns_rate=ibis.ifelse(facts.revenue > 0, facts.returned / facts.revenue.nullif(0), None),
        margin_per_purchase=facts.margin / facts.purchase_days.nullif(0),
    )
    extra = [c.name for c in CUSTOMERS[1:] if c.name in facts.columns]
    return facts.select(*(column.name for column in FACTS), *extra)
