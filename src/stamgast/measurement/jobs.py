"""What happens by itself: newcomers draw their lot for the standing control group."""

from __future__ import annotations

from datetime import UTC, datetime

from stamgast.events.models import Job
from stamgast.measurement.actions import draw_standing


def extend_standing(job: Job) -> dict[str, int]:
    """Draw the lots of who came since; safe to run twice, and nothing without such a group."""
    return {"drawn": draw_standing(at=datetime.now(UTC))}
