"""What every reader of files offers, and what they share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

LONGEST_CELL = 1_000_000  # characters; more means a missing quote or an attack
MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file it begins on, its cells, and what is wrong with it as a row."""

    line: int
    cells: list[str | None]
    flaw: str = ""  # "", "columns" (more cells than columns) or "quotes"
    rest: tuple[str | None, ...] = ()  # the cells that are too many


class Source(Protocol):
    """A file of rows. The engine reads it as texts; typing them comes later."""

    path: Path
    columns: list[str]

    def rows(self) -> Iterator[Row]:
        """Read row by row in plain Python: for samples, and for the few rows somebody must mend."""

    def stage(self, engine: Any, columns: Collection[str], scratch: Path) -> bool:
        """Make the view `raw(line, c0, c1, ... of the columns asked for, flaw)` in the engine.

        Returns whether cells may hold characters that could not be decoded.
        """


def tell_apart(names: Iterable[object]) -> list[str]:
    """Return column names without white space around them, each once, none empty."""
    seen: dict[str, int] = {}
    columns = []
    for place, name in enumerate(names, start=1):
        column = " ".join(str(name).replace("\x00", "").split())[:100] if name is not None else ""
        column = column or f"column_{place}"
        seen[column] = seen.get(column, 0) + 1
        columns.append(column if seen[column] == 1 else f"{column}_{seen[column]}")
    return columns


MENDED = "stamgast_row"  # the column by which a file of rows to mend is known
_GUARDED = re.compile(r"'(?=[=+\-@\t\r'])")


def is_mended(source: Source) -> bool:
    """Say whether the file is one of rows that went out to be mended."""
    return MENDED in source.columns


def guard(cell: str) -> str:
    """Return a cell for a CSV of ours, so that no spreadsheet takes it for a formula.

    Numbers are left alone: "-12,50" is no formula.
    """
    is_risky = cell[:1] in {"=", "+", "-", "@", "\t", "\r", "'"} and not _PLAIN.fullmatch(cell)
    return f"'{cell}" if is_risky else cell


def unguard(cell: str) -> str:
    """Return what stood in a cell before `guard`."""
    return _GUARDED.sub("", cell, count=1) if cell.startswith("'") else cell


_PLAIN = re.compile(r"[+-]?\d[\d.,]*")


def stage_rows(
    engine: Any, rows: Iterable[Row], places: list[int], *, at_once: int = 20_000
) -> None:
    """Make the view `raw` from rows read in Python; `places` are the cells that are wanted."""
    cells = [f"c{place}" for place in places]
    names = ", ".join(f"{cell} VARCHAR" for cell in cells)
    engine.execute(f"CREATE TABLE raw_rows (line BIGINT, {names}, flaw VARCHAR)")
    lists = ", ".join(f"unnest(${cell}::VARCHAR[])" for cell in cells)
    insert = (
        f"INSERT INTO raw_rows SELECT unnest($line::BIGINT[]), {lists}, unnest($flaw::VARCHAR[])"
    )
    source = iter(rows)
    while some := list(islice(source, at_once)):
        columns = {f"c{place}": [row.cells[place] for row in some] for place in places}
        about = {"line": [row.line for row in some], "flaw": [row.flaw or None for row in some]}
        engine.execute(insert, {**about, **columns})
    engine.execute("CREATE VIEW raw AS SELECT * FROM raw_rows")
