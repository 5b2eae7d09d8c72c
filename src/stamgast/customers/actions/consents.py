"""What a customer allows: written down as it was said, and never changed afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from stamgast.customers import rules
from stamgast.customers.actions.people import there
from stamgast.customers.errors import BadConsent, InTheFuture, KeyReused, SoftOptInRefused
from stamgast.customers.models import Consent, Customer
from stamgast.events.actions import tell
from stamgast.staff.queries import Who, actor, employee


def record_consent(
    customer: Customer,
    *,
    channel: str,
    purpose: str,
    is_granted: bool,
    source: str,
    at: datetime,
    wording: str = "",
    basis: str = Consent.Basis.OPT_IN,
    order_number: str = "",
    given_at: datetime | None = None,
    by: Who = None,
    key: str | None = None,
) -> Consent:
    """Write down that the customer allowed or withdrew something; `given_at` when it was earlier.

    The same key with the same facts returns the row that is there; with other facts it is refused.
    Refuses a missing source, unknown channels and purposes, the future, consent by a sale for
    anything but offers by e-mail or text message, and a customer who is not there.
    """
    facts: dict[str, Any] = {
        "channel": channel,
        "purpose": purpose,
        "is_granted": bool(is_granted),
        "basis": basis,
        "order_number": rules.tidy(order_number),
        "wording": rules.tidy(wording),
        "source": rules.tidy(source),
    }
    _refuse_bad(facts)
    moment = given_at or at
    if rules.is_in_future(moment, at):
        raise InTheFuture()
    if given_at is not None:
        facts["at"] = given_at  # said, so the same key must say the same
    try:
        with transaction.atomic():
            if key and (row := Consent.objects.filter(key=key).first()):
                return _same(row, customer, facts)
            customer = there(customer)
            row = Consent.objects.create(
                **{**facts, "at": moment}, customer=customer, by=employee(by), key=key or None
            )
            tell(
                "consent_recorded",
                at=at,
                actor=actor(by),
                subject="customer",
                subject_id=customer.pk,
                facts={
                    "consent": row.pk,
                    "channel": channel,
                    "purpose": purpose,
                    "is_granted": row.is_granted,
                },
            )
    except IntegrityError:  # the same key arrived twice at once
        return _same(Consent.objects.get(key=key), customer, facts)
    return row


def _same(row: Consent, customer: Customer, facts: dict[str, Any]) -> Consent:
    # A merge moves rows, so the customer may be the one this record went up in.
    mine = {customer.pk, customer.merged_into_id}
    if row.customer_id not in mine or any(getattr(row, f) != v for f, v in facts.items()):
        raise KeyReused(key=row.key)
    return row


def _refuse_bad(facts: dict[str, Any]) -> None:
    choices = {
        "channel": Consent.Channel.values,
        "purpose": Consent.Purpose.values,
        "basis": Consent.Basis.values,
    }
    for field, allowed in choices.items():
        if facts[field] not in allowed:
            raise BadConsent(field=field)
    for field, limit in {"source": 120, "wording": 300, "order_number": 64}.items():
        if len(facts[field]) > limit or (field == "source" and not facts[field]):
            raise BadConsent(field=field)
    if facts["basis"] == Consent.Basis.SOFT_OPT_IN and not rules.may_be_soft(
        facts["channel"], facts["purpose"], facts["order_number"]
    ):
        raise SoftOptInRefused(channel=facts["channel"], purpose=facts["purpose"])
