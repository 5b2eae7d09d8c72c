"""Reads tables out of the database into Parquet files, in a process of its own.

`python -m stamgast.scoring.reader` takes lines on standard input, each a JSON object: first `database`
(the path of a SQLite file, or a postgresql:// address) and `folder`, then queries (name -> SQL). It
answers each of the latter with a line: how many rows every query gave. It must never be imported by a
process that opens Django's connection: the driver brings its own SQLite library, and two of them on
one file drop each other's locks and lose committed rows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def read(database: str, queries: dict[str, str], folder: Path) -> dict[str, int]:
    """Write each query's rows to `folder/name.parquet`; returns how many rows each gave.

    It speaks to the driver itself: the layer that ADBC puts around it loads pandas (and Polars, where
    that is installed), which takes longer than reading a million orders.
    """
    import pyarrow
    import pyarrow.parquet as parquet
    from adbc_driver_manager import AdbcConnection, AdbcStatement

    rows: dict[str, int] = {}
    is_sqlite = not database.startswith("postgresql")
    with _driver(database) as opened, AdbcConnection(opened) as connection:
        if is_sqlite:
            with AdbcStatement(connection) as statement:  # wait like every other connection
                statement.set_sql_query("PRAGMA busy_timeout = 30000")
                statement.execute_update()
        for name, sql in queries.items():
            with AdbcStatement(connection) as statement:
                if is_sqlite:
                    # Columns are typed by their first rows: look at many before deciding.
                    statement.set_options(**{"adbc.sqlite.query.batch_rows": "65536"})
                statement.set_sql_query(sql)
                stream, _ = statement.execute_query()
                count = 0
                with pyarrow.RecordBatchReader.from_stream(stream) as batches:
                    file = folder / f"{name}.parquet"
                    schema = _in_time(batches.schema)
                    with parquet.ParquetWriter(file, schema) as writer:
                        for batch in batches:
                            writer.write_batch(batch.cast(schema))
                            count += batch.num_rows
                rows[name] = count
    return rows


def _in_time(schema: Any) -> Any:
    """Let days and moments that every row has be such, where SQLite gives text.

    Every calculation reads them again, and text takes it longer than all that it adds up.
    """
    import pyarrow

    for name, kind in {"day": pyarrow.date32(), "ordered_at": pyarrow.timestamp("us")}.items():
        at = schema.get_field_index(name)
        if at >= 0 and pyarrow.types.is_string(schema.field(at).type):
            schema = schema.set(at, pyarrow.field(name, kind))
    return schema


def _driver(database: str) -> Any:
    if database.startswith("postgresql"):
        import adbc_driver_postgresql as postgresql

        return postgresql.connect(database)
    import adbc_driver_sqlite as sqlite

    return sqlite.connect(f"file:{database}?mode=ro")


if __name__ == "__main__":
    place = json.loads(sys.stdin.readline())
    for line in sys.stdin:
        try:
            counts = read(place["database"], json.loads(line), Path(place["folder"]))
        except Exception as error:  # the cause comes first, then the statement: all on one line
            raise SystemExit(" ".join(f"{type(error).__name__}: {error}".split())) from error
        print(json.dumps(counts), flush=True)  # noqa: T201 - the answer to who started us
