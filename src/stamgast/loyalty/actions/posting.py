"""Handing operations to the book, and turning what it refuses into refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stamgast.customers.errors import KeyReused
from stamgast.events.actions import let_hear
from stamgast.kernel import Refusal
from stamgast.loyalty import errors
from stamgast.loyalty.book import Operation, Outcome, post

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
