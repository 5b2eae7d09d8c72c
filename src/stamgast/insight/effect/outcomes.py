"""From lots and orders to sums per arm: what each household brought before, during and after.

One pass over the orders serves all lots together. Households without any order are counted, never
listed: their outcome is zero, so they only add to the number of units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.effect.sums import Sums
from stamgast.insight.engine import as_table
from stamgast.insight.purchases import known_orders
from stamgast.insight.tables import Column, check, refuse_broken_values

ASSIGNED = (
    Column("lot", "id", "which lot"),
    Column("unit_id", "id", "the household that drew the lot together"),
    Column("customer_id", "id", "a member of it, one row each"),
    Column("arm", "text", "what the lot gave"),
    Column("before_from", "day", "first day of the time before"),
    Column("start", "day", "first day that counts, the same for the whole household"),
    Column("until", "day", "first day after the window"),
    Column("followed_until", "day", "first day after the time after; `until` if there is none"),
)
PERIODS = ("window", "after", "whole")


@dataclass(frozen=True)
class Followed:
    """The sums of one arm of one lot, over the window, the time after it, and both together."""

    window: Sums
    after: Sums
    whole: Sums


def period_sums(assigned: Any, orders: Any, *, as_of: date, is_trusted: bool = False) -> ir.Table:
    """Return one row per lot and arm: n, and for each period y, yy, x, xx, xy and buyers. Lazy.

    `assigned` follows the contract ASSIGNED, `orders` that of ORDERS with margin. Orders after
    as_of are left out; margin that is not known counts as zero. Columns are named y_window ... with
    x (margin of the time before, with xx) common to the periods. Refuses with TableError missing
    columns, and margins that are no numbers; that takes a pass over the orders, which `is_trusted`
    skips.
    """
    rows = check(as_table(assigned), ASSIGNED)
    table = as_table(orders)
    if not is_trusted:
        refuse_broken_values(table)
    known = known_orders(table, as_of=as_of)
    bought = known.select(
        "customer_id", "day", "is_purchase", margin=known.margin.cast("float64").fill_null(0.0)
    )
    theirs = rows.inner_join(
        bought,
        [
            rows.customer_id == bought.customer_id,
            bought.day >= rows.before_from,
            bought.day < rows.followed_until,
        ],
    )
    units = _per_unit(theirs)
    counts = rows.group_by("lot", "arm").agg(n=rows.unit_id.nunique())
    sums = units.group_by("lot", "arm").agg(**_sums(units))
    both = counts.left_join(sums, ["lot", "arm"])
    names = [name for name in sums.columns if name not in ("lot", "arm")]
    return both.select("lot", "arm", "n", **{name: both[name].fill_null(0) for name in names})


def _per_unit(theirs: ir.Table) -> ir.Table:
    """Add up what each unit bought before, in the window and after it; only units with orders."""
    is_in = {
        "x": theirs.day < theirs.start,
        "window": (theirs.day >= theirs.start) & (theirs.day < theirs.until),
        "after": theirs.day >= theirs.until,
    }
    lines = theirs.select(
        "lot",
        "arm",
        "unit_id",
        **{name: ibis.ifelse(of, theirs.margin, 0.0) for name, of in is_in.items()},
        **{
            f"bought_{name}": ibis.ifelse(of & theirs.is_purchase, 1, 0)
            for name, of in is_in.items()
            if name != "x"
        },
    )
    grouped = lines.group_by("lot", "arm", "unit_id").agg(
        **{name: lines[name].sum() for name in is_in},
        **{name: lines[name].max() for name in ("bought_window", "bought_after")},
    )
    return grouped.mutate(
        whole=grouped.window + grouped.after,
        bought_whole=ibis.greatest(grouped.bought_window, grouped.bought_after),
    )


def _sums(units: ir.Table) -> dict[str, Any]:
    found: dict[str, Any] = {"x": units.x.sum(), "xx": (units.x * units.x).sum()}
    for period in PERIODS:
        y = units[period]
        found[f"y_{period}"] = y.sum()
        found[f"yy_{period}"] = (y * y).sum()
        found[f"xy_{period}"] = (units.x * y).sum()
        found[f"buyers_{period}"] = units[f"bought_{period}"].sum()
    return found


def followed(
    assigned: Any, orders: Any, *, as_of: date, is_trusted: bool = False
) -> dict[Any, dict[str, Followed]]:
    """Return per lot and arm the sums of each period; `period_sums` says what is needed."""
    found: dict[Any, dict[str, Followed]] = {}
    sums = period_sums(assigned, orders, as_of=as_of, is_trusted=is_trusted)
    for row in sums.to_pyarrow().to_pylist():
        found.setdefault(row["lot"], {})[row["arm"]] = Followed(*_read(row))
    return found


def _read(row: dict[str, Any]) -> Iterator[Sums]:
    for period in PERIODS:
        y, yy, xy, buyers = (row[f"{name}_{period}"] for name in ("y", "yy", "xy", "buyers"))
        yield Sums(row["n"], y, yy, row["x"], row["xx"], xy, int(buyers))
