"""What is on record of customers themselves: where they live, who brought them, what is linked."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...tables import Column, TableError, business_day, check
from .rows import collect, rows

PEOPLE = (
    Column("customer_id", "id", "who"),
    Column("is_only_supplier", "flag", "nobody else delivers there", is_optional=True),
    Column("is_near_shop", "flag", "lives near the shop", is_optional=True),
    Column("has_integration", "flag", "their systems are linked to ours", is_optional=True),
    Column("warranty_until", "day", "last warranty or service plan ends", is_optional=True),
    Column("referred_by", "id", "customer who brought this one", is_optional=True),
    Column("since", "day", "day of the first purchase", is_optional=True),
)
FLAGS = {
    "is_only_supplier": "only_supplier",
    "is_near_shop": "near_shop",
    "has_integration": "account_integration",
}


def from_customers(customers: Any, *, as_of: date) -> ir.Table:
    """Return evidence from the columns of PEOPLE that the table has, up to the end of as_of.

    A flag that is true speaks for its bond; one that is false is the ordinary case and adds
    nothing. Who brought somebody who bought (`referred_by`, with `since`) has a referral per person
    brought. Refuses a table with none of these columns, or referred_by without since, with
    TableError. Lazy.
    """
    table = check(as_table(customers), PEOPLE)
    day = ibis.literal(business_day(as_of))
    found = []
    for name, indicator in FLAGS.items():
        if name in table.columns:
            told = table.filter(table[name])
            found.append(rows(told, indicator, value=1.0, day=day))
    if "warranty_until" in table.columns:
        told = table.filter(table.warranty_until > day)
        found.append(rows(told, "warranty", value=1.0, day=day, ends_on=told.warranty_until))
    if "referred_by" in table.columns:
        found.append(_referrals(check(table, PEOPLE, need=["since"]), as_of))
    if not found:
        names = ", ".join(column.name for column in PEOPLE[1:])
        raise TableError(f"the customers tell nothing of bonds; columns that do: {names}")
    return collect(*found)


def _referrals(table: ir.Table, as_of: date) -> ir.Table:
    brought = table.filter(table.referred_by.notnull(), table.since <= business_day(as_of))
    people = brought.group_by(customer_id=brought.referred_by).agg(
        times=brought.count(), day=brought.since.max()
    )
    return rows(people, "referral", value=1.0, day=people.day, detail=people.times.cast("string"))
