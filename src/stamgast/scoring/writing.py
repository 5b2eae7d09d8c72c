"""Writing scores by the hundred thousand, in chunks short enough for a note on a screen to pass."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from stamgast.scoring.models import Score

# A chunk holds the write lock for some 30 ms on an ordinary disk; the pause lets others pass.
CHUNK_ROWS = 2000
PAUSE_SECONDS = 0.004
COLUMNS = tuple(field.column for field in Score._meta.concrete_fields if not field.primary_key)


def write_scores(file: Path, *, run_id: int) -> int:
    """Write the scores of a Parquet file as rows of this run; returns how many."""
    import pyarrow.parquet as parquet

    written = 0
    for rows in _chunks(parquet.ParquetFile(file), run_id):
        with transaction.atomic():
            _insert(rows)
        written += len(rows)
        time.sleep(PAUSE_SECONDS)
    return written


def forget_scores(run_ids: list[int]) -> None:
    """Delete the scores of runs that nobody sees, a chunk at a time."""
    table = Score._meta.db_table
    for run_id in run_ids:
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {table} WHERE id IN "  # noqa: S608 - our own table's name
                    f"(SELECT id FROM {table} WHERE run_id = %s LIMIT {CHUNK_ROWS})",
                    [run_id],
                )
                deleted = cursor.rowcount
            if deleted < CHUNK_ROWS:
                break
            time.sleep(PAUSE_SECONDS)


def _chunks(source: Any, run_id: int) -> Iterator[list[tuple[Any, ...]]]:
    names = [name for name in COLUMNS if name != "run_id"]
    place = COLUMNS.index("run_id")
    for batch in source.iter_batches(batch_size=CHUNK_ROWS, columns=names):
        columns = [batch.column(name).to_pylist() for name in names]
        columns.insert(place, [run_id] * batch.num_rows)
        yield list(zip(*columns, strict=True))


def _insert(rows: list[tuple[Any, ...]]) -> None:
    table, columns = Score._meta.db_table, ", ".join(COLUMNS)
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        marks = ", ".join("?" * len(COLUMNS))
        connection.connection.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
            rows,
        )
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
