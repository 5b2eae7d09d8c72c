"""The tables of one file of orders in the engine, and asking them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stamgast.importers.sheet import Sheet


class Tables:
    """The tables of one file of orders in the engine."""

    def __init__(self, con: Any, sheet: Sheet, *, currency: str, is_vat_included: bool) -> None:
        self.con = con
        self.sheet = sheet
        self.mapped = set(sheet.mapping)
        self.currency = currency
        self.is_vat_included = is_vat_included

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.con.execute(sql, parameters).fetchall()  # type: ignore[no-any-return]

    def one(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        return self.con.execute(sql).fetchone()  # type: ignore[no-any-return]

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of its columns."""
        cursor = self.con.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def fill(self, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Make a table of the engine from rows of Python values."""
        definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self.con.execute(f"CREATE OR REPLACE TABLE {table} ({definition})")
        every = list(rows)
        lists = ", ".join(f"unnest(${name}::{kind}[])" for name, kind in columns.items())
        for start in range(0, len(every), 100_000):
            part = every[start : start + 100_000]
            values = dict(zip(columns, map(list, zip(*part, strict=True)), strict=True))
            self.con.execute(f"INSERT INTO {table} SELECT {lists}", values)

    @property
    def key(self) -> str:
        """The columns that tell an order, as far as this file needs them."""
        parts = ["number", *(["shop"] if "shop" in self.mapped else [])]
        if "kind" in self.mapped and not self.sheet.layout.return_prefix:
            parts.append("is_return_said")
        return ", ".join(parts)
