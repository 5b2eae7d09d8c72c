"""Mail that came back and complaints about it, by whatever door they come in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from stamgast.customers import rules as people
from stamgast.events.actions import tell
from stamgast.mail import rules
from stamgast.mail.actions.by_customers import unsubscribe
from stamgast.mail.actions.suppressing import suppress
from stamgast.mail.errors import BadMessage, HookTooSoon, ReportNotOurs
from stamgast.mail.hooks import Word
from stamgast.mail.models import Hook, Message, Suppression
from stamgast.mail.reports import Report, read_report
from stamgast.staff.queries import Who


def take_report(text: str | bytes, *, at: datetime, by: Who = None) -> Report:
    """Read a report of undelivered mail or of a complaint, and do what follows from it.

    Mail that came back for good fails, and an address that is gone gets nothing any more. A
    complaint withdraws the consent and suppresses the address. Refuses what is no report, and one
    about mail that is not ours: anybody can write a report, but not our mark.
    """
    report = read_report(text)
    message = Message.objects.filter(pk=report.message or 0).select_related("customer").first()
    if message is None:
        raise ReportNotOurs()
    with transaction.atomic():
        if report.kind == "complained":
            _complained(message, at=at, by=by)
        elif report.kind == "bounced":
            is_gone = rules.is_address_gone(550, report.status, "recipient")
            _bounced(
                message, words=f"{report.status} {report.words}", is_gone=is_gone, at=at, by=by
            )
    return report


def note_bounce(address: str, *, is_gone: bool, at: datetime, by: Who, words: str = "") -> int:
    """A mail provider tells that mail to an address came back; returns how many messages it was.

    Refuses what is no address. The provider is trusted: it came in with a key.
    """
    sent = _last_sent(address)
    with transaction.atomic():
        for message in sent:
            _bounced(message, words=words, is_gone=is_gone, at=at, by=by)
        if is_gone:
            suppress(address, reason=Suppression.Reason.BOUNCED, at=at, by=by, note=words)
    return len(sent)


def note_complaint(address: str, *, at: datetime, by: Who) -> int:
    """A mail provider tells that somebody called our mail spam; returns how many messages it was."""
    sent = _last_sent(address)
    with transaction.atomic():
        for message in sent:
            _complained(message, at=at, by=by)
        suppress(address, reason=Suppression.Reason.COMPLAINED, at=at, by=by)
    return len(sent)


def take_word(word: Word, *, at: datetime) -> bool:
    """Do what follows from what a provider tells by itself; False when it changes nothing.

    Refuses, for now, word of a message that is being handed over at this moment. The same again, what is
    older than we remember, and mail that is not ours change nothing; nor does
    it matter in which order words come in. That a message was delivered settles only that we did
    not know: what came back after all stays as it came back.
    """
    if word.at is not None and at - word.at > rules.REMEMBERED:
        return False
    with transaction.atomic():
        rows = Message.objects.select_for_update(of=("self",)).select_related("customer")
        message = rows.filter(pk=word.message).first()
        if message is None:
            return False
        if message.status == Message.Status.SENDING:
            raise HookTooSoon()
        if not _is_news(word, at=at):
            return False
        if word.kind == "complained":
            _complained(message, at=at, by="mail")
        elif word.kind == "unsubscribed":
            unsubscribe(message, at=at, source="mail provider")
        elif word.kind == "bounced":
            _bounced(message, words=word.words, is_gone=word.is_gone, at=at, by="mail")
        else:
            _arrived(message, at=at)
    return True


def _is_news(word: Word, *, at: datetime) -> bool:
    """Remember a word by its digest; False when it came in before."""
    Hook.objects.filter(at__lt=at - 2 * rules.REMEMBERED).delete()
    return Hook.objects.get_or_create(digest=word.digest, defaults={"at": at})[1]


def _arrived(message: Message, *, at: datetime) -> None:
    doubted = Message.objects.filter(pk=message.pk, status=Message.Status.UNCERTAIN)
    if doubted.update(status=Message.Status.SENT, reason="", ended_at=at):
        tell("message_sent", **_about(message, at=at))


def _last_sent(address: str) -> list[Message]:
    clean = people.email(address)
    if not clean:
        raise BadMessage(field="address")
    sent = Message.objects.filter(sent_to=clean, status=Message.Status.SENT)
    return list(sent.select_related("customer").order_by("-ended_at")[:1])


def _bounced(message: Message, *, words: str, is_gone: bool, at: datetime, by: Who) -> None:
    known = Message.objects.filter(
        pk=message.pk, status__in=[Message.Status.SENT, Message.Status.UNCERTAIN]
    )
    if known.update(
        status=Message.Status.FAILED, reason="bounced", answer=words.strip()[:300], ended_at=at
    ):
        tell("message_bounced", **_about(message, at=at, is_gone=is_gone))
        if is_gone and message.sent_to:
            suppress(message.sent_to, reason=Suppression.Reason.BOUNCED, at=at, by=by, note=words)


def _complained(message: Message, *, at: datetime, by: Who) -> None:
    tell("mail_complained", **_about(message, at=at))
    if message.sent_to:
        suppress(message.sent_to, reason=Suppression.Reason.COMPLAINED, at=at, by=by)
    unsubscribe(message, at=at, source="complaint")


def _about(message: Message, *, at: datetime, **facts: object) -> dict[str, Any]:
    return {
        "at": at,
        "actor": "mail",
        "subject": "message",
        "subject_id": message.pk,
        "facts": {"customer": message.customer_id, "sender_ref": message.sender_ref, **facts},
    }
