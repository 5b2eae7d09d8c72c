"""Setting money aside, spending it and giving it back: never more than the budget, however many ask.

Each step is one conditional update of the goal, so that the database lets one through at a time; a
constraint stands behind it. All of it joins the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from stamgast.customers.errors import KeyReused
from stamgast.events.actions import tell
from stamgast.strategy.errors import BudgetSpent, GoalNotOpen, NoBudget, NotReserved
from stamgast.strategy.models import Goal, Reservation

State = Reservation.State


def reserve_budget(
    goal: Goal, amount_minor: int, *, key: str, expires_at: datetime, at: datetime
) -> Reservation:
    """Set money aside for one promise, in the caller's transaction.

    The same key with the same amount returns what is there, with another it is refused. Refuses an
    amount below zero, a goal that is not open, and more than the budget has left.
    """
    if amount_minor < 0:
        raise NoBudget(amount_minor=amount_minor)
    if row := Reservation.objects.filter(key=key).first():
        return _same(row, goal, amount_minor)
    try:
        with transaction.atomic():
            row = Reservation.objects.create(
                goal=goal, key=key, amount_minor=amount_minor, made_at=at, expires_at=expires_at
            )
            _take(goal.pk, amount_minor)
    except IntegrityError:  # the same key arrived twice at once
        return _same(Reservation.objects.get(key=key), goal, amount_minor)
    return row


def settle(reservation: Reservation, amount_minor: int, *, at: datetime) -> Reservation:
    """Spend what was set aside, or another amount: what is left goes back to the budget.

    What costs more takes the rest from what is free; what the budget does not have is kept apart as
    an overrun, and told. So is a promise kept after its money went back. Settling the same amount
    again changes nothing; another amount is refused, and so is one below zero.
    """
    if amount_minor < 0:
        raise NoBudget(amount_minor=amount_minor)
    with transaction.atomic():
        row = Reservation.objects.select_for_update().get(pk=reservation.pk)
        if row.state == State.SETTLED:
            if row.settled_minor != amount_minor:
                raise NotReserved(state=row.state)
            return row
        held = row.amount_minor if row.state == State.RESERVED else 0
        _spend(row.goal_id, held=held, amount_minor=amount_minor, at=at, reservation=row.pk)
        row.state, row.settled_minor, row.ended_at = State.SETTLED, amount_minor, at
        row.save(update_fields=["state", "settled_minor", "ended_at"])
    return row


def release(reservation: Reservation, *, at: datetime) -> Reservation:
    """Give back what was set aside and not used; again changes nothing. Refuses what was spent."""
    with transaction.atomic():
        row = Reservation.objects.select_for_update().get(pk=reservation.pk)
        if row.state == State.SETTLED:
            raise NotReserved(state=row.state)
        if row.state == State.RESERVED:
            Goal.objects.filter(pk=row.goal_id).update(
                reserved_minor=F("reserved_minor") - row.amount_minor
            )
            row.state, row.ended_at = State.RELEASED, at
            row.save(update_fields=["state", "ended_at"])
    return row


def release_expired(at: datetime) -> int:
    """Give back what was set aside for promises that have run out; returns how many."""
    due = Reservation.objects.filter(state=State.RESERVED, expires_at__lte=at)
    released = 0
    while ids := list(due.order_by("expires_at").values_list("pk", flat=True)[:_AT_ONCE]):
        released += _release_some(ids, at)
    return released


_AT_ONCE = 500


def _release_some(ids: list[int], at: datetime) -> int:
    """Release these in one transaction: they hold every writer up for some milliseconds only."""
    with transaction.atomic():
        rows = list(
            Reservation.objects.select_for_update()
            .filter(pk__in=ids, state=State.RESERVED)
            .order_by("pk")
        )
        for goal in {row.goal_id for row in rows}:
            freed = sum(row.amount_minor for row in rows if row.goal_id == goal)
            Goal.objects.filter(pk=goal).update(reserved_minor=F("reserved_minor") - freed)
        Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=State.RELEASED, ended_at=at
        )
    return len(rows)


def _take(goal_id: int, amount_minor: int) -> None:
    """Promise an amount of the budget; refuses when there is not so much, or the goal is not open."""
    room = F("budget_minor") - F("reserved_minor") - F("spent_minor")
    taken = (
        Goal.objects.alias(room=room)
        .filter(pk=goal_id, status=Goal.Status.OPEN, room__gte=amount_minor)
        .update(reserved_minor=F("reserved_minor") + amount_minor)
    )
    if not taken:
        goal = Goal.objects.get(pk=goal_id)
        if goal.status != Goal.Status.OPEN:
            raise GoalNotOpen(status=goal.status)
        raise BudgetSpent(
            free_minor=goal.free_minor, asked_minor=amount_minor, currency=goal.currency
        )


def _spend(goal_id: int, *, held: int, amount_minor: int, at: datetime, reservation: int) -> None:
    """Turn what is held into what is spent, with more or less than it, as far as the budget goes."""
    goal = Goal.objects.select_for_update().get(pk=goal_id)
    fits = min(amount_minor, held + goal.free_minor)
    over = amount_minor - fits
    Goal.objects.filter(pk=goal_id).update(
        reserved_minor=F("reserved_minor") - held,
        spent_minor=F("spent_minor") + fits,
        overrun_minor=F("overrun_minor") + over,
    )
    if over:
        tell(
            "budget_overrun",
            at=at,
            subject="goal",
            subject_id=goal_id,
            facts={"reservation": reservation, "over_minor": over},
        )


def _same(row: Reservation, goal: Goal, amount_minor: int) -> Reservation:
    if (row.goal_id, row.amount_minor) != (goal.pk, amount_minor):
        raise KeyReused(key=row.key)
    return row
