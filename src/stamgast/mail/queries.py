"""Reads of the outbox, of texts and of addresses that get nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from stamgast.customers.models import Customer
from stamgast.mail.models import Message, Suppression, Template

Status = Message.Status
OPEN = (Status.WAITING, Status.SENDING, Status.UNCERTAIN)  # not ended yet


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How the outbox stands; what ended is counted over the last thirty days."""

    waiting: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    withheld: int = 0


def outbox_counts(*, at: datetime) -> OutboxCounts:
    """Count the outbox per status."""
    open_ones = Message.objects.filter(status__in=OPEN)
    ended = Message.objects.filter(
        status__in=[Status.SENT, Status.FAILED, Status.WITHHELD],
        ended_at__gt=at - timedelta(days=30),
    )
    found = {
        status: count
        for rows in (open_ones, ended)
        for status, count in rows.values_list("status").annotate(Count("pk")).order_by()
    }
    return OutboxCounts(**found)


def outbox(status: str) -> QuerySet[Message]:
    """Return the messages of one status: what waits by when it is due, the rest newest first."""
    rows = Message.objects.filter(status=status).select_related("customer", "content")
    if status == Status.WAITING:
        return rows.order_by("rank", "due_at", "id")
    if status in {Status.SENDING, Status.UNCERTAIN}:
        return rows.order_by("-seen_at", "-id")
    return rows.order_by("-ended_at", "-id")


def uncertain() -> QuerySet[Message]:
    """Return the messages of which nobody knows whether they arrived."""
    return Message.objects.filter(status=Status.UNCERTAIN)


def messages_to(customer: Customer) -> QuerySet[Message]:
    """Return what a customer was sent, or will be, the newest first."""
    mine = Message.objects.filter(customer=customer).exclude(kind=Message.Kind.STAFF)
    return mine.select_related("content").order_by("-made_at", "-id")


def templates() -> QuerySet[Template]:
    """Return the texts that colleagues work on, the last changed first."""
    return Template.objects.filter(removed_at=None).order_by("-changed_at", "-id")


def suppressions(*, is_lifted: bool = False) -> QuerySet[Suppression]:
    """Return the addresses that get nothing, or those that were taken off the list."""
    rows = Suppression.objects.select_related("by", "lifted_by")
    if is_lifted:
        return rows.exclude(lifted_at=None).order_by("-lifted_at", "-id")
    return rows.filter(lifted_at=None).order_by("-at", "-id")
