"""What this room holds on a person: what we think of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.scoring.models import Run, Score

HOLDS = (Score,)

_NOT_OURS_TO_TELL = {"id", "run", "customer"}


def export(person: Person) -> Held:
    """Return the scores: how we see the person is theirs to know."""
    fields = [f.name for f in Score._meta.fields if f.name not in _NOT_OURS_TO_TELL]
    rows = Score.objects.filter(customer__in=person.ids).order_by("pk")
    return {"scores": list(rows.values("run__as_of", *fields))}


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Scores hold no texts of a person."""
    return {}


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Forget what we thought of the person; the figures of the base stay."""
    return {"scores": Score.objects.filter(customer__in=person.ids).delete()[0]}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Take the scores of the record that went up in another away; returns what they were.

    The other keeps its own until the next scoring sees both histories as one.
    """
    rows = Score.objects.filter(customer=gone)
    values = [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in one.items()
        }
        for one in rows.order_by("pk").values()
    ]
    rows.delete()
    return {"scores": values}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give the scores back that belong to a run that is still there."""
    runs = set(Run.objects.values_list("pk", flat=True))
    taken = set(Score.objects.filter(customer=gone).values_list("run_id", flat=True))
    columns = {field.attname: field for field in Score._meta.concrete_fields}
    Score.objects.bulk_create(
        Score(**{name: columns[name].to_python(value) for name, value in one.items()})
        for one in moved["scores"]
        if one["run_id"] in runs - taken
    )
