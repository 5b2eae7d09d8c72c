"""What a colleague decides about a message of which nobody knows whether it arrived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from stamgast.events.actions import tell
from stamgast.mail.errors import NotUncertain
from stamgast.mail.models import Message
from stamgast.staff.queries import Who, actor


def resend_message(message: Message, *, at: datetime, by: Who) -> Message:
    """Send it once more, at the risk that it arrives twice; refuses one that is not uncertain."""
    with transaction.atomic():
        _decide(message, status=Message.Status.WAITING, due_at=at, claimed_by="", reason="")
        tell("message_resent", at=at, actor=actor(by), subject="message", subject_id=message.pk)
    message.refresh_from_db()
    return message


def drop_message(message: Message, *, at: datetime, by: Who) -> Message:
    """Leave it at that; refuses one that is not uncertain."""
    with transaction.atomic():
        _decide(message, status=Message.Status.FAILED, ended_at=at, claimed_by="", reason="dropped")
        tell("message_dropped", at=at, actor=actor(by), subject="message", subject_id=message.pk)
    message.refresh_from_db()
    return message


def _decide(message: Message, **change: Any) -> None:
    uncertain = Message.objects.filter(pk=message.pk, status=Message.Status.UNCERTAIN)
    if not uncertain.update(**change):
        raise NotUncertain()
