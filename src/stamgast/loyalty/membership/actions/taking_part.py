"""Joining and leaving as people do it: with what they agreed to, and when, in which words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from stamgast.customers.actions import allow_profiling, object_to_profiling
from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.loyalty.actions import join_programme, leave_programme
from stamgast.loyalty.membership.queries import member_of
from stamgast.loyalty.models import Member, ProgrammeConsent
from stamgast.loyalty.queries import programme
from stamgast.staff.queries import Who, actor


def join(
    customer: Customer,
    *,
    wording: str,
    source: str,
    at: datetime,
    by: Who = None,
    may_profile: bool | None = None,
    profiling_wording: str = "",
    is_invited: bool = False,
) -> Member:
    """Let a customer take part, with what they agreed to: membership, and profiling apart from it.

    `may_profile` is None when nobody asked: then what they said before holds. Who takes part already
    said what they said. Refuses who is not invited where that is the rule; a colleague who lets them
    in invites them.
    """
    with transaction.atomic():
        member, is_new = join_programme(customer, at=at, by=by, is_invited=is_invited)
        if not is_new:
            return member
        facts: dict[str, Any] = {
            "source": source,
            "terms_version": member.terms_version,
            "at": at,
            "by": by,
        }
        note_consent(member, kind="membership", is_granted=True, wording=wording, **facts)
        if may_profile is not None:
            said = profiling_wording or wording
            note_consent(member, kind="profiling", is_granted=may_profile, wording=said, **facts)
    return member


def decide_profiling(
    customer: Customer, *, is_allowed: bool, wording: str, source: str, at: datetime, by: Who = None
) -> Customer:
    """Let a customer allow or refuse that what they buy is used; a member's words are kept with it."""
    with transaction.atomic():
        member = member_of(customer)
        if member is not None:
            note_consent(
                member,
                kind="profiling",
                is_granted=is_allowed,
                wording=wording,
                source=source,
                terms_version=programme().terms_version,
                at=at,
                by=by,
            )
            return member.customer
        change = allow_profiling if is_allowed else object_to_profiling
        return change(customer, at=at, by=by)


def note_consent(
    member: Member,
    *,
    kind: Literal["membership", "profiling"],
    is_granted: bool,
    wording: str,
    source: str,
    at: datetime,
    by: Who = None,
    terms_version: str = "",
) -> ProgrammeConsent:
    """Keep what a member agreed to or took back. Who refuses profiling is scored no more."""
    with transaction.atomic():
        row = ProgrammeConsent.objects.create(
            member=member,
            kind=kind,
            is_granted=is_granted,
            wording=wording[:300],
            source=source[:60],
            terms_version=terms_version,
            at=at,
        )
        if kind == "profiling":
            change = allow_profiling if is_granted else object_to_profiling
            member.customer = change(member.customer, at=at, by=by)
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
