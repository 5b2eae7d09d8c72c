"""Customers who bring others."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from stamgast.customers import rules
from stamgast.customers.actions.people import there
from stamgast.customers.errors import BadInteraction, InTheFuture, KeyReused
from stamgast.customers.models import Customer, Interaction
from stamgast.events.actions import tell
from stamgast.staff.queries import Who, actor, employee


def record_referral(
    customer: Customer,
    *,
    referred: Customer,
    at: datetime,
    by: Who = None,
    text: str = "",
    happened_at: datetime | None = None,
    key: str | None = None,
) -> Interaction:
    """Write down that a customer brought another; `happened_at` when that was earlier.

    The same two again, or the same key, return the row that is there; a key with other facts is
    refused. Refuses who brings themselves, an overlong text, the future, and customers who are not
    there.
    """
    text = rules.tidy_lines(text)
    if len(text) > rules.LONGEST_TEXT:
        raise BadInteraction(field="text")
    moment = happened_at or at
    if rules.is_in_future(moment, at):
        raise InTheFuture()
    try:
        with transaction.atomic():
            first, second = sorted((customer, referred), key=lambda one: one.pk)
            now = {one.pk: there(one) for one in (first, second)}
            customer, referred = now[customer.pk], now[referred.pk]
            if customer == referred:
                raise BadInteraction(field="referred")
            if row := _known(customer, referred, key):
                return row
            row = Interaction.objects.create(
                customer=customer,
                kind=Interaction.Kind.REFERRAL,
                referred=referred,
                at=moment,
                text=text,
                by=employee(by),
                key=key or None,
            )
            tell(
                "interaction_added",
                at=at,
                actor=actor(by),
                subject="customer",
                subject_id=customer.pk,
                facts={"interaction": row.pk, "kind": row.kind, "referred": referred.pk},
            )
    except IntegrityError:  # the same key arrived twice at once
        found = _known(customer, referred, key)
        assert found is not None
        return found
    return row


def _known(customer: Customer, referred: Customer, key: str | None) -> Interaction | None:
    if key and (row := Interaction.objects.filter(key=key).first()):
        if (row.kind, row.customer_id, row.referred_id) != (
            Interaction.Kind.REFERRAL,
            customer.pk,
            referred.pk,
        ):
            raise KeyReused(key=key)
        return row
    told = Interaction.objects.filter(kind=Interaction.Kind.REFERRAL, customer=customer)
    return told.filter(referred=referred).order_by("pk").first()
