"""What order lines tell of bonds: ordering the same again, systems and what only fits them."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...tables import ORDERS, Column, business_day, check
from .rows import collect, rows, strength_of
from .systems import consumables_bought, platform_owned

LINES = (
    Column("order_id", "id", "the order"),
    Column("sku", "text", "article number"),
)
PRODUCTS = (
    Column("sku", "text", "article number"),
    Column("is_platform", "flag", "a system that needs our consumables", is_optional=True),
    Column("is_consumable", "flag", "only fits such a system", is_optional=True),
    Column("is_sole_source", "flag", "nobody else sells it", is_optional=True),
)
FLAGS = ("is_platform", "is_consumable", "is_sole_source")


def from_lines(lines: Any, orders: Any, products: Any = None, *, as_of: date) -> ir.Table:
    """Return evidence from order lines up to the end of as_of.

    `lines` has the columns of LINES, `orders` order_id, customer_id and day, `products` those of
    PRODUCTS. Lines of shipping should be left out. Indicators: default_reorder and, for each flag
    that at least one product carries, platform_owned, consumables_bought and sole_source_share: a
    shop that never set a flag has said nothing. Refuses missing columns with TableError. Lazy.
    """
    sold = check(as_table(orders), ORDERS, need=["order_id"])
    sold = sold.filter(sold.day <= business_day(as_of), sold.customer_id.notnull())
    bought = check(as_table(lines), LINES).select("order_id", "sku").distinct()
    bought = bought.inner_join(sold.select("order_id", "customer_id", "day"), "order_id")
    found = [_default_reorder(bought)]
    if products is not None:
        found += _of_products(bought, check(as_table(products), PRODUCTS))
    return collect(*found)


def _of_products(bought: ir.Table, products: ir.Table) -> list[ir.Table]:
    flags = {
        name: products[name].fill_null(False) if name in products.columns else ibis.literal(False)
        for name in FLAGS
    }
    flagged = products.select("sku", **flags)
    known = flagged.aggregate(**{f"any_{name}": flagged[name].any() for name in FLAGS})
    marked = bought.left_join(flagged, "sku").drop("sku_right")
    per_order = marked.group_by("customer_id", "order_id").agg(
        day=marked.day.max(),
        **{name: marked[name].fill_null(False).any() for name in FLAGS},
        sole_lines=marked.is_sole_source.fill_null(False).sum(),
        lines=marked.count(),
    )
    people = per_order.group_by("customer_id").agg(
        orders=per_order.count(),
        day=per_order.day.max(),
        consumables=per_order.is_consumable.sum(),
        platform_day=per_order.day.max(where=per_order.is_platform),
        sole_lines=per_order.sole_lines.sum(),
        lines=per_order.lines.sum(),
    )
    people = people.cross_join(known)
    return [platform_owned(people), consumables_bought(people), _sole_source(people)]


def _sole_source(people: ir.Table) -> ir.Table:
    """The share of their lines that nobody else sells."""
    told = people.filter(people.any_is_sole_source)
    return rows(
        told,
        "sole_source_share",
        value=told.sole_lines / told.lines,
        day=told.day,
        strength=strength_of(told.orders),
        detail=told.sole_lines.cast("string") + "/" + told.lines.cast("string"),
    )


def _default_reorder(bought: ir.Table) -> ir.Table:
    """How much an order is the one before it again: articles in both over articles in either."""
    orders = bought.group_by("customer_id", "order_id").agg(
        day=bought.day.max(), size=bought.count()
    )
    own = ibis.window(group_by="customer_id", order_by=["day", "order_id"])
    orders = orders.mutate(
        before=orders.order_id.lag().over(own), before_size=orders["size"].lag().over(own)
    )
    orders = orders.filter(orders.before.notnull())
    now = bought.select("order_id", "sku")
    then = bought.select(before="order_id", sku="sku")
    both = orders.select("order_id", "before").inner_join(now, "order_id")
    both = both.inner_join(then, ["before", "sku"]).group_by("order_id").agg(shared=ibis._.count())
    pairs = orders.left_join(both, "order_id")
    shared = pairs.shared.fill_null(0)
    pairs = pairs.mutate(alike=shared / (pairs["size"] + pairs.before_size - shared))
    people = pairs.group_by("customer_id").agg(
        alike=pairs.alike.mean(),
        times=pairs.count(),
        same=(pairs.alike == 1).sum(),
        day=pairs.day.max(),
    )
    return rows(
        people,
        "default_reorder",
        value=people.alike,
        day=people.day,
        strength=strength_of(people.times),
        detail=people.same.cast("string") + "/" + people.times.cast("string"),
    )
