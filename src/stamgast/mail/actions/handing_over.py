"""Claiming a message just before it is handed over, and writing down what became of it.

Both happen in one transaction: the outcome of the one before, and the claim of the next. So at any
moment a worker has at most one message of which only the mail server knows more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from stamgast.customers.models import Customer
from stamgast.database.rows import change_row
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.mail import rules
from stamgast.mail.actions.suppressing import suppress
from stamgast.mail.checks import Check, objection
from stamgast.mail.errors import MayNotMail, NotYet
from stamgast.mail.models import MailSettings, Message, Suppression
from stamgast.mail.permission import may_mail
from stamgast.mail.server import Answer
from stamgast.mail.zones import zones_of
from stamgast.staff.models import Shop

Status = Message.Status


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to hand over, and whom to."""

    message: Message
    to: str
    name: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message that was claimed: an answer, or why there is none.

    `lost` when the connection broke off after all of it was handed over; `held_up` when it broke
    off before, so that nobody can have it.
    """

    message: Message
    answer: Answer | None = None
    is_lost: bool = False
    held_up: str = ""


def claim_message(
    message: Message,
    *,
    worker: str,
    mail: MailSettings,
    shop: Shop,
    checks: Iterable[Check],
    at: datetime,
) -> Claim | None:
    """Take a waiting message to hand over now; None when it is taken, withheld or put off.

    Called inside a transaction. Consent, suppression, pause, caps, quiet hours and what other rooms
    say are asked here, with the customer held: who withdraws now comes before this, or after. What
    changed since the message was read, such as whose it is, leaves it for the next round.
    """
    if message.customer is not None and not _holds(message.customer):
        return None
    refusal = _refusal(message, mail=mail, shop=shop, checks=checks, at=at)
    if refusal is not None:
        _not_now(message, refusal, at=at)
        return None
    customer = message.customer
    to = message.to or (customer.email if customer else "")
    changes = {
        "status": Status.SENDING,
        "claimed_by": worker,
        "seen_at": at,
        "sent_to": to,
        "attempts": message.attempts + 1,
        "reason": "",
    }
    if not change_row(Message, changes, due_at=message.due_at, **_as_read(message)):
        return None
    message.attempts += 1
    message.claimed_by, message.sent_to = worker, to
    return Claim(message, to, customer.full_name if customer and not message.to else "")


# What of a customer decides what is written to them and where it goes.
_WRITTEN = (
    *("first_name", "infix", "last_name", "company", "email"),
    *("city", "country", "language"),
)


def _holds(customer: Customer) -> bool:
    """Hold a customer until the transaction ends; False when they are no longer as they were read.

    A statement of its own: what is read after it is what holds once nobody else can change it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_hold(), [customer.pk])
        is_erased, *found = cursor.fetchone()
    was = [getattr(customer, name) for name in _WRITTEN]
    return found == was and bool(is_erased) == (customer.erased_at is not None)


@lru_cache(maxsize=1)
def _hold() -> str:
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    fields = ", ".join(_WRITTEN)
    table = Customer._meta.db_table
    return f"SELECT erased_at IS NOT NULL, {fields} FROM {table} WHERE id = %s{lock}"  # noqa: S608


def _as_read(message: Message) -> dict[str, Any]:
    """Return what the row of a message holds as long as nothing happened to it since it was read."""
    return {
        "id": message.pk,
        "status": Status.WAITING,
        "customer": message.customer_id,
        "attempts": message.attempts,
    }


def _refusal(
    message: Message, *, mail: MailSettings, shop: Shop, checks: Iterable[Check], at: datetime
) -> Refusal | None:
    customer = message.customer
    if customer is None:
        return None
    if shop.is_demo and not message.to:
        return MayNotMail(reason="is_demo")  # nobody of an example shop is ever written to
    refusal = may_mail(customer, message.purpose, at, kind=message.kind, to=message.to)
    if refusal is not None:
        return refusal
    if (refusal := objection(message, checks, at)) is not None:
        return refusal
    if message.kind not in rules.OUTBOUND:
        return None
    quiet = rules.quiet_until(
        at, zones_of(customer, shop), start=mail.quiet_from, end=mail.quiet_until
    )
    if quiet is not None:
        return NotYet(until=quiet, reason="quiet_hours")
    return _capped(customer, mail, at)


def _capped(customer: Customer, mail: MailSettings, at: datetime) -> NotYet | None:
    """Put off what would be one contact too many, until the oldest of them is long enough ago."""
    if not mail.most_contacts:
        return None
    period = timedelta(days=mail.within_days)
    moments = contacts_since(at - period, customer)
    if len(moments) < mail.most_contacts:
        return None
    return NotYet(until=moments[mail.most_contacts - 1] + period, reason="capped")


def contacts_since(since: datetime, customer: Customer) -> list[datetime]:
    """Return when we handed over what we started ourselves for this customer, the newest first."""
    after = connection.ops.adapt_datetimefield_value(since)
    with connection.cursor() as cursor:
        cursor.execute(_contacts(), [customer.pk, *rules.OUTBOUND, *_GONE_OUT, after])
        moments = [row[0] for row in cursor.fetchall()]
    return [
        one if one.tzinfo else one.replace(tzinfo=UTC) for one in moments
    ]  # SQLite has no zones


_GONE_OUT = (Status.SENDING, Status.SENT, Status.UNCERTAIN)


@lru_cache(maxsize=1)
def _contacts() -> str:
    kinds, statuses = (", ".join(["%s"] * len(many)) for many in (rules.OUTBOUND, _GONE_OUT))
    return (
        f"SELECT seen_at FROM {Message._meta.db_table} WHERE customer_id = %s"  # noqa: S608
        f" AND kind IN ({kinds}) AND status IN ({statuses}) AND seen_at > %s ORDER BY seen_at DESC"
    )


