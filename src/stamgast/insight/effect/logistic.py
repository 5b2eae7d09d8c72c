"""The chance of an order from what is known of a customer: logistic regression with a ridge.

Small and plain on purpose: it only has to be near, since the learner (`uplift`) corrects it with
what the lot showed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RIDGE = 1.0  # prior precision of a coefficient per standard deviation of its feature
_ROUNDS, _CLOSE = 25, 1e-8


@dataclass(frozen=True)
class Scaling:
    """What brings features to mean zero and spread one; a feature that never varies becomes 0."""

    mean: Floats
    spread: Floats

    @staticmethod
    def of(features: Floats) -> Scaling:
        """Learn it from features, shape (customers, features)."""
        spread = features.std(axis=0)
        return Scaling(features.mean(axis=0), np.where(spread > 1e-12, spread, np.inf))

    def design(self, features: Floats) -> Floats:
        """Return the scaled features after a column of ones."""
        scaled = np.empty((len(features), features.shape[1] + 1))
        scaled[:, 0] = 1.0
        np.subtract(features, self.mean, out=scaled[:, 1:])
        scaled[:, 1:] /= self.spread
        return scaled


def fit_logistic(design: Floats, outcome: Floats, *, ridge: float = RIDGE) -> Floats:
    """Return the coefficients by Newton's method; the first column (ones) is not held back.

    Half an order and half a refusal are added at the mean, so that an arm in which nobody or
    everybody ordered still has a finite answer.
    """
    base = (outcome.sum() + 0.5) / (len(outcome) + 1)
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(base / (1 - base))
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-3
    centre = beta.copy()
    for _ in range(_ROUNDS):
        chance = expit(design @ beta)
        gradient = design.T @ (outcome - chance) - penalty * (beta - centre)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curvature + np.diag(penalty), gradient)
        beta += step * min(1.0, 4 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < _CLOSE:
            break
    return beta


def expit(logit: Floats) -> Floats:
    """Return the chance that belongs to a log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -700, 700))))
