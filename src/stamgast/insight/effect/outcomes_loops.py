"""The loops behind `outcomes`: orders past the lots of their customer, then sums per arm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.value.compiled import compiled

# What is kept per household, by column.
BEFORE, WINDOW, AFTER, ORDERS_IN, REVENUE, DISCOUNT, REDEEMED, ASSUMED, BOUGHT, BOUGHT_LATER = (
    range(10)
)
AMOUNTS = 10

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@compiled
def near(value: NDArray[np.int64], low: int, many: int) -> NDArray[np.int64]:
    """Return each number less the lowest, -1 where it lies outside."""
    found = np.empty(len(value), dtype=np.int64)
    for i in range(len(value)):
        number = value[i] - low
        found[i] = number if 0 <= number < many else -1
    return found


@compiled
def together(customer: NDArray[np.int64], many: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each customer's rows begin once they lie together, and the rows in that order.

    Rows of nobody (-1) are left out.
    """
    places = np.zeros(many + 1, dtype=np.int64)
    for i in range(len(customer)):
        if customer[i] >= 0:
            places[customer[i] + 1] += 1
    for c in range(many):
        places[c + 1] += places[c]
    order = np.empty(places[many], dtype=np.int64)
    next_place = places[:-1].copy()
    for i in range(len(customer)):
        if customer[i] >= 0:
            order[next_place[customer[i]]] = i
            next_place[customer[i]] += 1
    return places, order


@compiled
def number(lot: NDArray[np.int32], unit: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Number the households of all lots in the order in which they appear; returns how many too."""
    size = 16
    while size < 2 * len(lot):
        size *= 2
    row_at = np.full(size, -1, dtype=np.int64)  # an open table: the first row of each household
    found = np.empty(len(lot), dtype=np.int64)
    many = 0
    for i in range(len(lot)):
        mixed = (unit[i] ^ (np.int64(lot[i]) << 40)) * np.int64(-7046029254386353131)
        slot = (mixed ^ (mixed >> 29)) & (size - 1)
        while row_at[slot] >= 0 and (lot[row_at[slot]] != lot[i] or unit[row_at[slot]] != unit[i]):
            slot = (slot + 1) & (size - 1)
        if row_at[slot] < 0:
            row_at[slot] = i
            found[i] = many
            many += 1
        else:
            found[i] = found[row_at[slot]]
    return found, many


@compiled
def count(
    bought_at: NDArray[np.int64],
    bought: NDArray[np.int64],
    day: NDArray[np.int32],
    margins: Floats,
    revenues: Floats,
    discounts: Floats,
    is_purchase: Flags,
    is_assumed: Flags,
    places: NDArray[np.int64],
    days: NDArray[np.int32],
    unit: NDArray[np.int64],
    found: Floats,
) -> None:
    """Hold each order against the lots of its customer, customer by customer.

    Customer c has the orders bought[bought_at[c]:bought_at[c + 1]] and the lots
    places[c]:places[c + 1], with the bounds of their periods in `days`. `day` and `margins`, which are
    looked at most, lie in the order of `bought` already; the rest lies as it was read.
    """
    for c in range(len(places) - 1):
        if places[c] == places[c + 1]:
            continue
        for p in range(bought_at[c], bought_at[c + 1]):
            i, margin, on = bought[p], margins[p], day[p]
            for k in range(places[c], places[c + 1]):
                if on < days[k, 0] or on >= days[k, 3]:
                    continue
                home = unit[k]
                if on < days[k, 1]:
                    found[home, BEFORE] += margin
                elif on < days[k, 2]:
                    found[home, WINDOW] += margin
                    found[home, REVENUE] += revenues[i]
                    found[home, DISCOUNT] += discounts[i]
                    if discounts[i] > 0:
                        found[home, REDEEMED] = 1.0
                    if is_assumed[i]:
                        found[home, ASSUMED] += margin
                    if is_purchase[i]:
                        found[home, ORDERS_IN] += 1.0
                        found[home, BOUGHT] = 1.0
                else:
                    found[home, AFTER] += margin
                    if is_purchase[i]:
                        found[home, BOUGHT_LATER] = 1.0


@compiled
def add_up(
    found: Floats,
    group: NDArray[np.int64],
    totals: Floats,
    squares: Floats,
    crossed: Floats,
    bought: NDArray[np.int64],
) -> None:
    """Add households up per group: sums, squares, products with the time before, and buyers."""
    last = squares.shape[1] - 1
    for home in range(len(group)):
        g, before = group[home], found[home, BEFORE]
        for k in range(found.shape[1]):
            value = found[home, k]
            totals[g, k] += value
            squares[g, k] += value * value
            crossed[g, k] += value * before
        whole = found[home, WINDOW] + found[home, AFTER]
        squares[g, last] += whole * whole
        crossed[g, last] += whole * before
        bought[g, 0] += found[home, BOUGHT] > 0
        bought[g, 1] += found[home, BOUGHT_LATER] > 0
        bought[g, 2] += found[home, BOUGHT] + found[home, BOUGHT_LATER] > 0
