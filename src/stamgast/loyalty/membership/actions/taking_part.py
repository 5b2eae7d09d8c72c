"""Joining and leaving as people do it: with what they agreed to, and when, in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from stamgast.customers.actions import allow_profiling, object_to_profiling
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Customer
from stamgast.customers.rules import is_in_future
from stamgast.events.actions import tell
from stamgast.loyalty.actions import join_programme, leave_programme
from stamgast.loyalty.membership.queries import consents_of, member_of
from stamgast.loyalty.models import Member, ProgrammeConsent
from stamgast.loyalty.queries import programme
from stamgast.staff.queries import Who, actor


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody said when they joined: in which words, where, and of which terms."""

    wording: str
    source: str  # where they said it: "member page", "staff", "web shop", ...
    terms_version: str = ""
    may_profile: bool | None = None  # said apart; None when nobody asked, and nothing changes
    profiling_wording: str = ""
    said_at: datetime | None = None  # when that was earlier than now


def join(
    customer: Customer,
    agreed: Agreed,
    *,
    at: datetime,
    by: Who = None,
    ref: str | None = None,
    is_invited: bool = False,
) -> tuple[Member, bool]:
    """Let a customer take part who said so; returns the membership, and whether they joined just now.

    Of who takes part already it is written down as well, once, for a purchase or program may have let
    them in without asking. Refuses what `join_programme` refuses, and a yes from the future.
    """
    if agreed.said_at is not None and is_in_future(agreed.said_at, at):
        raise InTheFuture()
    said: dict[str, Any] = {
        "source": agreed.source,
        "terms_version": agreed.terms_version,
        "at": at,
        "said_at": agreed.said_at,
        "by": by,
    }
    with transaction.atomic():
        member, is_new = join_programme(
            customer,
            at=at,
            by=by,
            ref=ref,
            terms_version=agreed.terms_version,
            is_invited=is_invited,
        )
        note_consent(member, kind="membership", is_granted=True, wording=agreed.wording, **said)
        if agreed.may_profile is not None:
            note_consent(
                member,
                kind="profiling",
                is_granted=agreed.may_profile,
                wording=agreed.profiling_wording,
                **said,
            )
    return member, is_new


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
    said_at: datetime | None = None,
) -> ProgrammeConsent:
    """Keep what a member agreed to or took back. Who refuses profiling is scored no more.

    The same words again are kept once; what was said earlier than the last word changes nothing now.
    """
    facts: dict[str, Any] = {
        "is_granted": is_granted,
        "wording": wording[:300],
        "source": source[:60],
        "terms_version": terms_version,
    }
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member.pk)
        last = consents_of(member).get(kind)
        is_said = last is not None and all(getattr(last, f) == v for f, v in facts.items())
        holds = kind != "profiling" or member.customer.objects_to_profiling != is_granted
        if last is not None and is_said and holds:
            return last
        row = ProgrammeConsent.objects.create(member=member, kind=kind, at=said_at or at, **facts)
        is_last = last is None or last.at <= row.at
        if (
            is_last
            and kind == "membership"
            and is_granted
            and member.terms_version != terms_version
        ):
            member.terms_version = terms_version
            member.save(update_fields=["terms_version"])
        if is_last and kind == "profiling":
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


def leave(
    member: Member, *, source: str, at: datetime, by: Who = None, keeps_points: bool = True
) -> Member:
    """Let a member leave: points end on their own dates, or at once when they give them up."""
    with transaction.atomic():
        left = leave_programme(member, at=at, by=by, points="keep" if keeps_points else "forfeit")
        note_consent(
            left,
            kind="membership",
            is_granted=False,
            wording="left the programme",
            source=source,
            at=at,
            by=by,
        )
    return left
