"""Who gets which offer: at most one each, within the budget and within what each offer has.

Every euro of the budget gets a price, and every offer that is scarce another; each customer then
takes what is worth most above those prices, or nothing. At the right prices that is the best plan
but for a handful of customers (the Lagrangian of the linear programme; Everett 1963). Whatever the
prices, they give a bound that no plan can exceed: it is returned beside the plan, as proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.logistic import Floats

Choices = NDArray[np.int8]
NOTHING = -1
_ROWS = 65_536  # customers looked at together: what fits near the processor
_SAMPLE = 20_000
_HALVINGS = 80
_FEW = 2e-5  # of the budget: left for handing out at the end
_SWEEPS = 40


@dataclass(frozen=True)
class Plan:
    """Who gets what, what it costs and brings, and the proof of how good it is.

    `choice` is the index of the offer per customer, NOTHING for none. `price` is what the last euro
    brings; `scarce` what one more of each offer would. No plan whatever brings more than `bound`.
    """

    choice: Choices
    value: float
    spent: float
    price: float
    scarce: Floats
    bound: float

    @property
    def gap(self) -> float:
        """How far the plan can be from the best, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


@dataclass
class _Problem:
    """Values and costs by customer and offer; `caps` inf where an offer has no end."""

    values: Floats
    costs: Floats
    budget: float
    caps: Floats

    @property
    def offers(self) -> int:
        return int(self.values.shape[1])

    def slices(self) -> Iterator[slice]:
        for first in range(0, len(self.values), _ROWS):
            yield slice(first, first + _ROWS)

    def sample(self, dice: np.random.Generator) -> _Problem:
        """Return fewer customers with as much less to spend."""
        size = len(self.values)
        if size <= _SAMPLE:
            return self
        rows = dice.choice(size, _SAMPLE, replace=False)
        share = _SAMPLE / size
        return _Problem(self.values[rows], self.costs[rows], self.budget * share, self.caps * share)


@dataclass(frozen=True)
class _Answer:
    """What customers take at given prices."""

    bound: float
    spent: float
    given: Floats  # how many of each offer


def allocate(values: Any, costs: Any, budget: float, *, caps: Any = None, seed: int = 1) -> Plan:
    """Return the plan that brings most.

    `values` (customers, offers) is what an offer brings above nothing, net of its cost or not as
    you like, negative where it does harm; `costs` (customers, offers), or (offers) if the same for
    everybody, is what it takes from the budget, zero or more; `caps` (offers) is how many there are
    of each, without it no limit. Refuses with `not_finite`, `unequal_lengths`, `no_budget` (below
    zero) and `no_cost` (below zero) what cannot be.
    """
    problem = _checked(values, costs, budget, caps)
    dice = np.random.default_rng(seed)
    prices = np.zeros(1 + problem.offers)
    if np.isfinite(problem.caps).any():
        prices = _prices(problem, dice)
    else:
        prices[0] = _price(problem, dice)
    return _plan(problem, prices)


def _checked(values: Any, costs: Any, budget: float, caps: Any) -> _Problem:
    v = np.ascontiguousarray(values, dtype=np.float64)
    c = np.broadcast_to(np.asarray(costs, dtype=np.float64), v.shape) if v.ndim == 2 else None
    if v.ndim != 2 or v.shape[1] > 127 or c is None:
        raise EffectRefusal("unequal_lengths", "values have a row per customer, a column per offer")
    limits = np.full(v.shape[1], np.inf) if caps is None else np.asarray(caps, dtype=np.float64)
    if limits.shape != (v.shape[1],):
        raise EffectRefusal("unequal_lengths", "one cap for each offer")
    if not (np.isfinite(v).all() and np.isfinite(c).all()):
        raise EffectRefusal("not_finite", "a value or cost is no number")
    if not budget >= 0 or (limits < 0).any() or np.isnan(limits).any():
        raise EffectRefusal("no_budget", "budget and caps are zero or more", budget=budget)
    if v.size and c.min() < 0:
        raise EffectRefusal("no_cost", "costs are zero or more")
    return _Problem(v, c, float(budget), limits)


def _take(problem: _Problem, prices: Floats, rows: slice) -> tuple[Any, Floats]:
    """Return the best offer of each customer at the prices, and what it brings above them."""
    above = problem.values[rows] - prices[0] * problem.costs[rows] - prices[1:]
    best = above.argmax(axis=1)
    return best, above[np.arange(len(best)), best]


