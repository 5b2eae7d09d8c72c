"""What this room does by itself, every night."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from django.contrib.sessions.models import Session

from stamgast.database.exclusive import Taken, exclusive
from stamgast.database.scrub import scrub
from stamgast.events.models import Job
from stamgast.importers import personal as importers
from stamgast.privacy import rules
from stamgast.privacy.actions import erase_again
from stamgast.staff.actions import forget_calls


def forget_old(job: Job) -> dict[str, int]:
    """Let go of what is kept no longer than its period, and of whom a restored backup revived."""
    at = datetime.now(UTC)
    return forget(at=at)


def forget(*, at: datetime) -> dict[str, int]:
    """Delete old uploads, calls and sessions, empty closed rows, erase again; returns counts."""
    counts = {
        "files": importers.forget_files(before=at - rules.KEEP_FILES),
        "rows": importers.forget_rows(before=at - rules.KEEP_ROWS),
        "calls": forget_calls(before=at - rules.KEEP_CALLS),
        "sessions": Session.objects.filter(expire_date__lt=at).delete()[0],
        "erased_again": erase_again(at=at, by="nightly"),
    }
    with suppress(Taken), exclusive("import"):
        importers.clear_leftovers(at)
    scrub()
    return counts
