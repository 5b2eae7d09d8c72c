"""Rows of evidence: given their columns and types, and put together."""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from ...tables import TableError
from ..contract import EVIDENCE, checked_evidence

# So many observations of a share make half of a full observation of it.
HALF_KNOWN = 2.0


def rows(
    table: ir.Table,
    indicator: Any,
    *,
    value: Any,
    day: Any,
    strength: Any = 1.0,
    ends_on: Any = None,
    detail: Any = None,
) -> ir.Table:
    """Return a row of evidence per row of the table, in the types of the contract.

    `indicator` is a code or a column of codes. Rows of nobody are left out.
    """
    code = ibis.literal(indicator) if isinstance(indicator, str) else indicator
    picked = table.select(
        customer_id=table.customer_id,
        indicator=code.cast("string"),
        value=_number(value),
        day=_typed(day, "date"),
        strength=_number(strength),
        ends_on=_typed(ends_on, "date"),
        detail=_typed(detail, "string"),
    )
    return picked.filter(picked.customer_id.notnull())


def collect(*evidence: Any) -> ir.Table:
    """Return all rows of evidence as one table, or refuse tables that name customers differently.

    Takes tables with the columns of EVIDENCE; refuses none at all with ValueError, and whole
    numbers beside texts as customer_id with TableError.
    """
    tables = [checked_evidence(table) for table in evidence]
    if not tables:
        raise ValueError("give at least one table of evidence")
    kinds = {str(table.customer_id.type().copy(nullable=True)) for table in tables}
    is_text = {table.customer_id.type().is_string() for table in tables}
    if len(is_text) > 1:
        raise TableError(f"customer_id is of several types: {', '.join(sorted(kinds))}")
    own = "string" if is_text.pop() else "int64"
    casts = {"customer_id": own, "value": "float64", "strength": "float64"}
    names = [column.name for column in EVIDENCE]
    alike = [table.cast({**casts, "detail": "string"}).select(*names) for table in tables]
    return reduce(lambda one, other: one.union(other), alike)


def strength_of(observations: Any) -> Any:
    """Return how much of a full observation a share over so many is: n / (n + 2)."""
    return observations / (observations + HALF_KNOWN)


def _typed(value: Any, kind: str) -> Any:
    return value.cast(kind) if isinstance(value, ir.Value) else ibis.literal(value, kind)


def _number(value: Any) -> Any:
    """Return a float in every engine: PostgreSQL takes a bare 0.9 for a decimal."""
    one = ibis.literal(1).cast("int64").cast("float64")
    return _typed(value, "float64") * one
