"""What happens by itself: money set aside for promises that ran out goes back to its budget."""

from __future__ import annotations

from datetime import UTC, datetime

from stamgast.events.models import Job
from stamgast.strategy.actions import release_expired


def release_promises(job: Job) -> dict[str, int]:
    """Release what has expired; safe to run twice."""
    return {"released": release_expired(datetime.now(UTC))}
