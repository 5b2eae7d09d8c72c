"""XLSX: the first sheet with rows, read as a stream, within limits that stop a packed bomb."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from stamgast.importers.errors import CellTooLarge, FileDamaged, FileEmpty, FileTooLarge
from stamgast.importers.files.source import (
    LONGEST_CELL,
    MOST_COLUMNS,
    Row,
    stage_rows,
    tell_apart,
)

_MOST_UNPACKED = 1_000_000_000
_MOST_TEXTS = 300_000_000  # texts shared by cells are held in memory
_MOST_RATIO = 300


class Workbook:
    """A workbook of Excel 2007 or later."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _refuse_bomb(path)
        header = next(self._sheet_rows(), None)
        if header is None:
            raise FileEmpty(name=path.name)
        self.columns = tell_apart(header.cells)

    def rows(self) -> Iterator[Row]:
        """Read row by row; empty rows are left out."""
        rows = self._sheet_rows()
        next(rows)
        width = len(self.columns)
        for row in rows:
            cells = row.cells[:width] + [None] * (width - len(row.cells))
            rest = tuple(row.cells[width:]) if any(row.cells[width:]) else ()
            yield Row(row.line, cells, "columns" if rest else "", rest)

    def stage(self, engine: Any, columns: Collection[str], scratch: Path) -> bool:
        """Make `raw` from the rows."""
        places = [place for place, name in enumerate(self.columns) if name in set(columns)]
        stage_rows(engine, self.rows(), places)
        return True

    def _sheet_rows(self) -> Iterator[Row]:
        """Return the rows of the first sheet that has any, the header first."""
        import warnings

        import openpyxl

        book = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
                for sheet in book.worksheets:
                    sheet.reset_dimensions()  # some programs write a wrong size
                    is_empty = True
                    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                        cells = [self._text(value, line) for value in values[:MOST_COLUMNS]]
                        if any(cells):
                            is_empty = False
                            yield Row(line, cells)
                    if not is_empty:
                        return
        except (CellTooLarge, GeneratorExit):
            raise
        except Exception:  # noqa: BLE001 - a damaged workbook fails in ways openpyxl does not name
            raise FileDamaged(name=self.path.name, kind="xlsx") from None
        finally:
            if book is not None:
                book.close()

    def _text(self, value: object, line: int) -> str | None:
        if value is None:
            return None
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        if isinstance(value, datetime):
            return value.isoformat(" ")
        if isinstance(value, date | time):
            return value.isoformat()
        text = str(value)
        if len(text) > LONGEST_CELL:
            raise CellTooLarge(name=self.path.name, line=line, most=LONGEST_CELL)
        return text


def _refuse_bomb(path: Path) -> None:
    """Refuse what is no workbook, and one that unpacks into more than a machine can hold."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileDamaged(name=path.name, kind="xlsx") from None
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise FileDamaged(name=path.name, kind="xlsx")
    unpacked = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    is_bomb = any(
        part.file_size > 10_000_000 and part.file_size > _MOST_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if is_bomb or unpacked > _MOST_UNPACKED or texts > _MOST_TEXTS or len(parts) > 10_000:
        raise FileTooLarge(name=path.name, most=_MOST_UNPACKED // 1_000_000)
