"""Campaigns on a simulated shop whose customers' responses are known, followed to their verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from stamgast.insight.effect import Evidence, Reading, Sums, Verdict, detectable, judge, read_daily
from stamgast.insight.effect.cuped import pooled_theta
from stamgast.insight.simulation import (
    Offer,
    draw_kinds,
    margin_between,
    respond,
    simulate,
)
from stamgast.insight.simulation.amounts import LogNormal
from stamgast.insight.simulation.dropouts import Never
from stamgast.insight.simulation.mechanisms import Arrivals, Rate, Shoppers
from stamgast.insight.simulation.worlds import loyal_world

START = date(2025, 3, 1)
WINDOW, WHOLE = 10, 73  # days: the offer, then three usual intervals of three weeks
AUDIENCE, CONTROL = 6_000, 0.5
WINDOW_ENDS, ENDS = START + timedelta(days=WINDOW), START + timedelta(days=WHOLE)


@cache
def shop() -> pa.Table:
    """Return the orders of a shop in which nothing was ever sent: a purchase every three weeks."""
    world = loyal_world(
        start=date(2024, 9, 1), end=date(2025, 9, 1), customers=AUDIENCE, seed=11,
        shoppers=(Shoppers("regular", 1.0, Rate(2.0, 42.0), Never(), regularity=2),),
        arrivals=Arrivals(first_days=60), amounts=LogNormal(30.0, 0.4, 0.6),
    )  # fmt: skip
    return simulate(world).valued_orders()


@cache
def customers() -> np.ndarray:
    return np.unique(shop()["customer_id"])


@cache
def before() -> np.ndarray:
    return margin_between(shop(), customers(), START - timedelta(days=WHOLE), START)


def _sums(y: np.ndarray, x: np.ndarray, bought: np.ndarray) -> Sums:
    return Sums(len(y), y.sum(), y @ y, x.sum(), x @ x, x @ y, int((bought != 0).sum()))


@cache
def shows() -> float:
    """Return the detectable effect per customer over the whole time, read daily."""
    y, x = margin_between(shop(), customers(), START, ENDS), before()
    arm = _sums(y, x, y)
    theta = pooled_theta(arm, arm)
    left = arm.variance + theta**2 * arm.variance_before - 2 * theta * arm.covariance
    return detectable(AUDIENCE, CONTROL, left**0.5)


@dataclass(frozen=True)
class Campaign:
    """One lot drawn, its responses, and the true effect per treated customer."""

    row: np.ndarray  # per order: whose, on which day after the start, and its margin
    day: np.ndarray
    margin: np.ndarray
    is_treated: np.ndarray
    cost: float

    def reading(self, since: int, until: int, passed: float) -> Reading:
        of = (self.day >= since) & (self.day < until)
        y = np.bincount(self.row[of], self.margin[of], AUDIENCE)
        arms = [_sums(y[at], before()[at], y[at]) for at in (self.is_treated, ~self.is_treated)]
        return read_daily(*arms, passed=passed)

    def verdict(self, day: int) -> Verdict:
        """Return the verdict as of so many days after the start."""
        window = self.reading(0, min(day, WINDOW), min(1, day / WINDOW))
        after = whole = None
        if day > WINDOW:
            after = self.reading(WINDOW, day, (day - WINDOW) / (WHOLE - WINDOW)).interval
            whole = self.reading(0, day, day / WHOLE).interval
        evidence = Evidence(
            window=window.interval, after=after, whole=whole,
            treated=int(self.is_treated.sum()), cost=self.cost,
            is_window_over=day >= WINDOW, is_after_over=day >= WHOLE,
        )  # fmt: skip
        return judge(evidence)


def draw(offer: Offer, *, cost: float, seed: int) -> Campaign:
    """Draw a lot and let the treated respond."""
    dice = np.random.default_rng([seed, 9])
    is_treated = dice.random(AUDIENCE) >= CONTROL
    kinds = draw_kinds(offer, AUDIENCE, seed=seed)
    told = respond(shop(), customers(), treated=is_treated, kinds=kinds, offer=offer,
                   start=START, seed=seed)  # fmt: skip
    row = np.searchsorted(customers(), told["customer_id"].to_numpy())
    day = (told["day"].to_numpy() - np.datetime64(START)).astype("timedelta64[D]").astype(int)
    return Campaign(row, day, told["margin"].to_numpy(), is_treated, cost)


def true_effect(offer: Offer, *, seed: int = 1) -> tuple[float, float]:
    """Return the true effect per customer before cost, over the window and over the whole time."""
    kinds = draw_kinds(offer, AUDIENCE, seed=seed)
    facts = {"kinds": kinds, "offer": offer, "start": START, "seed": seed}
    both = [
        respond(shop(), customers(), treated=np.full(AUDIENCE, treated), **facts)
        for treated in (True, False)
    ]
    window, whole = (
        [margin_between(orders, customers(), START, until).mean() for orders in both]
        for until in (WINDOW_ENDS, ENDS)
    )
    return window[0] - window[1], whole[0] - whole[1]
