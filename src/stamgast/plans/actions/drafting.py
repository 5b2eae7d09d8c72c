"""Writing a plan down, changing it, asking for it to be worked out, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from stamgast.campaigns.actions import leave_to_plan, take_from_plan
from stamgast.campaigns.models import Campaign
from stamgast.customers.errors import KeyReused
from stamgast.events.actions import ask
from stamgast.events.models import Job
from stamgast.measurement.actions import new_salt
from stamgast.plans import rules
from stamgast.plans.actions.telling import about, locked, tell
from stamgast.plans.errors import BadPlan, InAnotherPlan, PlanRuns
from stamgast.plans.models import Place, Plan, PlanOption
from stamgast.staff.queries import Who, actor, employee
from stamgast.strategy.errors import BudgetSpent, GoalNotOpen
from stamgast.strategy.models import Goal

KIND = "make_plan"
_FINAL = (Plan.Status.RUNNING, Plan.Status.ENDED)
_BUSY = (Job.Status.WAITING, Job.Status.RUNNING)


def draft_plan(
    name: str,
    *,
    goal: Goal,
    campaigns: Sequence[Campaign],
    at: datetime,
    budget_minor: int | None = None,
    exploration: Decimal | str = "0.10",
    by: Who = None,
    key: str | None = None,
) -> Plan:
    """Write a plan down for an open goal; without a budget it may spend what the goal has left.

    Refuses no campaign or too many, those of another goal, those that run, wait for an event or are
    in another plan, and more money than is free. The same key with the same name is one plan.
    """
    clean = rules.clean_name(name)
    if key and (there := Plan.objects.filter(key=key).first()):
        return _same(there, clean)
    try:
        with transaction.atomic():
            row = Plan.objects.create(
                name=clean,
                goal=goal,
                budget_minor=_budget(goal, budget_minor),
                exploration=rules.clean_share(exploration),
                salt=new_salt(),
                made_at=at,
                made_by=employee(by),
                changed_at=at,
                key=key or None,
            )
            _set_options(row, campaigns, at=at, by=by)
            tell("plan_drafted", **about(row, at=at, by=by))
    except IntegrityError:
        if key and (there := Plan.objects.filter(key=key).first()):
            return _same(there, clean)
        raise
    return row


def change_plan(
    plan: Plan,
    *,
    at: datetime,
    by: Who = None,
    name: str | None = None,
    budget_minor: int | None = None,
    exploration: Decimal | str | None = None,
    campaigns: Sequence[Campaign] | None = None,
) -> Plan:
    """Change a plan; what is not given stays. It has to be worked out and approved again.

    Refuses what `draft_plan` refuses, and a plan that runs or ran.
    """
    with transaction.atomic():
        row = locked(plan)
        if row.status in _FINAL:
            raise PlanRuns()
        if name is not None:
            row.name = rules.clean_name(name)
        if budget_minor is not None:
            row.budget_minor = _budget(row.goal, budget_minor)
        if exploration is not None:
            row.exploration = rules.clean_share(exploration)
        if campaigns is not None:
            _set_options(row, campaigns, at=at, by=by)
        reopen(row, at=at)
        parts = {
            "name": name,
            "budget": budget_minor,
            "exploration": exploration,
            "campaigns": campaigns,
        }
        changed = sorted(part for part, value in parts.items() if value is not None)
        tell("plan_changed", **about(row, at=at, by=by, changed=changed))
    return row


def reopen(row: Plan, *, at: datetime) -> None:
    """Make a plan that is held a draft again: what was worked out and approved no longer counts."""
    row.approvals.filter(withdrawn_at=None).update(withdrawn_at=at)
    row.status, row.changed_at = Plan.Status.DRAFT, at
    row.save()


def remove_plan(plan: Plan, *, at: datetime, by: Who = None) -> None:
    """Take back a plan that never ran; its campaigns choose their customers themselves again."""
    with transaction.atomic():
        row = locked(plan)
        if row.status in _FINAL:
            raise PlanRuns()
        campaigns = [option.campaign for option in row.options.select_related("campaign")]
        tell("plan_removed", **about(row, at=at, by=by))
        row.delete()
        for campaign in campaigns:
            take_from_plan(campaign, at=at, by=by)


def ask_to_make(plan: Plan, *, at: datetime, by: Who = None) -> Job:
    """Ask for a plan to be worked out; who asks while that waits or goes on asks once."""
    if plan.status in _FINAL:
        raise PlanRuns()
    busy = Job.objects.filter(kind=KIND, status__in=_BUSY, facts__plan=plan.pk).first()
    if busy is not None:
        return busy
    key = f"{KIND}:{plan.pk}:{at.isoformat()}"
    return ask(KIND, at=at, key=key, by=actor(by), facts={"plan": plan.pk})


def _budget(goal: Goal, budget_minor: int | None) -> int:
    now = Goal.objects.get(pk=goal.pk)
    if now.status != Goal.Status.OPEN:
        raise GoalNotOpen(status=now.status)
    asked = now.free_minor if budget_minor is None else budget_minor
    if budget_minor is not None:
        rules.clean_budget(budget_minor)
    if asked > now.free_minor or asked <= 0:
        raise BudgetSpent(
            free_minor=now.free_minor, asked_minor=max(asked, 1), currency=now.currency
        )
    return asked


def _set_options(row: Plan, campaigns: Sequence[Campaign], *, at: datetime, by: Who) -> None:
    wanted = list({one.pk: one for one in campaigns}.values())
    if not 1 <= len(wanted) <= rules.MOST_OPTIONS:
        raise BadPlan(field="campaigns")
    there = {option.campaign_id: option for option in row.options.select_related("campaign")}
    Place.objects.filter(plan=row).delete()
    for number, option in there.items():
        if number not in {one.pk for one in wanted}:
            campaign = option.campaign
            option.delete()
            take_from_plan(campaign, at=at, by=by)
    for position, campaign in enumerate(wanted, 1):
        taken = PlanOption.objects.filter(campaign=campaign).exclude(plan=row)
        if taken.exists():
            raise InAnotherPlan(campaign=campaign.name)
        held = leave_to_plan(campaign, at=at, by=by)
        if held.goal_id != row.goal_id:
            raise BadPlan(field="goal")
        PlanOption.objects.update_or_create(
            plan=row, campaign=campaign, defaults={"position": position}
        )


def _same(row: Plan, name: str) -> Plan:
    if row.name != name:
        raise KeyReused(key=row.key)
    return row
