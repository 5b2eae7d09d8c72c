"""Bringing rows in again that went out as a file to be mended: each knows which row it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction

from stamgast.database import bulk
from stamgast.importers import layouts
from stamgast.importers.actions.mending import bring_mended_row
from stamgast.importers.actions.outcome import Outcome
from stamgast.importers.choosing import Choice
from stamgast.importers.errors import RowClosed, RowStillBad, UnknownLayout
from stamgast.importers.files.source import MENDED, Row, Source, is_mended, unguard
from stamgast.importers.models import Batch, RowToMend
from stamgast.sales.rules import digest
from stamgast.staff.queries import Who

OURS = "stamgast_"  # columns that we added when the rows went out


def choice_of_mended(source: Source) -> Choice | None:
    """Return how the file was read that these rows came from; None for any other file.

    Refuses a file of rows to mend of which no row is known any more.
    """
    if not is_mended(source):
        return None
    for row in source.rows():
        known = _known(_cells(row, source.columns))
        if known is not None:
            batch = known.batch
            layout = layouts.named(batch.layout)
            return Choice(layout, dict(batch.mapping), dict(batch.answers), is_known=True)
    raise UnknownLayout(columns=source.columns)


def bring_mended(
    source: Source,
    batch: Batch,
    *,
    is_dry_run: bool,
    at: datetime,
    by: Who,
    progress: Callable[[float, str], None],
) -> Outcome:
    """Bring in mended rows; one that was mended before counts as unchanged."""
    counts: Counter[str] = Counter()
    pace = bulk.Pace(20)
    rows = source.rows()
    while part := list(islice(rows, pace.size)):
        with pace.portion(len(part)):
            for row in part:
                counts[_bring(row, source.columns, batch, at=at, by=by)] += 1
            transaction.set_rollback(is_dry_run)
        progress(0.5, "writing_orders")
    return Outcome(
        read=counts.total(),
        imported=counts["imported"],
        unchanged=counts["unchanged"],
        quarantined=counts["quarantined"],
    )


def _bring(row: Row, columns: list[str], batch: Batch, *, at: datetime, by: Who) -> str:
    """Bring in one row; returns what became of it."""
    cells = _cells(row, columns)
    own = {name: cell for name, cell in cells.items() if not name.startswith(OURS)}
    known = _known(cells)
    if known is None:
        _keep_unknown(row, own, batch)
        return "quarantined"
    try:
        with transaction.atomic():
            bring_mended_row(known, own, at=at, by=by)
    except RowClosed:
        return "unchanged"
    except RowStillBad as refusal:
        RowToMend.objects.filter(pk=known.pk).update(
            row=own,
            batch=batch,
            line=row.line,
            column=str(refusal.facts["column"])[:100],
            value=str(refusal.facts["value"])[:500],
            problem=refusal.facts["problem"],
        )
        return "quarantined"
    return "imported"


def _cells(row: Row, columns: list[str]) -> dict[str, str | None]:
    pairs: Iterator[tuple[str, str | None]] = zip(columns, row.cells, strict=False)
    return {name: unguard(cell) if cell else cell for name, cell in pairs}


def _known(cells: dict[str, str | None]) -> RowToMend | None:
    name = (cells.get(MENDED) or "").strip()
    if not name.isdecimal() or len(name) > 18:
        return None
    return RowToMend.objects.select_related("batch").filter(pk=int(name)).first()


def _keep_unknown(row: Row, cells: dict[str, str | None], batch: Batch) -> None:
    """Keep a row that names none of the rows to mend."""
    if batch.pk is None:
        return
    content = digest(f"unknown:{sorted(cells.items(), key=str)}")
    RowToMend.objects.get_or_create(
        batch=batch,
        content=content,
        defaults={
            "line": row.line,
            "column": MENDED,
            "value": "",
            "problem": "unknown_row",
            "row": cells,
        },
    )
