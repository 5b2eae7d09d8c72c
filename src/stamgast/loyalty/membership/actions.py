"""The writers of membership: codes by mail, consents, missing purchases, reminders."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from stamgast.customers.actions import add_task, allow_profiling, object_to_profiling
from stamgast.customers.errors import AlreadyClosed
from stamgast.customers.models import Customer, Task
from stamgast.customers.rules import tidy
from stamgast.events.actions import tell
from stamgast.loyalty import queries as points
from stamgast.loyalty.actions import Basket, join_programme, leave_programme, record_purchase
from stamgast.loyalty.membership import rules
from stamgast.loyalty.membership.errors import (
    PurchaseKnown,
    SignInCodeRefused,
    TooManyQuestions,
)
from stamgast.loyalty.membership.letters import LETTERS, expiry_letter
from stamgast.loyalty.membership.queries import customer_of_address, members_page
from stamgast.loyalty.models import (
    Checkout,
    Member,
    MissingPurchase,
    ProgrammeConsent,
    SignInCode,
    Wallet,
)
from stamgast.loyalty.rules import BoughtLine
from stamgast.mail.actions import queue_message
from stamgast.staff.queries import Who, actor, employee, shop

LOOK_WITHIN = timedelta(days=5)


# --- signing in -----------------------------------------------------------------------------------


def mail_code(email: str, *, at: datetime, purpose: str = "sign_in") -> SignInCode | None:
    """Mail somebody a code, when the address is a customer's; who asks is told nothing either way.

    At most three within a quarter of an hour and twelve in a day: then nothing is sent and earlier
    codes keep working.
    """
    customer = customer_of_address(email)
    if customer is None:
        return None
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer.pk)
        today = SignInCode.objects.filter(customer=customer, made_at__gt=at - rules.DAY)
        lately = today.filter(made_at__gt=at - rules.WITHIN)
        if lately.count() >= rules.CODES or today.count() >= rules.CODES_A_DAY:
            return None
        code = "".join(secrets.choice("0123456789") for _ in range(rules.DIGITS))
        row = SignInCode.objects.create(
            customer=customer,
            purpose=purpose,
            digest=_digest(code, customer, purpose),
            made_at=at,
            expires_at=at + rules.HOLDS_FOR,
        )
        queue_message(
            customer,
            content=LETTERS[purpose],
            purpose="",
            kind="sign_in",
            facts={"code": code},
            key=f"sign-in-code:{row.pk}",
            at=at,
            to=email.strip().lower(),
        )
    return row


def use_code(email: str, code: str, *, at: datetime, purpose: str = "sign_in") -> Customer:
    """Return whose code this is, and let it work no more.

    Refuses a wrong one, one that is over or used, the sixth try, and who tried too often in a day; it
    never says which it was. A try counts before it is looked at, so that many at once are no more.
    """
    customer = customer_of_address(email)
    if customer is None:
        raise SignInCodeRefused()
    wanted = _digest(rules.tidy_digits(code), customer, purpose)
    if not _is_right(customer, purpose, wanted, at=at):
        raise SignInCodeRefused()
    tell(
        "erasure_confirmed" if purpose == SignInCode.Purpose.ERASE else "member_signed_in",
        at=at,
        actor="member",
        subject="customer",
        subject_id=customer.pk,
    )
    return customer


def _is_right(customer: Customer, purpose: str, wanted: str, *, at: datetime) -> bool:
    """Count a try at every code that holds, then say whether one is right and use it up."""
    today = SignInCode.objects.filter(customer=customer, made_at__gt=at - rules.DAY)
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        if (today.aggregate(all=Sum("tries"))["all"] or 0) >= rules.TRIES_A_DAY:
            return False
        holding = today.filter(purpose=purpose, used_at=None, expires_at__gt=at)
        tried = list(holding.filter(tries__lt=rules.TRIES).values_list("pk", flat=True))
        rows = SignInCode.objects.filter(pk__in=tried)
        rows.update(tries=F("tries") + 1)
        return bool(rows.filter(digest=wanted).update(used_at=at))


def _digest(code: str, customer: Customer, purpose: str) -> str:
    secret = str(settings.SECRET_KEY).encode()
    return rules.digest(code, customer=customer.pk, purpose=purpose, secret=secret)


def forget_codes(*, at: datetime) -> int:
    """Throw codes away that hold no longer, after a day; returns how many."""
    old = SignInCode.objects.filter(expires_at__lt=at - timedelta(days=1))
    return old.delete()[0]


# --- joining, allowing, leaving -----------------------------------------------------------------------


def join(
    customer: Customer,
    *,
    wording: str,
    source: str,
    at: datetime,
    by: Who = None,
    may_profile: bool = False,
    profiling_wording: str = "",
) -> Member:
    """Let a customer take part, with what they agreed to: membership, and profiling apart from it."""
    with transaction.atomic():
        member, is_new = join_programme(customer, at=at, by=by)
        if is_new:
            note_consent(
                member, kind="membership", is_granted=True, wording=wording, source=source, at=at
            )
        if may_profile:
            note_consent(
                member,
                kind="profiling",
                is_granted=True,
                wording=profiling_wording or wording,
                source=source,
                at=at,
                by=by,
            )
    return member


def note_consent(
    member: Member,
    *,
    kind: Literal["membership", "profiling"],
    is_granted: bool,
    wording: str,
    source: str,
    at: datetime,
    by: Who = None,
) -> ProgrammeConsent:
    """Keep what a member agreed to or took back. Without profiling they are scored no more."""
    with transaction.atomic():
        row = ProgrammeConsent.objects.create(
            member=member,
            kind=kind,
            is_granted=is_granted,
            wording=wording[:300],
            source=source[:60],
            at=at,
        )
        if kind == "profiling":
            change = allow_profiling if is_granted else object_to_profiling
            change(member.customer, at=at, by=by)
        tell(
            "programme_consent_noted",
            at=at,
            actor=actor(by),
            subject="customer",
            subject_id=member.customer_id,
            facts={"member": member.pk, "kind": kind, "is_granted": is_granted},
        )
    return row


def leave(member: Member, *, at: datetime, by: Who = None, keeps_points: bool = True) -> Member:
    """Let a member leave: points end on their own dates, or at once when they give them up."""
    with transaction.atomic():
        left = leave_programme(member, at=at, by=by, points="keep" if keeps_points else "forfeit")
        note_consent(
            left,
            kind="membership",
            is_granted=False,
            wording="left the programme",
            source="member page" if by == "member" else "staff",
            at=at,
            by=by,
        )
    return left


# --- a purchase that earned nothing ------------------------------------------------------------------


def miss_purchase(
    member: Member,
    *,
    number: str,
    bought_on: date,
    amount_minor: int,
    at: datetime,
    by: Who = None,
) -> MissingPurchase:
    """Let a member say that a purchase earned nothing: a colleague gets a task to look into it.

    Refuses one that earned, was asked about before, lies in the future or more than a year back, and
    the sixth that waits.
    """
    number = tidy(number)
    zone = ZoneInfo(shop().zone)
    today = at.astimezone(zone).date()
    rules.check_missing(
        number=number, bought_on=bought_on, amount_minor=amount_minor, at=at, today=today
    )
    if Checkout.objects.filter(ref=number, member=member, status="committed").exists():
        raise PurchaseKnown()
    waiting = MissingPurchase.objects.filter(member=member, state="open").count()
    if waiting >= rules.MOST_WAITING:
        raise TooManyQuestions()
    try:
        with transaction.atomic():
            task = add_task(
                member.customer,
                title=number,
                reason=Task.Reason.MISSING_PURCHASE,
                at=at,
                due=today + LOOK_WITHIN,
            )
            row = MissingPurchase.objects.create(
                member=member,
                number=number,
                bought_on=bought_on,
                amount_minor=amount_minor,
                currency=points.programme().currency,
                task=task,
                made_at=at,
            )
            tell("purchase_missed", **_of(row, at=at, by=by))
    except IntegrityError:
        raise PurchaseKnown() from None
    return row


def grant_missing(row: MissingPurchase, *, at: datetime, by: Who = None) -> MissingPurchase:
    """Let a missed purchase earn what the rules gave on that day. Refuses one that is settled."""
    zone = ZoneInfo(shop().zone)
    noon = datetime.combine(row.bought_on, datetime.min.time(), tzinfo=zone) + timedelta(hours=12)
    with transaction.atomic():
        _settle(row, "granted", at=at, by=by)
        checkout, _ = record_purchase(
            Basket(
                ref=row.number,
                currency=row.currency,
                lines=[BoughtLine("", "", Decimal(1), row.amount_minor)],
            ),
            row.member,
            at=at,
            ordered_at=min(at, noon),
            by=by,
        )
        MissingPurchase.objects.filter(pk=row.pk).update(entry=checkout.earning)
        row.refresh_from_db()
        tell("missing_purchase_granted", **_of(row, at=at, by=by))
    return row


def refuse_missing(row: MissingPurchase, *, at: datetime, by: Who = None) -> MissingPurchase:
    """Say that a missed purchase earns nothing. Refuses one that is settled."""
    with transaction.atomic():
        _settle(row, "refused", at=at, by=by)
        tell("missing_purchase_refused", **_of(row, at=at, by=by))
    return row


def _settle(row: MissingPurchase, state: str, *, at: datetime, by: Who) -> None:
    waiting = MissingPurchase.objects.filter(pk=row.pk, state="open")
    if not waiting.update(state=state, settled_at=at, settled_by=employee(by)):
        raise AlreadyClosed()
    Task.objects.filter(pk=row.task_id or 0, done_at=None).update(done_at=at)
    row.refresh_from_db()


def _of(row: MissingPurchase, *, at: datetime, by: Who) -> dict[str, Any]:
    """Return what an event says about a missed purchase."""
    facts = {"missing_purchase": row.pk, "member": row.member_id}
    about = {"subject": "customer", "subject_id": row.member.customer_id, "facts": facts}
    return {"at": at, "actor": actor(by), **about}


# --- before points expire ----------------------------------------------------------------------------


def remind_of_expiry(*, at: datetime) -> int:
    """Mail members whose points end within the time the programme says; once per day they end.

    For every member alike, never by lot. Safe to do again; returns how many mails were written down.
    """
    programme = points.programme()
    zone = ZoneInfo(programme.zone)
    until = at + timedelta(days=programme.remind_days)
    soon = Wallet.objects.filter(
        kind=Wallet.Kind.SPENDABLE,
        lots__remaining__gt=0,
        lots__expires_at__gt=at,
        lots__expires_at__lte=until,
        member__left_at=None,
        member__merged_into=None,
        member__customer__erased_at=None,
    ).distinct()
    page, written = members_page(), 0
    for wallet in soon.select_related("member__customer").order_by("pk").iterator(chunk_size=200):
        member = wallet.member
        balance = points.balance_of(member, as_of=at)
        for coming in balance.expiring:
            if coming.at > until or not coming.points or not member.customer.email:
                continue
            day = coming.at.astimezone(zone).date()
            key = f"points-expire:{member.pk}:{day.isoformat()}"
            written += _remind(member, key, coming.points, day, balance.available, page, at=at)
    return written


def _remind(
    member: Member, key: str, count: int, day: date, available: int, page: str, *, at: datetime
) -> int:
    from stamgast.mail.models import Message

    if Message.objects.filter(key=key).exists():
        return 0
    with transaction.atomic():
        queue_message(
            member.customer,
            content=expiry_letter(has_page=bool(page)),
            purpose="",
            kind="points",
            facts={"points": count, "day": day.isoformat(), "balance": available, "page": page},
            key=key,
            at=at,
        )
        tell(
            "points_expiry_reminded",
            at=at,
            actor="nightly",
            subject="customer",
            subject_id=member.customer_id,
            facts={"member": member.pk, "points": count, "day": day.isoformat()},
        )
    return 1
