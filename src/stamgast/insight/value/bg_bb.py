"""BG/BB: Fader, Hardie & Shang (2010), "Customer-base analysis in a discrete-time setting".

For purchases that can happen once per period (a yearly fair, a monthly donation): while a customer
is there, each period brings a purchase with a personal chance (beta: alpha, beta), and at the start
of each period the customer is gone with a personal chance (beta: gamma, delta). Of n periods, x had
a purchase, the last in period t_x. With i periods since, the likelihood is

    B(alpha+x, beta+n-x) B(gamma, delta+n) + sum over i < n - t_x of
    B(alpha+x, beta+t_x-x+i) B(gamma+1, delta+t_x+i),  over B(alpha, beta) B(gamma, delta).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cohort_total import CohortTotal, total_of
from .errors import ValueRefusal
from .fitting import maximise
from .model import FEWEST_CUSTOMERS, Model
from .states import Floats, Ints


class BGBB(Model):
    """Fit and apply the BG/BB: parameters alpha, beta (buying), gamma, delta (leaving)."""

    names = ("alpha", "beta", "gamma", "delta")
    shapes = names

    unit_: str

    def __init__(self) -> None:
        """The BG/BB has no settings."""

    def fit_states(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        n: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        unit: str,
    ) -> Self:
        """Fit on arrays: periods with a purchase, the last such, and periods watched.

        Counted from the period after the first purchase; `unit` names the period. Refused: arrays
        that differ in length, histories that cannot be, fewer than 20 customers, nobody who came
        back, no period watched.
        """
        states = _Periods.of(x, t_x, n, weight)
        customers = float(states.weight.sum())
        if customers < FEWEST_CUSTOMERS:
            message = f"{customers:g} customers; at least {FEWEST_CUSTOMERS} needed"
            raise ValueRefusal("too_few_customers", message, customers=customers)
        if not states.weight[states.n > 0].sum():
            raise ValueRefusal("no_time_has_passed", "no period has been watched yet")
        if not states.weight[states.x > 0].sum():
            raise ValueRefusal("nobody_came_back", "no customer bought in a later period")
        starts = [[1.0, 1.0, 1.0, 3.0], [0.5, 2.0, 0.3, 2.0], [3.0, 3.0, 2.0, 10.0]]
        self._learn(maximise(states.likelihood, self.names, starts, customers), customers)
        self.unit_ = unit
        return self

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> Floats:
        """Return the probability that each customer is still there in the period after n."""
        return _alive(_Periods.of(x, t_x, n, None), self._values())

    def expected_purchases(
        self, x: ArrayLike, t_x: ArrayLike, n: ArrayLike, horizon: int
    ) -> Floats:
        """Return the expected number of the next `horizon` periods that bring a purchase."""
        from scipy.special import betaln

        if horizon < 0:
            raise ValueRefusal("bad_horizon", "a horizon is at least 0")
        states, values = _Periods.of(x, t_x, n, None), self._values()
        alpha, beta, gamma, delta = values
        log_all = np.logaddexp.reduce(states.log_terms(values)[0], axis=1)
        buying = betaln(alpha + states.x + 1, beta + states.n - states.x) - betaln(alpha, beta)
        total = np.zeros(len(states.x))
        for k in range(1, int(horizon) + 1):
            staying = betaln(gamma, delta + states.n + k) - betaln(gamma, delta)
            total += np.exp(buying + staying - log_all)
        return total

    def total(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        n: ArrayLike,
        horizon: int,
        weight: ArrayLike | None = None,
        *,
        level: float = 0.9,
        draws: int = 400,
        seed: int = 0,
    ) -> CohortTotal:
        """Return the purchases of a group in the next `horizon` periods, with their interval.

        `weight` says how many customers share a history. The interval holds what the parameters may
        be and chance. Refused with ValueRefusal: histories that cannot be, a negative horizon, a
        level outside 0..1, parameters that are not identified.
        """
        states = _Periods.of(x, t_x, n, weight)
        times = states.weight.astype(np.int64)
        one_each = _Periods.of(
            np.repeat(states.x, times),
            np.repeat(states.t_x, times),
            np.repeat(states.n, times),
            None,
        )
        generator = np.random.default_rng(seed)
        totals = [
            _random_future(one_each, row, int(horizon), generator).sum()
            for row in self.draw_parameters(draws, generator)
        ]
        expected = float(states.weight @ self.expected_purchases(x, t_x, n, horizon))
        return total_of(np.array(totals), len(one_each.x), expected, level)

    def _facts(self) -> dict[str, Any]:
        return {"unit": self.unit_}

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        self.unit_ = facts["unit"]


def _alive(states: _Periods, values: Floats) -> Floats:
    """Return the probability that each customer is still there in the period after n."""
    from scipy.special import betaln

    gone, _ = states.log_terms(values)
    alpha, beta, gamma, delta = values
    here = betaln(alpha + states.x, beta + states.n - states.x) - betaln(alpha, beta)
    here += betaln(gamma, delta + states.n + 1) - betaln(gamma, delta)
    return np.asarray(np.exp(here - np.logaddexp.reduce(gone, axis=1)))


def _random_future(
    states: _Periods, values: Floats, horizon: int, generator: np.random.Generator
) -> Floats:
    """Return one random number of purchases ahead per customer."""
    alpha, beta, gamma, delta = values
    size = len(states.x)
    chance = generator.beta(alpha + states.x, beta + states.n - states.x)
    leaving = np.clip(generator.beta(gamma, delta + states.n + 1), 1e-12, 1.0)
    # Who is there in the next period stays that one, and each after it unless they leave first.
    stays = np.minimum(generator.geometric(leaving, size), horizon)
    is_there = generator.random(size) < _alive(states, values)
    return np.asarray(generator.binomial(np.where(is_there, stays, 0), chance), dtype=np.float64)


@dataclass(frozen=True)
class _Periods:
    """Counted histories, and for each the moments (columns) at which the customer may have gone."""

    x: Ints
    t_x: Ints
    n: Ints
    weight: Floats
    quiet: Ints
    is_term: NDArray[np.bool_]

    @classmethod
    def of(cls, x: ArrayLike, t_x: ArrayLike, n: ArrayLike, weight: ArrayLike | None) -> _Periods:
        given = [np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (x, t_x, n)]
        count = np.ones(len(given[0])) if weight is None else np.asarray(weight, dtype=np.float64)
        if len({len(a) for a in (*given, count)}) != 1:
            raise ValueRefusal("lengths_differ", "the arrays differ in length")
        if not all(np.isfinite(a).all() for a in (*given, count)):
            raise ValueRefusal("not_finite", "the arrays hold NaN or infinite numbers")
        x_, t_, n_ = (a.astype(np.int64) for a in given)
        wrong = (x_ != given[0]) | (t_ != given[1]) | (n_ != given[2]) | (count < 0)
        wrong |= (x_ < 0) | (t_ > n_) | (x_ > t_) | ((x_ == 0) & (t_ != 0))
        if wrong.any():
            raise ValueRefusal(
                "impossible_history",
                "whole numbers with 0 <= x <= t_x <= n needed, t_x 0 where x is 0",
                rows=int(wrong.sum()),
            )
        quiet = np.arange(int((n_ - t_).max(initial=0)))
        is_term = quiet[None, :] < (n_ - t_)[:, None]
        return cls(x_, t_, n_, count, quiet, is_term)

    def log_terms(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return the logarithm of every term (still there first), and its four slopes."""
        from scipy.special import betaln, psi

        alpha, beta, gamma, delta = parameters
        x = self.x[:, None]
        bought = self.t_x[:, None] + np.where(self.is_term, self.quiet[None, :], 0)
        watched = np.concatenate((self.n[:, None], bought), axis=1)  # periods known to be there
        leaves = np.concatenate((np.zeros_like(x), np.ones_like(bought)), axis=1)
        b, g, d = beta + watched - x, gamma + leaves, delta + watched
        log = betaln(alpha + x, b) - betaln(alpha, beta) + betaln(g, d) - betaln(gamma, delta)
        log[:, 1:] = np.where(self.is_term, log[:, 1:], -np.inf)
        both, pair = psi(alpha + beta + watched), psi(alpha + beta)
        ends, end = psi(g + d), psi(gamma + delta)
        slopes = np.stack(
            (
                psi(alpha + x) - both - psi(alpha) + pair,
                psi(b) - both - psi(beta) + pair,
                psi(g) - ends - psi(gamma) + end,
                psi(d) - ends - psi(delta) + end,
            ),
            axis=2,
        )
        return log, slopes

    def likelihood(self, parameters: Floats) -> tuple[float, Floats]:
        log, slopes = self.log_terms(parameters)
        whole = np.logaddexp.reduce(log, axis=1)
        share = np.exp(log - whole[:, None]) * self.weight[:, None]
        gradient = (share[:, :, None] * slopes).sum(axis=(0, 1))
        return float((self.weight * whole).sum()), np.asarray(gradient)
