"""Several small questions asked at once: to build and send each by itself costs more than its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model, QuerySet


@dataclass(frozen=True, slots=True)
class Counting:
    """How many rows there are of each kind, in one statement: built once, asked often."""

    names: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]

    @classmethod
    def of(cls, rows: Mapping[str, QuerySet[Any]]) -> Counting:
        """Prepare to count these rows."""
        parts: list[str] = []
        params: list[Any] = []
        for kept in rows.values():
            sql, given = kept.values("pk").query.sql_with_params()
            parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608 - of the ORM
            params += given
        return cls(tuple(rows), f"SELECT {', '.join(parts)}", tuple(params))

    def ask(self) -> dict[str, int]:
        """Return how many there are now."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.params)
            return dict(zip(self.names, cursor.fetchone(), strict=True))


def tables_that_mention(tables: Iterable[tuple[type[Model], str]], pk: int) -> set[type[Model]]:
    """Return which of these tables hold a row whose foreign key names this one."""
    asked = tuple(tables)
    with connection.cursor() as cursor:
        cursor.execute(_mentions(asked), [pk] * len(asked))
        found = cursor.fetchone()
    return {model for (model, _), there in zip(asked, found, strict=True) if there}


@lru_cache(maxsize=8)
def _mentions(asked: tuple[tuple[type[Model], str], ...]) -> str:
    """Return the statement; its names are those of tables and columns, never what somebody typed."""
    quoted = connection.ops.quote_name
    parts = []
    for model, key in asked:
        field = model._meta.get_field(key)
        assert isinstance(field, Field)
        table, column = quoted(model._meta.db_table), quoted(str(field.column))
        parts.append(f"EXISTS (SELECT 1 FROM {table} WHERE {column} = %s)")  # noqa: S608
    return f"SELECT {', '.join(parts)}"
