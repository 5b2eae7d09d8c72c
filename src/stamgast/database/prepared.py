"""Reads whose statement is built once: on a hot path, building a query costs far more than running it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators

P = ParamSpec("P")
Row = TypeVar("Row")


def prepared(ask: Callable[P, QuerySet[Any, Row]]) -> Callable[P, list[Row]]:
    """Make of a function that returns a queryset one that returns its rows.

    The function itself runs once, with a mark for every value; its statement is kept and run with the
    values of each call. So it may put them nowhere but into conditions as they are, and none may be
    None.
    """
    kept: dict[tuple[Any, ...], _Statement] = {}

    @wraps(ask)
    def asked(*values: P.args, **named: P.kwargs) -> list[Row]:
        given: dict[Any, Any] = dict(enumerate(values))
        given.update(named)
        places = tuple(given)
        if places not in kept:
            marks: Any = [Mark(n) for n in range(len(values))]
            rows = ask(*marks, **{name: Mark(name) for name in named})  # type: ignore[arg-type]
            kept[places] = _Statement(rows)
        return kept[places].run(given)

    return asked


def first(rows: Sequence[Row]) -> Row | None:
    """Return the first row, or None when there is none."""
    return rows[0] if rows else None


class Mark(Expression):
    """The place of a value that comes later."""

    def __init__(self, name: int | str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    @cached_property
    def output_field(self) -> Field[Any, Any]:
        """Return no particular kind: the column it is compared with decides."""
        return Field()


class _Statement:
    """The statement of a queryset, and how its rows become what the queryset holds."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(using=rows.db)
        self._sql, parameters = compiler.as_sql()
        self._parameters = tuple(parameters)
        columns = [column for column, *_ in compiler.select]
        self._converters = list(compiler.get_converters(columns).items())
        kind = rows._iterable_class
        self._is_flat = kind is FlatValuesListIterable
        self._model = None
        if kind is ModelIterable:
            own = compiler.klass_info["select_fields"]
            self._own = slice(own[0], own[-1] + 1)
            self._model = compiler.klass_info["model"]
            self._names = [column.target.attname for column in columns[self._own]]
            self._related = get_related_populators(  # type: ignore[call-arg] # of Django 6.1
                compiler.klass_info, compiler.select, rows.db
            )

    def run(self, given: Mapping[Any, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                self._sql,
                [
                    _stored(given[one.name]) if isinstance(one, Mark) else one
                    for one in self._parameters
                ],
            )
            found = cursor.fetchall()
        return [self._made(row) for row in self._converted(found)] if found else []

    def _converted(self, found: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        if not self._converters:
            yield from found
            return
        for row in map(list, found):
            for place, (converters, expression) in self._converters:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
            yield row

    def _made(self, row: Sequence[Any]) -> Any:
        if self._model is None:
            return row[0] if self._is_flat else tuple(row)
        made = self._model.from_db(connection.alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, made)
        return made


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
