"""Mailings that another tool made without us: they count for how often a customer hears from us."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from stamgast.campaigns.caps import ELSEWHERE
from stamgast.campaigns.errors import BadOutcome
from stamgast.customers import rules as people
from stamgast.customers.actions import add_interaction
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Consent, Customer, Interaction
from stamgast.staff.queries import Who

LONGEST_NAME = 120
_KINDS = {
    Consent.Channel.EMAIL: Interaction.Kind.EMAIL,
    Consent.Channel.PHONE: Interaction.Kind.CALL,
}


def record_mailing(
    customer: Customer,
    name: str,
    *,
    happened_at: datetime,
    at: datetime,
    by: Who,
    channel: str = Consent.Channel.EMAIL,
) -> bool:
    """Write down that a customer got a mailing of another tool; False when that is known.

    The same mailing on the same day counts once. Refuses no name, too long a one, a channel that
    does not exist, and the future.
    """
    clean = people.tidy(name)
    if not 1 <= len(clean) <= LONGEST_NAME:
        raise BadOutcome(field="mailing")
    if channel not in Consent.Channel.values:
        raise BadOutcome(field="channel")
    if people.is_in_future(happened_at, at):
        raise InTheFuture()
    told = f"{customer.pk}|{channel}|{happened_at.date().isoformat()}|{clean.lower()}"
    key = ELSEWHERE + sha256(told.encode()).hexdigest()[:40]
    if Interaction.objects.filter(key=key).exists():
        return False
    add_interaction(
        customer,
        kind=_KINDS.get(Consent.Channel(channel), Interaction.Kind.NOTE),
        text=clean,
        is_ours=True,
        happened_at=happened_at,
        at=at,
        by=by,
        key=key,
    )
    return True
