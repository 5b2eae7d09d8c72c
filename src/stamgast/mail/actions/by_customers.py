"""What customers decide themselves, behind a signed link: less, none, or some quiet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from stamgast.customers.actions import record_consent
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import current, current_consents
from stamgast.events.actions import tell
from stamgast.mail import rules
from stamgast.mail.models import Message, Pause
from stamgast.mail.permission import last_consent, paused


def unsubscribe(message: Message, *, at: datetime, source: str = "unsubscribe link") -> bool:
    """Withdraw the consent that a message rested on; False when there is nobody to do it for.

    Doing so again changes nothing.
    """
    if message.customer is None or not message.purpose:
        return False
    customer = current(message.customer)
    if customer.erased_at is not None:
        return False
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        said = last_consent(customer, message.purpose)
        if said is not None and not said.is_granted:
            return True
        record_consent(
            customer,
            channel=Consent.Channel.EMAIL,
            purpose=message.purpose,
            is_granted=False,
            source=source,
            at=at,
            by="customer",
        )
        tell(
            "unsubscribed",
            at=at,
            actor="customer",
            subject="customer",
            subject_id=customer.pk,
            facts={
                "message": message.pk,
                "purpose": message.purpose,
                "sender_ref": message.sender_ref,
            },
        )
    return True


def choose_consents(
    customer: Customer,
    *,
    allowed: Mapping[tuple[str, str], bool],
    wordings: Mapping[tuple[str, str], str],
    at: datetime,
) -> int:
    """Write down what a customer chose per channel and purpose; returns how much changed.

    Only what differs from what they said last is written, with the wording they read.
    """
    changed = 0
    with transaction.atomic():
        said = current_consents(customer)
        for (channel, purpose), is_granted in allowed.items():
            last = said.get((channel, purpose))
            if is_granted == (last is not None and last.is_granted):
                continue
            record_consent(
                customer,
                channel=channel,
                purpose=purpose,
                is_granted=is_granted,
                source="preference page",
                wording=wordings.get((channel, purpose), "")[:300],
                at=at,
                by="customer",
            )
            changed += 1
    return changed


def pause_mail(customer: Customer, *, at: datetime) -> Pause:
    """Leave a customer alone for thirty days; asking again begins the thirty days anew."""
    with transaction.atomic():
        held = Customer.objects.select_for_update().get(pk=customer.pk)
        Pause.objects.filter(customer=held, ended_at=None).update(ended_at=at)
        row = Pause.objects.create(customer=held, at=at, until=at + rules.PAUSE)
        tell("mail_paused", at=at, actor="customer", subject="customer", subject_id=held.pk)
    return row


def resume_mail(customer: Customer, *, at: datetime) -> bool:
    """End a customer's pause before its time; False when there is none."""
    with transaction.atomic():
        row = paused(customer, at)
        if row is None or not Pause.objects.filter(pk=row.pk, ended_at=None).update(ended_at=at):
            return False
        tell("mail_resumed", at=at, actor="customer", subject="customer", subject_id=customer.pk)
    return True
