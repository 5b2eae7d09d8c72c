"""Reads tables out of the database into Parquet files, in a process of its own.

`python -m stamgast.scoring.reader` takes one JSON object on standard input: `database` (the path of
a SQLite file, or a postgresql:// address), `folder`, `queries` (name -> SQL) and `later`: more of
those, read while the first are being looked at. It answers both with a line: how many rows every
query gave. It must never be imported by a process that opens Django's connection: the driver brings
its own SQLite library, and two of them on one file drop each other's locks and lose committed rows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def read(database: str, queries: dict[str, str], folder: Path) -> dict[str, int]:
    """Write each query's rows to `folder/name.parquet`; returns how many rows each gave."""
    import pyarrow.parquet as parquet

    rows: dict[str, int] = {}
    with _connect(database) as connection:
        for name, sql in queries.items():
            with connection.cursor() as cursor:
                if not database.startswith("postgresql"):
                    # Columns are typed by their first rows: look at many before deciding.
                    cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": 65536})
                cursor.execute(sql)
                reader = cursor.fetch_record_batch()
                count = 0
                with parquet.ParquetWriter(folder / f"{name}.parquet", reader.schema) as writer:
                    for batch in reader:
                        writer.write_batch(batch)
                        count += batch.num_rows
                rows[name] = count
    return rows


def _connect(database: str) -> Any:
    if database.startswith("postgresql"):
        import adbc_driver_postgresql.dbapi as postgresql

        return postgresql.connect(database)
    import adbc_driver_sqlite.dbapi as sqlite

    return sqlite.connect(f"file:{database}?mode=ro")


if __name__ == "__main__":
    order = json.load(sys.stdin)
    for part in [part for part in ("queries", "later") if order.get(part)]:
        counts = read(order["database"], order[part], Path(order["folder"]))
        print(json.dumps(counts), flush=True)  # noqa: T201 - the answer to who started us
