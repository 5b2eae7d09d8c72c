"""Handing operations to the book: what they say about whom, and what the book refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from stamgast.customers.errors import KeyReused
from stamgast.events.actions import let_hear
from stamgast.kernel import Refusal
from stamgast.loyalty import errors
from stamgast.loyalty.book import Operation, Outcome, post
from stamgast.loyalty.models import Member
from stamgast.staff.queries import Who, actor

REFUSALS: dict[str, Callable[..., Refusal]] = {
    kind.code: kind
    for kind in (
        KeyReused,
        errors.NotEnoughPoints,
        errors.NoSuchHold,
        errors.HoldLapsed,
        errors.HoldClosed,
        errors.MoreThanHeld,
    )
}
REFUSALS["no_wallet"] = errors.NotAMember


def about(
    member: Member, at: datetime, key: str, by: Who, *, reason: str = "", ref: str = ""
) -> dict[str, Any]:
    """Return what every operation says: whose points, when, under which key, and by whom."""
    if not 0 < len(key) <= 160:
        raise ValueError(f"a key has 1 to 160 characters, not {len(key)}")
    return {
        "member": member.pk,
        "customer": member.customer_id,
        "at": at,
        "key": key,
        "by": actor(by)[:60],
        "reason": reason[:200],
        "ref": ref[:120],
    }


def posted(operation: Operation) -> Outcome:
    """Do an operation in the caller's transaction; raises what the book refuses."""
    outcome = post(operation)
    if outcome.refused:
        raise refusal_of(outcome)
    hear(operation, outcome)
    return outcome


def hear(operation: Operation, outcome: Outcome) -> None:
    """Give who listens to such news a job, when there is any."""
    if outcome.is_new:
        facts: dict[str, Any] = {"member": operation.member, "entry": outcome.entry}
        let_hear(operation.event, at=operation.at, actor=operation.by, facts=facts)


def refusal_of(outcome: Outcome) -> Refusal:
    """Return what the book refused as a refusal."""
    return REFUSALS[outcome.refused](**outcome.facts)
