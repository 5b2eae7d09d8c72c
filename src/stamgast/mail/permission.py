"""Whether somebody may be mailed now: who they are, what they said last, and what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Subquery, Value, When

from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import known
from stamgast.kernel import Refusal
from stamgast.mail import rules
from stamgast.mail.errors import MayNotMail
from stamgast.mail.models import Pause, Suppression
from stamgast.mail.suppressed import suppression_of

EMAIL = Consent.Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether we may, and the consent it rests on when it needs one."""

    refusal: Refusal | None = None
    consent: Consent | None = None


def may_mail(customer: Customer, purpose: str, at: datetime) -> Refusal | None:
    """Return why this customer may not get mail for this purpose now; None when they may."""
    return permission(customer, purpose, at, kind="campaign").refusal


def permission(
    customer: Customer, purpose: str, at: datetime, *, kind: str, to: str = ""
) -> Permission:
    """Say whether this customer may get this kind of mail now; `customer` is read just before.

    A purpose is that of the consent it needs; without one it needs none. A pause holds back what we
    start ourselves. An address that does not work gets nothing, one that complained or was put on
    the list only what its owner asks for.
    """
    address = to or customer.email
    if customer.erased_at is not None:
        return _no("erased")
    if not address:
        return _no("no_address")
    if (listed := suppression_of(address)) is not None:
        is_gone = listed.reason == Suppression.Reason.BOUNCED
        if is_gone or kind not in rules.EVEN_AFTER_COMPLAINT:
            return _no(listed.reason)
    if not purpose:
        return Permission()
    consent = last_consent(customer, purpose)
    if consent is None:
        return _no("never_given")
    if not consent.is_granted:
        return _no("withdrawn")
    if paused(customer, at) is not None:
        return _no("paused")
    return Permission(consent=consent)


def last_consent(customer: Customer, purpose: str) -> Consent | None:
    """Return what the customer said last about mail for this purpose."""
    said = Consent.objects.filter(customer=customer, channel=EMAIL, purpose=purpose)
    return said.order_by("-at", "-pk").first()


def consents_by_email(customers: Iterable[int]) -> dict[int, dict[str, Consent]]:
    """Return what each of these customers said last about mail, per purpose, in one read."""
    said: dict[int, dict[str, Consent]] = {}
    rows = Consent.objects.filter(customer__in=list(customers), channel=EMAIL)
    for row in rows.order_by("at", "pk"):
        said.setdefault(row.customer_id, {})[row.purpose] = row
    return said


def paused(customer: Customer, at: datetime) -> Pause | None:
    """Return the pause that holds at this moment."""
    return Pause.objects.filter(customer=customer, ended_at=None, at__lte=at, until__gt=at).first()


def may_mail_statement(purpose: str, *, at: datetime) -> QuerySet[Any, tuple[int, str]]:
    """Return every known customer's id with why they may not be mailed for this purpose, or "".

    One statement over the whole base, with the codes of `may_mail`. The moment of sending asks
    again, and then also knows addresses on the list whose owner was erased before.
    """
    said = Consent.objects.filter(customer=OuterRef("pk"), channel=EMAIL, purpose=purpose)
    last = said.order_by("-at", "-pk").values("is_granted")[:1]
    listed = Suppression.objects.filter(address=OuterRef("email"), lifted_at=None)
    pause = Pause.objects.filter(customer=OuterRef("pk"), ended_at=None, at__lte=at, until__gt=at)
    code = Case(
        When(email="", then=Value("no_address")),
        When(Exists(listed), then=Subquery(listed.values("reason")[:1])),
        When(allows=None, then=Value("never_given")),
        When(allows=False, then=Value("withdrawn")),
        When(Exists(pause), then=Value("paused")),
        default=Value(""),
        output_field=CharField(),
    )
    rows = known().annotate(allows=Subquery(last)).annotate(code=code)
    return rows.values_list("pk", "code")


def may_be_followed(customer: Customer) -> bool:
    """Say whether the customer allows us to see which links they follow."""
    said = last_consent(customer, Consent.Purpose.TRACKING)
    return said is not None and said.is_granted


def _no(reason: str) -> Permission:
    return Permission(refusal=MayNotMail(reason=reason))
