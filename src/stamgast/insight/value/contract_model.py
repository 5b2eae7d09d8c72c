"""What the two parametric models of renewals share: fitting, curves, and what is still to come."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .cohort_total import DRAWS, CohortTotal, refuse_level, still_there
from .contracts import Durations
from .errors import ValueRefusal
from .fitting import Objective, maximise
from .model import FEWEST_CUSTOMERS, Model
from .states import Floats, Ints


class ContractModel(Model):
    """A model of how long contracts last, in whole periods; subclasses hold one paper's curve."""

    unit_: str
    seen_: int

    def __init__(self) -> None:
        """A contract model has no settings."""

    @abstractmethod
    def _objective(self, ended: Floats, running: Floats) -> Objective:
        """Return the likelihood, from how many ended with, and run on after, period 0, 1, 2 ..."""

    @abstractmethod
    def _survival(self, periods: Floats, parameters: Floats) -> Floats:
        """Return which share of contracts outlasts so many periods."""

    @abstractmethod
    def _starts(self) -> list[list[float]]:
        """Return points to start the search from."""

    def fit(self, durations: Durations) -> Self:
        """Fit on counted durations; refuse too few customers, or when nobody has left or stayed.

        Durations must be whole periods.
        """
        periods = durations.periods.astype(np.int64)
        if (periods != durations.periods).any():
            raise ValueRefusal("not_whole_periods", "durations must be whole periods")
        refuse_thin(durations)
        size = int(periods.max()) + 1
        ended, running = (
            np.bincount(periods, durations.weight * flag, size).astype(np.float64)
            for flag in (durations.has_ended, ~durations.has_ended)
        )
        optimum = maximise(
            self._objective(ended, running), self.names, self._starts(), durations.customers
        )
        self._learn(optimum, durations.customers)
        self.unit_, self.seen_ = durations.unit, size - 1
        return self

    def fit_durations(
        self,
        periods: ArrayLike,
        has_ended: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        unit: str,
    ) -> Self:
        """Fit on arrays: whole periods, whether the contract ended with them, and how many such."""
        return self.fit(Durations.of(periods, has_ended, weight, unit=unit))

    def survival(self, periods: ArrayLike) -> Floats:
        """Return which share of new contracts outlasts so many periods."""
        return self._survival(_checked_periods(periods), self._values())

    def survival_interval(
        self, periods: ArrayLike, *, level: float = 0.9, draws: int = 1000, seed: int = 0
    ) -> tuple[Floats, Floats]:
        """Return between what the surviving share lies, by what the parameters may be.

        Refused when the parameters are not identified.
        """
        refuse_level(level)
        at = _checked_periods(periods)
        drawn = self.draw_parameters(draws, np.random.default_rng(seed))
        curves = np.array([self._survival(at, row) for row in drawn])
        low, high = np.quantile(curves, ((1 - level) / 2, (1 + level) / 2), axis=0)
        return low, high

    def retention(self, period: ArrayLike) -> Floats:
        """Return which share of those who came to the end of a period (1, 2 ...) renews."""
        at = _checked_periods(period)
        if (at < 1).any():
            raise ValueRefusal("bad_horizon", "periods of renewal are counted from 1")
        return self.survival(at) / self.survival(at - 1)

    def expected_periods(
        self, survived: ArrayLike, horizon: int, *, discount_per_period: float = 0.0
    ) -> Floats:
        """Return how many of the next periods a customer is expected to pay, discounted.

        `survived` is how many periods the contract has outlasted, with the next renewal coming up;
        a period k ahead (0 is the next) is discounted k times.
        """
        at = np.atleast_1d(_checked_periods(survived))
        if horizon < 0 or not discount_per_period > -1:
            raise ValueRefusal("bad_horizon", "a horizon of at least 0 and a rate above -1 needed")
        values, here = self._values(), np.zeros(len(at))
        now = self._survival(at, values)
        for k in range(int(horizon)):
            later = self._survival(at + k + 1, values)
            here += later / now / (1 + discount_per_period) ** k
        return here

    def still_there(
        self,
        survived: ArrayLike,
        periods: int,
        weight: ArrayLike | None = None,
        *,
        level: float = 0.9,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> CohortTotal:
        """Return how many contracts that outlasted `survived` periods outlast `periods` more.

        `weight` says how many contracts share an entry of `survived` (one each when left out). The
        interval holds what the parameters may be and chance. Refused with ValueRefusal: parameters
        that are not identified, negative or fractional counts, a level outside 0..1.
        """
        at = np.atleast_1d(_checked_periods(survived))
        count = np.ones(len(at)) if weight is None else np.asarray(weight, dtype=np.float64)
        later = _checked_periods(periods)
        drawn = self.draw_parameters(draws, np.random.default_rng([seed, 1]))

        def survive(values: Floats) -> Floats:
            return self._survival(at + later, values) / self._survival(at, values)

        return still_there(survive, self._values(), drawn, count, level=level, seed=seed)

    def _facts(self) -> dict[str, Any]:
        return {"unit": self.unit_, "seen": self.seen_}

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        self.unit_, self.seen_ = facts["unit"], facts["seen"]


def counted_periods(ended: Floats, running: Floats) -> tuple[Ints, Floats, Ints, Floats]:
    """Return the periods with which contracts ended, and those outlasted, with their counts."""
    t, s = np.flatnonzero(ended), np.flatnonzero(running[1:]) + 1
    return t, ended[t], s, running[s]


def refuse_thin(durations: Durations) -> None:
    if durations.customers < FEWEST_CUSTOMERS:
        raise ValueRefusal(
            "too_few_customers",
            f"{durations.customers:g} contracts; at least {FEWEST_CUSTOMERS} needed",
            customers=durations.customers,
            needed=FEWEST_CUSTOMERS,
        )
    if not durations.weight[durations.has_ended].sum():
        raise ValueRefusal("nobody_left", "no contract has ended yet")


def _checked_periods(periods: ArrayLike) -> Floats:
    at = np.asarray(periods, dtype=np.float64)
    if not np.isfinite(at).all() or (at < 0).any():
        raise ValueRefusal("bad_horizon", "periods are finite numbers of at least 0")
    return at
