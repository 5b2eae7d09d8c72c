"""Mail to members: before points end, to everybody alike and never by lot; and the link to their page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from stamgast.events.actions import tell
from stamgast.loyalty import balances
from stamgast.loyalty import queries as points
from stamgast.loyalty.membership.errors import CannotMailPage
from stamgast.loyalty.membership.letters import EXPIRY, PAGE, without_button
from stamgast.loyalty.membership.links import page_link
from stamgast.loyalty.models import Member, Wallet
from stamgast.mail.actions import queue_message
from stamgast.mail.models import Message
from stamgast.staff.queries import Who, actor, shop

ONE_MAIL_WITHIN = timedelta(minutes=15)
_PAGE_KEY = "member-page:"


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
    written = 0
    for wallet in soon.select_related("member__customer").order_by("pk").iterator(chunk_size=200):
        member = wallet.member
        balance = balances.balance_of(member, as_of=at)
        for coming in balance.expiring:
            if coming.at > until or not coming.points or not member.customer.email:
                continue
            day = coming.at.astimezone(zone).date()
            key = f"points-expire:{member.pk}:{day.isoformat()}"
            written += _remind(member, key, coming.points, day, balance.available, at=at)
    return written


def _remind(
    member: Member, key: str, count: int, day: date, available: int, *, at: datetime
) -> int:
    if Message.objects.filter(key=key).exists():
        return 0
    page = page_link(member.customer, at=at) or shop().website
    with transaction.atomic():
        queue_message(
            member.customer,
            content=EXPIRY if page else without_button(EXPIRY),
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


# --- their own page -------------------------------------------------------------------------------


def mail_page(member: Member, *, at: datetime, by: Who = None) -> Message:
    """Mail a member the link that opens their own page, as they asked a colleague.

    Within a quarter of an hour it is one mail. Refuses without an address of theirs, or of our pages.
    """
    customer = member.customer
    page = page_link(customer, at=at)
    if not customer.email or not page:
        raise CannotMailPage(problem="no_public_address" if customer.email else "no_address")
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)
        mailed = Message.objects.filter(
            customer=customer, key__startswith=_PAGE_KEY, made_at__gt=at - ONE_MAIL_WITHIN
        )
        if (before := mailed.first()) is not None:
            return before
        row = queue_message(
            customer,
            content=PAGE,
            purpose="",
            kind="points",
            facts={"page": page},
            key=f"{_PAGE_KEY}{member.pk}:{at.isoformat()}",
            at=at,
        )
        tell(
            "member_page_mailed",
            at=at,
            actor=actor(by),
            subject="customer",
            subject_id=customer.pk,
            facts={"member": member.pk},
        )
    return row
