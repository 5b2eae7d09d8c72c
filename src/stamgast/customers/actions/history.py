"""Taking over a history that another system kept: many rows at once, told as no news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Model

from stamgast.customers.models import Answer, Consent
from stamgast.database.bulk import Pace
from stamgast.events.actions import tell
from stamgast.staff.queries import Who, actor

M = TypeVar("M", bound=Model)


def load_consent_history(rows: Sequence[Consent], *, at: datetime, by: Who = None) -> int:
    """Add consents as they were once given and withdrawn; returns how many.

    Taken over as they are, in the order given, with the moments they carry: for a system whose
    consents we become the keeper of. Told as one historic event.
    """
    facts = {"rows": _load(Consent, rows)}
    tell("consent_history_loaded", at=at, actor=actor(by), facts=facts, is_historic=True)
    return len(rows)


def load_answer_history(rows: Sequence[Answer], *, at: datetime, by: Who = None) -> int:
    """Add answers that another system collected; returns how many.

    Taken over as they are; history is no news, so a low score among them becomes no task. Told as
    one historic event.
    """
    facts = {"rows": _load(Answer, rows)}
    tell("answer_history_loaded", at=at, actor=actor(by), facts=facts, is_historic=True)
    return len(rows)


def _load(table: type[M], rows: Sequence[M]) -> int:
    pace = Pace(500)
    for part in pace.cut(rows):
        with pace.portion(len(part)):
            table._default_manager.bulk_create(part)
    return len(rows)