def _not_now(message: Message, refusal: Refusal, *, at: datetime) -> None:
    read = _as_read(message)
    if isinstance(refusal, NotYet):
        until = max(refusal.until, at + rules.A_MOMENT)
        change_row(Message, {"due_at": until, "reason": refusal.reason[:40]}, **read)
        return
    reason = str(refusal.facts.get("reason", refusal.code))[:40]
    withheld = {"status": Status.WITHHELD, "reason": reason, "ended_at": at}
    if change_row(Message, {**withheld, **_emptied(message)}, **read):
        tell("message_withheld", **_about(message, at=at, reason=reason))


def settle(outcome: Outcome, *, at: datetime) -> str:
    """Write down what became of a claimed message, and return its status.

    A worker that was taken for dead may still settle what it claimed, unless a colleague decided
    meanwhile. An address that is gone gets nothing any more.
    """
    message = outcome.message
    change, facts = _what_became(outcome, at)
    is_mine = change_row(
        Message,
        {"seen_at": at, **change},
        id=message.pk,
        claimed_by=message.claimed_by,
        attempts=message.attempts,
        status=(Status.SENDING, Status.UNCERTAIN),
    )
    if is_mine:
        _tell(message, change["status"], facts, at=at)
        if facts.get("is_gone"):
            suppress(message.sent_to, reason=Suppression.Reason.BOUNCED, at=at, by="mail")
    return str(change["status"])


def _tell(message: Message, status: str, facts: dict[str, Any], *, at: datetime) -> None:
    about = _about(message, at=at, **facts)
    if status == Status.SENT:
        tell("message_sent", **about)
    elif status == Status.FAILED:
        tell("message_failed", **about)
    elif status == Status.UNCERTAIN:
        tell("message_uncertain", **about)


def _what_became(outcome: Outcome, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the changes of the row, and the facts to tell."""
    message, answer = outcome.message, outcome.answer
    if outcome.is_lost:
        lost = {"reason": "connection_lost"}
        return {"status": Status.UNCERTAIN, **lost}, lost
    if answer is None:
        return _again(message, at, reason="connection_lost", answer=outcome.held_up), {}
    if answer.is_yes:
        sent = {"status": Status.SENT, "ended_at": at, "answer": answer.shown, "reason": ""}
        return {**sent, **_emptied(message)}, {}
    reason = "content_refused" if answer.stage == "content" else "refused"
    if answer.is_for_now or rules.is_about_us(answer.code, answer.enhanced, answer.stage):
        if at - message.made_at < rules.TRIED_FOR:
            return _again(message, at, reason="refused_for_now", answer=answer.shown), {}
        reason = "refused_too_long"
    is_gone = rules.is_address_gone(answer.code, answer.enhanced, answer.stage)
    failed = {"status": Status.FAILED, "ended_at": at, "answer": answer.shown, "reason": reason}
    facts = {"reason": reason, "is_gone": is_gone, "code": answer.code}
    return {**failed, **_emptied(message)}, facts


def _again(message: Message, at: datetime, *, reason: str, answer: str) -> dict[str, Any]:
    return {
        "status": Status.WAITING,
        "due_at": at + rules.again_after(message.attempts),
        "reason": reason,
        "answer": answer[:300],
        "claimed_by": "",
    }


def fail_unwritable(pk: int, *, refusal: Refusal, at: datetime) -> None:
    """Give up on a message whose text cannot be filled in; what was wrong is kept with it."""
    where = f"{refusal.code} {refusal.facts.get('where', '')} {refusal.facts.get('field', '')}"
    message = Message.objects.filter(pk=pk).first()
    waiting = Message.objects.filter(pk=pk, status=Status.WAITING)
    if message is not None and waiting.update(
        status=Status.FAILED, reason="cannot_render", answer=where.strip()[:300], ended_at=at
    ):
        tell("message_failed", **_about(message, at=at, reason="cannot_render"))


def give_up_waiting(*, at: datetime) -> int:
    """Call uncertain what a worker was handing over when it fell silent; returns how many.

    Nobody but the mail server knows whether it went, so nothing is sent again by itself.
    """
    count = 0
    silent = Message.objects.filter(status=Status.SENDING, seen_at__lt=at - rules.SILENCE)
    for message in silent[:100]:
        mine = Message.objects.filter(
            pk=message.pk, status=Status.SENDING, attempts=message.attempts
        )
        if mine.update(status=Status.UNCERTAIN, reason="worker_gone"):
            tell("message_uncertain", **_about(message, at=at, reason="worker_gone"))
            count += 1
    return count


def doubt_what_waited(*, at: datetime) -> int:
    """After a backup was put back: what waited in it may have gone since; returns how many.

    It becomes uncertain, so that a colleague decides; what was not due yet waits on.
    """
    waiting = Message.objects.filter(status__in=[Status.WAITING, Status.SENDING], due_at__lte=at)
    with transaction.atomic():
        count = waiting.update(status=Status.UNCERTAIN, reason="restored", seen_at=at)
        if count:
            tell("messages_doubted", at=at, actor="cli", facts={"count": count})
    return count


def _emptied(message: Message) -> dict[str, Any]:
    """Return what is wiped once a message ended: a code to sign in with has no use after that."""
    return {"facts": {}} if message.kind == Message.Kind.SIGN_IN else {}


def _about(message: Message, *, at: datetime, **facts: Any) -> dict[str, Any]:
    return {
        "at": at,
        "actor": "mail",
        "subject": "message",
        "subject_id": message.pk,
        "facts": {
            "customer": message.customer_id,
            "kind": message.kind,
            "sender_ref": message.sender_ref,
            **facts,
        },
    }
