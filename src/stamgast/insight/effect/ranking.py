"""How well an order of customers puts those first on whom an offer works.

Figures called Qini differ from package to package and must not be compared across them. `qini` here
is the area between the Qini curve (Radcliffe 2007) and the diagonal, as a share of that of the order
that knew all outcomes, so it is on the scale of scikit-uplift's. `robust_qini` has a standard error
and is the one to decide by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.logistic import Floats


def qini(uplift: Any, is_treated: Any, outcome: Any) -> float:
    """Return the normalised area under the Qini curve; 0 for an order at random.

    `outcome` is 0 or 1. Customers of equal uplift enter together. Refuses with `nothing_to_compare`
    when an arm is empty or nobody's outcome differs.
    """
    treated = np.asarray(is_treated, dtype=bool)
    y = np.asarray(outcome, dtype=np.float64)
    if treated.all() or not treated.any() or y.min() == y.max():
        raise EffectRefusal("nothing_to_compare", "needs two arms, and outcomes that differ")
    ours = _area(np.asarray(uplift, dtype=np.float64), treated, y)
    best = _area(np.where(treated, y, -y), treated, y)
    return ours / best


def _area(score: Floats, treated: Any, y: Floats) -> float:
    """Return the area between the curve over the customers by falling score and its diagonal."""
    falling = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[falling])), len(y) - 1)
    is_treated = treated[falling].astype(np.float64)
    of = y[falling]
    n_treated = np.cumsum(is_treated)[ends]
    n_control = ends + 1 - n_treated
    gained = np.cumsum(of * is_treated)[ends]
    anyway = np.cumsum(of * (1 - is_treated))[ends]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(n_control > 0, anyway * n_treated / n_control, 0.0)
    at, height = np.append(0.0, ends + 1.0), np.append(0.0, gained - scaled)
    return float(np.trapezoid(height, at) - at[-1] * height[-1] / 2)


@dataclass(frozen=True)
class Ranking:
    """Mean gain from acting on an order of customers from the top down, with its standard error."""

    value: float
    error: float


def robust_qini(uplift: Any, gain_scores: Any) -> Ranking:
    """Return the mean of doubly robust gain times how far from the middle a customer is ranked.

    `gain_scores` are differences of `robust_scores`, learned on other customers. Ranks run from 0
    (first) to 1, equal uplifts share one. Zero for an order that says nothing.
    """
    score = np.asarray(uplift, dtype=np.float64)
    _, place, count = np.unique(-score, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    each = np.asarray(gain_scores, dtype=np.float64) * (0.5 - middle[place] / len(score))
    return Ranking(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))
