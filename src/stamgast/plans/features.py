"""What a plan looks at in a customer, as numbers: the same before a lot as today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np

from stamgast.insight.effect.logistic import Floats

_LONG_AGO = 3_650.0  # days, of who never bought
_FOLLOWERS = 2.0  # orders of the whole that weigh as much as a customer's own


@dataclass(frozen=True)
class Known:
    """Customers as they were known on an evening, in the order of their pairs."""

    features: Floats  # (customers, FEATURES)
    margin: Floats  # expected of one order without any offer, in major units
    silence: Floats  # share of gaps like theirs that outlast their silence
    stage: list[str]
    kind: list[str]
    orders: Floats


FEATURES = (
    "orders", "silent", "silence_share", "interval", "known_for", "order_margin", "discount_share",
    "returns_rate", "economic", "emotional", "are_bonds_known",
)  # fmt: skip


def known_of(table: ir.Table) -> Known:
    """Return what `measurement.before.known_before` tells, as numbers without gaps."""
    rows = table.order_by("pair").to_pyarrow()

    def of(name: str, missing: float | None = None) -> Floats:
        found = np.asarray(
            rows[name].cast("float64").to_numpy(zero_copy_only=False), dtype=np.float64
        )
        gap = np.isnan(found)
        if missing is None:
            some = found[~gap]
            missing = float(np.median(some)) if len(some) else 0.0
        return np.where(gap, missing, found)

    days, margin = of("purchase_days", 0.0), of("margin_per_purchase", 0.0)
    total = float(days.sum())
    mean = float((days * margin).sum()) / total if total else 0.0
    own = (days * margin + _FOLLOWERS * mean) / (days + _FOLLOWERS)
    bonds = rows["emotional"].cast("float64").to_numpy(zero_copy_only=False)
    silence = of("silence_share", 0.5)
    features = np.column_stack(
        [
            np.log1p(of("orders", 0.0)),
            np.log1p(of("days_silent", _LONG_AGO)),
            silence,
            np.log1p(of("mean_interval_days")),
            np.log1p(of("elapsed_days", 0.0)),
            np.arcsinh(own),
            of("discount_share", 0.0),
            of("returns_rate", 0.0),
            of("economic"),
            of("emotional"),
            (~np.isnan(np.asarray(bonds, dtype=np.float64))).astype(np.float64),
        ]
    )
    return Known(
        features, own, silence, _words(rows["stage"]), _words(rows["kind"]), of("orders", 0.0)
    )


def _words(column: Any) -> list[str]:
    return [word or "" for word in column.to_pylist()]
