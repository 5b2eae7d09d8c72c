"""CSV and its kin: any delimiter, any common encoding, lines that end in the middle of a cell."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from stamgast.importers.errors import CellTooLarge, FileEmpty, FileIsNoise
from stamgast.importers.files.source import (
    LONGEST_CELL,
    MOST_COLUMNS,
    Row,
    stage_rows,
    tell_apart,
)
from stamgast.importers.files.text import Text, delimiter, lines, survey


class DelimitedFile:
    """A text file of rows.

    The engine reads a well-built file in parallel; one with line ends inside cells, rows of uneven
    length or stray quotes is read by Python, which knows on which line every row begins.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        csv.field_size_limit(LONGEST_CELL)
        with_encoding = self.text.encoding
        first: list[str] = []
        for line in islice(lines(path, with_encoding), 60):
            if len(line) > LONGEST_CELL:
                raise CellTooLarge(name=path.name, line=len(first) + 1, most=LONGEST_CELL)
            first.append(line)
        told = first[0].strip().lower() if first else ""
        self.delimiter = told[4] if told.startswith("sep=") and len(told) == 5 else delimiter(first)
        header = next(self._records(), None)
        if header is None:
            raise FileEmpty(name=path.name)
        self._header_ends = self._line_after_header
        if len(header.cells) > MOST_COLUMNS or self.text.has_zero:
            raise FileIsNoise(name=path.name)
        self.columns = tell_apart(header.cells)

    @cached_property
    def text(self) -> Text:
        """What the file is like as a text."""
        return survey(self.path)

    def rows(self) -> Iterator[Row]:
        """Read row by row; empty rows are left out, short rows are filled up."""
        width = len(self.columns)
        records = self._records()
        next(records)
        for record in records:
            cells = record.cells
            if len(cells) == width:
                yield record
                continue
            rest = tuple(cells[width:]) if any(cells[width:]) else ()
            cells = cells[:width] + [None] * (width - len(cells))
            yield Row(record.line, cells, record.flaw or ("columns" if rest else ""), rest)

    def _records(self) -> Iterator[Row]:
        """Read records, the header first. A quote that is never closed spoils its own line only."""
        text = lines(self.path, self.text.encoding)
        start = 0
        while True:
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            begins = start + 1
            flawed: int | None = None
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    ends = start + reader.line_num
                    if "field larger" in str(error):
                        raise CellTooLarge(
                            name=self.path.name, line=begins, most=LONGEST_CELL
                        ) from None
                    flawed = begins
                    if ends == begins:
                        yield self._flawed(begins)
                        begins = ends + 1
                        flawed = None
                        continue
                    break
                ends = start + reader.line_num
                is_told = begins == 1 and len(cells) == 1 and cells[0].lower().startswith("sep=")
                if not is_told and any(cell and not cell.isspace() for cell in cells):
                    self._line_after_header = ends + 1
                    yield Row(begins, [*cells])
                begins = ends + 1
            # The record ran over several lines and then broke: take its first line as the bad one.
            yield self._flawed(flawed)
            start = flawed
            text = islice(lines(self.path, self.text.encoding), start, None)

    def _flawed(self, line: int) -> Row:
        words = next(islice(lines(self.path, self.text.encoding), line - 1, None), "")
        cells: list[str | None] = list(words.rstrip("\r\n").split(self.delimiter))
        return Row(line, cells, "quotes")

    def stage(self, engine: Any, columns: Collection[str], scratch: Path) -> bool:
        """Make `raw`: by the engine's own reader when the file is well built, else by Python."""
        places = [place for place, name in enumerate(self.columns) if name in set(columns)]
        if not (self.text.is_clean and self._stage_at_once(engine, places)):
            stage_rows(engine, self.rows(), places)
        return not self.text.is_clean

    def _stage_at_once(self, engine: Any, places: list[int]) -> bool:
        """Let the engine read the file; False when it then cannot know every row's line."""
        import duckdb

        rows = self.text.line_feeds + (0 if self.text.ends_with_line_feed else 1)
        rows -= self._header_ends - 1
        every = [f"c{place}" for place in range(len(self.columns))]
        wanted = ", ".join(f"c{place}" for place in places)
        try:
            engine.execute(
                f"""
                CREATE TABLE raw_rows AS SELECT {wanted} FROM read_csv($path, auto_detect=false,
                    header=false, skip=$skip, delim=$delimiter, quote='"', escape='"', comment='',
                    columns=$columns, nullstr='', strict_mode=true, null_padding=false,
                    max_line_size={LONGEST_CELL})
                WHERE coalesce({", ".join(every)}) IS NOT NULL
                """,
                {
                    "path": str(self.path),
                    "skip": self._header_ends - 1,
                    "delimiter": self.delimiter,
                    "columns": dict.fromkeys(every, "VARCHAR"),
                },
            )
        except duckdb.Error:
            return False
        count = engine.execute("SELECT count(*) FROM raw_rows").fetchone()[0]
        if count != rows:  # a line end inside a cell, or an empty line
            engine.execute("DROP TABLE raw_rows")
            return False
        engine.execute(
            f"CREATE VIEW raw AS SELECT rowid + {self._header_ends} AS line, *, "
            "NULL::VARCHAR AS flaw FROM raw_rows"
        )
        return True
