"""What the nightly replay of the ledger found: an alarm that begins once, and ends when all is well."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from stamgast.events.actions import tell
from stamgast.loyalty.membership.letters import LEDGER_ALARM
from stamgast.loyalty.queries import ledger_alarm
from stamgast.loyalty.replay import Verdict
from stamgast.mail.actions import queue_message
from stamgast.mail.models import Message
from stamgast.staff.models import Role, User

log = logging.getLogger("stamgast.loyalty")


def note_verdict(verdict: Verdict, *, at: datetime) -> None:
    """Raise the alarm when the books differ, and end it when they agree again.

    Whoever administers gets a mail when it begins or differs from before, and not every night.
    """
    before = ledger_alarm()
    if verdict.is_in_balance:
        if before is not None:
            tell("ledger_in_balance", at=at, actor="nightly")
        return
    log.error("the points ledger is out of balance: %s", verdict.differences)
    if before is not None and before.facts["differences"] == verdict.differences:
        return
    with transaction.atomic():
        facts = {"differences": verdict.differences}
        event = tell("ledger_out_of_balance", at=at, actor="nightly", facts=facts)
        for user in User.objects.filter(is_active=True, role=Role.ADMIN).order_by("pk"):
            queue_message(
                None,
                content=LEDGER_ALARM,
                purpose="",
                kind=Message.Kind.STAFF,
                facts={"checks": len(verdict.differences)},
                key=f"ledger:{event.pk}:{user.pk}",
                at=at,
                to=user.email,
                language=user.language,
            )
