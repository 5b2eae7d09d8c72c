"""Telling members before points end: everybody alike, never by lot."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from stamgast.events.actions import tell
from stamgast.loyalty import queries as points
from stamgast.loyalty.membership.letters import EXPIRY
from stamgast.loyalty.models import Member, Wallet
from stamgast.mail.actions import queue_message
from stamgast.mail.models import Message


def remind_of_expiry(*, at: datetime, page_of: str = "") -> int:
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
        balance = points.balance_of(member, as_of=at)
        for coming in balance.expiring:
            if coming.at > until or not coming.points or not member.customer.email:
                continue
            day = coming.at.astimezone(zone).date()
            key = f"points-expire:{member.pk}:{day.isoformat()}"
            written += _remind(member, key, coming.points, day, balance.available, page_of, at=at)
    return written


def _remind(
    member: Member, key: str, count: int, day: date, available: int, page: str, *, at: datetime
) -> int:
    if Message.objects.filter(key=key).exists():
        return 0
    with transaction.atomic():
        queue_message(
            member.customer,
            content=EXPIRY,
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
