"""Discrete-time hazard: the chance to leave per period, from covariates (Allison 1982).

Every period a customer is at risk is one trial, with

    logit h(t) = baseline(t) + sum of effect * covariate,

so the likelihood is that of a binomial regression on counted trials (Singer & Willett 1993). The
complementary log-log link instead makes effects those of proportional hazards in continuous time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .cohort_total import DRAWS, CohortTotal, still_there
from .contract_model import refuse_thin
from .contracts import Durations
from .errors import ValueRefusal
from .fitting import Optimum, maximise
from .model import Model
from .states import Floats, Ints

BASELINES = ("free", "log", "constant")
LINKS = ("logit", "cloglog")


class DiscreteHazard(Model):
    """Fit and apply a hazard per period with covariates.

    `baseline`: "free" (a level of its own for each period in which somebody left, and no statement
    beyond the last), "log" (a straight line in log t) or "constant". `link`: "logit" or "cloglog".
    Parameters are named baseline_1, baseline_2 ... or baseline and log_period, and as the
    covariates are; a positive effect means leaving sooner.
    """

    shapes = ()
    unit_: str
    covariates_: tuple[str, ...]
    periods_: tuple[int, ...]

    def __init__(self, baseline: str = "log", link: str = "logit") -> None:
        self.baseline = baseline
        self.link = link

    def fit(self, durations: Durations) -> Self:
        """Fit on counted durations; refuse too few customers, or a covariate that never varies."""
        if self.baseline not in BASELINES or self.link not in LINKS:
            message = f"baseline is one of {BASELINES}, link of {LINKS}"
            raise ValueRefusal("unknown_setting", message, baseline=self.baseline, link=self.link)
        if (durations.periods != np.floor(durations.periods)).any():
            raise ValueRefusal("not_whole_periods", "durations must be whole periods")
        refuse_thin(durations)
        self.covariates_ = tuple(durations.covariates)
        trials = _Trials.of(durations)
        if self.baseline == "free":
            trials = trials.while_somebody_leaves()
        self.periods_ = tuple(int(t) for t in np.unique(trials.period))
        names, design = self._design(trials.period, trials.covariates)
        scale = design.std(axis=0)
        for name, spread in zip(names, scale, strict=True):
            if name in self.covariates_ and spread < 1e-12:
                raise ValueRefusal("covariates_unusable", f"{name!r} never varies", covariate=name)
        scale = np.where(scale > 1e-12, scale, 1.0)
        objective = _Objective(trials, design / scale, self.link)
        start = np.zeros(len(names))
        rate = trials.left.sum() / trials.at_risk.sum()
        start[: self._levels()] = np.log(rate / (1 - rate)) if rate < 1 else 1.0
        start[: self._levels()] *= scale[: self._levels()]
        optimum = maximise(objective, names, [start.tolist()], durations.customers, free=names)
        self._learn(_unscaled(optimum, scale), durations.customers)
        self.unit_ = durations.unit
        return self

    def fit_durations(
        self,
        periods: ArrayLike,
        has_ended: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        unit: str,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> Self:
        """Fit on arrays: whole periods, whether the contract ended with them, and covariates."""
        return self.fit(Durations.of(periods, has_ended, weight, unit=unit, covariates=covariates))

    def hazard(
        self, period: ArrayLike, covariates: Mapping[str, ArrayLike] | None = None
    ) -> Floats:
        """Return the chance to leave at the end of a period (1, 2 ...), having come so far.

        Refused: covariates missing or unknown, and with a free baseline a period nobody left in.
        """
        design, shape = self._rows(period, covariates)
        chance, _ = _chance((design * self._values()).sum(axis=1), self.link)
        return np.asarray(chance.reshape(shape))

    def _rows(
        self, period: ArrayLike, covariates: Mapping[str, ArrayLike] | None
    ) -> tuple[Floats, tuple[int, ...]]:
        """Return a row of the design per period and covariates, and the shape they were given in."""
        self._need_fit()
        given = {k: np.asarray(v, dtype=np.float64) for k, v in (covariates or {}).items()}
        if set(given) != set(self.covariates_):
            message = f"covariates needed: {', '.join(self.covariates_) or 'none'}"
            raise ValueRefusal("covariate_missing", message)
        columns = [given[name] for name in self.covariates_]
        at, *columns = np.broadcast_arrays(np.asarray(period, dtype=np.float64), *columns)
        if (at < 1).any() or (at != np.floor(at)).any():
            raise ValueRefusal("bad_horizon", "periods are whole numbers from 1")
        if self.baseline == "free" and not np.isin(at, self.periods_).all():
            raise ValueRefusal("bad_horizon", "no statement on a period in which nobody left")
        matrix = (
            np.stack([c.ravel() for c in columns], axis=1) if columns else np.zeros((at.size, 0))
        )
        _, design = self._design(at.ravel().astype(np.int64), matrix)
        return design, at.shape

    def survival(
        self, periods: ArrayLike, covariates: Mapping[str, ArrayLike] | None = None
    ) -> Floats:
        """Return the share that outlasts so many periods: 1 minus the hazards, multiplied up."""
        at = np.asarray(periods, dtype=np.int64)
        share = np.ones(
            np.broadcast_shapes(at.shape, *(np.shape(v) for v in (covariates or {}).values()))
        )
        for t in range(1, int(at.max(initial=0)) + 1):
            if self.baseline == "free" and t not in self.periods_:
                if t > max(self.periods_):
                    raise ValueRefusal("bad_horizon", f"nothing is known beyond {t - 1} periods")
                continue  # nobody was seen to leave then
            share = np.where(at >= t, share * (1 - self.hazard(t, covariates)), share)
        return share

    def still_there(
        self,
        survived: ArrayLike,
        periods: int,
        covariates: Mapping[str, ArrayLike] | None = None,
        weight: ArrayLike | None = None,
        *,
        level: float = 0.9,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> CohortTotal:
        """Return how many contracts that outlasted `survived` periods outlast `periods` more.

        `covariates` hold a value per entry, `weight` how many contracts share it. The interval holds
        what the parameters may be and chance. Refused with ValueRefusal as in `hazard`, and
        negative or fractional counts, a level outside 0..1, parameters that are not identified.
        """
        at = np.atleast_1d(np.asarray(survived, dtype=np.int64))
        count = np.ones(len(at)) if weight is None else np.asarray(weight, dtype=np.float64)
        drawn = self.draw_parameters(draws, np.random.default_rng([seed, 1]))
        ahead = [self._rows(at + k, covariates)[0] for k in range(1, int(periods) + 1)]

        def survive(values: Floats) -> Floats:
            share = np.ones(len(at))
            for design in ahead:
                share = share * (1 - _chance((design * values).sum(axis=1), self.link)[0])
            return share

        return still_there(survive, self._values(), drawn, count, level=level, seed=seed)

    def _levels(self) -> int:
        return len(self.periods_) if self.baseline == "free" else 1

    def _design(self, period: Ints, covariates: Floats) -> tuple[tuple[str, ...], Floats]:
        if self.baseline == "free":
            names = [f"baseline_{t}" for t in self.periods_]
            columns = [period == t for t in self.periods_]
        else:
            names, columns = ["baseline"], [np.ones(len(period), dtype=np.bool_)]
        extra = [covariates]
        if self.baseline == "log":
            names.append("log_period")
            extra.insert(0, np.log(period)[:, None])
        base = np.stack(columns, axis=1).astype(np.float64)
        return (*names, *self.covariates_), np.concatenate((base, *extra), axis=1)

    def _facts(self) -> dict[str, Any]:
        return {"unit": self.unit_, "covariates": self.covariates_, "periods": self.periods_}

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        self.unit_ = facts["unit"]
        self.covariates_, self.periods_ = tuple(facts["covariates"]), tuple(facts["periods"])


@dataclass(frozen=True)
class _Trials:
    """Counted trials: per period and covariate pattern, how many were at risk and how many left."""

    period: Ints
    covariates: Floats
    at_risk: Floats
    left: Floats

    @classmethod
    def of(cls, durations: Durations) -> _Trials:
        matrix = np.zeros((len(durations.periods), 0))
        if durations.covariates:
            matrix = np.stack(list(durations.covariates.values()), axis=1)
        patterns, place = np.unique(matrix, axis=0, return_inverse=True)
        place = place.ravel()
        t = durations.periods.astype(np.int64)
        shape = (int(t.max()) + 1, len(patterns))
        stayed, left = np.zeros(shape), np.zeros(shape)
        np.add.at(stayed, (t, place), durations.weight)
        np.add.at(left, (t, place), durations.weight * durations.has_ended)
        at_risk = np.cumsum(stayed[::-1], axis=0)[::-1]
        period, pattern = np.nonzero(at_risk[1:])
        period += 1
        return cls(period, patterns[pattern], at_risk[period, pattern], left[period, pattern])

    def while_somebody_leaves(self) -> _Trials:
        """Keep the periods in which somebody left: a level of their own says nothing elsewhere."""
        kept = np.isin(self.period, np.unique(self.period[self.left > 0]))
        return _Trials(
            self.period[kept], self.covariates[kept], self.at_risk[kept], self.left[kept]
        )


@dataclass(frozen=True)
class _Objective:
    trials: _Trials
    design: Floats
    link: str

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        chance, by_chance = _chance((self.design * parameters).sum(axis=1), self.link)
        chance = np.clip(chance, 1e-300, 1 - 1e-16)
        stayed = self.trials.at_risk - self.trials.left
        total = float((self.trials.left * np.log(chance) + stayed * np.log1p(-chance)).sum())
        pull = (self.trials.left / chance - stayed / (1 - chance)) * by_chance
        return total, np.asarray((self.design * pull[:, None]).sum(axis=0))


def _chance(level: Floats, link: str) -> tuple[Floats, Floats]:
    """Return the hazard and its slope by the linear level."""
    from scipy.special import expit

    if link == "logit":
        chance = expit(level)
        return chance, chance * (1 - chance)
    rate = np.exp(np.clip(level, -700, 6))
    return -np.expm1(-rate), rate * np.exp(-rate)


def _unscaled(optimum: Optimum, scale: Floats) -> Optimum:
    covariance = optimum.covariance
    if covariance is not None:
        covariance = covariance / np.outer(scale, scale)
    return replace(optimum, values=optimum.values / scale, covariance=covariance)
