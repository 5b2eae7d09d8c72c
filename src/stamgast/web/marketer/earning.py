"""How points are saved: the programme's settings, its rules in sentences, and trying a rule."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from stamgast.loyalty import actions
from stamgast.loyalty.figures.trying import try_rule
from stamgast.loyalty.models import EarningRule, Programme
from stamgast.loyalty.queries import earning_rules, is_running, programme
from stamgast.web.design.tags import day, money, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.earning_forms import ACTIONS, RuleForm, SettingsForm, StartForm
from stamgast.web.marketer.programme_frame import day_begins, show
from stamgast.web.marketer.writing import tried


def sentence_of(rule: EarningRule, currency: str) -> str:
    """Say what a rule gives, as one would say it aloud."""
    if rule.kind == EarningRule.Kind.PER_AMOUNT:
        said = ngettext(
            "%(n)s point for every %(amount)s", "%(n)s points for every %(amount)s", rule.points
        ) % {"n": number(rule.points), "amount": money(rule.per_minor, currency)}
    elif rule.kind == EarningRule.Kind.PER_ORDER:
        said = ngettext("%(n)s point for every order", "%(n)s points for every order", rule.points)
        said = said % {"n": number(rule.points)}
    elif rule.kind == EarningRule.Kind.MULTIPLIER:
        said = gettext("%(n)s times the points") % {
            "n": number(rule.factor, 2).rstrip("0").rstrip(",.")
        }
    else:
        said = ngettext("%(n)s point for %(what)s", "%(n)s points for %(what)s", rule.points)
        said = said % {"n": number(rule.points), "what": ACTIONS.get(rule.action, rule.action)}
    if rule.category or rule.sku:
        said += gettext(" of %(what)s") % {"what": rule.sku or rule.category}
    if rule.most_times and rule.action != EarningRule.Action.FIRST_ORDER:
        said += _limit(rule)
    if rule.min_order_minor:
        said += gettext(", from %(amount)s on") % {"amount": money(rule.min_order_minor, currency)}
    if rule.ends_at:
        said += gettext(", until %(day)s") % {"day": day(rule.ends_at)}
    return said


def _limit(rule: EarningRule) -> str:
    if rule.most_per == EarningRule.Per.YEAR:
        said = ngettext(
            ", at most %(n)s time a year", ", at most %(n)s times a year", rule.most_times
        )
    else:
        said = ngettext(", at most %(n)s time", ", at most %(n)s times", rule.most_times)
    return said % {"n": number(rule.most_times)}


@page("see programme")
def earning(request: StaffRequest) -> HttpResponse:
    """Show how points are saved; change the settings."""
    settings = programme()
    form = SettingsForm(request.POST or None, initial=_settings_of(settings))
    if request.method == "POST" and request.may("edit programme"):
        kept = tried(
            form,
            lambda: actions.set_programme(at=request.at, by=request.user, **form.cleaned_data),
        )
        if kept is not None:
            say(request, gettext("Kept. What was earned before stays as it was."))
            return redirect("earning")
    return _shown(request, settings, form, StartForm(today=timezone.localdate(request.at)))


def _settings_of(settings: Programme) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SettingsForm.base_fields}


def _shown(
    request: StaffRequest, settings: Programme, form: SettingsForm, start_form: StartForm
) -> HttpResponse:
    facts = {
        "programme": settings,
        "is_running": is_running(settings, request.at),
        "rules": [(rule, sentence_of(rule, settings.currency)) for rule in earning_rules()],
        "form": form,
        "start_form": start_form,
    }
    is_wrong = form.is_bound or start_form.is_bound
    return show(request, "earning.html", facts, status=422 if is_wrong else 200)


@page("edit programme")
@require_POST
def run(request: StaffRequest) -> HttpResponse:
    """Start the programme, from now on or a day that is past; or stop it."""
    settings = programme()
    if is_running(settings, request.at):
        actions.stop_programme(at=request.at, by=request.user)
        say(request, gettext("Stopped: nothing earns from now on. Points stay."))
        return redirect("earning")
    form = StartForm(request.POST, today=timezone.localdate(request.at))
    if not form.is_valid():
        return _shown(request, settings, SettingsForm(initial=_settings_of(settings)), form)
    since = day_begins(form.cleaned_data["since"], ZoneInfo(settings.zone))
    actions.start_programme(at=request.at, by=request.user, since=since)
    if since is None:
        say(request, gettext("Started: what is bought from now on earns points."))
    else:
        told = gettext("Started: what was bought from %(day)s on earns points.")
        say(request, told % {"day": day(since)})
    return redirect("earning")


@page("edit programme")
def rule(request: StaffRequest, pk: int = 0) -> HttpResponse:
    """Make or change a rule, or try it on the orders of the past year before it goes live."""
    settings = programme()
    known = get_object_or_404(EarningRule, pk=pk, removed_at=None) if pk else None
    zone = ZoneInfo(settings.zone)
    form = RuleForm(request.POST or None, initial=RuleForm.initial_of(known, zone) if known else {})
    outcome = None
    if request.method == "POST" and form.is_valid():
        facts = form.facts(zone, known)
        if "try" in request.POST:
            everyone = settings.joining == Programme.Joining.FIRST_ORDER
            outcome = try_rule(
                facts,
                at=request.at,
                programme=settings,
                only_members=not everyone,
                instead_of=known,
            )
        elif _kept(request, form, known, facts):
            return redirect("earning")
    shown = {
        "form": form,
        "rule": known,
        "tried": outcome,
        "programme": settings,
        "most": max((month.points for month in outcome.months), default=0) if outcome else 0,
    }
    is_wrong = form.is_bound and not form.is_valid()
    return show(request, "rule.html", shown, status=422 if is_wrong else 200)


def _kept(
    request: StaffRequest, form: RuleForm, known: EarningRule | None, facts: dict[str, Any]
) -> bool:
    if known is not None:
        kept = tried(
            form, lambda: actions.change_rule(known, at=request.at, by=request.user, **facts)
        )
    else:
        kept = tried(
            form,
            lambda: actions.add_rule(at=request.at, by=request.user, **facts),
        )
    if kept is None:
        return False
    say(request, gettext("Kept. It holds for what is bought from now on."))
    return True


@page("edit programme")
@require_POST
def remove_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a rule away; what it gave stays, and returns still follow it."""
    row = get_object_or_404(EarningRule, pk=pk, removed_at=None)
    actions.remove_rule(row, at=request.at, by=request.user)
    say(request, gettext("Taken away. What was earned by it stays."))
    return redirect(reverse("earning"))
