"""What this room may hold on a customer: calls of programs and saved filters that name them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.staff.models import ApiCall, SavedFilter

HOLDS = (ApiCall, SavedFilter)


def export(person: Person) -> Held:
    """Return the calls of programs whose address or answer names the person."""
    rows = mentioning(ApiCall.objects.all(), person, texts=["path"], documents=["problem"])
    return {"api_calls": list(rows.order_by("pk").values("at", "method", "path", "status"))}


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in calls, and delete saved filters that look for them."""
    calls = redact(ApiCall.objects.all(), person, texts=["path"], documents=["problem"])
    filters = mentioning(SavedFilter.objects.all(), person, texts=["name", "query"])
    theirs = [one.pk for one in filters if person.is_in(one.name) or person.is_in(one.query)]
    deleted = SavedFilter.objects.filter(pk__in=theirs).delete()[0]
    return {"api_calls": calls, "saved_filters": deleted}


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """No row here is the person's own."""
    return {}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """No row here is a customer's own."""
    return {}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Nothing was moved."""
