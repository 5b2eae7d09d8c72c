"""Who customers were just before their lot: nothing that came after it is looked at.

Every lot has its own day. All are brought to one common evening by moving the orders of each with
their lot, so that one pass over the orders tells what thousands of days would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import stages
from stamgast.scoring.then import BONDS_THEN, UNKNOWN, Then

EVENING = date(2000, 1, 1)  # any will do: it stands for the evening before each lot
MOST_EVENINGS = 12  # on which bonds are judged; earlier lots have unknown bonds
_FACTS = (
    "orders",
    "purchase_days",
    "days_silent",
    "elapsed_days",
    "mean_interval_days",
    "margin_past_year",
    "margin_per_purchase",
    "discount_share",
    "returns_rate",
)


def known_before(then: Then, pairs: ir.Table) -> ir.Table:
    """Return what was known of the customer of each pair on the evening before its day.

    `pairs` has pair (a number of its own), customer_id and day; the result adds the facts of
    `customer_facts`, stage and silence_share, kind of loyalty and the bonds in BONDS_THEN.
    """
    con = then.con
    pairs = con.create_table("pairs", pairs.select("pair", "customer_id", "day"), overwrite=True)
    moved = con.create_table("orders_moved", _moved(then.orders, pairs), overwrite=True)
    facts = con.create_table(
        "facts_before", customer_facts(moved, as_of=EVENING, is_trusted=True), overwrite=True
    )
    stood = stages(facts, then.rhythm, EVENING).select("customer_id", "stage", "silence_share")
    told = facts.select("customer_id", *_FACTS).inner_join(stood, "customer_id")
    told = told.select(*(name for name in told.columns if not name.endswith("_right")))
    told = told.rename(pair="customer_id")
    known = pairs.left_join(told, "pair").drop("pair_right")
    known = known.mutate(
        orders=known.orders.fill_null(0),
        purchase_days=known.purchase_days.fill_null(0),
        margin_past_year=known.margin_past_year.fill_null(0.0),
        stage=known.stage.fill_null("none"),
    )
    return con.create_table("known_before", _with_bonds(then, known), overwrite=True)


def _moved(orders: ir.Table, pairs: ir.Table) -> ir.Table:
    """Return the orders before each pair's day as those of a customer of its own."""
    both = orders.inner_join(pairs.rename(lot_day="day"), "customer_id")
    both = both.filter(both.day < both.lot_day)
    ago = both.lot_day.delta(both.day, unit="day")
    amounts = ("revenue", "margin", "discount", "returned")
    return both.select(
        "is_purchase",
        *amounts,
        customer_id=both.pair,
        day=(ibis.literal(EVENING + timedelta(days=1)) - ago.as_interval("D")).cast("date"),
    )


def _with_bonds(then: Then, known: ir.Table) -> ir.Table:
    days = [row["day"] for row in known.select("day").distinct().to_pyarrow().to_pylist()]
    evening_of = evenings_of(days)
    parts = []
    for number, evening in enumerate(sorted(set(evening_of.values()))):
        held = then.bonds_on(evening).mutate(evening=ibis.literal(evening))
        parts.append(then.con.create_table(f"bonds_before_{number}", held, overwrite=True))
    if not parts:
        nothing = {name: ibis.null("float64") for name in BONDS_THEN}
        return known.mutate(kind=ibis.literal(UNKNOWN), **nothing)
    bonds = parts[0]
    for part in parts[1:]:
        bonds = bonds.union(part)
    rows = [{"day": day, "evening": evening} for day, evening in evening_of.items()]
    looked = then.con.create_table("evenings", ibis.memtable(_dated(rows)), overwrite=True)
    with_evening = known.left_join(looked, "day").drop("day_right")
    told = with_evening.left_join(bonds, ["customer_id", "evening"])
    told = told.drop("customer_id_right", "evening_right", "evening")
    return told.mutate(kind=told.kind.fill_null(UNKNOWN))


def evenings_of(days: Iterable[date]) -> dict[date, date]:
    """Return per day the evening on which bonds are looked at: the last one before, or of a month.

    A few days each have their own evening; many share the end of the month before, and of those only
    the latest count.
    """
    wanted = sorted(set(days))
    if len(wanted) <= 3:
        return {day: day - timedelta(days=1) for day in wanted}
    ends = {day: day.replace(day=1) - timedelta(days=1) for day in wanted}
    latest = set(sorted(set(ends.values()))[-MOST_EVENINGS:])
    return {day: end for day, end in ends.items() if end in latest}


def _dated(rows: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    kinds = [("day", pa.date32()), ("evening", pa.date32())]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))
