"""Taking over a history that another system kept: many rows at once, told as no news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stamgast.customers.models import Consent
from stamgast.database.bulk import Pace
from stamgast.events.actions import tell
from stamgast.staff.queries import Who, actor


def load_consent_history(rows: Sequence[Consent], *, at: datetime, by: Who = None) -> int:
    """Add consents as they were once given and withdrawn; returns how many.

    Taken over as they are, in the order given, with the moments they carry: for a system whose
    consents we become the keeper of. Told as one historic event.
    """
    pace = Pace(500)
    for part in pace.cut(rows):
        with pace.portion(len(part)):
            Consent.objects.bulk_create(part)
    tell(
        "consent_history_loaded",
        at=at,
        actor=actor(by),
        facts={"rows": len(rows)},
        is_historic=True,
    )
    return len(rows)
