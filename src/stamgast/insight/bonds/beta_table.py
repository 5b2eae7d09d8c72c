"""Quantiles of Beta distributions inside the engine, by joining a table of them.

No engine knows the incomplete beta function. A table over mean and weight (alpha plus beta, steps
of 5 %) is worked out once by scipy and joined on the rounded pair; what was rounded off the mean is
put back by shifting. The means lie evenly on the arcsine of their root, so closest near 0 and 1.
Against scipy itself that is within 0.004 from four observations on, and within 0.01 from one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

MEAN_STEPS = 240
WEIGHT_STEP = 1.05
LEAST_WEIGHT, MOST_WEIGHT = 0.05, 1000.0
_WEIGHTS = int(np.ceil(np.log(MOST_WEIGHT / LEAST_WEIGHT) / np.log(WEIGHT_STEP)))
_EDGE = 0.25  # of a step: a mean of 0 or 1 is no Beta distribution, so the table stops short of it


class Spread(NamedTuple):
    """Columns over the rows of a table that `with_spread` returned."""

    low: ir.FloatingColumn
    high: ir.FloatingColumn
    above: ir.FloatingColumn


@lru_cache(maxsize=8)
def beta_table(level: float, threshold: float) -> pa.Table:
    """Return cell, mean, low, high (the middle `level`), above (P of the threshold) and density.

    Refuses a level or threshold outside 0..1 with ValueError.
    """
    from scipy.special import betainc, betaincinv, betaln

    if not (0 < level < 1 and 0 < threshold < 1):
        raise ValueError("level and threshold lie between 0 and 1")
    steps = np.clip(np.arange(MEAN_STEPS + 1), _EDGE, MEAN_STEPS - _EDGE)
    mean, weight = np.meshgrid(
        np.sin(steps * np.pi / (2 * MEAN_STEPS)) ** 2,
        LEAST_WEIGHT * WEIGHT_STEP ** np.arange(_WEIGHTS + 1),
        indexing="ij",
    )
    a, b = (mean * weight).ravel(), ((1 - mean) * weight).ravel()
    tail = (1 - level) / 2
    logs = (a - 1) * np.log(threshold) + (b - 1) * np.log(1 - threshold) - betaln(a, b)
    return pa.table(
        {
            "cell": pa.array(np.arange(a.size, dtype=np.int32)),
            "cell_mean": mean.ravel(),
            "cell_low": betaincinv(a, b, tail),
            "cell_high": betaincinv(a, b, 1 - tail),
            "cell_above": 1 - betainc(a, b, threshold),
            "cell_density": np.exp(logs),
        }
    )


def with_spread(
    table: ir.Table, mean: Any, weight: Any, *, level: float, threshold: float = 0.5
) -> tuple[ir.Table, Spread]:
    """Join the table of Betas to rows with a mean and a weight; return it with the new columns.

    Rows whose mean or weight is missing keep empty columns. Weights beyond 1,000 count as 1,000.
    """
    known = table.mutate(_mean=mean.cast("float64"), _weight=weight.cast("float64"))
    bounded = ibis.least(ibis.greatest(known._weight, LEAST_WEIGHT), MOST_WEIGHT)
    place = ((bounded / LEAST_WEIGHT).ln() / float(np.log(WEIGHT_STEP))).round()
    row = (
        ibis.least(ibis.greatest(known._mean, 0.0), 1.0).sqrt().asin() * (2 * MEAN_STEPS / np.pi)
    ).round()
    cell = (row * (_WEIGHTS + 1) + place).cast("int32")
    known = known.mutate(
        _cell=ibis.ifelse(known._mean.notnull() & known._weight.notnull(), cell, None)
    )
    cells = ibis.memtable(beta_table(level, threshold))
    joined = known.left_join(cells, known._cell == cells.cell)
    shift = joined._mean - joined.cell_mean
    spread = Spread(
        low=_unit(joined.cell_low + shift),
        high=_unit(joined.cell_high + shift),
        # Shifting the whole distribution moves as much chance over the threshold as lies near it.
        above=_unit(joined.cell_above + joined.cell_density * shift),
    )
    return joined, spread


def _unit(value: Any) -> Any:
    """Keep within 0..1; an empty value stays empty, which least and greatest would not promise."""
    return (value.abs() - (value - 1).abs() + 1) / 2
