"""BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers the easy way".

Customers buy at random at a personal rate (gamma: shape r, rate alpha) and after every repeat
purchase drop out with a personal chance (beta: a, b). A customer without a repeat purchase has had
no chance to drop out, and counts as alive for ever: use `MBGNBD` where that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from .beta_geometric import Likelihood, fill_moments, p_alive, with_threads
from .beta_geometric_rows import p_alive_rows, row_slopes
from .extras import Rows
from .fitting import Objective
from .purchase_counts import at_least_dropping_out
from .purchase_model import Ahead, PurchaseModel
from .scores_at_once import scores_at_once
from .states import Floats, Ints, States


class BGNBD(PurchaseModel):
    """Fit and apply the BG/NBD: parameters r, alpha (in the unit of the base), a and b."""

    names = ("r", "alpha", "a", "b")
    shapes = ("r", "a", "b")
    scaled = ("alpha",)
    leaving = (2, 1)
    can_have_season = True
    _shift: ClassVar[int] = 0

    def _objective(self, states: States) -> Objective:
        return with_threads(Likelihood.of(states, self._shift))

    def _row_slopes(self, states: States, rows: Rows) -> tuple[float, Floats]:
        return row_slopes(states, rows, self._shift)

    def _starts(self, states: States) -> list[Sequence[float]]:
        r, alpha = purchase_rate_start(states)
        return [[r, alpha, 1.0, 3.0], [1.0, alpha / r, 0.3, 3.0], [0.2, 0.2 * alpha / r, 3.0, 10.0]]

    def _p_alive(self, states: States, parameters: Floats) -> Floats:
        if self.extras.covariates:
            return p_alive_rows(states, self.extras.rows(states, parameters), self._shift)
        return p_alive(states, parameters[:4], self._shift)

    def _ahead(self, states: States, horizon: Floats, parameters: Floats) -> Ahead:
        r, alpha, a, b = self.extras.rows(states, parameters)
        found = np.empty((len(r), 3))
        chance = horizon / (alpha + states.T + horizon)
        fill_moments(r + states.x, chance, a, b + states.x + self._shift, found)
        return Ahead(found[:, 0], found[:, 1], found[:, 2])

    def _scores_at_once(
        self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float
    ) -> tuple[Floats, Floats] | None:
        given = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x, t_x, T)))
        if given[0].ndim > 1:
            return None
        x, t_x, T = (np.ascontiguousarray(a) for a in given)
        clock = (self.unit_, self.grain_)
        return scores_at_once((x, t_x, T), horizon, self._values()[:4], self._shift, *clock)

    def _at_least(
        self, states: States, horizon: Floats, purchases: Ints, parameters: Floats
    ) -> Floats:
        r, alpha, a, b = self.extras.rows(states, parameters)
        chance = horizon / (alpha + states.T + horizon)
        drop = (a, b + states.x + self._shift)
        return at_least_dropping_out(purchases, r + states.x, chance, *drop)

    def _simulate(
        self, states: States, horizon: Floats, parameters: Floats, generator: np.random.Generator
    ) -> Floats:
        r, alpha, a, b = self.extras.rows(states, parameters)
        rate = generator.standard_gamma(r + states.x) / (alpha + states.T)
        drop = generator.beta(a, b + states.x + self._shift)
        wanted = generator.poisson(rate * horizon)
        until_gone = generator.geometric(np.clip(drop, 1e-9, 1.0))
        return np.asarray(np.minimum(wanted, until_gone), dtype=np.float64)


def purchase_rate_start(states: States) -> tuple[float, float]:
    """Return r and alpha by moments of the counts, as if nobody dropped out."""
    weight, n = states.weight, states.customers
    mean = float(weight @ states.x) / n
    watched = float(weight @ states.T) / n
    spread = float(weight @ (states.x - mean) ** 2) / n
    r = float(np.clip(mean**2 / max(spread - mean, 0.1 * mean), 0.1, 5.0))
    return r, r * watched / mean
