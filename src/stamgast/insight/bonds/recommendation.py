"""How likely a customer is to recommend us, from what they think of us: kept apart from loyalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from ..tables import Column

EDGE = 0.001


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
