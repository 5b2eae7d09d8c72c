"""Changing a plan by hand, and taking that back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.plans.actions import ask_to_make, change_by_hand, withdraw_change
from stamgast.plans.models import Plan, PlanChange
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.plans.forms import CapForm, CustomerForm, GroupForm, first_problem

_FORMS = {form.code: form for form in (CapForm, GroupForm, CustomerForm)}


@page("write campaigns")
@require_POST
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change who gets what; the plan is worked out again."""
    row = get_object_or_404(Plan, pk=pk)
    kind = request.POST.get("kind", "")
    form = _FORMS.get(kind, CapForm)(
        request.POST, options=list(row.options.select_related("campaign"))
    )
    if not form.is_valid():
        warn(request, first_problem(form))
        return redirect("plan", pk=pk)
    facts = form.facts()
    if kind == CustomerForm.code:
        kind = PlanChange.Kind.GIVE if facts["option"] else PlanChange.Kind.LEAVE_OUT
    made = change_by_hand(row, kind, **facts, at=request.at, by=request.user)
    ask_to_make(row, at=request.at, by=request.user)
    say(
        request,
        gettext("Changed by hand; the plan is worked out again."),
        undo=reverse("withdraw_plan_change", args=[made.pk]),
    )
    return redirect("plan", pk=pk)


@page("write campaigns")
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a change by hand back; the plan is worked out again."""
    change = get_object_or_404(PlanChange, pk=pk)
    row = withdraw_change(change, at=request.at, by=request.user)
    ask_to_make(row, at=request.at, by=request.user)
    say(request, gettext("Taken back; the plan is worked out again."))
    return redirect("plan", pk=row.pk)
