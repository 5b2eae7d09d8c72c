"""Files of orders as shops write them, for the tests of imports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

COLUMNS = ("order", "date", "customer", "sku", "quantity", "price")

PLAIN = (
    ("1001", "2025-03-01 10:00:00", "anna", "tea", "2", "4.50"),
    ("1001", "2025-03-01 10:00:00", "anna", "cup", "1", "12.00"),
    ("1002", "2025-03-02 11:30:00", "bram", "tea", "1", "4.50"),
    ("1003", "2025-03-09 09:15:00", "anna", "tea", "3", "4.25"),
    ("1004", "2025-03-10 16:45:00", "", "cup", "1", "12.00"),
)


def as_csv(
    rows: Iterable[Sequence[Any]],
    columns: Sequence[str] = COLUMNS,
    *,
    delimiter: str = ",",
    newline: str = "\n",
) -> str:
    """Return rows as the text of a CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def write_csv(
    path: Path,
    rows: Iterable[Sequence[Any]],
    columns: Sequence[str] = COLUMNS,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    newline: str = "\n",
) -> Path:
    """Write rows as a CSV."""
    path.write_bytes(as_csv(rows, columns, delimiter=delimiter, newline=newline).encode(encoding))
    return path


def write_xlsx(path: Path, rows: Iterable[Sequence[Any]], columns: Sequence[str] = COLUMNS) -> Path:
    """Write rows as a workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(columns))
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def write_parquet(
    path: Path, rows: Sequence[Sequence[Any]], columns: Sequence[str] = COLUMNS
) -> Path:
    """Write rows as Parquet, with the types that Arrow gives their values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(values), path)
    return path


def dicts(
    rows: Iterable[Sequence[Any]], columns: Sequence[str] = COLUMNS
) -> list[Mapping[str, Any]]:
    """Return rows by column."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
