"""Tables as text, so that a test can be read by someone who does not program.

    customer | day        | margin
    anna     | 2024-01-03 | 12.50

An empty cell is a missing value; days, numbers, yes and no are recognised.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

_TYPES = {
    "customer_id": pa.string(),
    "revenue": pa.float64(),
    "margin": pa.float64(),
    "discount": pa.float64(),
    "returned": pa.float64(),
    "margin_365": pa.float64(),
    "margin_365_low": pa.float64(),
    "silence_share": pa.float64(),
    "usual_interval_days": pa.float64(),
}


def table(text: str) -> ir.Table:
    """Read a text table; the column `customer` becomes customer_id."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    names = ["customer_id" if name == "customer" else name for name in rows[0]]
    columns = {
        name: pa.array([_value(row[place]) for row in rows[1:]], type=_TYPES.get(name))
        for place, name in enumerate(names)
    }
    return ibis.memtable(pa.table(columns))


def rows(result: ir.Table, *columns: str) -> list[tuple[Any, ...]]:
    """Return the rows of a result as plain values, in the order of their first columns."""
    found = result.select(*columns) if columns else result
    return sorted(
        (tuple(row.values()) for row in found.to_pyarrow().to_pylist()),
        key=lambda row: tuple((value is None, str(value)) for value in row),
    )


def per_customer(result: ir.Table, column: str) -> dict[Any, Any]:
    """Return one column by customer."""
    found = result.select("customer_id", column).to_pyarrow()
    return dict(zip(*(found[name].to_pylist() for name in found.column_names), strict=True))


def every(days: int, *, times: int, start: str = "2024-01-01") -> list[date]:
    """Return days with a fixed interval between them."""
    first = date.fromisoformat(start).toordinal()
    return [date.fromordinal(first + days * number) for number in range(times)]


def orders_of(days: dict[str, list[date]]) -> ir.Table:
    """Return an order per customer and day."""
    pairs = [(customer, day) for customer, bought in days.items() for day in bought]
    return ibis.memtable(
        pa.table(
            {
                "customer_id": pa.array([customer for customer, _ in pairs], pa.string()),
                "day": pa.array([day for _, day in pairs], pa.date32()),
            }
        )
    )


def _value(cell: str) -> Any:
    if cell == "":
        return None
    if cell in ("yes", "no"):
        return cell == "yes"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return date.fromisoformat(cell)
    if re.fullmatch(r"-?\d+", cell):
        return int(cell)
    if re.fullmatch(r"-?\d*\.\d+", cell):
        return float(cell)
    return cell
