"""Telling contacts to the programs that reach customers for us: signed, once, tried again for days.

The wire, the signature and the waiting are those of webhooks in `loyalty`. What was on its way when
the line broke is uncertain, and not told again by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from stamgast.campaigns.actions.contacting import delivery_of, end_contact, put_off, take_contact
from stamgast.campaigns.channels import Outcome
from stamgast.campaigns.channels.hours import USUAL, closed_until
from stamgast.campaigns.channels.texts import filled_in
from stamgast.campaigns.models import Campaign, Contact, Delivery
from stamgast.customers.models import Consent, Customer
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.loyalty.actions.webhooks import WAITS
from stamgast.loyalty.sending import Answer, post
from stamgast.mail.errors import NotYet
from stamgast.mail.models import MailSettings
from stamgast.mail.rules import SILENCE, quiet_until
from stamgast.mail.zones import zones_of
from stamgast.staff.queries import shop

Status = Contact.Status
# A mail tool says what came of it, or it does not.
WORD_WITHIN = timedelta(days=7)


def due_to_tell(at: datetime) -> QuerySet[Contact]:
    """Return the contacts that may be told to a program now, of campaigns that run."""
    due = Contact.objects.filter(
        channel__in=("list", "webhook"),
        endpoint__is_active=True,
        status=Status.WAITING,
        due_at__lte=at,
        delivery__assignment__campaign__status=Campaign.Status.RUNNING,
    )
    return due.select_related("endpoint").order_by("due_at", "pk")


def tell_contact(contact: Contact, *, at: datetime, clock: Callable[[], datetime]) -> str:
    """Tell a contact to its program, if it may be made now; returns its status afterwards.

    `clock` says when the answer came.
    """
    if take_contact(contact, at=at, not_yet=_quiet(contact, at)) is not None:
        contact.refresh_from_db()
        return str(contact.status)
    assert contact.endpoint is not None
    try:
        body = body_of(contact, delivery_of(contact), at=at)
    except Refusal:
        end_contact(contact, Outcome(Status.FAILED, "cannot_render"), at=at)
        return str(Status.FAILED)
    answer = post(contact.endpoint, f"contact_{contact.pk}", body, at=at)
    keep_answer(contact, answer, at=clock())
    contact.refresh_from_db()
    return str(contact.status)


def keep_answer(contact: Contact, answer: Answer, *, at: datetime) -> None:
    """Write down what the program answered: it went, it is with the tool, later, never, or unknown."""
    if answer.is_taken and contact.channel == "list":
        in_hand = Contact.objects.filter(pk=contact.pk, status=Status.IN_HAND)
        in_hand.update(answer=answer.said[:300])
    elif answer.is_taken:
        end_contact(contact, Outcome(Status.SENT), at=at, answer=answer.said)
    elif answer.is_lost:
        end_contact(
            contact, Outcome(Status.UNCERTAIN, "connection_lost"), at=at, answer=answer.said
        )
    elif contact.attempts > len(WAITS):
        end_contact(contact, Outcome(Status.FAILED, "not_taken"), at=at, answer=answer.said)
    else:
        again = at + WAITS[contact.attempts - 1]
        put_off(contact, until=again, reason="not_taken", answer=answer.said)


def doubt_silent(*, at: datetime) -> int:
    """Call uncertain what a worker was telling when it fell silent, and what a tool is silent about."""
    gone = Contact.objects.filter(
        channel="webhook", status=Status.IN_HAND, taken_at__lt=at - SILENCE
    )
    silent = Contact.objects.filter(
        channel="list", status=Status.IN_HAND, taken_at__lt=at - WORD_WITHIN
    )
    count = 0
    for rows, reason in ((gone, "worker_gone"), (silent, "no_word")):
        for contact in rows.order_by("pk")[:200]:
            count += end_contact(contact, Outcome(Status.UNCERTAIN, reason), at=at)
    return count


def doubt_what_was_due(*, at: datetime) -> int:
    """After a backup was put back: what was due in it may have been made since; returns how many.

    Calls, lists and webhooks become uncertain, so that a colleague decides; what was not due yet
    waits on, and so does a call that nobody had taken up: who takes it up asks anew.
    """
    due = Contact.objects.filter(
        channel__in=("call", "list", "webhook"),
        status__in=[Status.WAITING, Status.IN_HAND],
        due_at__lte=at,
    ).exclude(channel="call", status=Status.WAITING, taken_at=None)
    with transaction.atomic():
        count = due.update(status=Status.UNCERTAIN, reason="restored", ended_at=at)
        if count:
            tell("contacts_doubted", at=at, actor="cli", facts={"count": count})
    return count


def body_of(contact: Contact, one: Delivery, *, at: datetime) -> bytes:
    """Return what a program is told: made when it is sent, so that nothing of it is kept.

    Refuses a text that cannot be filled in.
    """
    customer, campaign = one.assignment.customer, one.assignment.campaign
    language, text = filled_in(one.step.content, contact.facts, customer)
    told = {
        "type": "list.contact" if contact.channel == "list" else "contact.due",
        "timestamp": at.isoformat(),
        "data": {
            "contact": contact.pk,
            "campaign": {"id": campaign.pk, "name": campaign.name},
            "consent": contact.consent,
            "purpose": contact.purpose,
            "customer": customer.key or "",
            "to": reached_at(customer, contact.consent),
            "language": language,
            "text": text,
            "offer": contact.facts.get("offer", {}),
        },
    }
    return json.dumps(told, ensure_ascii=False).encode()


def reached_at(customer: Customer, consent: str) -> dict[str, str]:
    """Return the name of a customer and no more of their address than this channel needs."""
    named = {"name": customer.full_name, "first_name": customer.first_name}
    if consent == Consent.Channel.EMAIL:
        return {**named, "email": customer.email}
    if consent in (Consent.Channel.SMS, Consent.Channel.PHONE):
        return {**named, "phone": customer.phone}
    fields = ("company", "street", "house_number", "postcode", "city", "country")
    return {**named, **{name: getattr(customer, name) for name in fields}}


def _quiet(contact: Contact, at: datetime) -> NotYet | None:
    """Say until when this customer is left alone; post and lists come when they come."""
    if contact.consent == Consent.Channel.POST or contact.channel == "list":
        return None
    own = shop()
    zones = zones_of(contact.customer, own) or (ZoneInfo(own.zone),)
    if contact.consent == Consent.Channel.PHONE:
        until, reason = closed_until(at, zones, USUAL), "not_the_hour"
        return NotYet(until=until, reason=reason) if until else None
    mail = MailSettings.objects.filter(pk=1).first() or MailSettings()
    until = quiet_until(at, zones, start=mail.quiet_from, end=mail.quiet_until)
    return NotYet(until=until, reason="quiet_hours") if until else None
