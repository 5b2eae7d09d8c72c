"""How long to follow both arms: from how often customers of this shop usually buy."""

from __future__ import annotations

from django.db.models import Avg

from stamgast.scoring.queries import scores

_UNKNOWN_INTERVAL = 30  # days, before anything was scored
_INTERVALS = 3  # as long as a pulled-forward purchase stays missing, and somewhat longer


def usual_interval_days() -> float:
    """Return the days between purchases usual for those who bought more than once."""
    rows = scores().filter(orders__gte=2, usual_interval__isnull=False)
    found = rows.aggregate(days=Avg("usual_interval"))["days"]
    return float(found or _UNKNOWN_INTERVAL)


def usual_after_days() -> int:
    """Return how long to follow both arms after the window: three usual purchase intervals."""
    return min(round(_INTERVALS * usual_interval_days()), 365)
