"""From lots and orders to sums per arm: what each household brought before, during and after.

One pass over the orders serves all lots together: each order is held against the lots of its
customer. Lots take about 150 bytes of memory each, orders that fall in their periods about 40.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stamgast.insight.effect.outcomes_loops import (
    AFTER,
    AMOUNTS,
    ASSUMED,
    BEFORE,
    DISCOUNT,
    ORDERS_IN,
    REDEEMED,
    REVENUE,
    WINDOW,
    add_up,
    count,
    near,
    number,
    together,
)
from stamgast.insight.effect.sums import Sums
from stamgast.insight.engine import as_table
from stamgast.insight.tables import ORDERS, Column, TableError, check, refuse_broken_values

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
_DAYS = ("before_from", "start", "until", "followed_until")
_SOLD = ("margin", "revenue", "discount")
_FLAGS = {"is_purchase": True, "is_margin_assumed": False}  # and what a table without it means


@dataclass(frozen=True)
class Followed:
    """One arm of one lot: margin over the window, the time after it and both, and what else.

    `orders` and `revenue` are per unit over the window; `discount` given, `redeemers` (units that
    got any) and `assumed` (margin that rests on an assumed rate) are totals over the window.
    """

    window: Sums
    after: Sums
    whole: Sums
    orders: Sums
    revenue: Sums
    discount: float
    redeemers: int
    assumed: float


def followed(
    assigned: Any, orders: Any, *, as_of: date, is_trusted: bool = False
) -> dict[Any, dict[str, Followed]]:
    """Return per lot and arm the sums of each period.

    `assigned` follows the contract ASSIGNED; `orders` that of ORDERS with margin, and may have the
    flag `is_margin_assumed`. Orders after as_of are left out; margin that is not known counts as
    zero. Values of a table that `is_trusted` are not looked at. Refuses with TableError missing
    columns, and margins that are no numbers.
    """
    lots = _Lots(check(as_table(assigned), ASSIGNED))
    table = check(as_table(orders), ORDERS, need=("margin",))
    if not is_trusted:
        refuse_broken_values(table)
    if lots.rows:
        lots.count(_sold(table, lots, as_of).to_pyarrow(), is_trusted=is_trusted)
    return lots.sums()


def _sold(table: ir.Table, lots: _Lots, as_of: date) -> ir.Table:
    """Return the orders on days that any lot counts, with every column that is looked at."""
    known = table.filter(
        table.customer_id.notnull(),
        table.day <= as_of,
        table.day >= lots.first,
        table.day < lots.last,
    )
    amounts = {
        name: (known[name].cast("float64") if name in known.columns else _nothing()).fill_null(0.0)
        for name in _SOLD
    }
    flags = {
        name: (known[name] if name in known.columns else ibis.literal(usual)).fill_null(usual)
        for name, usual in _FLAGS.items()
    }
    return known.select("customer_id", "day", **amounts, **flags)


def _nothing() -> ir.Value:
    return ibis.null("float64")


class _Lots:
    """The lots in memory, those of a customer together, and what their households bought so far."""

    def __init__(self, table: ir.Table) -> None:
        rows = table.select("lot", "arm", "unit_id", "customer_id", *_DAYS).to_pyarrow()
        self.rows = rows.num_rows
        self.lots, lot = _coded(rows["lot"])
        self.arms, arm = _coded(rows["arm"])
        self.customers = _Numbers(rows["customer_id"])
        self.places, order = together(self.customers.of(rows["customer_id"]), self.customers.many)
        lot, arm = lot[order], arm[order]
        # Numbered as customers lie, so that one customer's households are near each other.
        self.unit, units = number(lot, _whole(rows["unit_id"])[order])
        self.group = np.zeros(units, dtype=np.int64)
        self.group[self.unit] = lot.astype(np.int64) * len(self.arms) + arm
        self.days = np.stack([_days(rows[name])[order] for name in _DAYS], axis=1)
        self.amounts = np.zeros((units, AMOUNTS))
        if self.rows:
            self.first = _day(self.days[:, 0].min())
            self.last = _day(self.days[:, 3].max())

    def count(self, sold: pa.Table, *, is_trusted: bool) -> None:
        """Add orders to what the households of their customers bought."""
        margin, revenue, discount = (sold[name].to_numpy() for name in _SOLD)
        amounts = (margin, revenue, discount)
        if not is_trusted and not all(np.isfinite(each).all() for each in amounts):
            raise TableError("some amounts are no finite numbers; mend or leave out those rows")
        bought_at, bought = together(self.customers.of(sold["customer_id"]), self.customers.many)
        count(
            bought_at,
            bought,
            _days(sold["day"])[bought],
            margin[bought],
            revenue,
            discount,
            sold["is_purchase"].to_numpy(),
            sold["is_margin_assumed"].to_numpy(),
            self.places,
            self.days,
            self.unit,
            self.amounts,
        )

    def sums(self) -> dict[Any, dict[str, Followed]]:
        """Add up over the households of each arm of each lot."""
        groups = len(self.lots) * len(self.arms)
        totals = np.zeros((groups, AMOUNTS))
        squares = np.zeros((groups, AMOUNTS + 1))  # the last: of window and after together
        crossed = np.zeros((groups, AMOUNTS + 1))  # with the time before
        bought = np.zeros((groups, 3), dtype=np.int64)
        add_up(self.amounts, self.group, totals, squares, crossed, bought)
        units = np.bincount(self.group, minlength=groups)
        found: dict[Any, dict[str, Followed]] = {}
        for group in np.flatnonzero(units):
            lot, arm = divmod(int(group), len(self.arms))
            found.setdefault(self.lots[lot].as_py(), {})[self.arms[arm].as_py()] = _followed(
                int(units[group]), totals[group], squares[group], crossed[group], bought[group]
            )
        return found


def _followed(
    n: int,
    total: NDArray[np.float64],
    square: NDArray[np.float64],
    crossed: NDArray[np.float64],
    bought: NDArray[np.int64],
) -> Followed:
    before = {"x": float(total[BEFORE]), "xx": float(square[BEFORE])}

    def margin(y: float, yy: float, xy: float, buyers: int) -> Sums:
        return Sums(n, float(y), float(yy), **before, xy=float(xy), buyers=int(buyers))

    whole = total[WINDOW] + total[AFTER]
    return Followed(
        window=margin(total[WINDOW], square[WINDOW], crossed[WINDOW], bought[0]),
        after=margin(total[AFTER], square[AFTER], crossed[AFTER], bought[1]),
        whole=margin(whole, square[-1], crossed[-1], bought[2]),
        orders=_plain(n, total, square, ORDERS_IN, int(bought[0])),
        revenue=_plain(n, total, square, REVENUE, int(bought[0])),
        discount=float(total[DISCOUNT]),
        redeemers=round(total[REDEEMED]),
        assumed=float(total[ASSUMED]),
    )


def _plain(
    n: int, total: NDArray[np.float64], square: NDArray[np.float64], of: int, buyers: int
) -> Sums:
    return Sums(n, float(total[of]), float(square[of]), buyers=buyers)


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return the distinct values of a column, and per row which one it is."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):  # a column without rows
        return pa.array([], column.type), np.zeros(0, dtype=np.int32)
    return coded.dictionary, coded.indices.to_numpy()


class _Numbers:
    """Small numbers for customers: their own, where those lie close together, else by place."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self.values, self.low, self.many = None, 0, 0
        if len(column) and pa.types.is_integer(column.type):
            ends = pc.min_max(column)
            self.low, high = ends["min"].as_py(), ends["max"].as_py()
            self.many = high - self.low + 1
        if not 0 < self.many < 20 * len(column) + 1000:
            self.values, self.low = pc.unique(column), 0
            self.many = len(self.values)

    def of(self, column: pa.ChunkedArray) -> NDArray[np.int64]:
        """Return the number of each, -1 for somebody unknown."""
        if self.values is not None:
            found = pc.fill_null(pc.index_in(column, value_set=self.values), -1)
            return np.asarray(found.to_numpy()).astype(np.int64)
        return near(column.cast(pa.int64()).to_numpy(), self.low, self.many)


def _whole(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return whole numbers that tell values apart."""
    if pa.types.is_integer(column.type):
        return np.asarray(column.to_numpy()).astype(np.int64)
    return _coded(column)[1].astype(np.int64)


def _days(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
    found: NDArray[np.int32] = column.cast(pa.date32()).cast(pa.int32()).to_numpy()
    return found


def _day(number: np.int32) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(number))
