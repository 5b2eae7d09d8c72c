"""Points by hand: given, taken, put right, moved and undone, within the limits of one's role."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from stamgast.kernel import Points
from stamgast.loyalty import queries, rules
from stamgast.loyalty.actions.posting import about, posted
from stamgast.loyalty.book import Kept, NewLot, Operation, Outcome
from stamgast.loyalty.errors import (
    AlreadyReversed,
    CannotReverse,
    OverMonthLimit,
    OverYourLimit,
    PointsNeedAReason,
    SameMember,
)
from stamgast.loyalty.models import Checkout, Entry, GivenByHand, LotUse, Member, Wallet
from stamgast.staff.models import User
from stamgast.staff.queries import Who, employee

_REVERSIBLE = {"earn", "grant", "deduct", "correct"}


def grant_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who,
    reason: str,
    does_qualify: bool = False,
    kept: Kept | None = None,
) -> Outcome:
    """Give points by hand, to be spent at once; needs a reason, within the limit of one's role."""
    member = queries.taking_part(member)
    count = by_hand(points, reason, by)
    terms = queries.terms_of(queries.programme())
    return _given(
        Operation(
            do="issue",
            kind=Entry.Kind.GRANT,
            points=count,
            qualifying=count if does_qualify else 0,
            lots=(terms.lot(count, at, is_pending=False),),
            does_forgive=terms.does_forgive,
            asked={"points": count, "qualifying": does_qualify},
            kept=kept,
            **about(member, at, key, by, reason=reason),
        ),
        by,
    )


def deduct_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who,
    reason: str,
    kept: Kept | None = None,
) -> Outcome:
    """Take points by hand; needs a reason, within the limit of one's role, and enough points."""
    member = queries.current(member)
    count = by_hand(points, reason, by)
    return posted(
        Operation(
            do="spend",
            kind=Entry.Kind.DEDUCT,
            points=count,
            to="issued",
            asked={"points": count},
            kept=kept,
            **about(member, at, key, by, reason=reason),
        )
    )


def correct_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who,
    reason: str,
    kept: Kept | None = None,
) -> Outcome:
    """Put a mistake right by giving (more than zero) or taking (less); what lacks becomes a debt."""
    member = queries.current(member)
    signed = points.count if isinstance(points, Points) else points
    is_more = type(signed) is not int or signed >= 0
    count = by_hand(signed if is_more else -signed, reason, by)
    terms = queries.terms_of(queries.programme())
    facts: dict[str, Any] = {"do": "return", "claw": count, "to": "issued"}
    if is_more:
        lot = terms.lot(count, at, is_pending=False)
        facts = {"do": "issue", "points": count, "lots": (lot,)}
    correction = Operation(
        **facts,
        kind=Entry.Kind.CORRECT,
        does_forgive=terms.does_forgive,
        asked={"points": signed},
        kept=kept,
        **about(member, at, key, by, reason=reason),
    )
    return _given(correction, by) if is_more else posted(correction)


def transfer_points(
    member: Member,
    to: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who,
    reason: str,
) -> tuple[Outcome, Outcome]:
    """Move points from one member to another; each keeps the date on which it ends.

    Refuses more than there are, who left, and moving them to the same member.
    """
    member, other = queries.taking_part(member), queries.taking_part(to)
    if member.pk == other.pk:
        raise SameMember()
    count = by_hand(points, reason, by)
    asked = {"points": count, "from": member.pk, "to": other.pk}
    with transaction.atomic():
        both = Wallet.objects.filter(member__in=[member, other], kind="spendable")
        list(both.select_for_update().order_by("pk"))  # in one order, so that nobody waits twice
        out = posted(
            Operation(
                do="spend",
                kind=Entry.Kind.TRANSFER_OUT,
                points=count,
                to="issued",
                asked=asked,
                **about(member, at, key, by, reason=reason),
            )
        )
        uses = LotUse.objects.filter(entry=out.entry, remaining__lt=0).order_by("pk")
        ends = uses.values_list("remaining", "lot__expires_at")
        came = posted(
            Operation(
                do="issue",
                kind=Entry.Kind.TRANSFER_IN,
                points=count,
                lots=tuple(NewLot(-taken, at, end) for taken, end in ends),
                of_entry=out.entry,
                asked=asked,
                **about(other, at, f"{key}:in", by, reason=reason),
            )
        )
    return out, came


