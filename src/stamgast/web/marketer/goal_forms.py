"""What one fills in for a goal, its budget and what new customers cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stamgast.kernel import Money
from stamgast.strategy.rules import SHARES
from stamgast.web.design.fields import NumberField
from stamgast.web.marketer.care_forms import Day
from stamgast.web.marketer.goal_words import DIRECTIONS, JUDGED, MEASURES

NOTATIONS = ["%Y-%m-%d", "%d-%m-%Y"]


class RailsForm(forms.Form):
    """What of a goal may change once it is open: its name, and how far its efforts may go."""

    name = forms.CharField(label=_("A name of your own"), max_length=120, required=False)
    contacts_most = forms.IntegerField(
        label=_("Most contacts per customer"), min_value=1, max_value=100, required=False
    )
    contacts_days = forms.IntegerField(label=_("in so many days"), min_value=1, max_value=366)
    worst_case = NumberField(
        label=_("The most one effort may cost"),
        min_value=Decimal("0.01"),
        max_digits=12,
        required=False,
    )

    def rails(self, currency: str) -> dict[str, Any]:
        """Return what the action takes: amounts in minor units."""
        told = dict(self.cleaned_data)
        worst = told.pop("worst_case")
        return {**told, "worst_case_minor": Money.of(worst, currency).minor if worst else None}


class GoalForm(RailsForm):
    """Three questions with defaults: keep or deepen, by when, for how much; and how it is measured."""

    direction = forms.ChoiceField(
        label=_("What are you after?"), choices=list(DIRECTIONS.items()), widget=forms.HiddenInput
    )
    measure = forms.ChoiceField(label=_("Measured by"), choices=[])
    target = NumberField(label=_("Target"), max_digits=9)
    due_on = forms.DateField(label=_("By when?"), widget=Day(), input_formats=NOTATIONS)
    budget = NumberField(label=_("For how much?"), min_value=Decimal("0.01"), max_digits=12)
    judged = forms.ChoiceField(
        label=_("When is an effort a success?"), choices=list(JUDGED.items())
    )

    def __init__(
        self, *given: Any, measures: dict[str, str], currency: str, **options: Any
    ) -> None:
        super().__init__(*given, **options)
        self.currency = currency
        field = self.fields["measure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, f"{MEASURES[code]} ({now})") for code, now in measures.items()]

    def facts(self) -> dict[str, Any]:
        """Return what the action takes: amounts in minor units, shares of one."""
        told = self.rails(self.currency)
        scale = 100 if told["measure"] in SHARES else 1
        budget = told.pop("budget")
        return {
            **told,
            "target": float(told["target"]) / scale,
            "budget_minor": Money.of(budget, self.currency).minor,
        }


class BudgetForm(forms.Form):
    """Another budget for a goal that runs."""

    budget = NumberField(label=_("Budget"), min_value=Decimal("0.01"))


class CostForm(forms.Form):
    """What new customers cost over one channel in one month."""

    channel = forms.CharField(label=_("Channel"), max_length=60)
    month = forms.DateField(label=_("Month"), input_formats=["%Y-%m"], widget=forms.TextInput(
        attrs={"type": "month", "placeholder": "2026-10"}))  # fmt: skip
    cost = NumberField(label=_("Cost"), min_value=Decimal(0))
    new_customers = forms.IntegerField(label=_("New customers"), min_value=0, required=False)


class CostFileForm(forms.Form):
    """The same from a file."""

    file = forms.FileField(label=_("CSV file"))


def default_day(today: date, days: int) -> str:
    """Return a day ahead as the field takes it."""
    return date.fromordinal(today.toordinal() + days).isoformat()
