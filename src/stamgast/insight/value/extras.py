"""Covariates and seasons on top of the plain models: which parameters they add, and their slopes.

A covariate multiplies a customer's expected rate of buying by exp(effect * covariate), through
alpha; or the tendency to leave, through `a` (BG/NBD, MBG/NBD: the odds of dropping out after a
purchase) or beta (Pareto/NBD: the rate of leaving). Fader & Hardie, note 019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .errors import ValueRefusal
from .fitting import Optimum
from .season import SeasonSlopes, on_the_clock, season_names
from .states import Floats, States

Rows = tuple[Floats, Floats, Floats, Floats]
"""The four plain parameters, one entry per row."""

RowSlopes = Callable[[States, Rows], tuple[float, Floats]]
"""Log-likelihood, and weighted slopes per row by the four parameters, t_x and T (six columns)."""


@dataclass(frozen=True)
class Extras:
    """Which covariates and season a model has, and where their parameters lie.

    `leaving` is the place of the parameter through which covariates act on leaving, and the sign:
    +1 where more of it means leaving sooner.
    """

    purchase: tuple[str, ...]
    dropout: tuple[str, ...]
    season: str | None
    leaving: tuple[int, int]

    @property
    def names(self) -> tuple[str, ...]:
        return (
            *(f"purchase_{name}" for name in self.purchase),
            *(f"dropout_{name}" for name in self.dropout),
            *season_names(self.season),
        )

    @property
    def covariates(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.purchase, *self.dropout)))

    def __bool__(self) -> bool:
        return bool(self.names)

    def refuse_missing(self, known: Sequence[str]) -> None:
        """Refuse states that lack a covariate of this model."""
        missing = [name for name in self.covariates if name not in known]
        if missing:
            message = f"the model needs the covariates {', '.join(missing)}"
            raise ValueRefusal("covariate_missing", message, covariates=missing)

    def effects(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return the effects on buying and those on leaving."""
        middle = 4 + len(self.purchase)
        return parameters[4:middle], parameters[middle : middle + len(self.dropout)]

    def season_logs(self, parameters: Floats) -> Floats:
        return parameters[4 + len(self.purchase) + len(self.dropout) :]

    def rows(self, states: States, parameters: Floats) -> Rows:
        """Return the four plain parameters of every row."""
        on_buying, on_leaving = self.effects(parameters)
        columns = [np.full(len(states.x), value) for value in parameters[:4]]
        for name, effect in zip(self.purchase, on_buying, strict=True):
            columns[1] = columns[1] * np.exp(-effect * states.covariates[name])
        place, sign = self.leaving
        for name, effect in zip(self.dropout, on_leaving, strict=True):
            columns[place] = columns[place] * np.exp(sign * effect * states.covariates[name])
        r, alpha, third, fourth = columns
        return r, alpha, third, fourth

    def objective(
        self, states: States, slopes: RowSlopes, repeats: Mapping[int, float] | None
    ) -> Callable[[Floats], tuple[float, Floats]]:
        """Return log-likelihood and gradient by all parameters, from slopes per row."""
        season = None
        if self.season is not None:
            season = SeasonSlopes.of(self.season, states, repeats or {})

        def likelihood(parameters: Floats) -> tuple[float, Floats]:
            timed, logs = states, self.season_logs(parameters)
            if season is not None:
                timed = on_the_clock(states, season.kind, logs).states
            rows = self.rows(states, parameters)
            total, by_row = slopes(timed, rows)
            gradient = [self._plain(states, parameters, rows, by_row)]
            if season is not None:
                total += season.log_density(logs)
                gradient.append(season.gradient(logs, by_row[:, 4], by_row[:, 5]))
            return total, np.concatenate(gradient)

        return likelihood

    def _plain(self, states: States, parameters: Floats, rows: Rows, by_row: Floats) -> Floats:
        """Return the slopes by the four plain parameters and the effects."""
        relative = [by_row[:, k] * rows[k] for k in range(4)]
        slopes = [float(relative[k].sum()) / parameters[k] for k in range(4)]
        slopes += [-float((relative[1] * states.covariates[name]).sum()) for name in self.purchase]
        place, sign = self.leaving
        for name in self.dropout:
            slopes.append(sign * float((relative[place] * states.covariates[name]).sum()))
        return np.array(slopes)

    def centred(self, states: States) -> tuple[States, Mapping[str, tuple[float, float]]]:
        """Return states with covariates of mean 0 and spread 1, which search better, and both."""
        moments, columns, total = {}, dict(states.covariates), states.customers
        for name in self.covariates:
            mean = float((states.weight * columns[name]).sum()) / total
            spread = float(np.sqrt((states.weight * (columns[name] - mean) ** 2).sum() / total))
            if spread < 1e-12 * max(1.0, abs(mean)):
                message = f"{name!r} is the same for every customer"
                raise ValueRefusal("covariates_unusable", message, covariate=name)
            columns[name] = (columns[name] - mean) / spread
            moments[name] = (mean, spread)
        return replace(states, covariates=columns), moments

    def uncentred(self, optimum: Optimum, moments: Mapping[str, tuple[float, float]]) -> Optimum:
        """Return the optimum in the covariates' own units (a linear map of what was searched)."""
        size = len(optimum.values)
        turn = np.eye(size)
        place, sign = self.leaving
        groups = ((self.purchase, 4, 1, 1.0), (self.dropout, 4 + len(self.purchase), place, -sign))
        for names, start, base, direction in groups:
            for i, name in enumerate(names, start):
                mean, spread = moments[name]
                turn[i, i] = 1 / spread
                turn[base, i] += direction * mean / spread
        is_log = np.array(optimum.is_log)
        searched = np.where(is_log, np.log(np.where(is_log, optimum.values, 1)), optimum.values)
        searched = (turn * searched).sum(axis=1)
        values = np.where(is_log, np.exp(np.where(is_log, searched, 0)), searched)
        covariance = optimum.covariance
        if covariance is not None:
            covariance = np.asarray(turn @ covariance @ turn.T, dtype=np.float64)
            covariance = (covariance + covariance.T) / 2
        return replace(optimum, values=values, covariance=covariance)
