"""The list of plans, and writing a new one down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from stamgast.campaigns.models import Campaign
from stamgast.plans.actions import ask_to_make, draft_plan
from stamgast.plans.models import Plan
from stamgast.plans.queries import lots_known, plannable
from stamgast.plans.rules import FEWEST_ORDERS
from stamgast.strategy.models import Goal
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.plans.forms import NewPlan, first_problem
from stamgast.web.sentences import filled

MOST_SHOWN = 100


@dataclass(frozen=True)
class Ready:
    """An open goal with the campaigns that a plan for it could give."""

    goal: Goal
    campaigns: list[Campaign]
    form: NewPlan


@page("see margin")
def plans(request: StaffRequest) -> HttpResponse:
    """Show every plan, what one could be made of, and how much there is to learn from."""
    rows = list(Plan.objects.select_related("goal").order_by("-pk")[:MOST_SHOWN])
    return render(request, "plans/list.html", _facts(request, rows))


def _facts(request: StaffRequest, rows: list[Plan]) -> dict[str, Any]:
    ready = _ready(request) if request.may("write campaigns") else []
    return {
        "rows": rows,
        "headline": _headline(rows, any(one.campaigns for one in ready)),
        "ready": [one for one in ready if one.campaigns],
        "has_goal": Goal.objects.filter(status=Goal.Status.OPEN).exists(),
        "drafts": _drafts(),
        "known": lots_known(),
        "fewest": FEWEST_ORDERS,
        "currency": request.shop.currency,
    }


def _ready(request: StaffRequest) -> list[Ready]:
    found = []
    for goal in Goal.objects.filter(status=Goal.Status.OPEN).order_by("pk"):
        campaigns = plannable(goal.pk, request.at)
        form = NewPlan(goal=goal, campaigns=campaigns, auto_id=f"plan_{goal.pk}_%s")
        found.append(Ready(goal, campaigns, form))
    return found


def _drafts() -> list[Campaign]:
    """Return campaigns for an open goal that somebody has yet to look over."""
    drafts = Campaign.objects.filter(status=Campaign.Status.DRAFT, goal__status=Goal.Status.OPEN)
    return list(drafts.order_by("pk")[:3])


def _headline(rows: list[Plan], can_begin: bool) -> SafeString:
    running = sum(one.status == Plan.Status.RUNNING for one in rows)
    if running:
        text = ngettext("<b>%(n)s plan</b> runs.", "<b>%(n)s plans</b> run.", running)
        return filled(text, n=number(running))
    if rows:
        text = ngettext(
            "<b>%(n)s plan</b> is in the making.", "<b>%(n)s plans</b> are in the making.",
            sum(one.status != Plan.Status.ENDED for one in rows),
        )  # fmt: skip
        return filled(text, n=number(sum(one.status != Plan.Status.ENDED for one in rows)))
    if can_begin:
        return filled(gettext("Divide a budget over your campaigns: who gets which, or nothing?"))
    return filled(gettext("A plan needs an open goal and a campaign that is ready for it."))


@page("write campaigns")
@require_POST
def new_plan(request: StaffRequest) -> HttpResponse:
    """Write a plan down for a goal, and begin to work it out."""
    goal = Goal.objects.filter(pk=request.POST.get("goal") or 0).first()
    if goal is None:
        warn(request, gettext("Choose a goal."))
        return redirect("plans")
    form = NewPlan(request.POST, goal=goal, campaigns=plannable(goal.pk, request.at))
    if not form.is_valid():
        warn(request, first_problem(form))
        return redirect("plans")
    row = draft_plan(**form.facts(), goal=goal, at=request.at, by=request.user)
    ask_to_make(row, at=request.at, by=request.user)
    say(request, gettext("The plan is being worked out. Nothing is sent."))
    return redirect("plan", pk=row.pk)
