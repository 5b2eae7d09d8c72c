"""What binds to a system that was bought here: owning it, and buying what only fits it."""

from __future__ import annotations

import ibis.expr.types as ir

from .rows import rows, strength_of


def platform_owned(people: ir.Table) -> ir.Table:
    """Tell who bought a system. Who bought none may have one from elsewhere, which tells nothing.

    `people` has a row per customer with platform_day (the last day on which they bought one, or
    null).
    """
    owners = people.filter(people.platform_day.notnull())
    return rows(owners, "platform_owned", value=1.0, day=owners.platform_day)


def consumables_bought(people: ir.Table) -> ir.Table:
    """Tell the share of their orders with something that only fits a system, where anybody did.

    `people` has a row per customer with orders, consumables (how many of those orders), day (of
    the last) and any_is_consumable (whether anybody bought such a product).
    """
    told = people.filter(people.any_is_consumable)
    return rows(
        told,
        "consumables_bought",
        value=told.consumables / told.orders,
        day=told.day,
        strength=strength_of(told.orders),
        detail=told.consumables.cast("string") + "/" + told.orders.cast("string"),
    )
