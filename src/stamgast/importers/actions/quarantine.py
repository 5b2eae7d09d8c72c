"""Rows nobody can use yet: kept whole, with what is wrong, until somebody mends or drops them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stamgast.database import bulk
from stamgast.importers.files.source import Row, Source
from stamgast.importers.models import Batch, RowToMend
from stamgast.importers.personal import name_erased
from stamgast.sales.rules import digest


@dataclass(slots=True)
class BadRow:
    """A row of the file that cannot be used, and what is known of it from earlier files."""

    line: int
    column: str
    value: str
    problem: str
    row: dict[str, str | None]
    number: str
    shop: str
    content: int
    known: int | None = None  # the row that is kept of it
    is_closed: bool = False  # mended or dropped before
    mended_into: str = ""  # the order it went to


def read_bad(
    source: Source,
    mapping: dict[str, str],
    bad: Sequence[tuple[int, str, str | None, str | None]],
) -> list[BadRow]:
    """Read the bad rows whole, and look up which of them are known already."""
    if not bad:
        return []
    told = {line: (what, number, shop) for line, what, number, shop in bad}
    last = max(told)
    seen: Counter[str] = Counter()
    rows = []
    for row in source.rows():
        if row.line > last:
            break
        if row.line in told:
            rows.append(_bad_row(row, source.columns, mapping, *told[row.line], seen=seen))
    _look_up(rows)
    return rows


def _bad_row(
    row: Row,
    columns: list[str],
    mapping: dict[str, str],
    what: str,
    number: str | None,
    shop: str | None,
    *,
    seen: Counter[str],
) -> BadRow:
    field, _, problem = what.partition(":")
    cells = {column: _storable(cell) for column, cell in zip(columns, row.cells, strict=False)}
    for place, cell in enumerate(row.rest, start=len(columns) + 1):
        cells[f"column_{place}"] = _storable(cell)
    column = mapping.get(field, "")
    text = json.dumps(cells, sort_keys=True, ensure_ascii=False)
    seen[text] += 1
    return BadRow(
        line=row.line,
        column=column,
        value=(cells.get(column) or "")[:500],
        problem=problem,
        row=cells,
        number=(number or "")[:64],
        shop=shop or "",
        content=digest(f"{seen[text]}:{text}"),
    )


def _storable(cell: str | None) -> str | None:
    return cell.replace("\x00", "\ufffd") if cell else cell


def _look_up(rows: Iterable[BadRow]) -> None:
    if not RowToMend.objects.exists():
        return
    by_content = {row.content: row for row in rows}
    with bulk.keys_table(
        "asked_rows", {"content": "bigint"}, ((c,) for c in by_content), key="content"
    ):
        found = bulk.select(
            "SELECT r.content, r.id, r.mended_at IS NOT NULL OR r.dropped_at IS NOT NULL, r.number "
            "FROM asked_rows a JOIN stamgast_rowtomend r ON r.content = a.content ORDER BY r.id"
        )
    for content, pk, is_closed, number in found:
        row = by_content[content]
        if row.is_closed:
            continue
        row.known, row.is_closed = pk, bool(is_closed)
        row.mended_into = number if is_closed else ""


def write_bad(batch: Batch, rows: Sequence[BadRow]) -> None:
    """Keep the rows that are new; those that wait already move to this batch, where they came again."""
    again = [(row.known, row.line) for row in rows if row.known and not row.is_closed]
    pace = bulk.Pace(500)
    for part in pace.cut(again):
        with pace.portion(len(part)):
            for pk, line in part:
                RowToMend.objects.filter(pk=pk).update(batch=batch, line=line)
    new = [row for row in rows if row.known is None]
    for row, is_of_erased in zip(
        new, name_erased([row.row for row in new], batch.mapping), strict=True
    ):
        if is_of_erased:  # counted and closed, but not kept
            row.row, row.value, row.number, row.is_closed = {}, "", "", True
    for some in pace.cut(new):
        with pace.portion(len(some)):
            RowToMend.objects.bulk_create(
                RowToMend(
                    batch=batch,
                    line=row.line,
                    column=row.column,
                    value=row.value,
                    problem=row.problem,
                    row=row.row,
                    number=row.number,
                    content=row.content,
                    dropped_at=batch.started_at if row.is_closed else None,
                )
                for row in some
            )


def close_superseded(batch: Batch, numbers: Iterable[str], *, at: datetime) -> int:
    """Close rows of earlier files whose order came whole in this one; returns how many."""
    waiting = RowToMend.objects.filter(mended_at=None, dropped_at=None).exclude(batch=batch)
    if not waiting.exclude(number="").exists():
        return 0
    with bulk.keys_table(
        "asked_numbers", {"number": "varchar(64)"}, ((n,) for n in set(numbers)), key="number"
    ):
        found = bulk.select(
            "SELECT r.id FROM asked_numbers a JOIN stamgast_rowtomend r ON r.number = a.number "
            "WHERE r.mended_at IS NULL AND r.dropped_at IS NULL AND r.batch_id <> %s",
            [batch.pk],
        )
    ids: list[Any] = [pk for (pk,) in found]
    for start in range(0, len(ids), 500):
        RowToMend.objects.filter(pk__in=ids[start : start + 500]).update(mended_at=at)
    return len(ids)