def _answer(problem: _Problem, prices: Floats) -> _Answer:
    bound, spent, given = 0.0, 0.0, np.zeros(problem.offers)
    for rows in problem.slices():
        best, above = _take(problem, prices, rows)
        takes = np.flatnonzero(above > 0)
        bound += float(above[takes].sum())
        spent += float(problem.costs[rows][takes, best[takes]].sum())
        given += np.bincount(best[takes], minlength=problem.offers)
    finite = np.isfinite(problem.caps)
    bound += prices[0] * problem.budget + float(prices[1:][finite] @ problem.caps[finite])
    return _Answer(bound, spent, given)


def _price(problem: _Problem, dice: np.random.Generator) -> float:
    """Return the lowest price of a euro at which the budget is enough, but for a few customers."""

    def left(price: float) -> float:
        prices = np.zeros(1 + problem.offers)
        prices[0] = price
        return problem.budget - _answer(problem, prices).spent

    low, low_left = 0.0, left(0.0)
    if low_left >= 0:
        return 0.0
    sample = problem.sample(dice)
    if sample is problem:
        high = _dearest(problem)
        return _crossing(left, (low, low_left), (high, problem.budget), problem)
    near = _price(sample, dice)
    step = max(near, 1e-9) * 0.02
    high, high_left = near, left(near)
    while high_left < 0:
        low, low_left = high, high_left
        high, step = high + step, step * 4
        high_left = left(high)
    while high - step > low:
        tried = left(high - step)
        if tried < 0:
            low, low_left = high - step, tried
            break
        high, high_left, step = high - step, tried, step * 4
    return _crossing(left, (low, low_left), (high, high_left), problem)


def _dearest(problem: _Problem) -> float:
    """Return a price at which nobody takes anything that costs."""
    pays = problem.costs > 0
    worth = (problem.values[pays] / problem.costs[pays]).max(initial=0.0)
    return max(0.0, float(worth)) * (1 + 1e-9) + 1e-12


def _crossing(
    left: Callable[[float], float],
    low: tuple[float, float],
    high: tuple[float, float],
    problem: _Problem,
) -> float:
    """Return the price just above the one at which nothing of the budget is left.

    Each end is a price with what it leaves: too little at the low one, enough at the high one. By
    false position, halving the weight of an end that stays (Dowell & Jarratt 1971). What a few
    customers would take may be left: it is handed out afterwards.
    """
    few = _FEW * problem.budget
    (a, below), (b, above) = low, high
    weight = above
    for turn in range(_HALVINGS):
        if above <= few or b - a <= 1e-12 * b:
            break
        share = below / (below - weight) if turn % 4 < 3 else 0.5
        middle = a + (b - a) * min(max(share, 1e-3), 1 - 1e-3)
        found = left(middle)
        if found >= 0:
            b, above, weight, below = middle, found, found, below / 2
        else:
            a, below, weight = middle, found, weight / 2
    return b


def _prices(problem: _Problem, dice: np.random.Generator) -> Floats:
    """Return the prices of a euro and of each scarce offer at which the bound is lowest.

    The bound is convex in the prices and, with many customers, nearly smooth: a quasi-Newton search
    on a sample comes near, a few steps on everybody do the rest.
    """
    from scipy.optimize import minimize

    costs = problem.costs[:_ROWS].sum() / max(min(_ROWS, len(problem.costs)) * problem.offers, 1)
    unit = np.concatenate([[1 / (costs or 1.0)], np.ones(problem.offers)])
    ends = [(0.0, None), *((0.0, None if np.isfinite(cap) else 0.0) for cap in problem.caps)]

    def search(of: _Problem, start: Floats, rounds: int) -> Floats:
        def bound(at: Floats) -> tuple[float, Floats]:
            found = _answer(of, at * unit)
            left = np.where(np.isfinite(of.caps), of.caps - found.given, 0.0)
            return found.bound, np.concatenate([[of.budget - found.spent], left]) * unit

        options = {"maxiter": rounds, "maxfun": rounds, "ftol": 1e-13, "gtol": 0.0}
        return np.asarray(
            minimize(bound, start, jac=True, bounds=ends, method="L-BFGS-B", options=options).x
        )

    sample = problem.sample(dice)
    near = search(sample, np.zeros(1 + problem.offers), 200)
    at = near if sample is problem else search(problem, near, 5)
    return np.asarray(at * unit)


def _plan(problem: _Problem, prices: Floats) -> Plan:
    choice = np.full(len(problem.values), NOTHING, dtype=np.int8)
    above = np.zeros(len(choice))
    for rows in problem.slices():
        best, most = _take(problem, prices, rows)
        choice[rows] = np.where(most > 0, best, NOTHING)
        above[rows] = np.maximum(most, 0.0)
    _give_back(problem, choice, above)
    _hand_out(problem, choice, prices)
    takes = np.flatnonzero(choice >= 0)
    return Plan(
        choice=choice,
        value=float(problem.values[takes, choice[takes]].sum()),
        spent=float(problem.costs[takes, choice[takes]].sum()),
        price=float(prices[0]),
        scarce=prices[1:],
        bound=_answer(problem, prices).bound,
    )


