"""Whether somebody may be mailed now: who they are, what they said last, and what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Subquery, Value, When

from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import known
from stamgast.kernel import Refusal
from stamgast.mail import rules
from stamgast.mail.errors import MayNotMail
from stamgast.mail.models import Pause, Suppression
from stamgast.mail.suppressed import digest_of

EMAIL = Consent.Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record about mailing somebody at one moment."""

    listed: str  # why their address gets nothing; empty when it may
    is_granted: bool | None  # what they said last; None when they never said
    is_paused: bool


def may_mail(
    customer: Customer, purpose: str, at: datetime, *, kind: str = "campaign", to: str = ""
) -> Refusal | None:
    """Return why this customer may not get this kind of mail now; None when they may.

    `customer` is read just before. A purpose is that of the consent it needs; without one it needs
    none. A pause holds back what we start ourselves. An address that does not work gets nothing, one
    that complained or was put on the list only what its owner asks for.
    """
    address = to or customer.email
    if customer.erased_at is not None:
        return MayNotMail(reason="erased")
    if not address:
        return MayNotMail(reason="no_address")
    standing = standing_of(customer.pk, purpose, address, at)
    is_gone = standing.listed == Suppression.Reason.BOUNCED
    if standing.listed and (is_gone or kind not in rules.EVEN_AFTER_COMPLAINT):
        return MayNotMail(reason=standing.listed)
    if not purpose:
        return None
    if not standing.is_granted:
        said = "never_given" if standing.is_granted is None else "withdrawn"
        return MayNotMail(reason=said)
    return MayNotMail(reason="paused") if standing.is_paused else None


def standing_of(customer: int, purpose: str, address: str, at: datetime) -> Standing:
    """Read what is on record, in one statement: it is asked of every message before it goes."""
    now = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(
            _standing(), [digest_of(address), customer, EMAIL, purpose, customer, now, now]
        )
        listed, is_granted, is_paused = cursor.fetchone()
    return Standing(listed or "", None if is_granted is None else bool(is_granted), bool(is_paused))


@lru_cache(maxsize=1)
def _standing() -> str:
    listed, said, pause = (m._meta.db_table for m in (Suppression, Consent, Pause))
    return (
        f"SELECT (SELECT reason FROM {listed} WHERE digest = %s AND lifted_at IS NULL),"  # noqa: S608
        f" (SELECT is_granted FROM {said} WHERE customer_id = %s AND channel = %s AND purpose = %s"
        " ORDER BY at DESC, id DESC LIMIT 1),"
        f" EXISTS (SELECT 1 FROM {pause} WHERE customer_id = %s AND ended_at IS NULL"
        " AND at <= %s AND until > %s)"
    )


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
