"""The editor in steps: the goal, for whom, offer and mail, control group, check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.models import Campaign
from stamgast.kernel import Money
from stamgast.strategy.models import Goal
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns import check, control, offer, running, who
from stamgast.web.marketer.campaigns.forms import ChooseGoalForm, NameForm, NewGoalForm
from stamgast.web.marketer.campaigns.frame import campaign_of, frame
from stamgast.web.marketer.campaigns.shown import EDITABLE, STEPS
from stamgast.web.marketer.writing import landing, tried


@page("see base")
def campaign(request: StaffRequest, pk: int) -> HttpResponse:
    """Show how a campaign fares; one that does not run yet opens in the editor."""
    row = campaign_of(pk)
    if row.status in EDITABLE:
        first = "goal" if row.goal_id is None else "check" if row.status != "draft" else "who"
        return redirect("campaign_step", pk=pk, step=first)
    return running.show(request, row)


@page("see base")
def campaign_step(request: StaffRequest, pk: int, step: str) -> HttpResponse:
    """Show one step of the editor."""
    row = campaign_of(pk)
    if step not in STEPS or row.status not in EDITABLE:
        return redirect("campaign", pk=pk)
    return _SHOW[step](request, row, frame(row, step))


def goal_step(
    request: StaffRequest, row: Campaign, facts: dict[str, Any], **forms: Any
) -> HttpResponse:
    """Show which goal it serves, or set one in three questions."""
    goals = Goal.objects.filter(status=Goal.Status.OPEN).exists()
    today = timezone.localdate(request.at)
    shown = {
        **facts,
        "goals": goals,
        "choose_form": ChooseGoalForm(initial={"goal": row.goal_id}),
        "new_form": NewGoalForm.usual(today),
        "currency": row.goal.currency if row.goal else request.shop.currency,
        **forms,
    }
    return render(request, "campaigns/goal.html", shown, status=422 if forms else 200)


Show = Callable[..., HttpResponse]
_SHOW: Final[dict[str, Show]] = {
    "goal": goal_step,
    "who": who.step,
    "offer": offer.step,
    "control": control.step,
    "check": check.step,
}


@page("write campaigns")
@require_POST
def choose_goal(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a campaign serve a goal that is open."""
    row = campaign_of(pk)
    form = ChooseGoalForm(request.POST)
    changed = tried(
        form,
        lambda: actions.change_campaign(
            row, goal=form.cleaned_data["goal"], at=request.at, by=request.user
        ),
    )
    if changed is None:
        return goal_step(request, row, frame(row, "goal"), choose_form=form)
    return redirect("campaign_step", pk=pk, step="who")


@page("write campaigns")
@require_POST
def new_goal(request: StaffRequest, pk: int) -> HttpResponse:
    """Set a goal in three questions, and let the campaign serve it."""
    row = campaign_of(pk)
    form = NewGoalForm(request.POST)

    changed = tried(
        form,
        lambda: actions.serve_new_goal(
            row,
            direction=form.cleaned_data["direction"],
            due_on=form.cleaned_data["due_on"],
            budget_minor=Money.of(form.cleaned_data["budget"], request.shop.currency).minor,
            at=request.at,
            by=request.user,
        ),
    )
    if changed is None:
        return goal_step(request, row, frame(row, "goal"), new_form=form)
    say(request, gettext("The goal is set."))
    return redirect("campaign_step", pk=pk, step="who")


@page("write campaigns")
@require_POST
def rename_campaign(request: StaffRequest, pk: int) -> HttpResponse:
    """Call a campaign something else."""
    row = campaign_of(pk)
    form = NameForm(request.POST)
    changed = tried(
        form,
        lambda: actions.change_campaign(
            row, name=form.cleaned_data["name"], at=request.at, by=request.user
        ),
    )
    if changed is not None:
        say(request, gettext("It is called “%(name)s” now.") % {"name": changed.name})
    return landing(request, reverse("campaigns"))
