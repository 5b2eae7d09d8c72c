"""Whether to choose per customer: the value of a way to choose, on customers it was not learned from.

A policy says for each customer which arm to give (0: nothing). Its value is estimated from a lot with
known probabilities, by inverse probability (Horvitz & Thompson 1952) and doubly robust (Dudik,
Langford & Li 2011), with standard errors. Choosing per customer is only recommended when it is
proven better than giving everybody the same, whatever that is, and than the shop's own rule: picking
the highest of noisy scores otherwise rewards luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from stamgast.insight.effect.interval import Interval, around, checked_level
from stamgast.insight.effect.logistic import Floats
from stamgast.insight.effect.uplift import FOLDS, Ints, Learned, Lot, learn

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Worth:
    """What an order of a customer brings and what an arm costs, in margin.

    `margin` (customers) is the margin of an order without any offer; `cost` (arms) is spent on each
    customer who gets the arm, `discount` (customers, arms) or (arms) on each who then orders: also
    on those who would have ordered anyway. The first arm is the control and costs nothing.
    """

    margin: Floats
    cost: Floats
    discount: Floats

    def of_order(self, customers: int) -> Floats:
        """Return what an order brings in each arm, shape (customers, arms)."""
        brings = np.asarray(self.margin, dtype=np.float64)[:, None] - np.asarray(self.discount)
        return np.broadcast_to(brings, (customers, len(self.cost)))

    def only(self, rows: Any) -> Worth:
        """Return the customers at the rows."""
        discount = np.asarray(self.discount)
        return Worth(
            np.asarray(self.margin)[rows],
            self.cost,
            discount[rows] if discount.ndim == 2 else discount,
        )


def one_each(customers: int, arms: int, cost: float = 0.0) -> Worth:
    """Return the worth by which an order counts as one and every offer costs the same."""
    each = np.full(arms, cost)
    each[0] = 0.0
    return Worth(np.ones(customers), each, np.zeros(arms))


def net_value(learned: Learned, features: Any, worth: Worth) -> Floats:
    """Return the expected gain of each offer over nothing, shape (customers, arms - 1), in margin.

    After Lemmens & Gupta (2020): uplift times margin, less cost, less the discount to those who
    would have ordered anyway.
    """
    chance = learned.chances_of_order(features)
    value = chance * worth.of_order(len(chance)) - worth.cost
    return np.asarray(value[:, 1:] - value[:, :1])


@dataclass(frozen=True)
class Value:
    """The mean value per customer of a policy, or of the gain of one over another."""

    robust: float
    error: float
    weighted: float  # by inverse probability
    weighted_error: float

    def interval(self, level: float = 0.95) -> Interval:
        """Return the two-sided interval of the doubly robust estimate."""
        reach = _NORMAL.inv_cdf((1 + checked_level(level)) / 2) * self.error
        return around(self.robust, reach, level)


@dataclass(frozen=True)
class Judged:
    """Scores of every customer in every arm, by which any number of policies can be judged."""

    robust: Floats  # (customers, arms), in margin
    weighted: Floats

    def value(self, policy: Ints) -> Value:
        """Return the value of a policy per customer."""
        rows = np.arange(len(policy))
        return _value(self.robust[rows, policy], self.weighted[rows, policy])

    def gain(self, policy: Ints, over: Ints) -> Value:
        """Return what a policy brings more than another, customer by customer."""
        rows = np.arange(len(policy))
        return _value(
            self.robust[rows, policy] - self.robust[rows, over],
            self.weighted[rows, policy] - self.weighted[rows, over],
        )


def _value(robust: Floats, weighted: Floats) -> Value:
    root = np.sqrt(len(robust))
    means = (float(part.mean()) for part in (robust, weighted))
    errors = (float(part.std(ddof=1) / root) for part in (robust, weighted))
    (one, other), (error, other_error) = means, errors
    return Value(one, error, other, other_error)


def judge_by(lot: Lot, expected: Floats, worth: Worth) -> Judged:
    """Return the scores of a lot, given chances of an order learned from other customers.

    `expected` has shape (customers, arms). Refuses nothing: the lot was checked by `lot_of`.
    """
    rows, brings = np.arange(len(expected)), worth.of_order(len(expected))
    drawn = lot.outcome * brings[rows, lot.arm] / lot.chances[rows, lot.arm]
    weighted = np.zeros_like(expected)
    weighted[rows, lot.arm] = drawn
    robust = expected * brings
    robust[rows, lot.arm] += drawn - robust[rows, lot.arm] / lot.chances[rows, lot.arm]
    return Judged(robust - worth.cost, weighted - worth.cost)


@dataclass(frozen=True)
class Advice:
    """Whether to choose per customer, and what else.

    `arm` is the arm for everybody where choosing is not supported (0: nobody gets anything).
    `gains` are those of choosing per customer over each policy it must beat; `weakest` names the
    one it beats least surely.
    """

    is_individual: bool
    arm: int
    value: Value
    gains: Mapping[str, Value]
    weakest: str


def advise(
    lot: Lot,
    worth: Worth,
    *,
    rules: Mapping[str, Ints] | None = None,
    level: float = 0.95,
    seed: int = 1,
    folds: int = FOLDS,
) -> Advice:
    """Say whether individual targeting is supported by a lot, judged on customers left out in turn.

    `rules` are the shop's own ways to choose, an arm for each customer. Choosing per customer must
    beat each of them and every uniform policy with the lower end of the interval above zero. Refuses
    as `learn` does.
    """
    policy, expected = _left_out(lot, worth, seed, folds)
    judged = judge_by(lot, expected, worth)
    uniform = {f"arm {arm}": np.full(len(policy), arm) for arm in range(lot.arms)}
    values = {arm: judged.value(uniform[f"arm {arm}"]) for arm in range(lot.arms)}
    best = max(values, key=lambda arm: values[arm].robust)
    gains = {name: judged.gain(policy, over) for name, over in {**uniform, **(rules or {})}.items()}
    lower = {name: gain.interval(level).lower for name, gain in gains.items()}
    weakest = min(lower, key=lambda name: lower[name])
    is_individual = lower[weakest] > 0
    value = judged.value(policy) if is_individual else values[best]
    return Advice(is_individual, best, value, gains, weakest)


def _left_out(lot: Lot, worth: Worth, seed: int, folds: int) -> tuple[Ints, Floats]:
    """Return each customer's best arm and chances of an order, both learned from others."""
    fold = np.random.default_rng([seed, 7]).permutation(len(lot.arm)) % folds
    policy = np.empty(len(lot.arm), dtype=np.int64)
    expected = np.empty((len(lot.arm), lot.arms))
    for out in range(folds):
        held = fold == out
        learned = learn(lot.only(~held), seed=seed)
        policy[held] = best_arm(net_value(learned, lot.features[held], worth.only(held)))
        expected[held] = learned.chances_of_order(lot.features[held])
    return policy, expected


def best_arm(net: Floats) -> Ints:
    """Return the arm with the highest expected gain; 0 where none gains."""
    best = np.argmax(net, axis=1)
    return np.asarray(np.where(net[np.arange(len(net)), best] > 0, best + 1, 0))
