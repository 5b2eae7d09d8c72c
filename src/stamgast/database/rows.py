"""One row added or changed past the ORM: on a hot path, building the query costs far more than running it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def add_row(model: type[Model], values: Mapping[str, Any]) -> int:
    """Add a row with a value for every column but its number, and return that number."""
    with connection.cursor() as cursor:
        cursor.execute(
            _insert(model, tuple(values)),
            [_stored(model, name, value) for name, value in values.items()],
        )
        if connection.features.can_return_columns_from_insert:
            return int(cursor.fetchone()[0])
        return int(cursor.lastrowid)


def change_row(model: type[Model], changes: Mapping[str, Any], **where: Any) -> bool:
    """Change the row whose columns are as `where` says; False when there is none.

    A tuple stands for any of its values, None for empty. Columns go by the names of the fields.
    """
    wanted = {name: value for name, value in where.items() if value is not None}
    shape = tuple(
        (name, len(value) if isinstance(value, tuple) else 0) for name, value in wanted.items()
    )
    nothing = tuple(name for name, value in where.items() if value is None)
    sql = _update(model, tuple(changes), shape, nothing)
    values = [_stored(model, name, value) for name, value in changes.items()]
    for name, value in wanted.items():
        many = value if isinstance(value, tuple) else (value,)
        values += [_stored(model, name, one) for one in many]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return bool(cursor.rowcount == 1)


@lru_cache(maxsize=64)
def _insert(model: type[Model], named: tuple[str, ...]) -> str:
    columns = ", ".join(_column(model, name) for name in named)
    table = connection.ops.quote_name(model._meta.db_table)
    returning = " RETURNING id" if connection.features.can_return_columns_from_insert else ""
    given = ", ".join(["%s"] * len(named))
    return f"INSERT INTO {table} ({columns}) VALUES ({given}){returning}"  # noqa: S608


@lru_cache(maxsize=64)
def _update(
    model: type[Model],
    changed: tuple[str, ...],
    wanted: tuple[tuple[str, int], ...],
    nothing: tuple[str, ...],
) -> str:
    """Return the statement; its names are those of columns, never of what somebody typed."""
    given = ", ".join(f"{_column(model, name)} = %s" for name in changed)
    found = [
        f"{_column(model, name)} IN ({', '.join(['%s'] * many)})"
        if many
        else f"{_column(model, name)} = %s"
        for name, many in wanted
    ]
    found += [f"{_column(model, name)} IS NULL" for name in nothing]
    table = connection.ops.quote_name(model._meta.db_table)
    return f"UPDATE {table} SET {given} WHERE {' AND '.join(found)}"  # noqa: S608


def _column(model: type[Model], name: str) -> str:
    return str(connection.ops.quote_name(str(_field(model, name).column)))


def _stored(model: type[Model], name: str, value: Any) -> Any:
    return _field(model, name).get_db_prep_save(value, connection)


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    found = model._meta.get_field(name)
    assert isinstance(found, Field)
    return found
