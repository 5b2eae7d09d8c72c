"""How likely a customer is to recommend us, from what they think of us: kept apart from loyalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from ..engine import as_table
from ..tables import check
from .contract import ATTITUDE, OUTCOMES, POSTERIORS

Floats = npt.NDArray[np.float64]

EDGE = 0.001
PROMOTER = 2 / 3  # where the good third of a scale of answers begins
FEWEST = 20  # of those who recommended, and of those who did not


@dataclass(frozen=True)
class Recommendation:
    """P(recommends) as a logistic function of the logit of attitude.

    `basis` is "stated" (from the scale of answers: an attitude of two thirds is where promoters
    begin, so half of those recommend) or "fitted" on so many outcomes of which so many recommended.
    """

    intercept: float = -1.3863
    slope: float = 2.0
    basis: str = "stated"
    outcomes: int = 0
    recommended: float = 0.0

    def chance(self, attitude: ir.FloatingColumn) -> ir.FloatingColumn:
        """Return the chance for a column of attitudes, 0..1; empty where attitude is."""
        kept = ibis.ifelse(
            attitude < EDGE, EDGE, ibis.ifelse(attitude > 1 - EDGE, 1 - EDGE, attitude)
        )
        index = self.intercept + self.slope * (kept / (1 - kept)).ln()
        return 1 / (1 + (-index).exp())


STATED = Recommendation()


def fit_recommendation(posteriors: Any, outcomes: Any) -> Recommendation:
    """Return the chance to recommend as the outcomes show it, or the stated one where they cannot.

    `posteriors` are those of a day, `outcomes` (the contract OUTCOMES) what came after it: those of
    kind referral on the emotional bond, one row per customer, 1 or 0; without any, those of kind
    answer, of which two thirds and more (a promoter's) count as recommending. Fewer than 20 of
    either leave the stated one. Executes one aggregate; logistic regression on grouped counts, with
    a normal prior around the stated intercept (sd 3) and slope (sd 1).
    """
    table = check(as_table(outcomes), OUTCOMES)
    table = table.filter(table.bond == ATTITUDE)
    for kind in ("referral", "answer"):
        mean, asked, said = _counted(posteriors, table.filter(table.kind == kind))
        if min(said.sum(), (asked - said).sum()) >= FEWEST:
            return _regress(mean, asked, said)
    return STATED


def _counted(posteriors: Any, outcomes: ir.Table) -> tuple[Floats, Floats, Floats]:
    """Return attitudes to two decimals and a half, with how many were asked and how many said."""
    bonds = check(as_table(posteriors), POSTERIORS)
    mine = bonds.filter(bonds.bond == ATTITUDE).select("customer_id", "mean")
    rows = outcomes.inner_join(mine, "customer_id")
    said = ibis.ifelse(rows.value >= PROMOTER, 1.0, 0.0)
    cells = rows.group_by(cell=(rows["mean"] * 200).round()).agg(
        mean=rows["mean"].mean(), asked=rows.count(), said=said.sum()
    )
    found = cells.order_by("cell").to_pyarrow()
    mean, asked, spoke = (
        found[name].to_numpy().astype(np.float64) for name in ("mean", "asked", "said")
    )
    return np.clip(mean, EDGE, 1 - EDGE), asked, spoke


def _regress(mean: Floats, asked: Floats, said: Floats) -> Recommendation:
    """Newton's method on two parameters; the prior keeps perfect separation finite."""
    design = np.column_stack([np.ones(mean.size), np.log(mean / (1 - mean))])
    centre = np.array([STATED.intercept, STATED.slope])
    pull = np.diag([1 / 3.0**2, 1.0])
    at = centre.copy()
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ at))
        slope = design.T @ (said - asked * chance) - pull @ (at - centre)
        curve = (design * (asked * chance * (1 - chance))[:, None]).T @ design + pull
        step = np.linalg.solve(curve, slope)
        at += np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    return Recommendation(float(at[0]), float(at[1]), "fitted", int(asked.sum()), float(said.sum()))
