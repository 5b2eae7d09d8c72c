"""The engine that reads files: one of its own per import, with set memory, threads and scratch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings


@contextmanager
def engine() -> Iterator[tuple[Any, Path]]:
    """Open an engine of its own with set memory and threads, and a scratch folder, gone afterwards."""
    import duckdb

    with TemporaryDirectory(
        prefix="import-", dir=settings.HOME, ignore_cleanup_errors=True
    ) as name:
        scratch = Path(name)
        con = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": settings.ENGINE_MEMORY,
                "threads": settings.ENGINE_THREADS,
                "temp_directory": str(scratch / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            yield _quiet(con), scratch
        finally:
            con.close()


def _quiet(con: Any) -> Any:
    """Keep a connection from drawing a progress bar on our own output."""
    con.execute("SET enable_progress_bar = false")
    return con


def beside(con: Any) -> Any:
    """Return a second connection to the same engine, whose result can be read bit by bit."""
    return _quiet(con.cursor())
