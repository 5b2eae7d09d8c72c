"""What this room does later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stamgast.events.models import Job
from stamgast.sales.actions.margins import recalculate_margins as recalculate


def recalculate_margins(job: Job) -> Mapping[str, Any]:
    """Work out anew the margin of all orders that rest on a rate."""
    return {"orders": recalculate(at=datetime.now(UTC), by=job.made_by)}
