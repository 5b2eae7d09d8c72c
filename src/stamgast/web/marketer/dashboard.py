"""The first page: what the base looks like today, and what to do this week."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from stamgast.customers.models import Customer, Interaction
from stamgast.importers.models import RowToMend
from stamgast.loyalty.queries import ledger_alarm
from stamgast.measurement.models import Experiment
from stamgast.measurement.queries import add_up, latest_verdicts
from stamgast.strategy.models import Goal
from stamgast.web.design.tags import money_sign
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import dashboard_pictures as pictures
from stamgast.web.marketer import dashboard_words as words
from stamgast.web.marketer.base_shown import Base, base_shown, choices
from stamgast.web.marketer.campaigns.ready import ready_for
from stamgast.web.marketer.goals import shown as goal_shown
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.next_steps import WEEK, steps_of
from stamgast.web.marketer.stage_lines import stage_lines
from stamgast.web.marketer.verdict_words import headline


@page("see base")
def dashboard(request: StaffRequest) -> HttpResponse:
    """Show the base in one sentence and a few pictures; before there is one, how to begin."""
    base = base_shown(request.GET)
    if base is None or not base.customers:
        return _beginning(request)
    sees_margin = request.may("see margin")
    steps = steps_of(base, request.at)
    today = request.at.date()
    facts = {
        "base": base,
        "headline": words.headline(base, sees_margin=sees_margin),
        "choices": choices(base.run),
        "is_old": _is_old(request, base),
        "rows_to_mend": RowToMend.objects.filter(mended_at=None, dropped_at=None).count(),
        "this_week": steps[:WEEK],
        "ready": {}
        if base.facet
        else ready_for({step.code: step.customers for step in steps[:WEEK]}, base.currency),
        "all_steps": steps,
        "stages": stage_lines(base),
        "second_said": words.second_purchases(base),
        # A run never changes: its pictures are drawn once per language and kept.
        "drawn": f"{base.run.pk} {base.facet} {base.value} {get_language()} {sees_margin}",
        "second": partial(pictures.second_purchases, base),
        "revenue_said": words.revenue(base),
        "revenue": partial(pictures.revenue, base, sees_margin=sees_margin),
        "sign": money_sign(base.currency),
        "complaints": _complaints(today),
        "ledger_alarm": ledger_alarm() if request.may("see programme") else None,
        **(_goal_and_worked(request) if sees_margin and not base.facet else {}),
    }
    return render(request, "dashboard.html", facts)


def _beginning(request: StaffRequest) -> HttpResponse:
    """Say what to do before there is anything to show."""
    job = busy_job("score", "import_batch")
    facts = {
        "job": job,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
        "has_customers": Customer.objects.exists(),
    }
    return render(request, "beginning.html", facts)


def _is_old(request: StaffRequest, base: Base) -> bool:
    until = base.run.orders_until
    limit = timedelta(hours=request.shop.orders_may_be_old)
    return until is not None and request.at - until > limit


def _goal_and_worked(request: StaffRequest) -> dict[str, object]:
    """Return the goal that runs, and what the efforts so far brought together."""
    open_ = Goal.objects.filter(status=Goal.Status.OPEN).order_by("due_on", "pk").first()
    added = add_up(latest_verdicts().exclude(experiment__kind=Experiment.Kind.STANDING))
    return {
        "goal": goal_shown(open_) if open_ else None,
        "worked": headline(added.efforts, added.extra, request.shop.currency)
        if added.efforts
        else "",
        "has_goal_part": True,
    }


def _complaints(today: date) -> dict[str, int]:
    still_open = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT, closed_at=None)
    return {"open": still_open.count(), "late": still_open.filter(due__lt=today).count()}
