"""The loops behind `outcomes`: orders past the lots of their customer, then sums per arm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.value.compiled import compiled

# What is kept per household, by column: amounts, then what is 1 where it holds.
BEFORE, WINDOW, AFTER, ORDERS_IN, REVENUE, DISCOUNT, ASSUMED, REDEEMED, BOUGHT, BOUGHT_LATER = (
    range(10)
)
AMOUNTS, FLAGS = 10, REDEEMED

Floats = NDArray[np.float64]
Flags = NDArray[np.int8]
Days = NDArray[np.int32]

# An order, and a customer's part in a lot. Customers go by number, counted from the first of a slice.
ORDER = np.dtype(
    [
        ("margin", np.float64),
        ("revenue", np.float64),
        ("discount", np.float64),
        ("customer", np.int32),
        ("day", np.int32),
        ("is_purchase", np.int8),
        ("is_assumed", np.int8),
    ]
)
PART = np.dtype(
    [
        ("customer", np.int32),
        ("before_from", np.int32),
        ("start", np.int32),
        ("until", np.int32),
        ("followed_until", np.int32),
        ("group", np.int32),
        ("home", np.int32),
    ]
)
# Rows are brought together in two steps, first in blocks of so many customers: what those bought fits
# a processor's cache, where hopping from customer to customer costs little.
BLOCK = 1 << 10


@compiled
def shared(
    lot: NDArray[np.int32],
    unit: NDArray[np.int64],
    one_of: int,
    slices: int,
    home: NDArray[np.int32],
) -> int:
    """Number the households that drew a lot with more than one row; of the others `home` stays -1.

    Looks at those that fall in one of so many slices, so that several can be looked through at once;
    returns below which number they lie.
    """
    size = 16
    while size * slices < 3 * len(lot):
        size *= 2
    row_at = np.full(size, -1, dtype=np.int32)  # an open table: the first row of each household
    many = 0
    for i in range(len(lot)):
        mixed = (unit[i] ^ (np.int64(lot[i]) << 40)) * np.int64(-7046029254386353131)
        mixed ^= (mixed >> 29) & 0x7FFFFFFFF
        if (mixed & 0xFF) % slices != one_of:
            continue
        slot = (mixed >> 8) & (size - 1)
        while row_at[slot] >= 0 and (lot[row_at[slot]] != lot[i] or unit[row_at[slot]] != unit[i]):
            slot = (slot + 1) & (size - 1)
        first = row_at[slot]
        if first < 0:
            row_at[slot] = i
        else:
            if home[first] < 0:
                home[first] = many * slices + one_of
                many += 1
            home[i] = home[first]
    return many * slices


@compiled
def tally(customer: NDArray[np.int64], low: int, high: int, many: NDArray[np.int64]) -> None:
    """Add up how many rows each block of the customers from low to below high has."""
    for i in range(len(customer)):
        if low <= customer[i] < high:
            many[(customer[i] - low) // BLOCK] += 1


@compiled
def lay_orders(
    place: NDArray[np.int64],
    low: int,
    high: int,
    customer: NDArray[np.int64],
    day: Days,
    amounts: tuple[Floats, ...],
    flags: tuple[Flags, ...],
    laid: NDArray[np.void],
) -> None:
    """Lay orders of the customers from low to below high with their block, in the order given.

    `place` has where the next of each block comes. `amounts` are margin, revenue and discount; `flags`
    whether it is a purchase, and whether its margin is assumed.
    """
    margin, revenue, discount = amounts
    is_purchase, is_assumed = flags
    for i in range(len(customer)):
        if low <= customer[i] < high:
            c = customer[i] - low
            order = laid[place[c // BLOCK]]
            place[c // BLOCK] += 1
            order.margin, order.revenue, order.discount = margin[i], revenue[i], discount[i]
            order.customer, order.day = c, day[i]
            order.is_purchase, order.is_assumed = is_purchase[i], is_assumed[i]


@compiled
def lay_parts(
    place: NDArray[np.int64],
    low: int,
    high: int,
    customer: NDArray[np.int64],
    days: tuple[Days, ...],
    group: NDArray[np.int32],
    home: NDArray[np.int32],
    laid: NDArray[np.void],
) -> None:
    """Lay the parts in lots of those customers alike; `days` bound their periods."""
    before_from, start, until, followed_until = days
    for i in range(len(customer)):
        if low <= customer[i] < high:
            c = customer[i] - low
            part = laid[place[c // BLOCK]]
            place[c // BLOCK] += 1
            part.customer, part.before_from, part.start = c, before_from[i], start[i]
            part.until, part.followed_until = until[i], followed_until[i]
            part.group, part.home = group[i], home[i]


@compiled
def by_customer(rows: NDArray[np.void], begin: NDArray[np.int64], laid: NDArray[np.void]) -> None:
    """Lay the rows of a block together per customer: the c-th has laid[begin[c]:begin[c + 1]]."""
    begin[:] = 0
    for i in range(len(rows)):  # counted two places on: handing out places moves each one back
        begin[rows[i].customer % BLOCK + 2] += 1
    for c in range(2, len(begin)):
        begin[c] += begin[c - 1]
    for i in range(len(rows)):
        c = rows[i].customer % BLOCK
        laid[begin[c + 1]] = rows[i]
        begin[c + 1] += 1


@compiled
def add(one: Floats, g: int, sums: Floats, units: NDArray[np.int64]) -> None:
    """Add one household to its group: sums, squares, products with the time before, and buyers.

    `sums` has per group four rows: of sums, squares and products, each with a column more for window
    and after together, and of how many bought in the window, after it, and in either.
    """
    before, whole = one[BEFORE], one[WINDOW] + one[AFTER]
    for k in range(AMOUNTS):
        sums[g, 0, k] += one[k]
        sums[g, 1, k] += one[k] * one[k]
        sums[g, 2, k] += one[k] * before
    sums[g, 0, AMOUNTS] += whole
    sums[g, 1, AMOUNTS] += whole * whole
    sums[g, 2, AMOUNTS] += whole * before
    sums[g, 3, 0] += one[BOUGHT] > 0
    sums[g, 3, 1] += one[BOUGHT_LATER] > 0
    sums[g, 3, 2] += one[BOUGHT] + one[BOUGHT_LATER] > 0
    units[g] += 1


@compiled
def count(
    orders_at: NDArray[np.int64],
    orders: NDArray[np.void],
    parts_at: NDArray[np.int64],
    parts: NDArray[np.void],
    homes: Floats,
    sums: Floats,
    units: NDArray[np.int64],
) -> None:
    """Hold each customer's orders against each of their lots, block by block.

    Block b has the orders orders[orders_at[b]:orders_at[b + 1]], and so the parts. What a household of
    one row bought is added to its group at once, that of the others to `homes`.
    """
    order_at, part_at = np.empty(BLOCK + 2, dtype=np.int64), np.empty(BLOCK + 2, dtype=np.int64)
    bought = np.empty(np.max(np.diff(orders_at)), dtype=ORDER)
    drawn = np.empty(np.max(np.diff(parts_at)), dtype=PART)
    for b in range(len(parts_at) - 1):
        by_customer(orders[orders_at[b] : orders_at[b + 1]], order_at, bought)
        by_customer(parts[parts_at[b] : parts_at[b + 1]], part_at, drawn)
        count_block(order_at, bought, part_at, drawn, homes, sums, units)


@compiled
def count_block(
    orders_at: NDArray[np.int64],
    orders: NDArray[np.void],
    parts_at: NDArray[np.int64],
    parts: NDArray[np.void],
    homes: Floats,
    sums: Floats,
    units: NDArray[np.int64],
) -> None:
    """Count the customers of one block, whose rows lie together."""
    one = np.zeros(AMOUNTS)
    for c in range(BLOCK):
        for k in range(parts_at[c], parts_at[c + 1]):
            part = parts[k]
            first, start, until, last = (
                part.before_from,
                part.start,
                part.until,
                part.followed_until,
            )
            before = after = 0.0
            has_later = False
            one[:] = 0.0
            for p in range(orders_at[c], orders_at[c + 1]):
                on, margin = orders[p].day, orders[p].margin
                before += margin if first <= on < start else 0.0
                is_after = until <= on < last
                after += margin if is_after else 0.0
                has_later |= is_after & (orders[p].is_purchase > 0)
                if start <= on < until:
                    one[WINDOW] += margin
                    one[REVENUE] += orders[p].revenue
                    one[DISCOUNT] += orders[p].discount
                    if orders[p].discount > 0:
                        one[REDEEMED] = 1.0
                    if orders[p].is_assumed:
                        one[ASSUMED] += margin
                    if orders[p].is_purchase:
                        one[ORDERS_IN] += 1.0
                        one[BOUGHT] = 1.0
            one[BEFORE], one[AFTER], one[BOUGHT_LATER] = before, after, 1.0 * has_later
            if part.home < 0:
                add(one, part.group, sums, units)
                continue
            for column in range(AMOUNTS):
                homes[part.home, column] += one[column]


@compiled
def add_homes(
    homes: Floats, group: NDArray[np.int32], sums: Floats, units: NDArray[np.int64]
) -> None:
    """Add households of several rows to their groups."""
    one = np.zeros(AMOUNTS)
    for home in range(len(group)):
        if group[home] >= 0:
            for k in range(AMOUNTS):
                one[k] = homes[home, k] if k < FLAGS else min(homes[home, k], 1.0)
            add(one, group[home], sums, units)
