"""Writing and finding many rows at once, past the ORM, in portions that let other writers in.

SQLite takes rows through prepared statements, PostgreSQL through COPY. Only actions that load a whole
file use this; they own the tables they name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

_PAUSE = 0.005  # seconds between two portions, in which another writer gets its turn
# Seconds that a portion should hold the lock. One in twenty takes twice as long, which others do not
# notice either.
_LONGEST = 0.025
_MEMORY_TO_COMPARE = "256MB"


class Pace:
    """Cuts work into portions of about 25 ms: each is one transaction, with a pause between."""

    def __init__(
        self, size: int, *, least: int = 20, most: int = 50_000, longest: float = _LONGEST
    ) -> None:
        self.size = size
        self._least = least
        self._most = most
        self._longest = longest
        self._ended = 0.0

    @contextmanager
    def portion(self, rows: int) -> Iterator[None]:
        """Run the block as one transaction; its duration sets how large the next one may be.

        It begins no sooner than a pause after the one before; work done in between counts as pause.
        """
        time.sleep(max(0.0, self._ended + _PAUSE - time.perf_counter()))
        with transaction.atomic():
            began = time.perf_counter()
            yield
        self._ended = time.perf_counter()
        took = max(self._ended - began, 1e-4)
        if rows:
            fits = int(rows * self._longest / took)
            self.size = max(self._least, min(self._most, (self.size + fits) // 2, self.size * 2))

    def cut(self, rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Cut a list into portions of the size that fits at that moment."""
        start = 0
        while start < len(rows):
            part = rows[start : start + self.size]
            yield part
            start += len(part)


def reserve_ids(model: type[Model], count: int) -> int:
    """Set `count` ids apart for rows to come and return the first; they are never given out again."""
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            sequence = cursor.fetchone()[0]
            cursor.execute("SELECT nextval(%s)", [sequence])
            # Changing the step locks the sequence, so the whole range is ours alone.
            cursor.execute(f"ALTER SEQUENCE {sequence} INCREMENT BY {int(count)}")
            cursor.execute("SELECT nextval(%s)", [sequence])
            last = int(cursor.fetchone()[0])
            cursor.execute(f"ALTER SEQUENCE {sequence} INCREMENT BY 1")
            return last - count + 1
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count]
            )
            return 1
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        return int(row[0]) + 1


def insert(
    model: type[Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    same: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows of values for `columns`; `same` are values that all rows share."""
    table = model._meta.db_table
    same = dict(same or {})
    every = [*columns, *same]
    names = ", ".join(f'"{name}"' for name in every)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tail = tuple(same.values())
            with cursor.cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row((*row, *tail))
            return
        marks = ", ".join([*["%s"] * len(columns), *map(_literal, same.values())])
        head = f'INSERT INTO "{table}" ({names}) VALUES '  # noqa: S608
        # Many rows per statement cost half: there is work that SQLite does once per statement.
        at_once = max(1, _VARIABLES // len(columns))
        waiting, rest = iter(rows), list[Sequence[Any]]()
        many: Any = _flat(waiting, at_once, rest)  # Django takes any iterable, and so does SQLite
        cursor.executemany(head + ", ".join([f"({marks})"] * at_once), many)
        cursor.executemany(f"{head}({marks})", rest)


_VARIABLES = 900  # in one statement; every SQLite takes as many


def _flat(
    rows: Iterator[Sequence[Any]], at_once: int, rest: list[Sequence[Any]]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of many rows behind each other; what is left over comes in `rest`."""
    while True:
        part = list(islice(rows, at_once))
        if len(part) < at_once:
            rest += part
            return
        yield tuple(chain.from_iterable(part))


def _literal(value: Any) -> str:
    """Return a value as SQL: only for values of our own, never for what a file says."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''").replace("%", "%%") + "'"


@contextmanager
def keys_table(
    name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]], *, key: str = ""
) -> Iterator[None]:
    """Put keys in a temporary table of this connection, to join with; gone after the block."""
    definition = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    primary = f", PRIMARY KEY ({key})" if key else ""
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({definition}{primary})")
        try:
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f"COPY {name} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(tuple(row))
                cursor.execute(f"ANALYZE {name}")
            else:
                every: Any = rows
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", every)  # noqa: S608
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute(f"DROP TABLE IF EXISTS {name}")


def select(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query as plain tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def select_widely(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query that holds everybody against everybody's orders.

    PostgreSQL keeps what a condition found in memory only while that fits in `work_mem`; of a million
    customers it does not fit the usual 4 MB, and each would be looked up in a list anew.
    """
    if connection.vendor != "postgresql":
        return select(sql, parameters)
    with transaction.atomic():
        select("SELECT set_config('work_mem', %s, TRUE)", (_MEMORY_TO_COMPARE,))
        return select(sql, parameters)
