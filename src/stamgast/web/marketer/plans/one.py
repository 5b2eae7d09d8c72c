"""One plan: what it comes down to, who gets what and why, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from stamgast.kernel import Money, minor_digits
from stamgast.plans import actions
from stamgast.plans.actions.approving import blocking, current_approval
from stamgast.plans.actions.drafting import KIND
from stamgast.plans.jobs import ask_now
from stamgast.plans.models import Place, Plan, PlanOption
from stamgast.plans.queries import examples_of, outcome_of
from stamgast.scoring.models import Score
from stamgast.scoring.queries import scores
from stamgast.staff.queries import may_approve
from stamgast.web.design import charts
from stamgast.web.design.tags import about_money, in_words, money_sign, number, whole_money
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.plans import words
from stamgast.web.marketer.plans.forms import (
    CapForm,
    CustomerForm,
    GroupForm,
    PlanForm,
    first_problem,
    group_name,
)
from stamgast.web.words import word_of

_FINAL = (Plan.Status.RUNNING, Plan.Status.ENDED)


@dataclass(frozen=True)
class Shown:
    """An option as the page shows it: figures, what they rest on, and some of its customers."""

    option: PlanOption
    facts: dict[str, Any]
    basis: str
    examples: list[tuple[Place, str]]
    stages: list[tuple[str, int]]

    @property
    def name(self) -> str:
        """What it rests on, in a few words."""
        return word_of("plan_basis", self.facts["response"]["basis"])


@page("see margin")
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a plan."""
    row = get_object_or_404(Plan.objects.select_related("goal", "made_by"), pk=pk)
    job = busy_job(KIND)
    is_open = row.status not in _FINAL
    options = list(row.options.select_related("campaign"))
    outcome = outcome_of(row) if not is_open else None
    facts = row.facts
    is_worked = row.status != Plan.Status.DRAFT and "places" in facts
    problems = blocking(row) if is_worked and is_open else []
    shown = {
        "plan": row,
        "headline": words.headline(row),
        "facts": facts if is_worked else {},
        "options": _options(options, facts) if is_worked else [],
        "picture": _picture(facts) if is_worked else None,
        "sign": money_sign(row.goal.currency),
        "next": words.next_sentence(facts) if is_worked else "",
        "bound": words.bound_sentence(facts) if is_worked else "",
        "findings": _findings(row, problems),
        "approval": current_approval(row) if row.status == Plan.Status.APPROVED else None,
        "needs_another": not may_approve(request.user, "plan", row.pk),
        "changes": _changes(row),
        "campaigns": [one.campaign for one in options],
        "outcome": outcome,
        "outcome_said": words.outcome_sentence(outcome, row.goal.currency) if outcome else "",
        "is_open": is_open,
        "can_be_approved": is_worked and not problems,
        "currency": row.goal.currency,
        "job": job if job is not None and job.facts.get("plan") == row.pk else None,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
    }
    if is_open and request.may("write campaigns"):
        shown |= {
            "forms": [
                (
                    gettext("At most so many of a campaign"),
                    CapForm(options=options, auto_id="c_%s"),
                ),
                (gettext("Leave a group out"), GroupForm(options=options, auto_id="g_%s")),
                (gettext("Decide for one customer"), CustomerForm(options=options, auto_id="k_%s")),
            ],
            "form": PlanForm(initial=_initial(row)),
        }
    return render(request, "plans/one.html", shown)


def _findings(row: Plan, problems: list[str]) -> list[str]:
    if row.status == Plan.Status.DRAFT:
        return []
    found = row.facts.get("findings", [])
    since = [one for one in problems if one not in {each["code"] for each in found}]
    return [*(word_of("finding", one) for one in since), *map(words.finding_sentence, found)]


def _initial(row: Plan) -> dict[str, Decimal]:
    unit = 10 ** minor_digits(row.goal.currency)
    budget = Decimal(row.budget_minor) / unit
    return {"budget": budget, "exploration": (row.exploration * 100).quantize(Decimal(1))}


def _options(options: list[PlanOption], facts: dict[str, Any]) -> list[Shown]:
    rows = {one.pk: one for one in options}
    return [
        Shown(
            rows[one["option"]],
            one,
            words.basis_sentence(one),
            _with_reasons(examples_of(rows[one["option"]])),
            [(word_of("stage", code), many) for code, many in one["stages"].items()],
        )
        for one in facts["options"]
        if one["option"] in rows
    ]


def _with_reasons(places: list[Place]) -> list[tuple[Place, str]]:
    """Set beside each customer what stands behind the figure: their stage, orders and silence."""
    known = {
        one.customer_id: one
        for one in scores().filter(customer__in=[p.customer_id for p in places])
    }
    return [(one, _why(one, known.get(one.customer_id))) for one in places]


