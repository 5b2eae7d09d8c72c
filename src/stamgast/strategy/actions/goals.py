"""Setting a goal, opening it with its forecast locked, and closing it with what came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F

from stamgast.customers.errors import KeyReused
from stamgast.events.actions import tell
from stamgast.measurement.queries import proven_for
from stamgast.staff.queries import Who, actor, employee, shop
from stamgast.strategy import rules
from stamgast.strategy.baselines import baseline_of
from stamgast.strategy.errors import BadGoal, BudgetSpent, GoalLocked, GoalNotOpen
from stamgast.strategy.models import Goal

_FACTS = (
    "name", "direction", "measure", "target", "due_on", "budget_minor",
    "contacts_most", "contacts_days", "worst_case_minor", "judged",
)  # fmt: skip
_RAILS = ("name", "contacts_most", "contacts_days", "worst_case_minor")


def draft_goal(
    *,
    direction: str,
    due_on: date,
    budget_minor: int,
    at: datetime,
    by: Who = None,
    measure: str | None = None,
    target: float | None = None,
    name: str = "",
    contacts_most: int | None = 4,
    contacts_days: int = 30,
    worst_case_minor: int | None = None,
    judged: str = "followed",
    key: str | None = None,
) -> Goal:
    """Write a goal down: keep or deepen, by when, for how much; the rest has defaults.

    The baseline is where the measure stands now. The same key with the same facts returns the goal
    that is there. Refuses a measure the base cannot tell yet, a target that is not above the
    baseline, a date that is not ahead, no budget, and guard rails that allow nothing.
    """
    if direction not in rules.MEASURES:
        raise BadGoal(field="direction")
    measure = measure or rules.MEASURES[direction][0]
    if measure not in rules.MEASURES[direction]:
        raise BadGoal(field="measure")
    baseline, baseline_on = baseline_of(measure)
    told = {
        "name": name,
        "direction": direction,
        "measure": measure,
        "target": rules.default_target(measure, baseline.value) if target is None else target,
        "due_on": due_on,
        "budget_minor": budget_minor,
        "contacts_most": contacts_most,
        "contacts_days": contacts_days,
        "worst_case_minor": worst_case_minor,
        "judged": judged,
    }
    facts = rules.clean_goal(told, baseline=baseline.value, today=_today(at))
    try:
        with transaction.atomic():
            if key and (row := Goal.objects.filter(key=key).first()):
                return _same(row, facts)
            row = Goal.objects.create(
                **facts,
                baseline=baseline.value,
                baseline_on=baseline_on,
                currency=shop().currency,
                made_at=at,
                made_by=employee(by),
                key=key,
            )
            tell("goal_drafted", **_on(row, at=at, by=by))
    except IntegrityError:  # the same key arrived twice at once
        return _same(Goal.objects.get(key=key), facts)
    return row


def change_goal(goal: Goal, *, at: datetime, by: Who = None, **facts: Any) -> Goal:
    """Change a draft; of an open goal only its name and guard rails. Refuses as `draft_goal` does."""
    if unknown := facts.keys() - set(_FACTS):
        raise TypeError(f"a goal has no {sorted(unknown)}")
    with transaction.atomic():
        row = Goal.objects.select_for_update().get(pk=goal.pk)
        if row.status == Goal.Status.CLOSED or (
            row.status == Goal.Status.OPEN and facts.keys() - set(_RAILS)
        ):
            raise GoalLocked(status=row.status)
        told = {**{name: getattr(row, name) for name in _FACTS}, **facts}
        if row.status == Goal.Status.DRAFT and told["measure"] != row.measure:
            baseline, row.baseline_on = baseline_of(told["measure"])
            row.baseline = baseline.value
        today = _today(row.opened_at or at)
        clean = rules.clean_goal(told, baseline=row.baseline, today=today)
        changed = [name for name in _FACTS if getattr(row, name) != clean[name]]
        for name in changed:
            setattr(row, name, clean[name])
        if changed:
            row.save(update_fields=[*changed, "baseline", "baseline_on"])
            tell("goal_changed", **_on(row, at=at, by=by, changed=changed))
    return row


def change_budget(goal: Goal, budget_minor: int, *, at: datetime, by: Who = None) -> Goal:
    """Give a goal more money, or less; refuses less than what is spent and promised."""
    if not 0 < budget_minor < 10**15:
        raise BadGoal(field="budget_minor")
    with transaction.atomic():
        fits = Goal.objects.alias(used=F("reserved_minor") + F("spent_minor"))
        open_ones = fits.filter(pk=goal.pk).exclude(status=Goal.Status.CLOSED)
        changed = open_ones.filter(used__lte=budget_minor).update(budget_minor=budget_minor)
        row = Goal.objects.get(pk=goal.pk)
        if not changed:
            if row.status == Goal.Status.CLOSED:
                raise GoalLocked(status=row.status)
            raise BudgetSpent(
                free_minor=row.free_minor,
                asked_minor=row.budget_minor - budget_minor,
                currency=row.currency,
            )
        tell("goal_changed", **_on(row, at=at, by=by, changed=["budget_minor"]))
    return row


def open_goal(goal: Goal, *, at: datetime, by: Who = None) -> Goal:
    """Begin: the target and its forecast are locked, and the budget can be used.

    Doing so again changes nothing. Refuses a closed goal, a date that has passed, and a target that
    the base has reached in the meantime.
    """
    with transaction.atomic():
        row = Goal.objects.select_for_update().get(pk=goal.pk)
        if row.status == Goal.Status.OPEN:
            return row
        if row.status == Goal.Status.CLOSED:
            raise GoalLocked(status=row.status)
        baseline, row.baseline_on = baseline_of(row.measure)
        row.baseline = baseline.value
        told = {name: getattr(row, name) for name in _FACTS}
        rules.clean_goal(told, baseline=row.baseline, today=_today(at))
        row.forecast = rules.forecast(row.measure, baseline, row.target, row.budget_minor)
        row.status, row.opened_at = Goal.Status.OPEN, at
        row.save(update_fields=["baseline", "baseline_on", "forecast", "status", "opened_at"])
        tell("goal_opened", **_on(row, at=at, by=by))
    return row


def close_goal(goal: Goal, *, at: datetime, by: Who = None) -> Goal:
    """End a goal with expected against actual; nothing more is spent for it.

    What is still promised keeps its money until it is used or runs out. Refuses a draft; a goal that
    is closed already stays as it is.
    """
    with transaction.atomic():
        row = Goal.objects.select_for_update().get(pk=goal.pk)
        if row.status == Goal.Status.CLOSED:
            return row
        if row.status != Goal.Status.OPEN or row.opened_at is None:
            raise GoalNotOpen(status=row.status)
        actual, known_on = baseline_of(row.measure)
        row.outcome = {
            "actual": actual.value,
            "known_on": known_on.isoformat(),
            "is_reached": rules.is_reached(actual.value, row.target),
            "spent_minor": row.spent_minor + row.overrun_minor,
            "promised_minor": row.reserved_minor,
            **proven_for(row.reference),
        }
        row.status, row.closed_at = Goal.Status.CLOSED, at
        row.save(update_fields=["outcome", "status", "closed_at"])
        tell("goal_closed", **_on(row, at=at, by=by))
    return row


def _today(at: datetime) -> date:
    return at.astimezone(ZoneInfo(shop().zone)).date()


def _same(row: Goal, facts: Mapping[str, Any]) -> Goal:
    if any(getattr(row, name) != value for name, value in facts.items()):
        raise KeyReused(key=row.key)
    return row


def _on(row: Goal, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a goal."""
    return {
        "at": at,
        "actor": actor(by),
        "subject": "goal",
        "subject_id": row.pk,
        "facts": facts,
    }