def _give_back(problem: _Problem, choice: Choices, above: Floats) -> None:
    """Take offers back from those to whom they bring least, until caps and budget hold."""
    for offer in np.flatnonzero(np.isfinite(problem.caps)):
        has = np.flatnonzero(choice == offer)
        many = int(problem.caps[offer])
        if len(has) > many:
            choice[has[np.argsort(above[has], kind="stable")[: len(has) - many]]] = NOTHING
    takes = np.flatnonzero(choice >= 0)
    cost = problem.costs[takes, choice[takes]]
    if cost.sum() <= problem.budget:
        return
    paying = cost > 0
    takes, cost = takes[paying], cost[paying]
    dearest_last = np.argsort(-above[takes] / cost, kind="stable")
    free = np.cumsum(cost[dearest_last]) > problem.budget
    choice[takes[dearest_last[free]]] = NOTHING


def _hand_out(problem: _Problem, choice: Choices, prices: Floats) -> None:
    """Spend what is left on the changes that bring nearly as much as the prices ask."""
    rows = np.arange(len(choice))
    for _ in range(_SWEEPS):
        left, room = _left(problem, choice)
        offer, loss = _best_change(problem, choice, prices, rows, left, room)
        can = np.flatnonzero(np.isfinite(loss))
        if not len(can):
            return
        can = can[np.argsort(loss[can], kind="stable")]
        who, what = rows[can], offer[can]
        extra = problem.costs[who, what] - _present(problem.costs, choice, who)
        is_there = _within(what, room)
        fits = is_there & (np.cumsum(np.where(is_there, extra, 0.0)) <= left)
        fits[0] = True  # by itself it does
        choice[who[fits]] = what[fits]
        rows = who[~fits][:_SAMPLE]


def _left(problem: _Problem, choice: Choices) -> tuple[float, Floats]:
    """Return what is left of the budget and of each offer."""
    takes = np.flatnonzero(choice >= 0)
    spent = float(problem.costs[takes, choice[takes]].sum())
    given = np.bincount(choice[takes], minlength=problem.offers)
    return problem.budget - spent, problem.caps - given


def _best_change(
    problem: _Problem, choice: Choices, prices: Floats, rows: Any, left: float, room: Floats
) -> tuple[Choices, Floats]:
    """Return per customer the change that fits and costs least at the prices; inf without one."""
    offer = np.zeros(len(rows), dtype=np.int8)
    loss = np.full(len(rows), np.inf)
    for first in range(0, len(rows), _ROWS):
        part = slice(first, first + _ROWS)
        who = rows[part]
        values, costs = problem.values[who], problem.costs[who]
        now_value = _present(problem.values, choice, who)[:, None]
        now_cost = _present(problem.costs, choice, who)[:, None]
        now_scarce = np.where(choice[who] >= 0, prices[1:][choice[who]], 0.0)[:, None]
        worse = prices[0] * (costs - now_cost) + prices[1:] - now_scarce - (values - now_value)
        fits = (values > now_value) & (costs - now_cost <= left) & (room >= 1)
        worse = np.where(fits, worse, np.inf)
        offer[part] = worse.argmin(axis=1)
        loss[part] = worse.min(axis=1)
    return offer, loss


def _present(table: Floats, choice: Choices, who: Any) -> Floats:
    """Return what customers now have of values or costs."""
    return np.where(choice[who] >= 0, table[who, choice[who]], 0.0)


def _within(offer: Choices, room: Floats) -> NDArray[np.bool_]:
    """Return which of a queue still find their offer there."""
    fits = np.ones(len(offer), dtype=bool)
    for each in np.flatnonzero(np.isfinite(room)):
        of = np.flatnonzero(offer == each)
        fits[of[int(room[each]) :]] = False
    return fits


@dataclass(frozen=True)
class Budget:
    """A point of the budget curve: so much spent brings so much, the next euro `price`."""

    budget: float
    value: float
    price: float


def budget_curve(values: Any, costs: Any, budgets: Any, *, caps: Any = None) -> list[Budget]:
    """Return what each of some budgets brings at most; the curve is rising and ever flatter.

    Budgets come back in ascending order; `value` is that of the plan, not of the bound.
    """
    plans = [(amount, allocate(values, costs, amount, caps=caps)) for amount in sorted(budgets)]
    return [Budget(float(amount), plan.value, plan.price) for amount, plan in plans]
