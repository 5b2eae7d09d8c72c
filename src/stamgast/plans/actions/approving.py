"""Saying that a plan and its campaigns may run as they are, and taking that back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from stamgast.campaigns.actions import approve_campaign
from stamgast.campaigns.actions.approving import current_approval as campaign_approval
from stamgast.campaigns.actions.approving import document_of as campaign_document
from stamgast.campaigns.errors import NeedsSecondPerson
from stamgast.campaigns.rules import digest
from stamgast.plans.actions.telling import about, locked, tell
from stamgast.plans.errors import PlanNotApproved, PlanNotReady, PlanRuns
from stamgast.plans.models import Plan, PlanApproval
from stamgast.staff.queries import Who, employee, may_approve
from stamgast.strategy.errors import BudgetSpent, GoalNotOpen
from stamgast.strategy.models import Goal

_FINAL = (Plan.Status.RUNNING, Plan.Status.ENDED)


def approve_plan(plan: Plan, *, at: datetime, by: Who) -> PlanApproval:
    """Say that a plan may run as it is now, and its campaigns with it; again is the same approval.

    Refuses one that was not worked out since a campaign changed, or in which something stands in the
    way, one whose goal is closed or has less money than it takes, what a campaign refuses, and, where
    the shop wants a second person, whoever wrote or changed it since somebody else approved it.
    """
    with transaction.atomic():
        row = locked(plan)
        if row.status in _FINAL:
            raise PlanRuns()
        if row.status == Plan.Status.DRAFT:
            raise PlanNotReady(problems=["not_made"])
        if not may_approve(by, "plan", row.pk):
            raise NeedsSecondPerson()
        if problems := blocking(row):
            raise PlanNotReady(problems=problems)
        money_is_there(row)
        if (there := current_approval(row)) is not None:
            return there
        for option in row.options.select_related("campaign"):
            approve_campaign(option.campaign, at=at, by=by)
        facts = {
            "customers": row.facts["places"],
            "most_minor": row.facts["most_minor"],
            "brings_minor": row.facts["brings_minor"],
        }
        approval = PlanApproval.objects.create(
            plan=row, at=at, by=employee(by), digest=digest(document_of(row)), facts=facts
        )
        row.status = Plan.Status.APPROVED
        row.save(update_fields=["status"])
        tell("plan_approved", **about(row, at=at, by=by, **facts))
    return approval


def withdraw_plan_approval(plan: Plan, *, at: datetime, by: Who = None) -> Plan:
    """Take an approval back before the plan runs; refuses where there is none."""
    with transaction.atomic():
        row = locked(plan)
        if row.status != Plan.Status.APPROVED:
            raise PlanNotApproved()
        row.approvals.filter(withdrawn_at=None).update(withdrawn_at=at)
        row.status = Plan.Status.MADE
        row.save(update_fields=["status"])
        tell("plan_approval_withdrawn", **about(row, at=at, by=by))
    return row


def current_approval(plan: Plan) -> PlanApproval | None:
    """Return the approval of the plan and its campaigns as they are now, or None."""
    last = plan.approvals.filter(withdrawn_at=None).order_by("-at", "-pk").first()
    if last is None or last.digest != digest(document_of(plan)):
        return None
    for option in plan.options.select_related("campaign"):
        if campaign_approval(option.campaign) is None:
            return None
    return last


def blocking(plan: Plan) -> list[str]:
    """Return the codes of what stands in the way: found when it was worked out, or changed since."""
    found = [one["code"] for one in plan.facts.get("findings", []) if one["is_blocking"]]
    return found if found or plan.facts.get("made_of") == made_of(plan) else ["campaign_changed"]


def money_is_there(plan: Plan) -> None:
    """Refuse a plan whose goal is not open, or no longer has the money that it takes."""
    goal = Goal.objects.get(pk=plan.goal_id)
    if goal.status != Goal.Status.OPEN:
        raise GoalNotOpen(status=goal.status)
    takes = int(plan.facts.get("takes_minor", 0))
    if takes > goal.free_minor:
        raise BudgetSpent(free_minor=goal.free_minor, asked_minor=takes, currency=goal.currency)
    if goal.worst_case_minor is not None and takes > goal.worst_case_minor:
        raise PlanNotReady(problems=["worst_case"])


def made_of(plan: Plan) -> dict[str, Any]:
    """Return what the figures of a plan rest on: its goal, and each campaign as it is now."""
    campaigns = [option.campaign for option in plan.options.select_related("campaign")]
    return {
        "goal": plan.goal_id,
        "campaigns": {str(one.pk): digest(campaign_document(one)) for one in campaigns},
    }


def document_of(plan: Plan) -> dict[str, Any]:
    """Return all that an approval is about: the budget, who gets what, and each campaign."""
    return {
        "goal": plan.goal_id,
        "budget": plan.budget_minor,
        "exploration": f"{plan.exploration:.2f}",
        "places": plan.facts.get("digest", ""),
        "planned_at": plan.planned_at,
        "options": [
            {"most": option.most, "campaign": campaign_document(option.campaign)}
            for option in plan.options.select_related("campaign").order_by("position")
        ],
    }
