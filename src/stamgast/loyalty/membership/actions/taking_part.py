"""Joining and leaving as people do it: with what they agreed to, and when, in which words."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.db import transaction

from stamgast.customers.actions import allow_profiling, object_to_profiling
from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.loyalty.actions import join_programme, leave_programme
from stamgast.loyalty.models import Member, ProgrammeConsent
from stamgast.staff.queries import Who, actor


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
