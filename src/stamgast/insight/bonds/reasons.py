"""The evidence behind each bond, the weightiest first: codes and facts, for doors to word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from .contract import checked_evidence
from .indicators import INDICATORS, Indicator, checked_indicators
from .posterior import weighted


def evidence_lines(
    evidence: Any,
    *,
    as_of: date,
    indicators: Iterable[Indicator] = INDICATORS,
    top: int = 3,
) -> ir.Table:
    """Return the weightiest evidence of each customer and bond, one row per line.

    Takes the evidence that `posteriors` took, for the same day; of several rows of one indicator
    the newest is told. Rows of unknown indicators are left out. Refuses a `top` below one with
    ValueError. Lazy.

    Columns:

    - customer_id, bond
    - line: 1, 2, ... within the bond, the weightiest first
    - indicator, value, day, ends_on, detail: as observed
    - direction: `for`, `against`, or `neither` (a value between 0.4 and 0.6)
    - weight: in observations on that day, before sharing it with its group
    - push: weight x (value - 0.5), how far and which way it moves the bond
    - rows: how many rows of that indicator there are
    """
    if top < 1:
        raise ValueError("top is one line or more")
    rows = weighted(checked_evidence(evidence), checked_indicators(indicators), as_of)
    of_indicator = {"group_by": ("customer_id", "indicator")}
    newest = rows.mutate(
        rows=rows.count().over(ibis.window(**of_indicator)),
        turn=ibis.row_number().over(
            ibis.window(order_by=[rows.day.desc(), rows.value, rows.detail], **of_indicator)
        ),
    )
    newest = newest.filter(newest.turn == 0)
    push = newest.weight * (newest.value - 0.5)
    told = newest.mutate(
        push=push,
        direction=ibis.cases(
            (newest.value > 0.6, "for"), (newest.value < 0.4, "against"), else_="neither"
        ),
    )
    own = ibis.window(
        group_by=("customer_id", "bond"),
        order_by=[told.push.abs().desc(), told.weight.desc(), told.place],
    )
    told = told.mutate(line=ibis.row_number().over(own) + 1)
    told = told.filter(told.line <= top)
    kept = ("value", "day", "ends_on", "detail", "direction", "weight", "push", "rows")
    return told.select("customer_id", "bond", "line", "indicator", *kept)
