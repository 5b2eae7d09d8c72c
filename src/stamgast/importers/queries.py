"""Reads of files that came in and of rows to mend."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator

from django.db.models import QuerySet

from stamgast.importers.files.source import MENDED, guard
from stamgast.importers.models import Batch, RowToMend

Word = Callable[[str], str]


def rows_waiting(batch: Batch | None = None) -> QuerySet[RowToMend]:
    """Return the rows that wait to be mended, of one file or of all, in the order of the file."""
    rows = RowToMend.objects.filter(mended_at=None, dropped_at=None)
    if batch is not None:
        rows = rows.filter(batch=batch)
    return rows.select_related("batch").order_by("batch_id", "line", "id")


def rows_as_csv(
    rows: QuerySet[RowToMend], *, word: Word = str, expected: Word = lambda problem: ""
) -> Iterator[str]:
    """Yield rows to mend as lines of a CSV that comes in again after mending.

    The columns of their files come first, then ours: which row it is, its line, the column, what
    stood there, the problem and what was expected, as `word` and `expected` say a problem's code.
    """
    columns = _columns(rows)
    ours = ("line", "column", "value", "problem", "expected")
    line = _Line()
    writer = csv.writer(line)
    writer.writerow([*map(guard, columns), MENDED, *(f"stamgast_{name}" for name in ours)])
    yield line.text
    for row in rows.iterator(chunk_size=1000):
        cells = [guard(row.row.get(name) or "") for name in columns]
        told = [row.pk, row.line, guard(row.column), guard(row.value), word(row.problem)]
        writer.writerow([*cells, *told, expected(row.problem)])
        yield line.text


class _Line:
    """What the writer of a CSV writes into: it keeps the last line."""

    text = ""

    def write(self, text: str) -> None:
        """Take a line."""
        self.text = text


def _columns(rows: QuerySet[RowToMend]) -> list[str]:
    """Return the columns of the files that rows came from, in their order."""
    columns: dict[str, None] = {}
    batches = Batch.objects.filter(pk__in=rows.order_by().values("batch"))
    for result in batches.values_list("result", flat=True):
        columns.update(dict.fromkeys(result.get("columns", ())))
    for cells in rows.values_list("row", flat=True).iterator(chunk_size=1000):
        columns.update(dict.fromkeys(cells))
    return list(columns)
