"""Whether somebody may be reached now over a channel of consent, for a purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from stamgast.campaigns.models import Contact
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import known
from stamgast.mail.models import Pause
from stamgast.mail.permission import may_mail_statement

CHANNELS = tuple(Consent.Channel.values)
_NO_NUMBER = When(phone="", then=Value("no_phone"))
_WITHOUT_ADDRESS: dict[str, When] = {
    Consent.Channel.PHONE: _NO_NUMBER,
    Consent.Channel.SMS: _NO_NUMBER,
    Consent.Channel.POST: When(Q(street="") | Q(city=""), then=Value("no_post_address")),
}


def refused(
    channel: str, purpose: str, customers: Sequence[int], *, at: datetime
) -> dict[int, str]:
    """Return of these customers those who may not be reached now, with the code of why."""
    is_mail = channel == Consent.Channel.EMAIL
    rows = may_mail_statement(purpose, at=at) if is_mail else _statement(channel, purpose, at)
    return {pk: code for pk, code in rows.filter(pk__in=customers) if code}


def address_of(customer: Customer, channel: str) -> str:
    """Return where somebody is reached over this channel, as it is kept with the contact."""
    if channel == Consent.Channel.EMAIL:
        return customer.email
    if channel == Consent.Channel.POST:
        return f"{customer.postcode} {customer.house_number}".strip()
    return customer.phone


def _statement(channel: str, purpose: str, at: datetime) -> QuerySet[Any, tuple[int, str]]:
    """Return who may not be called, texted or written to, as `may_mail_statement` does for mail.

    A call needs that somebody said yes to it: an order is no such thing (Dutch law since July
    2026). A number that turned out to be somebody else's is not called again.
    """
    said = Consent.objects.filter(customer=OuterRef("pk"), channel=channel, purpose=purpose)
    last = said.order_by("-at", "-pk")
    pause = Pause.objects.filter(customer=OuterRef("pk"), ended_at=None, at__lte=at, until__gt=at)
    wrong = Contact.objects.filter(
        customer=OuterRef("pk"), sent_to=OuterRef("phone"), reason="wrong_number"
    )
    is_number = _WITHOUT_ADDRESS[channel] is _NO_NUMBER
    code = Case(
        _WITHOUT_ADDRESS[channel],
        *([When(Exists(wrong), then=Value("wrong_number"))] if is_number else []),
        When(allows=None, then=Value("never_given")),
        When(allows=False, then=Value("withdrawn")),
        *(
            [When(~Q(basis=Consent.Basis.OPT_IN), then=Value("never_given"))]
            if channel == Consent.Channel.PHONE
            else []
        ),
        When(Exists(pause), then=Value("paused")),
        default=Value(""),
        output_field=CharField(),
    )
    rows = known().annotate(
        allows=Subquery(last.values("is_granted")[:1]), basis=Subquery(last.values("basis")[:1])
    )
    return rows.annotate(code=code).values_list("pk", "code")
