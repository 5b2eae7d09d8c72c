"""What is known of each arm, as sums that can be added up: all that the comparisons need.

The unit is the household: whoever shares an address or an e-mail drew one lot together, so their
outcomes count as one. Sums of the same arm may be added when the units were assigned with the same
shares (parts of one lot). Lots with other shares are compared each by itself and pooled afterwards
(`pooling`): adding them up would let a lot with few controls and good customers pass for an effect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.engine import as_table
from stamgast.insight.tables import Column, TableError, check

UNITS = (
    Column("arm", "text", "the arm the unit was assigned to"),
    Column("outcome", "amount", "margin of the period, or another measure; empty counts as 0"),
    Column("before", "amount", "the same measure before the lot; empty counts as 0", True),
    Column("is_buyer", "flag", "bought in the period; without it: outcome is not 0", True),
)


@dataclass(frozen=True)
class Sums:
    """One arm: units, sums of the outcome y and of the same before the lot x, and buyers."""

    n: int
    y: float
    yy: float
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    buyers: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Add the units of another part of the same lot."""
        if not isinstance(other, Sums):
            return NotImplemented
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Sums)))

    @property
    def mean(self) -> float:
        """Mean outcome per unit."""
        return self.y / self.n

    @property
    def variance(self) -> float:
        """Sample variance of the outcome."""
        return self._spread(self.yy, self.y, self.y)

    @property
    def mean_before(self) -> float:
        """Mean of the same measure before the lot."""
        return self.x / self.n

    @property
    def variance_before(self) -> float:
        """Sample variance of the same measure before the lot."""
        return self._spread(self.xx, self.x, self.x)

    @property
    def covariance(self) -> float:
        """Sample covariance of the outcome with the same measure before the lot."""
        return (self.xy - self.x * self.y / self.n) / (self.n - 1)

    def _spread(self, squares: float, one: float, other: float) -> float:
        # Rounding may leave a hair below zero where all units are alike.
        return max(squares - one * other / self.n, 0.0) / (self.n - 1)


def sums_of(outcome: Sequence[float], before: Sequence[float] | None = None) -> Sums:
    """Return the sums of outcomes given one by one, for examples and tests; needs finite values."""
    earlier = before if before is not None else [0.0] * len(outcome)
    if len(earlier) != len(outcome):
        raise EffectRefusal("unequal_lengths", "outcome and before are not equally long")
    return Sums(
        n=len(outcome),
        y=math.fsum(outcome),
        yy=math.fsum(y * y for y in outcome),
        x=math.fsum(earlier),
        xx=math.fsum(x * x for x in earlier),
        xy=math.fsum(x * y for x, y in zip(earlier, outcome, strict=True)),
        buyers=sum(y != 0 for y in outcome),
    )


def sum_arms(units: Any, *, by: Sequence[str] = ()) -> ir.Table:
    """Return one row per arm (and value of `by`): n, y, yy, x, xx, xy, buyers. Lazy, one pass.

    `units` has one row per household (the contract UNITS). Refuses with TableError when a column is
    missing or of another type.
    """
    table = check(as_table(units), UNITS)
    for name in by:
        if name not in table.columns:
            raise TableError(f"the table has no column {name!r} to divide by")
    y = table.outcome.cast("float64").fill_null(0.0)
    x = (
        table.before.cast("float64") if "before" in table.columns else ibis.literal(0.0)
    ).fill_null(0.0)
    bought = table.is_buyer if "is_buyer" in table.columns else y != 0
    rows = table.select(*by, "arm", y=y, x=x, bought=bought.fill_null(False))
    return rows.group_by(*by, "arm").agg(
        n=rows.count(),
        y=rows.y.sum(),
        yy=(rows.y * rows.y).sum(),
        x=rows.x.sum(),
        xx=(rows.x * rows.x).sum(),
        xy=(rows.x * rows.y).sum(),
        buyers=rows.bought.sum(),
    )


def arm_sums(units: Any) -> dict[str, Sums]:
    """Return the sums of each arm; `sum_arms` says what is needed and refused.

    Refuses with `not_finite` amounts that are no numbers, since one of them spoils every figure.
    """
    return arm_sums_by(units, ()).get((), {})


def arm_sums_by(units: Any, by: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Sums]]:
    """Return the sums of each arm per combination of values of `by`, in one pass."""
    found: dict[tuple[Any, ...], dict[str, Sums]] = {}
    for row in sum_arms(units, by=by).to_pyarrow().to_pylist():
        sums = Sums(**{f.name: row[f.name] for f in fields(Sums)})
        if not all(math.isfinite(getattr(sums, f.name)) for f in fields(Sums)):
            raise EffectRefusal(
                "not_finite", f"arm {row['arm']!r} has amounts that are no numbers", arm=row["arm"]
            )
        found.setdefault(tuple(row[name] for name in by), {})[row["arm"]] = sums
    return found
