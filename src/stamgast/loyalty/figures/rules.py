"""What points are worth in the books: values in, values out.

IFRS 15, B39 to B42: points that give a material right are a promise of their own. Part of the price
of what was sold is put aside for them, by relative stand-alone selling prices, and becomes revenue as
points are redeemed, in proportion to all that are expected to be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Number = int | Fraction | Decimal


def nearest(amount: Fraction) -> int:
    """Round to whole minor units, half away from zero."""
    sign = 1 if amount >= 0 else -1
    return sign * ((2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator))


# --- the books ----------------------------------------------------------------------------------


def deferred(sales_minor: int, points_value_minor: Number) -> int:
    """Return how much of the sales is put aside for the points that came with them.

    `points_value_minor` is what those points are worth alone: how many are expected to be redeemed,
    times what one is worth. The sales are worth their own price alone.
    """
    value = Fraction(points_value_minor)
    if sales_minor <= 0 or value <= 0:
        return 0
    return nearest(sales_minor * value / (sales_minor + value))


def recognised(deferred_minor: int, *, redeemed: int, expected: int, before_minor: int = 0) -> int:
    """Return the revenue of a period: cumulative, so that a new estimate is caught up at once.

    `redeemed` is the total so far, `expected` how many will be in the end as it is estimated now,
    `before_minor` what earlier periods took. Never more than was put aside.
    """
    if expected <= 0 or redeemed >= expected:
        return deferred_minor - before_minor
    so_far = nearest(Fraction(deferred_minor * redeemed, expected))
    return min(so_far, deferred_minor) - before_minor


def liability(points: int, *, point_value: Decimal, redeemed_share: float = 1.0) -> int:
    """Return what outstanding points stand for: how many will be redeemed, times their worth."""
    worth = Decimal(points) * point_value * Decimal(str(redeemed_share))
    return int(worth.to_integral_value(rounding=ROUND_HALF_UP))


# --- how many will be redeemed ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cohort:
    """The points of one month that is over: given, redeemed and expired, by their age in months."""

    granted: int
    redeemed: Sequence[int]  # per month of age, the first is the month they were given
    members: int


@dataclass(frozen=True, slots=True)
class Share:
    """A share with the limits between which four in five such shares fall."""

    value: float
    low: float
    high: float
    cohorts: int


def net_uses(uses: Sequence[int]) -> list[int]:
    """Return what was used per month of age, where points given back undo the latest use before."""
    found: list[int] = []
    for used in uses:
        found.append(max(used, 0))
        back = max(-used, 0)
        for age in reversed(range(len(found))):
            part = min(back, found[age])
            found[age], back = found[age] - part, back - part
    return found


def expected_redemption(cohorts: Sequence[Cohort], *, months: int) -> Share | None:
    """Return which share of points is redeemed within their life, by chain ladder over cohorts.

    Per month of age: what was redeemed in it of what was left at its start, over all cohorts that
    lived through it. The limits take the spread between cohorts and the few that are old for what
    they are (80 %). None when no age was seen by two cohorts.
    """
    rates, spreads = [], []
    for age in range(months):
        seen = [
            (cohort.redeemed[age], cohort.granted - sum(cohort.redeemed[:age]))
            for cohort in cohorts
            if len(cohort.redeemed) > age
        ]
        seen = [(used, left) for used, left in seen if left > 0]
        if len(seen) < 2:
            break
        total = sum(left for _, left in seen)
        rate = sum(used for used, _ in seen) / total
        squares = sum(left * (used / left - rate) ** 2 for used, left in seen)
        rates.append(rate)
        spreads.append(squares / ((len(seen) - 1) * total) * len(seen) / max(1, len(seen) - 1))
    if not rates:
        return None
    kept = math.prod(1 - rate for rate in rates)
    # What one more cohort would do: its own spread beside that of the estimate.
    relative = sum(
        spread * (1 + len(cohorts)) / (1 - rate) ** 2
        for rate, spread in zip(rates, spreads, strict=True)
        if rate < 1
    )
    half = 1.2816 * kept * math.sqrt(relative)
    value = 1 - kept
    return Share(value, max(0.0, value - half), min(1.0, value + half), len(cohorts))


# --- what a rule would have done ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """What a rule would have given in one month."""

    month: date  # its first day
    orders: int
    points: int


def by_month(given: Iterable[tuple[date, int]]) -> list[Month]:
    """Add points per order up by month, the oldest first."""
    found: dict[date, list[int]] = {}
    for day, points in given:
        found.setdefault(day.replace(day=1), []).append(points)
    return [Month(month, len(some), sum(some)) for month, some in sorted(found.items())]
