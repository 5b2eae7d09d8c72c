"""How points are saved: the programme's settings, its rules in sentences, and trying a rule."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.loyalty import actions
from stamgast.loyalty.figures.trying import try_rule
from stamgast.loyalty.models import EarningRule, Programme
from stamgast.loyalty.queries import earning_rules, is_running, programme
from stamgast.loyalty.rules import USUAL_LIMITS
from stamgast.sales.models import Product
from stamgast.web.design.tags import day, money, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import AmountField, day_begins, day_field, last_day, show
from stamgast.web.marketer.writing import tried

ACTIONS = {
    "review": _("a review"),
    "answer": _("an answer to a question"),
    "birthday": _("their birthday"),
    "first_order": _("their first order"),
    "visit": _("a visit"),
    "other": _("something else"),
}


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


class SettingsForm(forms.Form):
    """How the programme works."""

    name = forms.CharField(label=_("Name of the programme"), max_length=120, required=False)
    joining = forms.ChoiceField(
        label=_("Who takes part"),
        choices=[
            ("on_request", _("who asks for it")),
            ("first_order", _("everybody who buys")),
            ("invited", _("who is invited")),
        ],
    )
    pending_days = forms.IntegerField(
        label=_("Days before points can be used"),
        min_value=0,
        max_value=365,
        help_text=_("As long as an order may come back."),
    )
    validity_months = forms.IntegerField(
        label=_("Months that points are valid"),
        min_value=0,
        max_value=600,
        help_text=_("0: they do not expire. Members are told before."),
    )
    remind_days = forms.IntegerField(
        label=_("Days before they expire that members hear of it"), min_value=1, max_value=365
    )
    point_value = forms.DecimalField(
        label=_("What a point is worth, in cents"), min_value=Decimal("0.0001"), localize=True
    )
    owed = forms.ChoiceField(
        label=_("When points that were spent are taken back"),
        choices=[
            ("absorb", _("the next points fill it up")),
            ("forgive", _("we bear it")),
        ],
    )
    rounding = forms.ChoiceField(
        label=_("Parts of a point"),
        choices=[
            ("down", _("are dropped")),
            ("half_up", _("are rounded")),
            ("up", _("are rounded up")),
        ],
    )
    month_service = forms.IntegerField(
        label=_("Points that a colleague of service may give by hand in a month"), min_value=0
    )
    month_marketer = forms.IntegerField(
        label=_("Points that a marketer may give by hand in a month"), min_value=0
    )
    terms_version = forms.CharField(label=_("Version of the terms"), max_length=40, required=False)
    terms = forms.CharField(
        label=_("Terms"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    does_history_earn = forms.BooleanField(
        label=_("Orders from before the first file came in earn points too"),
        required=False,
        help_text=_("From the start of the programme on. Newer orders in files always earn."),
    )


class StartForm(forms.Form):
    """From which day on purchases earn."""

    since = day_field(
        _("What was bought from this day on earns"),
        help_text=_("Empty: from now on. Members earn by what they bought since they took part."),
    )

    def __init__(self, *given: Any, today: date, **options: Any) -> None:
        super().__init__(*given, **options)
        self.today = today

    def clean_since(self) -> date | None:
        """Refuse a day that has yet to come."""
        since: date | None = self.cleaned_data["since"]
        if since is not None and since > self.today:
            raise forms.ValidationError(_("This day has yet to come."))
        return since


class RuleForm(forms.Form):
    """A way to earn points."""

    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(
        label=_("What earns"),
        choices=[
            ("per_amount", _("what is spent")),
            ("per_order", _("an order")),
            ("multiplier", _("times more for a category or product")),
            ("action", _("something they do")),
        ],
    )
    points = forms.IntegerField(label=_("Points"), min_value=0, max_value=1_000_000, initial=1)
    per_minor = AmountField(label=_("For every"), initial=100)
    factor = forms.DecimalField(
        label=_("Times"), min_value=Decimal("0.01"), max_value=100, initial=2, localize=True
    )
    action = forms.ChoiceField(
        label=_("For what they do"), required=False, choices=[("", "—"), *ACTIONS.items()]
    )
    most_times = forms.IntegerField(
        label=_("At most so many times"),
        required=False,
        min_value=0,
        max_value=10_000,
        help_text=_("For what they do. Empty: as often as is usual for it. 0: no limit."),
    )
    most_per = forms.ChoiceField(
        label=_("In which time"),
        required=False,
        choices=[("year", _("a calendar year")), ("ever", _("ever"))],
    )
    category = forms.ChoiceField(label=_("Only this category"), required=False)
    sku = forms.CharField(label=_("Only this product"), required=False, max_length=80)
    min_order_minor = AmountField(label=_("Orders from"), required=False)
    does_qualify = forms.BooleanField(
        label=_("These points count for a level too"), required=False, initial=True
    )
    ends_on = day_field(_("Last day"))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        names = Product.objects.exclude(category="").order_by("category")
        known = names.values_list("category", flat=True).distinct()[:200]
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—"), *((name, name) for name in known)]

    def facts(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return what was filled in as the rule keeps it."""
        filled = dict(self.cleaned_data)
        last = filled.pop("ends_on")
        ends = datetime.combine(last, time.max, tzinfo=zone) if last else None
        most_times, most_per = filled.pop("most_times"), filled.pop("most_per")
        if most_times is None:
            most_times, most_per = USUAL_LIMITS.get(filled["action"], (0, "ever"))
        return {
            **filled,
            "min_order_minor": filled["min_order_minor"] or 0,
            "most_times": most_times,
            "most_per": most_per or "ever",
            "ends_at": ends,
        }


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
    form = RuleForm(request.POST or None, initial=_of(known) if known else {})
    outcome = None
    if request.method == "POST" and form.is_valid():
        facts = form.facts(ZoneInfo(settings.zone))
        if "try" in request.POST:
            everyone = settings.joining == Programme.Joining.FIRST_ORDER
            outcome = try_rule(facts, at=request.at, programme=settings, only_members=not everyone)
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
            lambda: actions.add_rule(at=request.at, by=request.user, starts_at=request.at, **facts),
        )
    if kept is None:
        return False
    say(request, gettext("Kept. It holds for what is bought from now on."))
    return True


def _of(row: EarningRule) -> dict[str, Any]:
    names = set(RuleForm.base_fields) - {"ends_on"}
    known = {name: getattr(row, name) for name in names}
    return {**known, "ends_on": last_day(row.ends_at, ZoneInfo(programme().zone))}


@page("edit programme")
@require_POST
def remove_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a rule away; what it gave stays, and returns still follow it."""
    row = get_object_or_404(EarningRule, pk=pk, removed_at=None)
    actions.remove_rule(row, at=request.at, by=request.user)
    say(request, gettext("Taken away. What was earned by it stays."))
    return redirect(reverse("earning"))
