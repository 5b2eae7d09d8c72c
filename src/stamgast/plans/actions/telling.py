"""Holding a plan while it changes, and telling what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.events.actions import tell
from stamgast.plans.models import Plan
from stamgast.staff.queries import Who, actor


def locked(plan: Plan) -> Plan:
    """Return the plan as it is now; nobody else changes it until the transaction ends."""
    return Plan.objects.select_for_update(of=("self",)).select_related("goal").get(pk=plan.pk)


def about(plan: Plan, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a plan."""
    told = {"subject": "plan", "subject_id": plan.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **told}


__all__ = ["about", "locked", "tell"]