def reverse_entry(entry: Entry, *, at: datetime, by: Who, reason: str, key: str = "") -> Outcome:
    """Undo an entry made by hand or by an action: its exact opposite, once.

    Refuses an entry of another kind (an order is undone by a return), and one that was undone before
    under another key.
    """
    if entry.kind not in _REVERSIBLE or Checkout.objects.filter(earning=entry).exists():
        raise CannotReverse(kind=entry.kind)
    moved = dict(entry.legs.filter(wallet__kind="qualifying").values_list("account", "points"))
    points = entry.points
    by_hand(abs(points), reason, by, least=0)
    facts: dict[str, Any] = (
        {"claw": points, "claw_of": entry.pk}
        if points >= 0
        else {"give": -points, "give_of": entry.pk}
    )
    if entry.kind == Entry.Kind.CORRECT and points < 0:
        facts = _undone_claw(entry)
    with transaction.atomic():
        try:
            with transaction.atomic():
                undone = posted(
                    Operation(
                        do="return",
                        kind=Entry.Kind.REVERSE,
                        to="issued",
                        qualifying=moved.get("issued", 0),
                        grace_until=queries.terms_of(queries.programme()).grace(at),
                        of_entry=entry.pk,
                        asked={"of": entry.pk},
                        **facts,
                        **about(
                            queries.current(entry.member),
                            at,
                            key or f"entry:{entry.pk}:reverse",
                            by,
                            reason=reason,
                        ),
                    )
                )
                if undone.is_new:
                    _uncount(entry)
                return undone
        except IntegrityError:
            raise AlreadyReversed() from None


def give_back_spent(entry: Entry, *, at: datetime, by: Who, reason: str, key: str = "") -> Outcome:
    """Undo points that were spent outside a purchase, such as on a reward: to their own lots, once.

    Refuses any other kind of entry, and points spent in a purchase, which a return brings back.
    """
    if entry.kind != Entry.Kind.SPEND or Checkout.objects.filter(spending=entry).exists():
        raise CannotReverse(kind=entry.kind)
    count = abs(entry.points)
    own_key = key or f"entry:{entry.pk}:reverse"
    with transaction.atomic():
        try:
            with transaction.atomic():
                return posted(
                    Operation(
                        do="return",
                        kind=Entry.Kind.REVERSE,
                        give=count,
                        give_of=entry.pk,
                        grace_until=queries.terms_of(queries.programme()).grace(at),
                        of_entry=entry.pk,
                        asked={"of": entry.pk},
                        **about(queries.current(entry.member), at, own_key, by, reason=reason),
                    )
                )
        except IntegrityError:
            raise AlreadyReversed() from None


def _undone_claw(entry: Entry) -> dict[str, Any]:
    """Return how to undo a correction downwards: only while it left no debt."""
    if entry.legs.filter(account="owed").exists():
        raise CannotReverse(kind=entry.kind)
    return {"give": -entry.points, "give_of": entry.pk}


# --- within the limits of one's role ----------------------------------------------------------------


def by_hand(points: Any, reason: str, by: Who, *, least: int = 1) -> int:
    """Return how many points; refuses without a reason, and more than one's role may at once."""
    count = rules.whole(points, least=least)
    if not 0 < len(reason.strip()) <= 200:
        raise PointsNeedAReason()
    who = employee(by)
    if who is not None and count > rules.limit_of(who.role):
        raise OverYourLimit(limit=rules.limit_of(who.role))
    return count


def _given(operation: Operation, by: Who) -> Outcome:
    """Give points, and count them in what a colleague gives in a month; refuses more than their role may.

    The same key again counts no second time.
    """
    who = employee(by)
    limit = rules.month_limit_of(queries.programme(), who.role) if who else None
    if who is None or limit is None:
        return posted(operation)
    with transaction.atomic():
        if Entry.objects.filter(key=operation.key).exists():
            return posted(operation)
        row = _count(who, operation.points, limit, at=operation.at)
        outcome = posted(operation)
        if not outcome.is_new:  # the same arrived twice at once
            row.update(points=F("points") - operation.points)
    return outcome


def _count(who: User, points: int, limit: int, *, at: datetime) -> QuerySet[GivenByHand]:
    made, _ = GivenByHand.objects.get_or_create(user=who, month=_month(at))
    row = GivenByHand.objects.filter(pk=made.pk)
    if not row.filter(points__lte=limit - points).update(points=F("points") + points):
        raise OverMonthLimit(limit=limit, left=max(limit - row.get().points, 0))
    return row


def _uncount(entry: Entry) -> None:
    """Let a gift that was undone count no more, in the month in which it was given."""
    kind, _, number = entry.by.partition(":")
    if kind == "user" and number.isdecimal() and entry.points > 0:
        given = GivenByHand.objects.filter(user=int(number), month=_month(entry.at))
        given.filter(points__gte=entry.points).update(points=F("points") - entry.points)


def left_this_month(who: User, *, at: datetime) -> int | None:
    """Return how many points a colleague may still give in this month; None is no limit."""
    limit = rules.month_limit_of(queries.programme(), who.role)
    row = GivenByHand.objects.filter(user=who, month=_month(at)).first()
    return None if limit is None else max(limit - (row.points if row else 0), 0)


def _month(at: datetime) -> date:
    return at.astimezone(ZoneInfo(queries.programme().zone)).date().replace(day=1)
