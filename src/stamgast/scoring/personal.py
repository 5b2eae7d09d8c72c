"""What this room holds on a person: what we think of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.scoring.models import BondScore, Run, Score, Suggestion

HOLDS = (Score, BondScore, Suggestion)

_TABLES: dict[str, type[Model]] = {"scores": Score, "bonds": BondScore, "suggestions": Suggestion}
_NOT_OURS_TO_TELL = {"id", "run", "customer", "product", "because"}
_NAMES: dict[type[Model], tuple[str, ...]] = {Suggestion: ("product__name", "because__name")}


def export(person: Person) -> Held:
    """Return the scores: how we see the person is theirs to know."""
    held: dict[str, Any] = {}
    for name, table in _TABLES.items():
        fields = [f.name for f in table._meta.fields if f.name not in _NOT_OURS_TO_TELL]
        rows = _of(table, *person.ids).order_by("pk")
        held[name] = list(rows.values("run__as_of", *fields, *_NAMES.get(table, ())))
    return held


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Scores hold no texts of a person."""
    return {}


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Forget what we thought of the person; the figures of the base stay."""
    return {name: _of(table, *person.ids).delete()[0] for name, table in _TABLES.items()}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Take the scores of the record that went up in another away; returns what they were.

    The other keeps its own until the next scoring sees both histories as one.
    """
    moved = {}
    for name, table in _TABLES.items():
        rows = _of(table, gone)
        moved[name] = [
            {
                field: value.isoformat() if isinstance(value, date) else value
                for field, value in one.items()
            }
            for one in rows.order_by("pk").values()
        ]
        rows.delete()
    return moved


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give the scores back that belong to a run that is still there."""
    runs = set(Run.objects.values_list("pk", flat=True))
    for name, table in _TABLES.items():
        taken = set(_of(table, gone).values_list("run_id", flat=True))
        columns = {field.attname: field for field in table._meta.concrete_fields}
        table._default_manager.bulk_create(
            table(**{field: columns[field].to_python(value) for field, value in one.items()})
            for one in moved.get(name, [])
            if one["run_id"] in runs - taken
        )


def _of(table: type[Model], *customers: int) -> QuerySet[Model]:
    return table._default_manager.filter(customer__in=customers)
