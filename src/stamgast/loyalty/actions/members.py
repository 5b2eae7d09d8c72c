"""Joining and leaving the programme, and two memberships that turn out to be one person's."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction

from stamgast.customers.models import Customer
from stamgast.customers.queries import current as current_customer
from stamgast.events.actions import tell
from stamgast.loyalty import queries
from stamgast.loyalty.actions.posting import posted
from stamgast.loyalty.book import NewLot, Operation
from stamgast.loyalty.errors import AlreadyAMember
from stamgast.loyalty.models import Entry, Hold, Member, PointsLot, Wallet
from stamgast.staff.queries import Who, actor

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike on a card


def join_programme(
    customer: Customer,
    *,
    at: datetime,
    by: Who = None,
    ref: str | None = None,
    joined_at: datetime | None = None,
    terms_version: str | None = None,
) -> tuple[Member, bool]:
    """Let a customer take part; returns the membership, and whether they joined just now.

    Who left before comes back with the points that are still good. Refuses a `ref` that belongs to
    another member.
    """
    customer = current_customer(customer)
    agreed = terms_version if terms_version is not None else queries.programme().terms_version
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        _refuse_taken(ref, customer)
        there = queries.member_of(customer)
        if there is not None and there.left_at is None:
            if ref is not None and there.ref != ref:
                there.ref = ref
                there.save(update_fields=["ref"])
            return there, False
        member = there or Member(customer=customer, code=_code(), joined_at=joined_at or at)
        member.left_at = None
        member.joined_by = actor(by)
        member.terms_version = agreed
        member.ref = ref if ref is not None else member.ref
        try:
            member.save()
        except IntegrityError:
            raise AlreadyAMember(ref=ref) from None
        for kind in Wallet.Kind.values:
            Wallet.objects.get_or_create(member=member, kind=kind)
        tell(
            "programme_joined",
            at=at,
            actor=actor(by),
            subject="customer",
            subject_id=customer.pk,
            facts={"member": member.pk, "terms_version": agreed, "again": there is not None},
        )
    return member, True


def leave_programme(
    member: Member, *, at: datetime, by: Who = None, points: Literal["keep", "forfeit"] = "keep"
) -> Member:
    """Let a member leave. Their points end on their own dates, or at once when they forfeit them.

    What is kept apart for a purchase is let go first; who left earns and spends nothing.
    """
    member = queries.current(member)
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member.pk)
        if member.left_at is not None:
            return member
        release_holds(member, at=at, by=by)
        if points == "forfeit":
            forfeit(member, at=at, by=by, key=f"leave:{member.pk}:{at.isoformat()}")
        member.left_at = at
        member.save(update_fields=["left_at"])
        tell(
            "programme_left",
            at=at,
            actor=actor(by),
            subject="customer",
            subject_id=member.customer_id,
            facts={"member": member.pk, "points": points},
        )
    return member


def release_holds(member: Member, *, at: datetime, by: Who) -> None:
    """Let go of everything that is kept apart of a member's points."""
    settle = Operation(do="settle", member=member.pk, customer=member.customer_id, at=at)
    posted(settle)
    for hold in Hold.objects.filter(wallet__member=member, status=Hold.Status.OPEN).order_by("pk"):
        posted(
            Operation(
                do="release",
                kind="release",
                key=f"hold:{hold.pk}:release",
                member=member.pk,
                customer=member.customer_id,
                at=at,
                hold=hold.pk,
                by=actor(by),
                of_entry=hold.entry_id,
            )
        )


def forfeit(
    member: Member, *, at: datetime, by: Who, key: str, to: Literal["expired", "issued"] = "expired"
) -> int | None:
    """Let all of a member's points end, and their debt; returns the entry, or None without any."""
    posted(Operation(do="settle", member=member.pk, customer=member.customer_id, at=at))
    wallet = Wallet.objects.get(member=member, kind="spendable")
    if not wallet.available and not wallet.pending and not wallet.owed:
        return None
    outcome = posted(
        Operation(
            do="forfeit",
            kind="forfeit" if to == "expired" else "transfer_out",
            key=key,
            member=member.pk,
            customer=member.customer_id,
            at=at,
            to=to,
            by=actor(by),
        )
    )
    return outcome.entry


def merge_members(kept: Member, gone: Member, *, at: datetime, by: Who = None) -> Entry | None:
    """Let one membership go up in another: its points move with their own dates, and so do debts.

    Returns the entry that brought the points, or None where there were none.
    """
    key = f"merge:{gone.pk}:{kept.pk}:{at.isoformat()}"
    with transaction.atomic():
        release_holds(gone, at=at, by=by)
        posted(Operation(do="settle", member=gone.pk, customer=gone.customer_id, at=at))
        wallets = {one.kind: one for one in Wallet.objects.filter(member=gone)}
        wallet, other = wallets["spendable"], wallets["qualifying"]
        lots = [
            NewLot(lot.remaining, lot.activates_at, lot.expires_at)
            for lot in PointsLot.objects.filter(wallet=wallet, remaining__gt=0).order_by("pk")
        ]
        debt, qualifying = wallet.owed, other.available
        forfeit(gone, at=at, by=by, key=f"{key}:out", to="issued")
        brought = None
        if lots or qualifying:
            brought = posted(
                Operation(
                    do="issue",
                    kind="transfer_in",
                    key=f"{key}:in",
                    member=kept.pk,
                    customer=kept.customer_id,
                    at=at,
                    points=sum(lot.points for lot in lots),
                    qualifying=qualifying,
                    lots=tuple(lots),
                    by=actor(by),
                )
            ).entry
        if debt:
            posted(
                Operation(
                    do="return",
                    kind="correct",
                    key=f"{key}:debt",
                    member=kept.pk,
                    customer=kept.customer_id,
                    at=at,
                    claw=debt,
                    to="issued",
                    by=actor(by),
                )
            )
        gone.merged_into = kept
        gone.save(update_fields=["merged_into"])
    return Entry.objects.get(pk=brought) if brought else None


def _refuse_taken(ref: str | None, customer: Customer) -> None:
    if ref is None:
        return
    other = Member.objects.filter(ref=ref).exclude(customer=customer)
    if other.exists():
        raise AlreadyAMember(ref=ref)


def _code() -> str:
    """Return a code for a card, long enough that nobody guesses one."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))