def _why(place: Place, score: Score | None) -> str:
    if place.is_by_hand:
        return gettext("chosen by hand")
    parts = [word_of("stage", place.stage)]
    if score is not None and score.orders:
        told = ngettext("%(n)s order", "%(n)s orders", score.orders)
        parts.append(told % {"n": number(score.orders)})
        if score.days_silent is not None:
            parts.append(gettext("the last %(time)s ago") % {"time": in_words(score.days_silent)})
    return ", ".join(parts)


def _changes(row: Plan) -> list[tuple[Any, str]]:
    changes = row.changes.select_related("option__campaign", "customer", "by")
    return [(one, _said(one)) for one in changes.order_by("-at", "-pk")]


def _said(one: Any) -> str:
    campaign = one.option.campaign.name if one.option else gettext("all campaigns")
    who = ""
    if one.customer is not None:
        who = f"{one.customer.first_name} {one.customer.last_name}".strip() or str(one.customer.pk)
    filling = {
        "n": number(one.amount or 0),
        "campaign": campaign,
        "group": group_name(one.dimension, one.group) if one.group else "",
        "who": who,
    }
    sentences = {
        "cap": gettext("At most %(n)s customers get “%(campaign)s”."),
        "leave_out_group": gettext("%(group)s: nothing of %(campaign)s."),
        "leave_out": gettext("%(who)s gets nothing."),
        "give": gettext("%(who)s gets “%(campaign)s”, if they may."),
    }
    return sentences[one.kind] % filling


def _picture(facts: dict[str, Any]) -> charts.Picture | None:
    points = facts.get("curve", [])
    if len(points) < 2:
        return None
    currency = facts["currency"]
    unit = words.unit_of(currency)
    rows = [
        {
            "budget": one["budget_minor"] / unit,
            "brings": one["brings_minor"] / unit,
            "is_plan": one["is_plan"],
            "label": gettext("this plan"),
            "tip": gettext("%(budget)s brings %(brings)s")
            % {
                "budget": whole_money(one["budget_minor"], currency),
                "brings": about_money(one["brings_minor"], currency),
            },
        }
        for one in points
    ]
    return charts.Picture(
        name="budget-curve",
        spec=charts.budget_curve(rows),
        text=gettext("What each budget is expected to bring: rising, and ever flatter."),
        columns=(gettext("Budget"), gettext("Extra margin expected, after its cost")),
        table=[
            (
                whole_money(one["budget_minor"], currency),
                about_money(one["brings_minor"], currency),
            )
            for one in points
        ],
    )


# --- what one may do with it -------------------------------------------------------------------


@page("write campaigns")
@require_POST
def make(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a plan to be worked out."""
    actions.ask_to_make(get_object_or_404(Plan, pk=pk), at=request.at, by=request.user)
    say(request, gettext("The plan is being worked out. Nothing is sent."))
    return redirect("plan", pk=pk)


@page("write campaigns")
@require_POST
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a plan another budget or another share for chance, and have it worked out again."""
    row = get_object_or_404(Plan.objects.select_related("goal"), pk=pk)
    form = PlanForm(request.POST)
    if not form.is_valid():
        warn(request, first_problem(form))
        return redirect("plan", pk=pk)
    told = form.cleaned_data
    budget = Money.of(told["budget"], row.goal.currency).minor
    share = told["exploration"] / 100
    row = actions.change_plan(
        row, budget_minor=budget, exploration=share, at=request.at, by=request.user
    )
    actions.ask_to_make(row, at=request.at, by=request.user)
    return redirect("plan", pk=pk)


@page("approve campaigns")
@require_POST
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that a plan and its campaigns may run as they are."""
    actions.approve_plan(get_object_or_404(Plan, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Approved."), undo=reverse("withdraw_plan", args=[pk]))
    return redirect("plan", pk=pk)


@page("approve campaigns")
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an approval back before the plan runs."""
    row = get_object_or_404(Plan, pk=pk)
    actions.withdraw_plan_approval(row, at=request.at, by=request.user)
    say(request, gettext("The approval is taken back."))
    return redirect("plan", pk=pk)


@page("approve campaigns")
@require_POST
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """Let an approved plan run; the work loop draws the lots at once."""
    actions.run_plan(get_object_or_404(Plan, pk=pk), at=request.at, by=request.user)
    ask_now(request.at)
    say(request, gettext("It runs: everybody with a place draws their lot."))
    return redirect("plan", pk=pk)


@page("approve campaigns")
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """End a plan with its campaigns; what has gone cannot be taken back."""
    actions.end_plan(get_object_or_404(Plan, pk=pk), at=request.at, by=request.user)
    say(request, gettext("It ended. Both groups are followed until the verdict is known."))
    return redirect("plan", pk=pk)


@page("write campaigns")
@require_POST
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw a plan away that never ran."""
    row = get_object_or_404(Plan, pk=pk)
    name = row.name
    actions.remove_plan(row, at=request.at, by=request.user)
    say(request, gettext("“%(name)s” is gone.") % {"name": name})
    return redirect("plans")
