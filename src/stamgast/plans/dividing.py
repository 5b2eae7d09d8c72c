"""A budget over customers and options: who is to get what, with which probability, and the proof.

Values in, values out. A share of customers is left to chance, and of each option's customers the lot
leaves a share without: both are paid for before the rest is divided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stamgast.insight.effect import NOTHING, Explored, Plan, allocate, explore
from stamgast.insight.effect.logistic import Floats
from stamgast.insight.effect.uplift import Ints

_LUCK = 3.0  # standard deviations of the lot that the budget can bear
_MUCH = 0.2  # of a scarce option: it is not explored when chance would take more of it
_NEVER = -1e6  # worth of what somebody may not get
_MOST_ON_CURVE = 100_000  # customers: of more, a sample tells the curve


@dataclass(frozen=True)
class Share:
    """Of an option: what everybody who gets it takes, the share its control keeps, how many there are."""

    each: float
    control: float
    most: int | None = None

    @property
    def takes(self) -> float:
        """What a customer with a place takes from the budget on average."""
        return self.each * (1 - self.control)


@dataclass(frozen=True)
class Divided:
    """Who is to get which option (-1 none), what the plan itself chose, and with what probability.

    `chances` (customers, options + 1) begins with nothing. `share` is what was left to chance.
    """

    option: Ints
    chosen: Ints
    chances: Floats
    share: float
    plan: Plan
    costs: float  # expected, of all places


def divide(
    values: Floats,
    may: Any,
    options: Sequence[Share],
    budget: float,
    *,
    exploration: float,
    places: Floats,
    forced: Ints | None = None,
) -> Divided:
    """Divide a budget; `values` (customers, options) in margin after costs, `may` who may get what.

    `forced` names the option that somebody gets whatever it is worth (-1: nobody decided), where they
    may; it is paid for first.
    """
    may = np.asarray(may, dtype=bool)
    by_hand = np.full(len(values), NOTHING) if forced is None else np.asarray(forced)
    rows = np.arange(len(values))
    is_forced = (by_hand != NOTHING) & may[rows, by_hand]
    takes = np.array([one.takes for one in options])
    left = budget - float(takes[by_hand[is_forced]].sum())
    free = may & ~is_forced[:, None]
    share, random = _share(free, takes, options, max(0.0, left), exploration)
    by_chance = share * float((random / _ways(random) @ takes).sum())
    left = max(0.0, left - by_chance - _LUCK * _luck(options, max(0.0, left)))
    # Only those whom chance leaves alone are paid from this.
    worth = np.where(free, values, _NEVER)
    caps = _caps(options, random, share, by_hand[is_forced])
    plan = allocate(worth, takes, left / (1 - share) if share < 1 else 0.0, caps=caps)
    choice = plan.choice.astype(np.int64)
    drawn = _leave_to_chance(choice, places, random, share)
    option = np.where(is_forced, by_hand, drawn.arm - 1)
    chosen = np.where(is_forced, by_hand, choice)
    chances = drawn.chances.copy()
    chances[is_forced] = 0.0
    chances[rows[is_forced], by_hand[is_forced] + 1] = 1.0
    given = option[option != NOTHING]
    return Divided(option, chosen, chances, share, plan, float(takes[given].sum()))


def _share(
    free: Any, takes: Floats, options: Sequence[Share], budget: float, wanted: float
) -> tuple[float, Any]:
    """Return the share left to chance and which options chance may give: it takes its part, no more."""
    random = free.copy()
    for place, one in enumerate(options):
        if one.most is not None:
            likely = wanted * float((random[:, place] / _ways(random)[:, 0]).sum())
            if likely > _MUCH * one.most:
                random[:, place] = False
    everybody = float((random / _ways(random) @ takes).sum())
    if everybody <= 0:
        return (wanted if random.any() else 0.0), random
    return min(wanted, wanted * budget / everybody), random


def _ways(random: Any) -> Floats:
    """Return between how many things chance decides, nothing included, per customer."""
    return np.asarray(random.sum(axis=1, keepdims=True) + 1.0)


def _luck(options: Sequence[Share], budget: float) -> float:
    """Return how much the lot may give more than its share, of all that the budget pays."""
    spread = [
        budget / one.takes * one.each**2 * one.control * (1 - one.control)
        for one in options
        if one.takes > 0
    ]
    return math.sqrt(max(spread, default=0.0))


def _caps(options: Sequence[Share], random: Any, share: float, by_hand: Ints) -> Floats | None:
    """Return how many of each option the plan itself may give: what chance and hands take is gone."""
    if all(one.most is None for one in options):
        return None
    likely = share * (random / _ways(random)).sum(axis=0)
    caps = [
        math.inf
        if one.most is None
        else max(0.0, one.most - (by_hand == n).sum() - likely[n] - 3 * math.sqrt(likely[n]))
        for n, one in enumerate(options)
    ]
    return np.floor(np.asarray(caps, dtype=np.float64))


def _leave_to_chance(choice: Ints, places: Floats, random: Any, share: float) -> Explored:
    allowed = random.copy()
    rows = np.flatnonzero(choice != NOTHING)
    allowed[rows, choice[rows]] = True
    return explore(choice, places, allowed=allowed, share=share)


@dataclass(frozen=True)
class Point:
    """A point of the budget curve: what so much brings in all."""

    budget: float
    brings: float


def curve(
    values: Floats, may: Any, options: Sequence[Share], budgets: Sequence[float]
) -> list[Point]:
    """Return what each of some budgets would bring those whom the lot lets have it."""
    worth = np.where(np.asarray(may, dtype=bool), values, _NEVER)
    scale = 1.0
    if len(worth) > _MOST_ON_CURVE:
        scale = len(worth) / _MOST_ON_CURVE
        dice = np.random.default_rng(1)
        worth = worth[dice.choice(len(worth), _MOST_ON_CURVE, replace=False)]
    takes = np.array([one.takes for one in options])
    kept = np.array([1 - one.control for one in options])
    caps = None
    if any(one.most is not None for one in options):
        caps = np.array([math.inf if one.most is None else one.most / scale for one in options])
    found = []
    for amount in sorted(budgets):
        plan = allocate(worth * kept, takes, amount / scale, caps=caps)
        found.append(Point(float(amount), plan.value * scale))
    return found
