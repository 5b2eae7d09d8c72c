"""Goals: what we are after, by when, for how much, what it came to; and what a new customer costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns.actions import change_guard_rails
from stamgast.events.models import Event
from stamgast.kernel import Money, minor_digits
from stamgast.kernel.refusal import Refusal
from stamgast.measurement.queries import proven_for
from stamgast.scoring.queries import summary
from stamgast.staff.models import User
from stamgast.strategy import actions, rules
from stamgast.strategy.acquiring import acquiring
from stamgast.strategy.baselines import baseline_of
from stamgast.strategy.errors import NoBaseline
from stamgast.strategy.models import AcquisitionCost, Goal
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer import goal_words as words
from stamgast.web.marketer.goal_forms import (
    BudgetForm,
    CostFileForm,
    CostForm,
    GoalForm,
    RailsForm,
    default_day,
)
from stamgast.web.marketer.verdict_words import headline
from stamgast.web.marketer.writing import tried
from stamgast.web.refusals import sentence
from stamgast.web.words import word_of

MOST_CHANGES: Final = 10


@dataclass(frozen=True)
class GoalShown:
    """A goal with where it stands."""

    goal: Goal
    now: float | None

    @property
    def said(self) -> str:
        """The goal in one sentence."""
        return words.sentence(self.goal, self.now)

    @property
    def name(self) -> str:
        """Its own name, or what it is measured by."""
        return self.goal.name or str(words.MEASURES[self.goal.measure])

    @property
    def measure(self) -> str:
        """What the measure counts."""
        return str(words.MEANINGS[self.goal.measure])

    @property
    def direction(self) -> str:
        """Keep or deepen."""
        return str(words.DIRECTIONS[self.goal.direction])

    @property
    def way(self) -> float:
        """Which share of the way it has gone, 0 to 1."""
        whole = self.goal.target - self.goal.baseline
        gone = (self.now if self.now is not None else self.goal.baseline) - self.goal.baseline
        return min(1.0, max(0.0, gone / whole)) if whole else 0.0

    @property
    def ends(self) -> dict[str, str]:
        """Baseline, target and present value as one reads them."""
        of = {"from": self.goal.baseline, "to": self.goal.target, "now": self.now}
        return {name: words.value(self.goal.measure, amount) for name, amount in of.items()}


def shown(goal: Goal) -> GoalShown:
    """Return a goal with where it stands now, or stood when it closed."""
    if goal.status == Goal.Status.CLOSED:
        return GoalShown(goal, goal.outcome["actual"])
    try:
        return GoalShown(goal, baseline_of(goal.measure)[0].value)
    except NoBaseline:
        return GoalShown(goal, None)


@page("see margin")
def goals(request: StaffRequest) -> HttpResponse:
    """Show the goals, and what a new customer costs beside one who was kept."""
    rows = Goal.objects.order_by("status", "-pk")
    facts: dict[str, Any] = {
        "open": [shown(one) for one in rows.filter(status=Goal.Status.OPEN)],
        "drafts": [shown(one) for one in rows.filter(status=Goal.Status.DRAFT)],
        "closed": [shown(one) for one in rows.filter(status=Goal.Status.CLOSED)],
        "currency": request.shop.currency,
        "acquiring": acquiring(),
        "cost_form": CostForm(),
        "file_form": CostFileForm(),
    }
    return render(request, "goals/list.html", facts)


@page("set goals")
def new_goal(request: StaffRequest) -> HttpResponse:
    """Ask the three questions, with answers to begin from."""
    asked = request.POST or request.GET
    direction = asked.get("direction", "")
    if direction not in rules.MEASURES:
        return render(request, "goals/choose.html", {"currency": request.shop.currency})
    measures = _measures(direction)
    if not measures:
        return render(request, "goals/choose.html", {"is_blank": True})
    form = GoalForm(
        *((request.POST,) if request.method == "POST" else ()),
        measures={code: words.value(code, now) for code, now in measures.items()},
        currency=request.shop.currency,
        initial=_defaults(request, direction, measures),
    )
    if form.is_bound:
        made = tried(
            form, lambda: actions.draft_goal(at=request.at, by=request.user, **form.facts())
        )
        if made is not None:
            say(request, gettext("Written down. It begins when you say so."))
            return redirect("goal", pk=made.pk)
    facts = {"form": form, "direction": words.DIRECTIONS[direction], "is_keep": direction == "keep"}
    return render(request, "goals/new.html", facts, status=422 if form.is_bound else 200)


def _measures(direction: str) -> dict[str, float]:
    """Return where each measure of a direction stands, of those the base can tell."""
    found = {}
    for measure in rules.MEASURES[direction]:
        try:
            found[measure] = baseline_of(measure)[0].value
        except NoBaseline:
            continue
    return found


def _defaults(request: StaffRequest, direction: str, measures: dict[str, float]) -> dict[str, Any]:
    measure = next(iter(measures))
    target = rules.default_target(measure, measures[measure])
    at_stake = (summary().get("at_stake") or {}).get("expected", 0)
    unit = 10 ** minor_digits(request.shop.currency)
    today = timezone.localdate(request.at)
    return {
        "direction": direction,
        "measure": measure,
        "target": round(target * 100, 1) if measure in rules.SHARES else target,
        "due_on": default_day(today, rules.HORIZONS[direction]),
        "budget": rules.default_budget(round(at_stake)) // unit,
        "contacts_most": 4,
        "contacts_days": 30,
        "judged": "followed" if direction == "deepen" else "margin",
    }


@page("see margin")
def goal(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one goal: how far it is, its money, what the efforts begun for it brought."""
    return _goal_page(request, get_object_or_404(Goal, pk=pk))


