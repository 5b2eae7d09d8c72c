"""From arrays to Arrow: days, moments, words and nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation.clock import Clock, Days, Flags, Floats, Ints
from stamgast.insight.simulation.schemas import SCHEMAS


def table(name: str, columns: dict[str, Any]) -> pa.Table:
    """Make a table of the named schema; refuses missing, unknown or mistyped columns."""
    schema = SCHEMAS[name]
    arrays = []
    for field in schema:
        values = columns.pop(field.name)
        if isinstance(values, np.ndarray):
            values = pa.array(values)
        arrays.append(values if values.type == field.type else values.cast(field.type))
    if columns:
        raise KeyError(f"table {name!r} has no column {', '.join(columns)}")
    return pa.Table.from_arrays(arrays, schema=schema)


def pick(pool: Sequence[str], index: Ints, missing: Flags | None = None) -> Any:
    """Return the words at the indices, null where missing."""
    where = pa.array(index, mask=missing)
    return pa.array(pool, type=pa.string()).take(where)


def moments(clock: Clock, at: Floats, missing: Flags | None = None) -> Any:
    """Return the moments as UTC timestamps, null where missing."""
    seconds = clock.utc(np.where(missing, 0.0, at) if missing is not None else at)
    values = seconds.astype("datetime64[us]").view(np.int64)
    return pa.array(values, mask=missing).cast(pa.timestamp("us", tz="UTC"))


def days(values: Days, missing: Flags | None = None) -> Any:
    """Return the days, null where missing or not a day."""
    day = values.astype("datetime64[D]")
    hidden = np.isnat(day) if missing is None else missing | np.isnat(day)
    return pa.array(day.view(np.int64).astype(np.int32), mask=hidden).cast(pa.date32())


def days_of(clock: Clock, at: Floats, missing: Flags) -> Any:
    """Return the local days of the moments, null where missing."""
    return days(clock.day(np.where(missing, 0.0, at)), missing)


def constant(word: str | None, count: int) -> Any:
    """Return the same word so many times."""
    return pa.array([word], type=pa.string()).take(pa.array(np.zeros(count, dtype=np.int64)))
