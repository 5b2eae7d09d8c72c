"""What orders tell of bonds: discounts, buying at full price, and the same day of the week."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...purchases import known_orders, purchase_days
from .rows import collect, rows, strength_of

FEWEST_WEEKDAYS = 4  # purchase days before a usual day of the week can be seen
_WEEKDAY_MORE = 3.0


def from_orders(orders: Any, *, as_of: date) -> ir.Table:
    """Return evidence from orders (the contract of `tables.ORDERS`) up to the end of as_of.

    Indicators: same_weekday and, where orders tell their discount, discount_share, no_offer_needed
    and early_full_price. Refuses orders that break their contract with TableError. Lazy.
    """
    table = as_table(orders)
    known = known_orders(table, as_of=as_of)
    found = [_same_weekday(known)]
    if "discount" in table.columns:
        bought = _purchases(known)
        found += [_discount_share(bought), _no_offer_needed(bought), _early_full_price(bought)]
    return collect(*found)


def _purchases(known: ir.Table) -> ir.Table:
    """Return the purchases whose discount is known, each with whether it was on the first day."""
    kept = known.filter(known.is_purchase, known.discount.notnull())
    first = kept.day.min().over(ibis.window(group_by="customer_id"))
    return kept.select(
        "customer_id", "day", is_discounted=kept.discount > 0, is_first=kept.day == first
    )


def _discount_share(bought: ir.Table) -> ir.Table:
    """How much of what they came back for was at a discount; a welcome code is not dependence."""
    again = bought.filter(~bought.is_first)
    people = again.group_by("customer_id").agg(
        times=again.count(), discounted=again.is_discounted.sum(), day=again.day.max()
    )
    return rows(
        people,
        "discount_share",
        value=people.discounted / people.times,
        day=people.day,
        strength=strength_of(people.times),
        detail=_of(people.discounted, people.times),
    )


def _no_offer_needed(bought: ir.Table) -> ir.Table:
    """Full price more often than is usual here; in a shop without discounts it says nothing."""
    usual = bought.aggregate(share=_share(~bought.is_discounted)).as_scalar()
    again = bought.filter(~bought.is_first)
    people = again.group_by("customer_id").agg(
        times=again.count(), full=(~again.is_discounted).sum(), day=again.day.max()
    )
    people = people.mutate(usual=usual).filter(lambda t: t.usual < 1)
    return rows(
        people,
        "no_offer_needed",
        value=0.5 + (people.full / people.times - people.usual) / 2,
        day=people.day,
        strength=strength_of(people.times),
        detail=_of(people.full, people.times),
    )


def _early_full_price(bought: ir.Table) -> ir.Table:
    """Began at full price, against how many here do; without any discounts that says nothing."""
    first = bought.filter(bought.is_first)
    usual = first.aggregate(share=_share(~first.is_discounted)).as_scalar()
    people = first.group_by("customer_id").agg(
        full=(~first.is_discounted).all(), day=first.day.min()
    )
    people = people.mutate(usual=usual).filter(lambda t: t.usual < 1)
    return rows(
        people,
        "early_full_price",
        value=0.5 + (ibis.ifelse(people.full, 1.0, 0.0) - people.usual) / 2,
        day=people.day,
        detail=ibis.ifelse(people.full, "full_price", "discount"),
    )


def _same_weekday(known: ir.Table) -> ir.Table:
    """How often two purchases fall on the same day of the week, beyond one in seven by chance.

    Comparing pairs keeps few purchases from looking regular, which the share of the most usual day
    would not.
    """
    days = purchase_days(known)
    per_day = days.group_by("customer_id", weekday=days.day.day_of_week.index()).agg(
        times=days.count(), day=days.day.max()
    )
    people = per_day.group_by("customer_id").agg(
        pairs=(per_day.times * (per_day.times - 1)).sum(),
        times=per_day.times.sum(),
        day=per_day.day.max(),
        weekday=per_day.weekday.argmax(per_day.times * 8 + per_day.weekday),
    )
    people = people.filter(people.times >= FEWEST_WEEKDAYS)
    alike = people.pairs / (people.times * (people.times - 1))
    return rows(
        people,
        "same_weekday",
        value=ibis.least(ibis.greatest((alike - 1 / 7) / (6 / 7), 0.0), 1.0),
        day=people.day,
        strength=(people.times - 1) / (people.times + _WEEKDAY_MORE),
        detail=people.weekday,
    )


def _of(part: Any, whole: Any) -> Any:
    """Write "3/10": so many of so many."""
    return part.cast("int64").cast("string") + "/" + whole.cast("int64").cast("string")


def _share(flags: ir.BooleanColumn) -> ir.FloatingScalar:
    """Return the share of rows that are true; not every engine takes the mean of a flag."""
    return flags.sum().cast("float64") / flags.count().nullif(0)
