"""The feed as the tables calculations ask for: SQLite knows neither days nor booleans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

FACETS = ("shop", "brand", "country", "channel")


def orders_of(con: Any, folder: Path, unit: float) -> ir.Table:
    """Return the orders of the feed with days, moments and flags; amounts in major units."""
    raw = con.read_parquet(folder / "orders.parquet")
    amounts = {
        name: raw[f"{name}_minor"].cast("float64") / unit
        for name in ("revenue", "margin", "discount", "returned")
    }
    return raw.select(
        "order_id",
        "customer_id",
        "currency",
        *FACETS,
        day=as_day(raw.day),
        ordered_at=raw.ordered_at.cast("timestamp"),
        is_purchase=raw.is_purchase.cast("boolean"),
        is_margin_assumed=raw.is_margin_assumed.cast("boolean"),
        **amounts,
    )


def as_day(column: ir.Value) -> ir.Value:
    """Read a day, empty text for none; a column without any arrives from SQLite as numbers."""
    if column.type().is_integer():
        return ibis.null("date")
    return column.nullif("").cast("date") if column.type().is_string() else column.cast("date")
