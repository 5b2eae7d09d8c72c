"""What order lines tell of bonds when only their totals are at hand: systems and what fits them.

For a shop with more lines than one wants to move: it needs those of flagged products alone, beside
the orders, and tells the same as `from_lines` but for `default_reorder`, which takes every line.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...tables import Column, business_day, check
from .rows import collect, rows, strength_of
from .systems import consumables_bought, platform_owned

BOUGHT = (
    Column("order_id", "id", "the order"),
    Column("customer_id", "id", "who ordered"),
    Column("day", "day", "business day of the order"),
    Column("revenue", "amount", "without VAT, after discount"),
)
FLAGGED = (
    Column("order_id", "id", "the order"),
    Column("amount", "amount", "of the line, without VAT, after discount"),
    Column("is_platform", "flag", "a system that needs our consumables"),
    Column("is_consumable", "flag", "only fits such a system"),
    Column("is_sole_source", "flag", "nobody else sells it"),
)


def from_flagged_lines(bought: Any, flagged: Any, *, as_of: date) -> ir.Table:
    """Return evidence from the lines of flagged products up to the end of as_of.

    `bought` are all purchases (the contract BOUGHT), `flagged` the lines of flagged products
    (FLAGGED). Indicators: platform_owned for who bought one; and, where anybody bought such
    products, for everybody the share of orders with consumables and the share of what they spent
    on what nobody else sells. Refuses missing columns with TableError. Lazy.
    """
    orders = check(as_table(bought), BOUGHT)
    orders = orders.filter(orders.day <= business_day(as_of), orders.customer_id.notnull())
    per_order = _per_order(check(as_table(flagged), FLAGGED))
    known = orders.left_join(per_order, "order_id").drop("order_id_right")
    people = known.group_by("customer_id").agg(
        orders=known.count(),
        day=known.day.max(),
        spent=known.revenue.cast("float64").sum(),
        platform_day=known.day.max(where=known.has_platform.fill_null(False)),
        consumables=known.has_consumable.fill_null(False).sum(),
        sole=known.sole.fill_null(0.0).sum(),
    )
    any_is_consumable = people.consumables.sum().over(ibis.window()) > 0
    any_sole = people.sole.sum().over(ibis.window()) > 0
    people = people.mutate(any_is_consumable=any_is_consumable, any_sole=any_sole)
    return collect(platform_owned(people), consumables_bought(people), _sole_source(people))


def _per_order(flagged: ir.Table) -> ir.Table:
    sole = flagged.amount.cast("float64").sum(where=flagged.is_sole_source)
    return flagged.group_by("order_id").agg(
        has_platform=flagged.is_platform.any(),
        has_consumable=flagged.is_consumable.any(),
        sole=sole,
    )


def _sole_source(people: ir.Table) -> ir.Table:
    told = people.filter(people.any_sole, people.spent > 0)
    return rows(
        told,
        "sole_source_share",
        value=ibis.greatest(ibis.least(told.sole / told.spent, 1.0), 0.0),
        day=told.day,
        strength=strength_of(told.orders),
        detail=_whole(told.sole) + "/" + _whole(told.spent),
    )


def _whole(number: ir.FloatingValue) -> ir.StringValue:
    return number.round().cast("int64").cast("string")
