"""One at a time, over all processes: for work that must not run twice at once."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class Taken(Exception):  # noqa: N818 - an answer, not an error
    """Another process does this work now."""


_held: set[int] = set()  # by this process, on PostgreSQL


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the work of this name for as long as the block runs; raises Taken when another does.

    The operating system or the database lets go when the holder dies, so nothing stays locked.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            number = zlib.crc32(f"stamgast:{name}".encode())
            if number in _held:  # the database would give one connection the same lock twice
                raise Taken(name)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
            if not cursor.fetchone()[0]:
                raise Taken(name)
            _held.add(number)
            try:
                yield
            finally:
                _held.discard(number)
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
        return
    file = os.open(Path(settings.HOME) / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(file, name)
        yield
    finally:
        os.close(file)


def _lock(file: int, name: str) -> None:
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        raise Taken(name) from error
