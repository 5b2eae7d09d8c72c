"""BdW: Fader & Hardie (2007; 2018), the beta-discrete-Weibull model of retention.

As the sBG, but a customer's own chance to leave may change with age: the chance to outlast t
periods is (1-theta)^(t^c), theta personal (beta: gamma, delta). With c above one customers leave
more easily the longer they stay, below one less easily; with c = 1 it is the sBG. The share that
outlasts t periods is S(t) = B(gamma, delta + t^c) / B(gamma, delta).
"""

from __future__ import annotations

import numpy as np

from .contract_model import ContractModel, counted_periods
from .fitting import Objective
from .states import Floats, Ints


class BetaDiscreteWeibull(ContractModel):
    """Fit and apply the BdW: parameters gamma, delta and c."""

    names = ("gamma", "delta", "c")
    shapes = ("gamma", "delta")

    def _starts(self) -> list[list[float]]:
        return [[1.0, 2.0, 1.0], [0.5, 1.0, 1.5], [2.0, 5.0, 0.7]]

    def _objective(self, ended: Floats, running: Floats) -> Objective:
        t, left, s, stay = counted_periods(ended, running)

        def likelihood(parameters: Floats) -> tuple[float, Floats]:
            log_before, by_before = _log_survival(t - 1, parameters)
            log_after, by_after = _log_survival(t, parameters)
            log_stay, by_stay = _log_survival(s, parameters)
            kept = np.exp(log_after - log_before)
            lost = -np.expm1(log_after - log_before)
            total = float((left * (log_before + np.log(lost))).sum() + (stay * log_stay).sum())
            by_lost = (by_before - kept[:, None] * by_after) / lost[:, None]
            gradient = (left[:, None] * by_lost).sum(axis=0) + (stay[:, None] * by_stay).sum(axis=0)
            return total, np.asarray(gradient)

        return likelihood

    def _survival(self, periods: Floats, parameters: Floats) -> Floats:
        from scipy.special import betaln

        gamma, delta, c = parameters
        return np.asarray(np.exp(betaln(gamma, delta + periods**c) - betaln(gamma, delta)))


def _log_survival(t: Ints, parameters: Floats) -> tuple[Floats, Floats]:
    """Return log S(t) and its slopes by gamma, delta and c."""
    from scipy.special import betaln, psi

    gamma, delta, c = parameters
    aged = t.astype(np.float64) ** c
    by_age = psi(delta + aged) - psi(gamma + delta + aged)
    slopes = np.empty((len(t), 3))
    slopes[:, 0] = psi(gamma + delta) - psi(gamma + delta + aged)
    slopes[:, 1] = by_age - psi(delta) + psi(gamma + delta)
    slopes[:, 2] = by_age * aged * np.log(np.maximum(t, 1))
    return betaln(gamma, delta + aged) - betaln(gamma, delta), slopes
