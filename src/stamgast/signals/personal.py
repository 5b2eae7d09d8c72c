"""What this room may hold on a customer: what colleagues wrote that names them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.signals.models import Alarm, OutsideEvent

HOLDS = (OutsideEvent, Alarm)

_TEXTS = ("title", "note", "source")
_DOCUMENTS = ("skus", "categories", "countries")


def export(person: Person) -> Held:
    """Return the outside events and outcomes of alarms that name the person."""
    events = mentioning(OutsideEvent.objects.all(), person, texts=_TEXTS, documents=_DOCUMENTS)
    alarms = mentioning(Alarm.objects.all(), person, texts=["outcome"])
    return {
        "outside_events": list(events.order_by("pk").values("starts_on", *_TEXTS)),
        "alarms": list(alarms.order_by("pk").values("raised_on", "outcome")),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in what colleagues wrote."""
    return {
        "outside_events": redact(
            OutsideEvent.objects.all(), person, texts=[*_TEXTS, "key"], documents=_DOCUMENTS
        ),
        "alarms": redact(Alarm.objects.all(), person, texts=["outcome"]),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """No row here is the person's own."""
    return {}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """No row here is a customer's own."""
    return {}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Nothing was moved."""
