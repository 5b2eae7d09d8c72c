"""Joining and leaving the programme, and two memberships that turn out to be one person's."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from stamgast.customers.models import Customer
from stamgast.customers.queries import current as current_customer
from stamgast.events.actions import tell
from stamgast.loyalty import queries
from stamgast.loyalty.actions.posting import posted
from stamgast.loyalty.book import NewLot, Operation
from stamgast.loyalty.errors import AlreadyAMember, NotInvited
from stamgast.loyalty.models import Entry, Hold, Member, PointsLot, Wallet
from stamgast.loyalty.worth.queries import may_join
from stamgast.staff.queries import Who, actor

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike on a card


def join_programme(
    customer: Customer,
    *,
    at: datetime,
    by: Who = None,
    ref: str | None = None,
    joined_at: datetime | None = None,
    terms_version: str = "",
    is_invited: bool = False,
) -> tuple[Member, bool]:
    """Let a customer take part; returns the membership, and whether they joined just now.

    It claims no consent: what people said is for `membership` to keep, with the terms they agreed to.
    Who left before comes back with the points that are still good. Refuses a `ref` that belongs to
    another member, and who is not invited where that is the rule; `is_invited` when the shop itself
    asks them here and now.
    """
    customer = current_customer(customer)
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        _refuse_taken(ref, customer)
        there = queries.member_of(customer)
        if there is not None and there.left_at is None:
            if ref is not None and there.ref != ref:
                there.ref = ref
                there.save(update_fields=["ref"])
            return there, False
        if there is None and not (is_invited or may_join(customer)):
            raise NotInvited()
        member = there or Member(customer=customer, code=_code(), joined_at=joined_at or at)
        member.left_at = None
        member.joined_by = actor(by)
        member.terms_version = terms_version
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
            facts={"member": member.pk, "terms_version": terms_version, "again": there is not None},
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
    with transaction.atomic():
        list(Wallet.objects.select_for_update().filter(member__in=[kept, gone]).order_by("pk"))
        release_holds(gone, at=at, by=by)
        posted(Operation(do="settle", member=gone.pk, customer=gone.customer_id, at=at))
        wallets = {one.kind: one for one in Wallet.objects.filter(member=gone)}
        wallet, other = wallets["spendable"], wallets["qualifying"]
        key = f"merge:{gone.pk}:{kept.pk}:{wallet.entries}"
        lots = _lots(PointsLot.objects.filter(wallet=wallet))
        debt, counted = wallet.owed, other.available
        forfeit(gone, at=at, by=by, key=f"{key}:out", to="issued")
        if counted:
            facts = {"kind": "transfer_out", "qualifying": -counted}
            posted(_taken(gone, 0, key=f"{key}:counted", at=at, by=by, **facts))
        brought = _bring(kept, lots, counted, key=f"{key}:in", at=at, by=by)
        if debt:
            posted(_taken(kept, debt, key=f"{key}:debt", at=at, by=by, kind="correct"))
        gone.merged_into = kept
        gone.save(update_fields=["merged_into"])
    return brought


def unmerge_members(gone: Member, brought: Entry | None, *, at: datetime, by: Who = None) -> None:
    """Let a membership be itself again, with what is left of the points it brought."""
    kept = gone.merged_into
    if kept is None:
        return
    with transaction.atomic():
        gone.merged_into = None
        gone.save(update_fields=["merged_into"])
        if brought is None:
            return
        posted(Operation(do="settle", member=kept.pk, customer=kept.customer_id, at=at))
        lots = _lots(PointsLot.objects.filter(entry=brought))
        moved = -(
            brought.legs.filter(wallet__kind="qualifying", account="issued")
            .values_list("points", flat=True)
            .first()
            or 0
        )
        count, key = sum(lot.points for lot in lots), f"unmerge:{brought.pk}"
        if count or moved:
            facts = {"claw_of": brought.pk, "qualifying": -moved, "kind": "transfer_out"}
            posted(_taken(kept, count, key=f"{key}:out", at=at, by=by, **facts))
            _bring(gone, lots, moved, key=f"{key}:in", at=at, by=by)


def _lots(rows: QuerySet[PointsLot]) -> list[NewLot]:
    """Return the points of lots that are free to move, with their own dates."""
    return [
        NewLot(lot.remaining - lot.held, lot.activates_at, lot.expires_at)
        for lot in rows.filter(remaining__gt=F("held")).order_by("pk")
    ]


def _bring(
    member: Member, lots: list[NewLot], qualifying: int, *, key: str, at: datetime, by: Who
) -> Entry | None:
    if not lots and not qualifying:
        return None
    outcome = posted(
        Operation(
            do="issue",
            kind="transfer_in",
            key=key,
            member=member.pk,
            customer=member.customer_id,
            at=at,
            points=sum(lot.points for lot in lots),
            qualifying=qualifying,
            lots=tuple(lots),
            by=actor(by),
        )
    )
    return Entry.objects.get(pk=outcome.entry or 0)


def _taken(
    member: Member, points: int, *, key: str, at: datetime, by: Who, **facts: Any
) -> Operation:
    return Operation(
        do="return",
        key=key,
        member=member.pk,
        customer=member.customer_id,
        at=at,
        claw=points,
        to="issued",
        by=actor(by),
        **facts,
    )


def _refuse_taken(ref: str | None, customer: Customer) -> None:
    if ref is None:
        return
    other = Member.objects.filter(ref=ref).exclude(customer=customer)
    if other.exists():
        raise AlreadyAMember(ref=ref)


def _code() -> str:
    """Return a code for a card, long enough that nobody guesses one."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))
