"""What this room holds on a person: their places in plans, and changes by hand that name them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.plans.models import Place, Plan, PlanApproval, PlanChange, PlanOption

HOLDS = (Plan, PlanOption, PlanChange, PlanApproval, Place)


def export(person: Person) -> Held:
    """Return which plans had a place for the person, what was changed for them, and names of plans."""
    places = Place.objects.filter(customer__in=person.ids).order_by("pk")
    changes = PlanChange.objects.filter(customer__in=person.ids).order_by("at", "pk")
    named = mentioning(Plan.objects.all(), person, texts=["name"], documents=["facts"])
    said = mentioning(PlanChange.objects.all(), person, texts=["reason"])
    return {
        "plan_places": list(
            places.values(
                "chance", "is_explored", "is_by_hand", "gain_minor", "stage", "kind",
                plan_name=F("plan__name"), campaign_name=F("option__campaign__name"),
            )
        ),
        "plan_changes": list(
            (changes | said).distinct().values("kind", "reason", "at", plan_name=F("plan__name"))
        ),
        "plans": list(named.order_by("pk").values("name")),
    }  # fmt: skip


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in names, reasons and figures of plans."""
    return {
        "plans": redact(Plan.objects.all(), person, texts=["name", "key"], documents=["facts"]),
        "plan_changes": redact(PlanChange.objects.all(), person, texts=["reason"]),
        "plan_approvals": redact(PlanApproval.objects.all(), person, documents=["facts"]),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Forget that plans had a place for the person, and what was changed for them by hand."""
    places, _ = Place.objects.filter(customer__in=person.ids).delete()
    changes, _ = PlanChange.objects.filter(customer__in=person.ids).delete()
    return {"plan_places": places, "plan_changes": changes}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Give the places and changes of one record to the other; where both have a place it stays."""
    taken = Place.objects.filter(customer=kept).values("plan")
    places = list(
        Place.objects.filter(customer=gone).exclude(plan__in=taken).values_list("pk", flat=True)
    )
    changes = list(PlanChange.objects.filter(customer=gone).values_list("pk", flat=True))
    Place.objects.filter(pk__in=places).update(customer=kept)
    PlanChange.objects.filter(pk__in=changes).update(customer=kept)
    return {"places": places, "changes": changes}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give back what was moved."""
    Place.objects.filter(pk__in=moved["places"], customer=kept).update(customer=gone)
    PlanChange.objects.filter(pk__in=moved["changes"], customer=kept).update(customer=gone)
