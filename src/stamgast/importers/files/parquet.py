"""Parquet: rows are counted from 1, every value is read as the text it would be in a CSV."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from stamgast.importers.errors import FileDamaged, FileEmpty
from stamgast.importers.files.source import MOST_COLUMNS, Row, tell_apart


class ParquetFile:
    """A Parquet file. Only the engine reads it whole; samples and single rows come by Arrow."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            about = pq.ParquetFile(path)
            names = about.schema_arrow.names
            rows = about.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError):
            raise FileDamaged(name=path.name, kind="parquet") from None
        if rows == 0:
            raise FileEmpty(name=path.name)
        self._names = names[:MOST_COLUMNS]
        self.columns = tell_apart(self._names)

    def rows(self) -> Iterator[Row]:
        """Read row by row; rows without any value are left out."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        line = 0
        try:
            for batch in pq.ParquetFile(self.path).iter_batches(20_000):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    line += 1
                    cells = [_as_text(value) for value in values[:MOST_COLUMNS]]
                    if any(cells):
                        yield Row(line, cells)
        except (pa.ArrowException, OSError):
            raise FileDamaged(name=self.path.name, kind="parquet") from None

    def stage(self, engine: Any, columns: Collection[str], scratch: Path) -> bool:
        """Make `raw` by the engine's own reader."""
        import duckdb

        types = {
            name: kind
            for name, kind, *_ in engine.execute(
                "DESCRIBE SELECT * FROM read_parquet($path)", {"path": str(self.path)}
            ).fetchall()
        }
        chosen, every = [], []
        for place, (column, name) in enumerate(zip(self.columns, self._names, strict=True)):
            quoted = '"' + name.replace('"', '""') + '"'
            is_text = types[name] == "VARCHAR"
            every.append(f"{quoted} <> ''" if is_text else f"{quoted} IS NOT NULL")
            if column in set(columns):
                chosen.append(f"{_text_of(quoted, types[name])} AS c{place}")
        try:
            engine.execute(
                f"""
                CREATE TABLE raw_rows AS SELECT file_row_number + 1 AS line, {", ".join(chosen)},
                    NULL::VARCHAR AS flaw
                FROM read_parquet('{str(self.path).replace("'", "''")}', file_row_number=true)
                WHERE {" OR ".join(every)}
                """
            )
            engine.execute("CREATE VIEW raw AS SELECT * FROM raw_rows")
        except duckdb.Error:
            raise FileDamaged(name=self.path.name, kind="parquet") from None
        return True


def _text_of(column: str, kind: str) -> str:
    """Return the SQL for a column as text: 13085.0 is 13085, a moment keeps its zone."""
    if kind in {"DOUBLE", "FLOAT"}:
        return (
            f"CASE WHEN {column} = trunc({column}) AND abs({column}) < 1e15 "
            f"THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
        )
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%d %H:%M:%S.%fZ')"
    if kind == "BLOB":
        return f"decode({column})"
    return f"{column}::VARCHAR"


def _as_text(value: object) -> str | None:
    """Return a value as the engine would write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
