"""Where the calculations run: DuckDB by default, any Ibis backend by choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir


def connect(*, memory: str = "2GB", threads: int | None = None, scratch: Path | None = None) -> Any:
    """Open an in-memory DuckDB that keeps to the given memory, threads and scratch folder.

    It never reaches for the network: no extension is installed or loaded by itself.
    """
    settings: dict[str, Any] = {
        "memory_limit": memory,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads is not None:
        settings["threads"] = threads
    if scratch is not None:
        settings["temp_directory"] = str(scratch)
    return ibis.duckdb.connect(**settings)


def as_table(source: Any) -> ir.Table:
    """Take what an analyst has and return an Ibis table over it.

    Accepts an Ibis table (of any backend, returned as it is), the path of a Parquet or CSV file,
    a pandas or Polars frame, a pyarrow table, or a DuckDB relation. Anything else is refused with
    TypeError.
    """
    if isinstance(source, ir.Table):
        return source
    if isinstance(source, str | Path):
        path = Path(source)
        read = ibis.read_parquet if path.suffix == ".parquet" else ibis.read_csv
        return read(path)
    if hasattr(source, "to_arrow_table"):  # a DuckDB relation
        source = source.to_arrow_table()
    try:
        return ibis.memtable(source)
    except Exception as error:
        raise TypeError(
            f"cannot read a table from {type(source).__name__}: give an Ibis table, a Parquet or "
            "CSV path, a pandas or Polars frame, a pyarrow table or a DuckDB relation"
        ) from error
