"""Reads of the trail that need a name."""

from __future__ import annotations

from stamgast.events.models import Event


def writers_of(subject: str, number: int) -> set[str]:
    """Return who drafted or changed a thing since somebody else approved it, as `Event.actor`.

    Whoever approves what they wrote themselves stays one of its writers.
    """
    kinds = [f"{subject}_{did}" for did in ("drafted", "changed", "approved")]
    told = Event.objects.filter(subject=subject, subject_id=number, kind__in=kinds).order_by("pk")
    writers: set[str] = set()
    for kind, actor in told.values_list("kind", "actor"):
        if kind != kinds[-1]:
            writers.add(actor)
        elif actor not in writers:
            writers.clear()
    return writers
