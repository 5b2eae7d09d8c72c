"""sBG: Fader & Hardie (2007), "How to project customer retention".

At the end of every period a customer leaves with a personal chance that never changes (beta: alpha,
beta). Retention rises with age because those who leave easily are gone first. A contract lasts
exactly t periods with probability B(alpha+1, beta+t-1) / B(alpha, beta), and more than t with
S(t) = B(alpha, beta+t) / B(alpha, beta).
"""

from __future__ import annotations

import numpy as np

from .beta_geometric import log_rising
from .contract_model import ContractModel, counted_periods
from .fitting import Objective
from .states import Floats


class ShiftedBetaGeometric(ContractModel):
    """Fit and apply the sBG: parameters alpha and beta of the chance to leave per period."""

    names = ("alpha", "beta")
    shapes = names

    def _starts(self) -> list[list[float]]:
        return [[1.0, 2.0], [0.3, 3.0], [5.0, 20.0]]

    def _objective(self, ended: Floats, running: Floats) -> Objective:
        t, left, s, stay = counted_periods(ended, running)

        def likelihood(parameters: Floats) -> tuple[float, Floats]:
            alpha, beta = (float(p) for p in parameters)
            # log P(T = t) = log alpha + log (beta)_(t-1) - log (alpha+beta)_t; log S(t) alike.
            rise_t, by_t = log_rising(beta, t - 1)
            rise_s, by_s = log_rising(beta, s)
            both_t, both_by_t = log_rising(alpha + beta, t)
            both_s, both_by_s = log_rising(alpha + beta, s)
            total = float(left.sum() * np.log(alpha) + (left * (rise_t - both_t)).sum())
            total += float((stay * (rise_s - both_s)).sum())
            together = float((left * both_by_t).sum() + (stay * both_by_s).sum())
            by_beta = float((left * by_t).sum() + (stay * by_s).sum()) - together
            return total, np.array([float(left.sum()) / alpha - together, by_beta])

        return likelihood

    def _survival(self, periods: Floats, parameters: Floats) -> Floats:
        from scipy.special import betaln

        alpha, beta = parameters
        return np.asarray(np.exp(betaln(alpha, beta + periods) - betaln(alpha, beta)))
