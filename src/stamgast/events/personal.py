"""What this room holds on a person: that something happened with them, never who they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.database.mentions import redact
from stamgast.events.models import Event, Job
from stamgast.kernel import Person
from stamgast.kernel.person import Held

HOLDS = (Event, Job)


def export(person: Person) -> Held:
    """Return what happened with the person, oldest first."""
    rows = Event.objects.filter(subject="customer", subject_id__in=person.ids).order_by("pk")
    return {"events": list(rows.values("kind", "at", "facts"))}


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person. Nothing should; an error of a job may have said too much."""
    return {
        "events": redact(Event.objects.all(), person, documents=["facts"]),
        "jobs": redact(
            Job.objects.all(), person, texts=["error", "doing"], documents=["facts", "result"]
        ),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Keep the trail: it holds ids only."""
    return {}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Move nothing: what happened with a record stays with it."""
    return {}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Nothing was moved."""
