"""The forms about how points are saved: the settings, the start, and a rule."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from stamgast.loyalty.models import EarningRule
from stamgast.loyalty.rules import USUAL_LIMITS
from stamgast.sales.models import Product
from stamgast.web.design.fields import NumberField
from stamgast.web.marketer.programme_frame import (
    AmountField,
    FoldedForm,
    day_begins,
    day_field,
    first_day,
    last_day,
)

ACTIONS = {
    "review": _("a review"),
    "answer": _("an answer to a question"),
    "birthday": _("their birthday"),
    "first_order": _("their first order"),
    "visit": _("a visit"),
    "other": _("something else"),
}


class SettingsForm(FoldedForm):
    """How the programme works."""

    SHOWS_FILLED = False
    FOLDS = (
        (_("When points end"), ("expiry", "remind_days", "grace_days")),
        (_("At the till, and what comes back"), ("hold_minutes", "owed", "rounding")),
        (_("Points by hand"), ("month_service", "month_marketer")),
        (_("The terms"), ("terms_version", "terms")),
        (_("Orders from before"), ("does_history_earn",)),
    )

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
    expiry = forms.ChoiceField(
        label=_("Points end"),
        choices=[
            ("exact", _("at the end of that very day")),
            ("month_end", _("at the end of that month")),
            ("year_end", _("at the end of that year")),
        ],
    )
    grace_days = forms.IntegerField(
        label=_("Days that points are good which come back after their end"),
        min_value=0,
        max_value=365,
        help_text=_("When an order that was paid with them comes back."),
    )
    remind_days = forms.IntegerField(
        label=_("Days before they expire that members hear of it"), min_value=1, max_value=365
    )
    point_value = NumberField(
        label=_("What a point is worth, in cents"), min_value=Decimal("0.0001")
    )
    hold_minutes = forms.IntegerField(
        label=_("Minutes that a till may keep points apart"),
        min_value=1,
        max_value=60 * 24 * 90,
        help_text=_("While a purchase is under way; then they are free again."),
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
    factor = NumberField(label=_("Times"), min_value=Decimal("0.01"), max_value=100, initial=2)
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
    starts_on = day_field(_("First day"), help_text=_("Empty: from now on."))
    ends_on = day_field(_("Last day"))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        names = Product.objects.exclude(category="").order_by("category")
        known = names.values_list("category", flat=True).distinct()[:200]
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—"), *((name, name) for name in known)]

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first."""
        filled = self.cleaned_data
        first, last = filled.get("starts_on"), filled.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day lies before the first."))
        return filled

    def facts(self, zone: ZoneInfo, known: EarningRule | None = None) -> dict[str, Any]:
        """Return what was filled in as the rule keeps it; the moment of an unchanged day stays."""
        filled = dict(self.cleaned_data)
        first, last = filled.pop("starts_on"), filled.pop("ends_on")
        filled["ends_at"] = datetime.combine(last, time.max, tzinfo=zone) if last else None
        if first and not (known and first == first_day(known.starts_at, zone)):
            filled["starts_at"] = day_begins(first, zone)
        most_times, most_per = filled.pop("most_times"), filled.pop("most_per")
        if most_times is None:
            most_times, most_per = USUAL_LIMITS.get(filled["action"], (0, "ever"))
        return {
            **filled,
            "min_order_minor": filled["min_order_minor"] or 0,
            "most_times": most_times,
            "most_per": most_per or "ever",
        }

    @classmethod
    def initial_of(cls, row: EarningRule, zone: ZoneInfo) -> dict[str, Any]:
        """Return what a rule says, as the form shows it."""
        own = set(cls.base_fields) - {"starts_on", "ends_on"}
        return {
            **{name: getattr(row, name) for name in own},
            "starts_on": first_day(row.starts_at, zone),
            "ends_on": last_day(row.ends_at, zone),
        }
