"""Where the calculations run: DuckDB by default, any Ibis backend by choice."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir


def connect(*, memory: str = "2GB", threads: int | None = None, scratch: Path | None = None) -> Any:
    """Open an in-memory DuckDB that keeps to the given memory, threads and scratch folder.

    It never reaches for the network: no extension is installed or loaded by itself. A moment falls
    on its UTC date whatever the zone of the machine; larger-than-memory work spills to the scratch
    folder, by default one in the system's temporary folder.
    """
    settings: dict[str, Any] = {
        "memory_limit": memory,
        "temp_directory": str(scratch or Path(tempfile.gettempdir()) / "stamgast-engine"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads is not None:
        settings["threads"] = threads
    con = ibis.duckdb.connect(**settings)
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def beside(con: Any) -> Any:
    """Open a second connection to the database of a DuckDB connection, for work in another thread."""
    return ibis.duckdb.from_connection(con.con.cursor())


def as_table(source: Any) -> ir.Table:
    """Take what an analyst has and return an Ibis table over it.

    Accepts an Ibis table (of any backend, returned as it is), the path of a Parquet or CSV file or
    of a folder of Parquet files, a pandas or Polars frame, a pyarrow table, or a DuckDB relation
    (which is copied into memory). Files and frames run on Ibis' default backend; when none was
    chosen, `connect()` becomes it. Refuses a missing file with FileNotFoundError and anything else
    with TypeError.
    """
    if isinstance(source, ir.Table):
        return source
    if ibis.options.default_backend is None:
        ibis.set_backend(connect())
    if isinstance(source, str | Path):
        return _read_file(Path(source))
    if hasattr(source, "to_arrow_table"):  # a DuckDB relation
        source = source.to_arrow_table()
    try:
        if source is None:
            raise TypeError("nothing given")
        return ibis.memtable(source)
    except Exception as error:
        raise TypeError(
            f"cannot read a table from {type(source).__name__}: give an Ibis table, a Parquet or "
            "CSV path, a pandas or Polars frame, a pyarrow table or a DuckDB relation"
        ) from error


def _read_file(path: Path) -> ir.Table:
    if path.is_dir():
        return ibis.read_parquet(path / "*.parquet")
    if not path.is_file() and "*" not in path.name:
        raise FileNotFoundError(f"there is no file {path}")
    return (ibis.read_csv if ".csv" in path.suffixes else ibis.read_parquet)(path)
