"""Points of many members at once, in portions that let others write."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from stamgast.database.bulk import Pace
from stamgast.kernel import Refusal
from stamgast.loyalty import queries, rules
from stamgast.loyalty.actions.by_hand import by_hand
from stamgast.loyalty.actions.checkouts import let_go_overdue
from stamgast.loyalty.actions.posting import about, hear, posted, refusal_of
from stamgast.loyalty.book import Operation, Outcome, post_many
from stamgast.loyalty.errors import MemberLeft
from stamgast.loyalty.models import Entry, Member, Wallet
from stamgast.staff.queries import Who

_AT_ONCE = 200


class Grant(NamedTuple):
    """Points for one of many members."""

    member: Member
    points: int
    key: str


def grant_many(
    grants: Iterable[Grant], *, at: datetime, by: Who, reason: str, is_pending: bool = False
) -> list[Outcome | Refusal]:
    """Give many members points, in portions that let others write; one refused stops no other."""
    terms = queries.terms_of(queries.programme())
    results: list[Outcome | Refusal] = []
    pace = Pace(_AT_ONCE, most=5_000)
    for part in pace.cut(list(grants)):
        asked = [_granted(grant, terms, is_pending, at, by, reason) for grant in part]
        operations = [one for one in asked if isinstance(one, Operation)]
        with pace.portion(len(part)):
            outcomes = iter(post_many(operations))
            for one in asked:
                results.append(_heard(one, next(outcomes)) if isinstance(one, Operation) else one)
    return results


def _granted(
    grant: Grant, terms: rules.Terms, is_pending: bool, at: datetime, by: Who, reason: str
) -> Operation | Refusal:
    try:
        if grant.member.left_at is not None:
            return MemberLeft()
        count = by_hand(grant.points, reason, by)
    except Refusal as refusal:
        return refusal
    return Operation(
        do="issue",
        kind=Entry.Kind.GRANT,
        points=count,
        lots=(terms.lot(count, at, is_pending=is_pending),),
        does_forgive=terms.does_forgive,
        asked={"points": count},
        **about(grant.member, at, grant.key, by, reason=reason),
    )


def _heard(operation: Operation, outcome: Outcome) -> Outcome | Refusal:
    if outcome.refused:
        return refusal_of(outcome)
    hear(operation, outcome)
    return outcome


def settle_member(member: Member, *, at: datetime) -> int:
    """Write down what became of a member's points by a moment; returns how many entries that took.

    It changes nothing that a member can see or spend: balances are functions of the time anyway.
    """
    member = queries.current(member)
    settle = Operation(do="settle", member=member.pk, customer=member.customer_id, at=at)
    return posted(settle).settled


def settle_due(*, at: datetime) -> int:
    """Write down everything that activated, lapsed or ended by a moment; returns how much."""
    let_go_overdue(at=at)
    due = Wallet.objects.filter(kind="spendable", due_at__lte=at).order_by("pk")
    operations = [
        Operation(do="settle", member=member, customer=customer, at=at)
        for member, customer in due.values_list("member_id", "member__customer_id")
    ]
    settled = 0
    pace = Pace(20, most=2_000)
    for part in pace.cut(operations):
        with pace.portion(len(part)):
            settled += sum(outcome.settled for outcome in post_many(part))
    return settled
