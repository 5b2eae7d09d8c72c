"""Writing messages down in the transaction of the decision, and taking them back before they go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from stamgast.customers import rules as people
from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Customer
from stamgast.customers.queries import current
from stamgast.events.actions import tell
from stamgast.mail import content as contents
from stamgast.mail import rules
from stamgast.mail.content import Content
from stamgast.mail.errors import BadMessage, MayNotMail
from stamgast.mail.models import KeptContent, Message
from stamgast.staff.models import User
from stamgast.staff.queries import Who, actor
from stamgast.staff.rules import LANGUAGES


@dataclass(frozen=True)
class Draft:
    """One of many messages to queue at once; what the fields mean stands at `queue_message`."""

    customer: Customer
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    sender_ref: str = ""


def queue_message(
    customer: Customer | None,
    *,
    content: Content,
    purpose: str,
    kind: str,
    facts: Mapping[str, Any],
    key: str,
    at: datetime,
    due_at: datetime | None = None,
    sender_ref: str = "",
    to: str = "",
    language: str = "",
) -> Message:
    """Write down that somebody gets this message, in the transaction of whoever decides it.

    It goes to the address the customer has when it goes; `to` names another, such as a colleague's,
    and is needed without a customer. `purpose` is that of the consent it needs, or empty for what a
    customer asked for. `facts` fill the text in; the customer and the shop are known anyhow.
    The same key with the same facts returns the message that is there; with other facts it is
    refused. Refuses somebody erased, impossible content, an unknown kind or purpose, an unreadable
    address, and a campaign or survey that rests on no consent.
    """
    whom = None if customer is None else _there(customer)
    message = Message(
        **_shape(kind=kind, purpose=purpose, key=key, sender_ref=sender_ref, language=language),
        customer=whom,
        to=_address(to, is_needed=whom is None),
        facts=dict(facts),
        made_at=at,
        due_at=due_at or at,
    )
    try:
        with transaction.atomic():
            message.content = keep_content(content, at=at)
            if (row := Message.objects.filter(key=key).first()) is not None:
                return _same(row, message)
            message.save(force_insert=True)
    except IntegrityError:  # the same key arrived twice at once
        return _same(Message.objects.get(key=key), message)
    return message


def queue_messages(
    drafts: Iterable[Draft], *, content: Content, purpose: str, kind: str, at: datetime
) -> int:
    """Write down many messages that say the same, and say how many are new.

    A key that is there already is left as it is. The caller cuts the many into portions, and each
    customer is a whole record. Refuses what `queue_message` refuses.
    """
    rows = []
    with transaction.atomic():
        kept = keep_content(content, at=at)
        for draft in drafts:
            if draft.customer.erased_at is not None:
                raise MayNotMail(reason="erased")
            shape = _shape(
                kind=kind, purpose=purpose, key=draft.key, sender_ref=draft.sender_ref, language=""
            )
            rows.append(
                Message(
                    **shape,
                    customer=draft.customer,
                    content=kept,
                    facts=dict(draft.facts),
                    made_at=at,
                    due_at=draft.due_at or at,
                )
            )
        keys = [row.key for row in rows]
        before = _count(keys)
        Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
        return _count(keys) - before


def cancel_messages(
    sender_ref_prefix: str, *, at: datetime, reason: str = "taken_back", by: Who = None
) -> int:
    """Take back what is not sent yet of one sender ("campaign:3:"), and say how many.

    What is being handed to the server at this moment is too late to take back.
    """
    if not sender_ref_prefix:
        raise BadMessage(field="sender_ref")
    waiting = Message.objects.filter(
        status=Message.Status.WAITING, sender_ref__startswith=sender_ref_prefix
    )
    with transaction.atomic():
        count = waiting.update(
            status=Message.Status.WITHHELD, reason=reason[:40], ended_at=at, facts={}
        )
        if count:
            facts = {"sender_ref": sender_ref_prefix, "count": count, "reason": reason[:40]}
            tell("messages_taken_back", at=at, actor=actor(by), facts=facts)
    return count


def send_test(
    content: Content,
    *,
    to: User,
    customer: Customer,
    facts: Mapping[str, Any],
    key: str,
    at: datetime,
    language: str = "",
) -> Message:
    """Send a colleague what a customer would get; its links change nothing for the customer."""
    return queue_message(
        customer,
        content=content,
        purpose="",
        kind=Message.Kind.STAFF,
        facts=facts,
        key=key,
        at=at,
        sender_ref=f"test:{to.pk}",
        to=to.email,
        language=language,
    )


def keep_content(content: Content, *, at: datetime) -> KeptContent:
    """Return the row that holds this content, made on first use; refuses impossible content."""
    document = contents.check(content).as_document()
    name = contents.digest(document)
    kept = KeptContent.objects.filter(digest=name).first()
    if kept is None:
        kept, _ = KeptContent.objects.get_or_create(
            digest=name, defaults={"document": document, "made_at": at}
        )
    return kept


def _shape(*, kind: str, purpose: str, key: str, sender_ref: str, language: str) -> dict[str, Any]:
    """Return the fields that do not depend on whom it goes to; refuses what is not possible."""
    if kind not in Message.Kind.values:
        raise BadMessage(field="kind")
    if purpose not in rules.PURPOSES or (kind in rules.OUTBOUND and not purpose):
        raise BadMessage(field="purpose")
    if not key or len(key) > 160:
        raise BadMessage(field="key")
    if len(sender_ref) > 160:
        raise BadMessage(field="sender_ref")
    if language and language not in LANGUAGES:
        raise BadMessage(field="language")
    return {
        "kind": kind,
        "purpose": purpose,
        "key": key,
        "sender_ref": sender_ref,
        "language": language,
        "rank": rules.RANKS[kind],
    }


def _there(customer: Customer) -> Customer:
    whole = current(customer)
    if whole.erased_at is not None:
        raise MayNotMail(reason="erased")
    return whole


def _address(to: str, *, is_needed: bool) -> str:
    address = people.email(to)
    if (to or is_needed) and not address:
        raise BadMessage(field="email")
    return address


def _same(row: Message, wanted: Message) -> Message:
    fields = ("kind", "purpose", "content_id", "to", "language", "sender_ref")
    is_other = any(getattr(row, name) != getattr(wanted, name) for name in fields)
    # What ended may have lost its facts, such as the code of a sign-in.
    is_open = row.status == Message.Status.WAITING
    if is_other or (is_open and row.facts != wanted.facts):
        raise KeyReused(key=row.key)
    return row


def _count(keys: list[str]) -> int:
    found = 0
    for start in range(0, len(keys), 500):
        found += Message.objects.filter(key__in=keys[start : start + 500]).count()
    return found
