"""From lots and orders to sums per arm: what each household brought before, during and after.

One pass over the orders serves all lots together: each order is held against the lots of its
customer. Lots take about 100 bytes of memory each, orders that fall in their periods about 80.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar

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
    BLOCK,
    DISCOUNT,
    ORDER,
    ORDERS_IN,
    PART,
    REDEEMED,
    REVENUE,
    WINDOW,
    add_homes,
    count,
    lay_orders,
    lay_parts,
    shared,
    tally,
)
from stamgast.insight.effect.sums import Sums
from stamgast.insight.engine import as_table
from stamgast.insight.tables import ORDERS, Column, TableError, check, refuse_broken_values

ASSIGNED = (
    Column("lot", "id", "which lot"),
    Column("unit_id", "id", "the household that drew the lot together"),
    Column("customer_id", "id", "a member of it, one row each"),
    Column("arm", "id", "what the lot gave"),
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
) -> dict[Any, dict[Any, Followed]]:
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
    if not lots.rows:
        return {}
    return lots.count(_sold(table, lots, as_of).to_pyarrow(), is_trusted=is_trusted)


def _sold(table: ir.Table, lots: _Lots, as_of: date) -> ir.Table:
    """Return the orders on days that any lot counts, with every column that is looked at."""
    known = table.filter(
        table.customer_id.notnull(),
        table.day <= as_of,
        table.day >= lots.first,
        table.day < lots.last,
    )
    usual: dict[str, Any] = {**dict.fromkeys(_SOLD, 0.0), **_FLAGS}
    told = {
        name: known[name].fill_null(value) if name in known.columns else ibis.literal(value)
        for name, value in usual.items()
    }
    kinds = {name: "float64" if name in _SOLD else "int8" for name in usual}
    columns = {name: value.cast(kinds[name]) for name, value in told.items()}
    return known.select("customer_id", "day", **columns)


class _Lots:
    """The lots in memory, and what the households of each arm of each lot bought."""

    def __init__(self, table: ir.Table) -> None:
        rows = table.select("lot", "arm", "unit_id", "customer_id", *_DAYS).to_pyarrow()
        self.rows = rows.num_rows
        self.lots, lot = _coded(rows["lot"])
        self.arms, arm = _coded(rows["arm"])
        self.groups = len(self.lots) * len(self.arms)
        self.group = lot * np.int32(len(self.arms)) + arm
        self.numbers = _Numbers(rows["customer_id"])
        self.customer = self.numbers.of(rows["customer_id"])
        self.days = tuple(_days(rows[name]) for name in _DAYS)
        unit = _whole(rows["unit_id"])
        # Which household of more than one row each is of, -1 where it is alone in it.
        self.home = np.full(self.rows, -1, dtype=np.int32)
        below = _at_once(lambda one: shared(lot, unit, one, SLICES, self.home))
        self.homes = np.full(max(below), -1, dtype=np.int32)  # and of which group each of them is
        is_shared = self.home >= 0
        self.homes[self.home[is_shared]] = self.group[is_shared]
        if self.rows:
            self.first, self.last = _day(self.days[0].min()), _day(self.days[3].max())

    def count(self, sold: pa.Table, *, is_trusted: bool) -> dict[Any, dict[Any, Followed]]:
        """Hold the orders against the lots of their customers, and add up per arm of each lot."""
        parts = (self.customer, self.days, self.group, self.home)
        batches = [self._batch(batch) for batch in sold.to_batches()]
        if not is_trusted and not all(
            np.isfinite(each).all() for _, _, amounts, _ in batches for each in amounts
        ):
            raise TableError("some amounts are no finite numbers; mend or leave out those rows")

        def of_slice(one: int) -> _Sums:
            """Count the customers of one slice of their numbers."""
            ends = self.numbers.slice(one)
            sums = _Sums.of(self.groups, len(self.homes))
            orders_at, orders = _laid(ends, ORDER, lay_orders, batches)
            drawn_at, drawn = _laid(ends, PART, lay_parts, [parts])
            count(orders_at, orders, drawn_at, drawn, sums.homes, sums.groups, sums.units)
            return sums

        found, *others = _at_once(of_slice)
        for other in others:
            for mine, theirs in zip(found, other, strict=True):
                np.add(mine, theirs, out=mine)
        add_homes(found.homes, self.homes, found.groups, found.units)
        return self._named(found)

    def _batch(self, batch: pa.RecordBatch) -> tuple[Any, ...]:
        """Return customers, days, amounts and flags of some orders."""
        amounts, flags = (tuple(batch[name].to_numpy() for name in of) for of in (_SOLD, _FLAGS))
        return self.numbers.of(batch["customer_id"]), _days(batch["day"]), amounts, flags

    def _named(self, found: _Sums) -> dict[Any, dict[Any, Followed]]:
        named: dict[Any, dict[Any, Followed]] = {}
        for group in np.flatnonzero(found.units):
            lot, arm = divmod(int(group), len(self.arms))
            named.setdefault(self.lots[lot].as_py(), {})[self.arms[arm].as_py()] = _followed(
                int(found.units[group]), *found.groups[group]
            )
        return named


def _laid(
    ends: tuple[int, int],
    kind: np.dtype[np.void],
    lay: Callable[..., None],
    batches: Sequence[tuple[Any, ...]],
) -> tuple[NDArray[np.int64], NDArray[np.void]]:
    """Lay the rows of a slice's customers together per block: where each begins, and the rows."""
    low, high = ends
    many = np.zeros((high - low) // BLOCK + 1, dtype=np.int64)
    for batch in batches:
        tally(batch[0], low, high, many)
    begin = np.concatenate(([0], many.cumsum()))
    rows, place = np.empty(begin[-1], dtype=kind), begin[:-1].copy()
    for batch in batches:
        lay(place, low, high, *batch, rows)
    return begin, rows


class _Sums(NamedTuple):
    """What the households of more than one row bought so far, and sums per group."""

    homes: NDArray[np.float64]
    groups: NDArray[np.float64]
    units: NDArray[np.int64]

    @classmethod
    def of(cls, groups: int, homes: int) -> _Sums:
        """Begin with nothing."""
        sums = np.zeros((groups, 4, AMOUNTS + 1))
        return cls(np.zeros((homes, AMOUNTS)), sums, np.zeros(groups, dtype=np.int64))


SLICES = 2  # of customers, counted at once; each holds sums of its own
Of = TypeVar("Of")


def _at_once(work: Callable[[int], Of]) -> list[Of]:
    """Do the work of each slice, in a thread each: the loops hold no interpreter lock."""
    with ThreadPoolExecutor(SLICES, "counting") as pool:
        return list(pool.map(work, range(SLICES)))


def _followed(
    n: int,
    total: NDArray[np.float64],
    square: NDArray[np.float64],
    crossed: NDArray[np.float64],
    bought: NDArray[np.float64],
) -> Followed:
    before = {"x": float(total[BEFORE]), "xx": float(square[BEFORE])}

    def margin(y: float, yy: float, xy: float, buyers: float) -> Sums:
        return Sums(n, float(y), float(yy), **before, xy=float(xy), buyers=int(buyers))

    return Followed(
        window=margin(total[WINDOW], square[WINDOW], crossed[WINDOW], bought[0]),
        after=margin(total[AFTER], square[AFTER], crossed[AFTER], bought[1]),
        whole=margin(total[-1], square[-1], crossed[-1], bought[2]),
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
    """Numbers for customers, close together: their own where those are, else by place.

    Those of somebody unknown lie below or beyond all others.
    """

    def __init__(self, column: pa.ChunkedArray) -> None:
        self.values, self.low, self.many = None, 0, 0
        if len(column) and pa.types.is_integer(column.type):
            ends = pc.min_max(column)
            self.low, high = ends["min"].as_py(), ends["max"].as_py()
            self.many = high - self.low + 1
        if not 0 < self.many < 20 * len(column) + 1000:
            self.values, self.low = pc.unique(column), 0
            self.many = len(self.values)

    def slice(self, one: int) -> tuple[int, int]:
        """Return from which number to below which a slice lies."""
        low, high = (self.low + self.many * place // SLICES for place in (one, one + 1))
        return low, high

    def of(self, column: pa.ChunkedArray) -> NDArray[np.int64]:
        """Return the number of each."""
        if self.values is not None:
            found = pc.fill_null(pc.index_in(column, value_set=self.values), -1)
            return np.asarray(found.to_numpy()).astype(np.int64)
        return np.asarray(column.cast(pa.int64()).to_numpy())


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
