"""What was said between us and a customer, complaints until their end, and promises."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from stamgast.customers import rules
from stamgast.customers.actions.people import family, there
from stamgast.customers.errors import (
    AlreadyClosed,
    BadInteraction,
    BadTask,
    InTheFuture,
    KeyReused,
    NotAComplaint,
    NotClosed,
    TooLateToUndo,
)
from stamgast.customers.models import Customer, Interaction, Task
from stamgast.events.actions import tell
from stamgast.events.models import Event
from stamgast.staff.models import User
from stamgast.staff.queries import Who, actor, employee

_WRITTEN = frozenset(Interaction.Kind.values) - {Interaction.Kind.REFERRAL}  # see `referrals`
_STARS = range(1, 6)


def add_interaction(
    customer: Customer,
    *,
    kind: str,
    text: str,
    at: datetime,
    by: Who = None,
    is_ours: bool = False,
    order_number: str = "",
    key: str | None = None,
    owner: User | None = None,
    due: date | None = None,
    happened_at: datetime | None = None,
    score: int | None = None,
) -> Interaction:
    """Write down what was said; `happened_at` when that was earlier. A complaint has an owner.

    A review may have a score of 1 to 5.

    The same key with the same facts returns the row that is there; with other facts it is refused.
    Refuses an empty text, an unknown kind, the future, an owner or deadline for what is no
    complaint, and a customer who is not there.
    """
    facts: dict[str, Any] = {
        "kind": kind,
        "text": rules.tidy_lines(text),
        "is_ours": bool(is_ours),
        "order_number": rules.tidy(order_number),
        "due": due,
        "score": score,
    }
    _refuse_bad(facts, owner)
    moment = happened_at or at
    if rules.is_in_future(moment, at):
        raise InTheFuture()
    if happened_at is not None:
        facts["at"] = happened_at
    is_complaint = kind == Interaction.Kind.COMPLAINT
    try:
        with transaction.atomic():
            if key and (row := Interaction.objects.filter(key=key).first()):
                return _same_interaction(row, customer, facts)
            customer = there(customer)
            row = Interaction.objects.create(
                **{**facts, "at": moment},
                customer=customer,
                by=employee(by),
                owner=(owner or employee(by)) if is_complaint else None,
                key=key or None,
            )
            tell("interaction_added", **_on(row, at=at, by=by, kind=kind))
            if kind == Interaction.Kind.REVIEW:
                tell("review_written", **_on(row, at=at, by=by))
    except IntegrityError:  # the same key arrived twice at once
        return _same_interaction(Interaction.objects.get(key=key), customer, facts)
    return row


def assign_complaint(
    complaint: Interaction,
    *,
    owner: User | None,
    at: datetime,
    by: Who = None,
    due: date | None = None,
) -> Interaction:
    """Give a complaint to a colleague, or to nobody, with a deadline; refuses a closed one."""
    with transaction.atomic():
        row = _open_complaint(complaint)
        row.owner, row.due = owner, due
        row.save(update_fields=["owner", "due"])
        new_owner = owner.pk if owner else None
        tell("complaint_assigned", **_on(row, at=at, by=by, owner=new_owner))
    return row


def close_complaint(
    complaint: Interaction, *, outcome: str, at: datetime, by: Who = None
) -> Interaction:
    """End a complaint with what came of it; refuses a closed one and an overlong outcome."""
    outcome = rules.tidy(outcome)
    if len(outcome) > 300:
        raise BadInteraction(field="outcome")
    with transaction.atomic():
        row = _open_complaint(complaint)
        row.closed_at, row.outcome = at, outcome
        row.save(update_fields=["closed_at", "outcome"])
        tell("complaint_closed", **_on(row, at=at, by=by))
    return row


def reopen_complaint(complaint: Interaction, *, at: datetime, by: Who = None) -> Interaction:
    """Take the end of a complaint back; refuses one that is open."""
    with transaction.atomic():
        row = _complaint(complaint)
        if row.closed_at is None:
            raise NotClosed()
        row.closed_at, row.outcome = None, ""
        row.save(update_fields=["closed_at", "outcome"])
        tell("complaint_reopened", **_on(row, at=at, by=by))
    return row


def remove_note(interaction: Interaction, *, at: datetime, by: User) -> None:
    """Take back what one has just written; that something was removed stays in the trail.

    Refuses anybody but its writer, and later than a quarter of an hour after it was written.
    """
    with transaction.atomic():
        row = Interaction.objects.select_for_update().filter(pk=interaction.pk).first()
        if row is None:
            return
        if row.by_id != by.pk or not _was_just_written(row, at):
            raise TooLateToUndo()
        tell("interaction_removed", **_on(row, at=at, by=by, kind=row.kind))
        row.delete()


def take_back_interaction(key: str, *, at: datetime, by: Who) -> None:
    """Take back what a program wrote down under this key and did not happen; the trail keeps that."""
    with transaction.atomic():
        row = Interaction.objects.select_for_update().filter(key=key, by=None).first()
        if row is not None:
            tell("interaction_removed", **_on(row, at=at, by=by, kind=row.kind))
            row.delete()


def add_task(
    customer: Customer,
    *,
    title: str,
    at: datetime,
    by: Who = None,
    owner: User | None = None,
    due: date | None = None,
    reason: str = "",
    key: str | None = None,
) -> Task:
    """Promise something to a customer; without an owner it is the writer's.

    The same key with the same facts returns the task that is there; with other facts it is
    refused. Refuses an empty or overlong title, and a customer who is not there.
    """
    title = rules.tidy(title)
    if not title or len(title) > 200:
        raise BadTask(field="title")
    try:
        with transaction.atomic():
            if key and (row := Task.objects.filter(key=key).first()):
                return _same_task(row, customer, title, due)
            customer = there(customer)
            row = Task.objects.create(
                customer=customer,
                title=title,
                reason=reason,
                owner=owner or employee(by),
                due=due,
                made_at=at,
                made_by=employee(by),
                key=key or None,
            )
            tell("task_added", **_on(row, at=at, by=by))
    except IntegrityError:  # the same key arrived twice at once
        return _same_task(Task.objects.get(key=key), customer, title, due)
    return row


def finish_task(task: Task, *, at: datetime, by: Who = None) -> Task:
    """Mark a promise as kept; refuses one that was."""
    with transaction.atomic():
        if not Task.objects.filter(pk=task.pk, done_at=None).update(done_at=at):
            raise AlreadyClosed()
        task.refresh_from_db()
        tell("task_finished", **_on(task, at=at, by=by))
    return task


def reopen_task(task: Task, *, at: datetime, by: Who = None) -> Task:
    """Take it back that a promise was kept; refuses one that is open."""
    with transaction.atomic():
        if not Task.objects.filter(pk=task.pk, done_at__isnull=False).update(done_at=None):
            raise NotClosed()
        task.refresh_from_db()
        tell("task_reopened", **_on(task, at=at, by=by))
    return task


def remove_task(task: Task, *, at: datetime, by: User) -> None:
    """Take back a promise one has just made; that something was removed stays in the trail.

    Refuses anybody but its maker, and later than a quarter of an hour after it was made.
    """
    with transaction.atomic():
        row = Task.objects.select_for_update().filter(pk=task.pk).first()
        if row is None:
            return
        if row.made_by_id != by.pk or row.made_at < at - rules.UNDO_WITHIN:
            raise TooLateToUndo()
        tell("task_removed", **_on(row, at=at, by=by))
        row.delete()


def _was_just_written(row: Interaction, at: datetime) -> bool:
    """The row says when it happened; when it was written down, its event says."""
    added = Event.objects.filter(
        kind="interaction_added",
        subject="customer",
        subject_id__in=[one.pk for one in family(row.customer)],
        at__gte=at - rules.UNDO_WITHIN,
        facts__interaction=row.pk,
    )
    return added.exists()


def _complaint(complaint: Interaction) -> Interaction:
    row = Interaction.objects.select_for_update().get(pk=complaint.pk)
    if row.kind != Interaction.Kind.COMPLAINT:
        raise NotAComplaint()
    return row


def _open_complaint(complaint: Interaction) -> Interaction:
    row = _complaint(complaint)
    if row.closed_at is not None:
        raise AlreadyClosed()
    return row


def _refuse_bad(facts: dict[str, Any], owner: User | None) -> None:
    if facts["kind"] not in _WRITTEN:
        raise BadInteraction(field="kind")
    if facts["score"] is not None and (
        facts["kind"] != Interaction.Kind.REVIEW or facts["score"] not in _STARS
    ):
        raise BadInteraction(field="score")
    if not facts["text"] or len(facts["text"]) > rules.LONGEST_TEXT:
        raise BadInteraction(field="text")
    if len(facts["order_number"]) > 64:
        raise BadInteraction(field="order_number")
    if facts["kind"] != Interaction.Kind.COMPLAINT and (owner or facts["due"]):
        raise NotAComplaint()


def _same_interaction(row: Interaction, customer: Customer, facts: dict[str, Any]) -> Interaction:
    # The deadline may have been moved since, by us.
    said = {field: value for field, value in facts.items() if field != "due"}
    mine = {customer.pk, customer.merged_into_id}
    if row.customer_id not in mine or any(getattr(row, f) != v for f, v in said.items()):
        raise KeyReused(key=row.key)
    return row


def _same_task(row: Task, customer: Customer, title: str, due: date | None) -> Task:
    mine = {customer.pk, customer.merged_into_id}
    if row.customer_id not in mine or (row.title, row.due) != (title, due):
        raise KeyReused(key=row.key)
    return row


def _on(row: Interaction | Task, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event about a customer's row says."""
    what = "task" if isinstance(row, Task) else "interaction"
    return {
        "at": at,
        "actor": actor(by),
        "subject": "customer",
        "subject_id": row.customer_id,
        "facts": {what: row.pk, **facts},
    }