def _goal_page(request: StaffRequest, row: Goal, rails: RailsForm | None = None) -> HttpResponse:
    efforts = proven_for(row.reference)
    facts = {
        "one": shown(row),
        "goal": row,
        "currency": row.currency,
        "efforts": headline(efforts["efforts"], efforts["extra"], row.currency)
        if efforts["efforts"]
        else "",
        "judged": words.JUDGED[row.judged],
        "budget_form": BudgetForm(
            initial={"budget": localize(Money(row.budget_minor, row.currency).amount)}
        ),
        "rails_form": rails or _rails_form(row),
        "changes": _changes(row),
    }
    return render(request, "goals/one.html", facts, status=422 if rails else 200)


def _rails_form(row: Goal) -> RailsForm:
    worst = row.worst_case_minor
    kept = {name: getattr(row, name) for name in ("name", "contacts_most", "contacts_days")}
    amount = None if worst is None else Money(worst, row.currency).amount
    return RailsForm(initial={**kept, "worst_case": amount})


@dataclass(frozen=True)
class Change:
    """What somebody changed of a goal, and when."""

    at: datetime
    by: str
    what: list[str]


def _changes(row: Goal) -> list[Change]:
    told = Event.objects.filter(kind="goal_changed", subject="goal", subject_id=row.pk)
    names = {f"user:{pk}": name for pk, name in User.objects.values_list("pk", "name")}
    return [
        Change(
            one.at,
            names.get(one.actor, one.actor),
            [word_of("field", name) for name in one.facts["changed"]],
        )
        for one in told.order_by("-pk")[:MOST_CHANGES]
    ]


@page("set goals")
@require_POST
def begin_goal(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a goal begin: its target and forecast are locked."""
    actions.open_goal(_goal(pk), at=request.at, by=request.user)
    say(request, gettext("The goal has begun; its target and forecast are locked."))
    return redirect("goal", pk=pk)


@page("set goals")
@require_POST
def finish_goal(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a goal with expected against actual."""
    actions.close_goal(_goal(pk), at=request.at, by=request.user)
    say(request, gettext("The goal is closed."))
    return redirect("goal", pk=pk)


@page("set goals")
@require_POST
def change_rails(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a goal another name, or other guard rails."""
    row, form = _goal(pk), RailsForm(request.POST)
    changed = tried(
        form,
        lambda: change_guard_rails(row, at=request.at, by=request.user, **form.rails(row.currency)),
    )
    if changed is None:
        return _goal_page(request, row, form)
    say(request, gettext("Kept; campaigns heed it at once."))
    return redirect("goal", pk=pk)


@page("set goals")
@require_POST
def change_budget(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a goal more money, or less."""
    form = BudgetForm(request.POST)
    row = _goal(pk)
    changed = tried(
        form,
        lambda: actions.change_budget(
            row,
            Money.of(form.cleaned_data["budget"], row.currency).minor,
            at=request.at,
            by=request.user,
        ),
    )
    if changed is None:
        problems = [str(error) for errors in form.errors.values() for error in errors]
        warn(request, problems[0])
    else:
        say(request, gettext("Budget changed."))
    return redirect("goal", pk=pk)


@page("set goals")
@require_POST
def record_cost(request: StaffRequest) -> HttpResponse:
    """Write down what new customers cost over a channel in a month."""
    form = CostForm(request.POST)
    kept = tried(
        form,
        lambda: actions.record_cost(
            channel=form.cleaned_data["channel"],
            month=form.cleaned_data["month"],
            cost_minor=Money.of(form.cleaned_data["cost"], request.shop.currency).minor,
            new_customers=form.cleaned_data["new_customers"],
            at=request.at,
            by=request.user,
        ),
    )
    if kept is None:
        problems = [str(error) for errors in form.errors.values() for error in errors]
        warn(request, problems[0])
    else:
        say(request, gettext("Cost written down."))
    return redirect("goals")


@page("set goals")
@require_POST
def import_costs(request: StaffRequest) -> HttpResponse:
    """Read costs from a CSV file: all of it, or nothing."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > 1_000_000:
        warn(request, gettext("Choose a CSV file of at most 1 MB."))
        return redirect("goals")
    try:
        text = file.read().decode("utf-8", "replace")
        rows = actions.import_costs(text, at=request.at, by=request.user)
    except Refusal as refusal:
        warn(request, sentence(refusal))
    else:
        say(request, gettext("%(rows)s rows written down.") % {"rows": rows})
    return redirect("goals")


@page("set goals")
@require_POST
def forget_cost(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a cost back."""
    actions.forget_cost(get_object_or_404(AcquisitionCost, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Cost removed."))
    return redirect("goals")


def _goal(pk: int) -> Goal:
    return get_object_or_404(Goal, pk=pk)
