"""Simulated campaigns whose effect is known, to try on what the readings promise.

Everyone is assigned on one day, or they come in one by one; then purchases accrue day by day.
Customers differ in how often they buy and what they spend; margins have a heavy tail, some come
back as returns. Worlds differ in when purchases fall, since that is what theory leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.effect.sums import Sums

COST_OF_RETURN = 0.3  # of the margin an order would have brought
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """How customers of a simulated shop buy while a campaign is followed."""

    name: str
    purchases: float = 0.6  # per customer over the whole period, on average
    likeness: float = 0.8  # shape of the gamma distribution of their rates; small: very unlike
    between: float = 0.5  # spread of what customers spend, of the logarithm
    within: float = 0.9  # spread of what one customer spends
    margin: float = 12.0  # mean of an order
    returned: float = 0.06  # share of orders that come back and cost
    early: float = 1.0  # above one: purchases fall late in the period, below one: early
    is_regular: bool = False  # the same gap between purchases, rather than at random
    staggered: float = 0.0  # share of the period over which customers come in


WORLDS = (
    World("usual"),
    World("rare", purchases=0.15, likeness=0.4),
    World("frequent", purchases=6.0, likeness=1.5),
    World("very unlike", purchases=1.5, likeness=0.15),
    World("heavy tail", within=1.4),
    World("early", early=0.4),
    World("late", early=3.0),
    World("regular", purchases=4.0, likeness=5.0, within=0.3, is_regular=True),
    World("staggered", staggered=0.7),
)


@dataclass(frozen=True)
class Orders:
    """Orders of one simulated campaign, by day: whose, when (0 to `days` - 1), what they brought."""

    unit: Ints
    day: Ints
    margin: Floats
    is_treated: NDArray[np.bool_]  # per unit
    days: int


def campaign(
    world: World,
    dice: np.random.Generator,
    *,
    units: int,
    control: float,
    days: int = 90,
    lift: float = 0.0,
) -> Orders:
    """Draw a campaign; the treated buy `lift` more often than they would have (0.1: a tenth)."""
    is_treated = dice.random(units) >= control
    rate = dice.gamma(world.likeness, world.purchases / world.likeness, units)
    rate = rate * np.where(is_treated, 1 + lift, 1.0)
    entry = dice.random(units) * world.staggered
    unit, moment = _moments(world, rate, dice)
    moment = entry[unit] + moment * (1 - world.staggered)
    own = np.exp(world.between * dice.standard_normal(units) - world.between**2 / 2)
    noise = np.exp(world.within * dice.standard_normal(len(unit)) - world.within**2 / 2)
    margin = world.margin * own[unit] * noise
    margin = np.where(dice.random(len(unit)) < world.returned, -COST_OF_RETURN * margin, margin)
    day = np.minimum((moment * days).astype(np.int64), days - 1)
    order = np.argsort(day, kind="stable")
    return Orders(unit[order], day[order], margin[order], is_treated, days)


def _moments(world: World, rate: Floats, dice: np.random.Generator) -> tuple[Ints, Floats]:
    """Return whose purchases fall when within the period, as shares of it."""
    if world.is_regular:
        many = np.floor(rate + dice.random(len(rate))).astype(np.int64)
        unit = np.repeat(np.arange(len(rate)), many)
        place = np.arange(len(unit)) - np.repeat(np.cumsum(many) - many, many)
        start = dice.random(len(rate))
        return unit, (place + start[unit]) / many[unit]
    many = dice.poisson(rate)
    unit = np.repeat(np.arange(len(rate)), many)
    return unit, dice.random(len(unit)) ** (1 / world.early)


def expected_effect(world: World, lift: float, days: int, dice: np.random.Generator) -> Floats:
    """Return the true effect per unit up to the end of each day."""
    order = world.margin * (1 - world.returned * (1 + COST_OF_RETURN))
    # When purchases fall has no short formula for all worlds; so many draws leave no noise.
    drawn = campaign(world, dice, units=int(2e5 / world.purchases), control=0.0, days=days)
    passed = np.cumsum(np.bincount(drawn.day, minlength=days)) / len(drawn.day)
    return np.asarray(lift * world.purchases * order * passed)


def daily(orders: Orders) -> list[tuple[Sums, Sums]]:
    """Return the sums of treated and control so far, at the end of each day."""
    return list(zip(*(_arm_by_day(orders, which) for which in (True, False)), strict=True))


def _arm_by_day(orders: Orders, is_treated: bool) -> list[Sums]:
    n = int((orders.is_treated == is_treated).sum())
    of = np.flatnonzero(orders.is_treated[orders.unit] == is_treated)
    of = of[np.lexsort((orders.day[of], orders.unit[of]))]
    unit, day, margin = orders.unit[of], orders.day[of], orders.margin[of]
    is_first = np.ones(len(of), dtype=bool)
    is_first[1:] = unit[1:] != unit[:-1]
    total = np.cumsum(margin)
    began = np.maximum.accumulate(np.where(is_first, np.arange(len(of)), 0))
    after = total - (total[began] - margin[began])
    squares = after**2 - (after - margin) ** 2
    y, yy, buyers = (
        np.cumsum(np.bincount(day, each, orders.days))
        for each in (margin, squares, is_first.astype(float))
    )
    return [Sums(n, float(y[d]), float(yy[d]), buyers=int(buyers[d])) for d in range(orders.days)]
