"""What this room may hold on a person: names of goals and channels that name them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.strategy.models import AcquisitionCost, Goal

HOLDS = (Goal, AcquisitionCost)


def export(person: Person) -> Held:
    """Return the goals and channels whose names name the person."""
    goals = mentioning(Goal.objects.all(), person, texts=["name"])
    channels = mentioning(AcquisitionCost.objects.all(), person, texts=["channel"])
    return {
        "goals": list(goals.order_by("pk").values("name", "made_at")),
        "acquisition_costs": list(channels.order_by("pk").values("channel", "month")),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in names that colleagues wrote."""
    return {
        "goals": redact(Goal.objects.all(), person, texts=["name"]),
        "acquisition_costs": redact(AcquisitionCost.objects.all(), person, texts=["channel"]),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """No row here is the person's own."""
    return {}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """No row here is a customer's own."""
    return {}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Nothing was moved."""
