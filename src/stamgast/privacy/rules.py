"""How long we keep what, and how an export reads; values in, values out."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

# How long we keep what nobody needs any more. Orders are the shop's books and are kept.
KEEP_FILES = timedelta(days=30)
KEEP_ROWS = timedelta(days=90)
KEEP_CALLS = timedelta(days=30)

REASONS = ("request", "consent_withdrawn", "objection", "unlawful", "no_longer_needed")

Rows = Sequence[Mapping[str, Any]]

_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d ().-]*$)")


def safe_cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = plain(value)
    cell = "" if text is None else str(text)
    return "'" + cell if _FORMULA.match(cell) else cell


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: moments and days as ISO 8601, decimals as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def pack(parts: Mapping[str, Rows], *, about: Mapping[str, Any], at: datetime) -> bytes:
    """Return a ZIP: the whole as JSON, each kind of thing as CSV; same facts, same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, text: str) -> None:
            entry = zipfile.ZipInfo(name, date_time=at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())

        whole = {"about": plain(about), **{name: plain(list(rows)) for name, rows in parts.items()}}
        add("person.json", json.dumps(whole, ensure_ascii=False, indent=2))
        for name, rows in parts.items():
            if rows:
                add(f"{name}.csv", as_csv(rows))
    return stream.getvalue()


def as_csv(rows: Rows) -> str:
    """Return rows as CSV with a heading; a value of several parts is written as JSON."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    for row in rows:
        cells = (row.get(column) for column in columns)
        writer.writerow(
            json.dumps(plain(c), ensure_ascii=False) if isinstance(c, dict | list) else safe_cell(c)
            for c in cells
        )
    return stream.getvalue()
