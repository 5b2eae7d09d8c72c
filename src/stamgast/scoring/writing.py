"""Writing scores by the hundred thousand, in portions that let a note on a screen pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection

from stamgast.database.bulk import Pace, insert
from stamgast.scoring.models import BondScore, Score, Suggestion


def write_scores(file: Path, *, run_id: int) -> int:
    """Write the scores of a Parquet file as rows of this run; returns how many."""
    return _write(Score, file, run_id)


def write_bonds(file: Path, *, run_id: int) -> int:
    """Write why customers stay, from a Parquet file, as rows of this run; returns how many."""
    return _write(BondScore, file, run_id)


def write_suggestions(file: Path, *, run_id: int) -> int:
    """Write what may suit whom, from a Parquet file, as rows of this run; returns how many."""
    return _write(Suggestion, file, run_id)


def forget_suggestions(*, keep: int | None) -> None:
    """Delete the suggestions of all runs but this one, a portion at a time."""
    runs = Suggestion.objects.order_by().values_list("run_id", flat=True).distinct()
    for run_id in [one for one in runs if one != keep]:
        _delete(Suggestion._meta.db_table, run_id)


def _write(table: type[Score | BondScore | Suggestion], file: Path, run_id: int) -> int:
    import pyarrow.parquet as parquet

    names = [
        str(field.column)
        for field in table._meta.concrete_fields
        if field.column not in {"id", "run_id"}
    ]
    pace, written = Pace(300), 0
    for batch in parquet.ParquetFile(file).iter_batches(batch_size=20_000, columns=names):
        columns = [batch.column(name).to_pylist() for name in names]
        rows: list[tuple[Any, ...]] = list(zip(*columns, strict=True))
        for part in pace.cut(rows):
            with pace.portion(len(part)):
                insert(table, names, part, same={"run_id": run_id})
        written += len(rows)
    return written


def forget_scores(run_ids: list[int]) -> None:
    """Delete the scores and bonds of runs that nobody sees, a portion at a time."""
    for table in (Score._meta.db_table, BondScore._meta.db_table):
        for run_id in run_ids:
            _delete(table, run_id)


def _delete(table: str, run_id: int) -> None:
    """Walk through the run's rows in the order in which they were written: its ids lie together."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT MIN(id), MAX(id) FROM {table} WHERE run_id = %s",  # noqa: S608 - our own name
            [run_id],
        )
        first, last = cursor.fetchone()
    pace = Pace(300)
    while first is not None and first <= last:
        beyond = first + pace.size
        with pace.portion(pace.size), connection.cursor() as cursor:
            cursor.execute(
                # The plus keeps SQLite to the ids: by the run it would find all rows every time.
                f"DELETE FROM {table} WHERE id >= %s AND id < %s AND +run_id = %s",  # noqa: S608
                [first, beyond, run_id],
            )
        first = beyond
