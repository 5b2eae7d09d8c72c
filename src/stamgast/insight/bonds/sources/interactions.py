"""What contact tells: how a complaint ended and whether they stayed, and reviews."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...purchases import known_orders
from ...tables import Column, business_day, check
from .answers import Scale
from .rows import collect, rows

INTERACTIONS = (
    Column("customer_id", "id", "who"),
    Column("kind", "text", "complaint and review count; others are left out"),
    Column("day", "day", "business day of the contact"),
    Column("due_on", "day", "complaints: to be closed by", is_optional=True),
    Column("closed_on", "day", "complaints: empty while open", is_optional=True),
    Column("outcome", "text", "complaints: `none` if nothing was done", is_optional=True),
    Column("score", "number", "reviews: 1 to 5", is_optional=True),
)
STARS = Scale("review", 1, 4, 5, 5)
# A complaint that ended well and was followed by a purchase speaks for them; one that ended badly
# speaks against, and less so if they stayed all the same.
VALUES = {
    "ended_well_stayed": 0.75,
    "ended_badly_stayed": 0.4,
    "ended_badly": 0.15,
    "overdue": 0.2,
}


def from_interactions(interactions: Any, orders: Any, *, as_of: date) -> ir.Table:
    """Return evidence from complaints and reviews up to the end of as_of.

    A complaint ended well when it was closed by its due day with an outcome, badly otherwise; who
    bought after it was closed has stayed. One that is open and not yet due, or ended well without a
    purchase since, adds nothing, and neither does a review without a score. `orders` are those of
    `tables.ORDERS`. Refuses missing columns with TableError. Lazy.
    """
    table = check(as_table(interactions), INTERACTIONS)
    absent = {"due_on": "date", "closed_on": "date", "outcome": "string", "score": "float64"}
    extra = {name: ibis.null(kind) for name, kind in absent.items() if name not in table.columns}
    table = table.mutate(**extra) if extra else table
    table = table.filter(table.day <= business_day(as_of), table.customer_id.notnull())
    return collect(_complaints(table, orders, as_of), _reviews(table))


def _complaints(table: ir.Table, orders: Any, as_of: date) -> ir.Table:
    known = known_orders(orders, as_of=as_of)
    bought = known.filter(known.is_purchase)
    last = bought.group_by("customer_id").agg(last_day=bought.day.max())
    told = table.filter(table.kind == "complaint").left_join(last, "customer_id")
    day = ibis.literal(business_day(as_of))
    is_closed = (told.closed_on <= day).fill_null(False)
    in_time = (told.closed_on <= told.due_on).fill_null(True)
    is_well = is_closed & in_time & (told.outcome.fill_null("") != "none")
    stayed = (told.last_day > told.closed_on).fill_null(False)
    end = ibis.cases(
        (is_well & stayed, "ended_well_stayed"),
        (is_well, "ended_well"),
        (is_closed & stayed, "ended_badly_stayed"),
        (is_closed, "ended_badly"),
        (told.due_on < day, "overdue"),
        else_="open",
    )
    told = told.mutate(end=end, seen_on=ibis.ifelse(is_closed, told.closed_on, told.day))
    told = told.filter(told.end.isin(list(VALUES)))
    return rows(
        told,
        "complaint",
        value=told.end.cases(*VALUES.items()),
        day=told.seen_on,
        detail=told.end,
    )


def _reviews(table: ir.Table) -> ir.Table:
    told = table.filter(table.kind == "review", table.score.notnull())
    score = told.score.cast("float64")
    shown = score.round().cast("int64").cast("string")
    return rows(told, "review", value=STARS.value(score), day=told.day, detail=shown)
