"""Simulated shops whose weekly purchases are known to the last cause, to try the radar on.

They are not made the way the radar thinks: peaks that are no waves, swings that last, promotions,
parts that drift apart, growth that flattens. What is found here is found in spite of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from stamgast.insight.radar.expectation import Array
from stamgast.insight.radar.year import WEEK, monday, regressors, usual_holidays

BEGINS = monday(date(2019, 1, 10))
PARTS = {"country": (0.6, 0.3, 0.1), "channel": (0.7, 0.3), "category": (0.4, 0.3, 0.2, 0.1)}
SERIES = 1 + sum(len(shares) for shares in PARTS.values())


@dataclass(frozen=True)
class World:
    """How weeks swing in a simulated shop; standard deviations are of the logarithm."""

    name: str
    volume: tuple[float, float] = (30.0, 2000.0)  # purchases a week at the start
    growth: float = 0.2  # of growth per year
    drift: float = 0.01  # of the level, per week
    swing: float = 0.06  # of a week by itself
    lasting: float = 0.05  # of a swing that fades over weeks
    fade: float = 0.4
    season: float = 0.2
    christmas: float = 0.3  # of a peak in December, and of a dip after it
    promotions: float = 0.04  # how many weeks have one
    flattening: float = 0.0  # extra growth in the first year, gone after two


WORLDS = (
    World("usual"),
    World("calm", drift=0.003, lasting=0.0, christmas=0.0, promotions=0.0),
    World("restless", drift=0.02, swing=0.12, lasting=0.1, fade=0.6),
    World("small", volume=(8.0, 40.0)),
    World("large", volume=(2000.0, 50_000.0)),
    World("Christmas trade", season=0.3, christmas=0.9),
    World("many promotions", promotions=0.15),
    World("young", flattening=1.0),
)


def shops(
    world: World,
    many: int,
    weeks: int,
    dice: np.random.Generator,
    *,
    drop: float = 0.0,
    start: int = 0,
    volume: float | None = None,
) -> Array:
    """Draw shops: weeks x (shops times SERIES) purchases, of each shop the whole before its parts.

    From week `start` on all purchases drop by a share `drop`.
    """
    rate = np.exp(_log_rates(world, many, weeks, dice, volume))
    rate[start:] *= 1 - drop
    swing = world.swing**2
    sold: Array = dice.poisson(rate * dice.gamma(1 / swing, swing, rate.shape)).astype(float)
    parts = [_split(sold, np.array(shares), world.drift, dice) for shares in PARTS.values()]
    return np.concatenate([sold[..., None], *parts], axis=2).reshape(weeks, many * SERIES)


def _log_rates(
    world: World, many: int, weeks: int, dice: np.random.Generator, volume: float | None
) -> Array:
    low, high = np.log(world.volume)
    at = np.arange(weeks)[:, None]
    level = np.full(many, np.log(volume)) if volume else dice.uniform(low, high, many)
    log_rate = level + dice.normal(0, world.growth, many) * at / 52
    log_rate = log_rate + world.flattening * (1 - np.exp(-at / 40))
    log_rate += np.cumsum(dice.normal(0, world.drift, (weeks, many)), axis=0)
    days = [BEGINS + WEEK * n for n in range(weeks)]
    waves = regressors(days, {})[:, 3:7]
    log_rate += world.season * waves @ dice.normal(0, 1, (4, many)) * [[0.7]]
    log_rate += _christmas(days) @ (world.christmas * np.abs(dice.normal(0, 1, (2, many))))
    lingering = np.zeros(many)
    for week in range(weeks):
        fresh = dice.normal(0, world.lasting * np.sqrt(1 - world.fade**2), many)
        lingering = world.fade * lingering + fresh
        log_rate[week] += lingering
    is_promotion = dice.random((weeks, many)) < world.promotions
    log_rate += is_promotion * np.log(dice.uniform(1.2, 1.8, (weeks, many)))
    return np.asarray(log_rate)


def _christmas(days: list[date]) -> Array:
    """Return a peak that grows towards Christmas, and a dip after it: weeks x 2."""
    until = np.array([(date(day.year, 12, 21) - day).days / 7 for day in days])
    peak = np.where(until >= 0, np.exp(-until / 2.0), 0.0)
    since = np.array([(day - date(day.year, 1, 1)).days / 7 for day in days])
    return np.stack([peak, -0.7 * np.exp(-since / 1.5)], axis=1)


def _split(sold: Array, shares: Array, drift: float, dice: np.random.Generator) -> Array:
    """Divide each week's purchases among parts whose shares drift."""
    wander = np.cumsum(dice.normal(0, drift, (*sold.shape, len(shares))), axis=0)
    weight = shares * np.exp(wander)
    weight /= weight.sum(axis=2, keepdims=True)
    divided: Array = dice.multinomial(sold.astype(np.int64), weight).astype(float)
    return divided


def holidays(weeks: int) -> dict[str, list[date]]:
    """Return the holidays that the simulated shops know."""
    last = BEGINS + WEEK * weeks
    return usual_holidays(range(BEGINS.year - 1, last.year + 1))


def orders_around(
    customers: int, dice: np.random.Generator, *, days: int, start: int, drop: float
) -> pa.Table:
    """Draw orders of customers who each like what an event is about more or less.

    Of the purchases of it a share `drop` does not happen from day `start` on. Customers come and
    go, the year has a season, weeks swing, and so does the taste for what the event is about.
    Columns: customer_id, day, is_touched.
    """
    pace = dice.gamma(0.8, 1 / 60, customers)
    born = dice.uniform(-900, days, customers)
    first = np.maximum(born, 0)
    span = np.maximum(np.minimum(born + dice.exponential(700, customers), days) - first, 0)
    who = np.repeat(np.arange(customers), dice.poisson(pace * span * 1.6))
    day = (first[who] + dice.random(len(who)) * span[who]).astype(int)
    swing, taste = np.exp(dice.normal(0, [[0.05], [0.08]], (2, days // 7 + 2))).repeat(7, axis=1)
    busy = (1 + 0.3 * np.sin(2 * np.pi * day / 365)) * swing[day] / 1.6
    likes = np.clip(0.9 * dice.beta(0.5, 1.5, customers)[who] * taste[day], 0, 1)
    is_touched = dice.random(len(who)) < likes
    is_lost = (day >= start) & is_touched & (dice.random(len(who)) < drop)
    kept = (dice.random(len(who)) < busy) & ~is_lost
    days_of = np.datetime64(BEGINS) + day[kept]
    return pa.table({"customer_id": who[kept], "day": days_of, "is_touched": is_touched[kept]})


def season(weeks: int) -> Array:
    """Return the regressors of the simulated weeks."""
    return regressors([BEGINS + WEEK * n for n in range(weeks)], holidays(weeks))
