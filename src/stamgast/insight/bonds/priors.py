"""What is assumed of a customer of whom nothing is seen: the mean of customers like them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from .contract import BONDS

WORTH = 4.0  # observations
# Stated beforehand: in a shop without contracts or systems few are held by those, many by habit
# or price to some degree, and most think neither ill nor warmly of the shop.
STATED = {
    "situational": 0.3,
    "economic": 0.3,
    "legal": 0.1,
    "technical": 0.1,
    "emotional": 0.5,
}
BASE = ""  # the segment of customers who are in none


@dataclass(frozen=True)
class Priors:
    """The mean of each bond, per segment where known, worth so many observations.

    `segments` maps (segment, bond) to a mean; what it lacks falls back on `means`. Refuses means
    outside 0..1 (the ends too: nothing seen can move those), a missing or unknown bond, and a worth
    not above zero, with ValueError.
    """

    means: Mapping[str, float] = field(default_factory=lambda: dict(STATED))
    worth: float = WORTH
    segments: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.means) != set(BONDS):
            raise ValueError(f"give a mean for each of {', '.join(BONDS)}")
        unknown = {bond for _, bond in self.segments} - set(BONDS)
        if unknown:
            raise ValueError(f"there is no bond {unknown.pop()!r}")
        if not all(0 < mean < 1 for mean in (*self.means.values(), *self.segments.values())):
            raise ValueError("the mean of a bond lies between 0 and 1")
        if not self.worth > 0:
            raise ValueError("a prior is worth more than zero observations")

    def table(self) -> ir.Table:
        """Return segment, bond, prior; the base itself is the segment ""."""
        named = sorted({segment for segment, _ in self.segments} | {BASE})
        rows = [
            {
                "segment": segment,
                "bond": bond,
                "prior": float(self.segments.get((segment, bond), self.means[bond])),
            }
            for segment in named
            for bond in BONDS
        ]
        return ibis.memtable(pa.Table.from_pylist(rows))


PRIORS = Priors()
