"""What this room holds on a person: what the lot gave them, and what they got by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.measurement.models import Experiment, Lot, Treatment, Verdict

HOLDS = (Experiment, Lot, Treatment, Verdict)

_TEXTS = ("name", "pool")


def export(person: Person) -> Held:
    """Return the lots of the person and what was given, oldest first; names that name them too."""
    lots = Lot.objects.filter(customer__in=person.ids).order_by("assigned_at", "pk")
    treatments = Treatment.objects.filter(lot__customer__in=person.ids).order_by("at", "pk")
    named = mentioning(Experiment.objects.all(), person, texts=_TEXTS)
    return {
        "lots": list(
            lots.values(
                "assigned_at", "round", effort=F("experiment__name"), arm_code=F("arm__code")
            )
        ),
        "treatments": list(
            treatments.values("at", "is_by_hand", "reason", effort=F("lot__experiment__name"))
        ),
        "experiments": list(named.order_by("pk").values(*_TEXTS)),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in names and in reasons that colleagues wrote."""
    return {
        "experiments": redact(Experiment.objects.all(), person, texts=_TEXTS),
        "treatments": redact(Treatment.objects.exclude(reason=""), person, texts=["reason"]),
        "verdicts": redact(Verdict.objects.exclude(pool=""), person, texts=["pool"]),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Forget why a colleague gave something; the lot stays, of somebody without a name.

    Leaving lots out after the fact would make the groups differ by more than the lot.
    """
    given = Treatment.objects.filter(lot__customer__in=person.ids).exclude(reason="")
    return {"treatments": given.update(reason="")}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Give the lots of one record to the other where that has none of its own; returns which.

    Where both have one the first assignment counts: judging finds it, and reports how many there
    are; nothing is changed.
    """
    both = Lot.objects.filter(customer=kept).values("experiment")
    rows = Lot.objects.filter(customer=gone).exclude(experiment__in=both)
    moved = list(rows.order_by("pk").values_list("pk", flat=True))
    Lot.objects.filter(pk__in=moved).update(customer=kept)
    return {"lots": moved}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give back what was moved."""
    Lot.objects.filter(pk__in=moved["lots"], customer=kept).update(customer=gone)
