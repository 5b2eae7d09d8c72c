"""The signed link that opens a customer's own page, for as long as it holds.

It shows, and lets one take what is theirs: a mail may be forwarded, so what cannot be undone asks for
a code from the mailbox besides.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.urls import reverse

from stamgast.customers.models import Customer
from stamgast.customers.queries import current
from stamgast.mail.configuration import mail_settings

LINK_HOLDS_FOR = timedelta(days=30)
PROOF_HOLDS_FOR = timedelta(minutes=15)
_SALT = "stamgast.member"


def token_for(
    customer: Customer,
    *,
    at: datetime,
    holds: timedelta = LINK_HOLDS_FOR,
    proven: datetime | None = None,
) -> str:
    """Return what a link ends in that opens a customer's own page until it holds no longer.

    `proven` is when they entered a code: what gives everything away asks that it was a moment ago.
    """
    facts = {"customer": customer.pk, "until": int((at + holds).timestamp())}
    if proven is not None:
        facts["proven"] = int(proven.timestamp())
    return signing.dumps(facts, salt=_SALT, compress=True)


def page_link(customer: Customer, *, at: datetime) -> str:
    """Return the whole address of a customer's own page; empty while our pages have no public one."""
    base = mail_settings().public_address.rstrip("/")
    return base + reverse("member_open", args=[token_for(customer, at=at)]) if base else ""


def customer_behind(token: str, *, at: datetime) -> Customer | None:
    """Return whose token this is; None when it is not ours, or over, or they were erased."""
    facts = _facts(token)
    if facts is None or at.timestamp() >= facts["until"]:
        return None
    customer = Customer.objects.filter(pk=facts["customer"]).first()
    if customer is None:
        return None
    customer = current(customer)
    return None if customer.erased_at else customer


def is_just_proven(token: str, *, at: datetime) -> bool:
    """Say whether its bearer entered a code a moment ago."""
    proven = int((_facts(token) or {}).get("proven", 0))
    return 0 <= at.timestamp() - proven < PROOF_HOLDS_FOR.total_seconds()


def _facts(token: str) -> dict[str, Any] | None:
    try:
        return dict(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError):
        return None
