"""What one fills in for a plan, and for a change by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.models import Campaign
from stamgast.customers.models import Customer
from stamgast.kernel import Money, minor_digits
from stamgast.plans import rules
from stamgast.plans.models import PlanOption
from stamgast.strategy.models import Goal
from stamgast.web.design.fields import NumberField
from stamgast.web.marketer.why_they_stay_words import ONE_OF_KIND
from stamgast.web.words import word_of


class NewPlan(forms.Form):
    """Which campaigns, for how much, and how much is left to chance."""

    goal = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("A name for the plan"), max_length=120)
    campaigns = forms.MultipleChoiceField(
        label=_("Which campaigns may it give?"), widget=forms.CheckboxSelectMultiple
    )
    budget = NumberField(label=_("For how much at most?"), min_value=Decimal("0.01"))
    exploration = NumberField(
        label=_("How many in a hundred does chance decide?"),
        min_value=Decimal(0),
        max_value=Decimal(50),
        help_text=_("So that you go on learning who responds. Ten is usual."),
    )

    def __init__(
        self, *given: Any, goal: Goal, campaigns: Sequence[Campaign], **options: Any
    ) -> None:
        self.currency = goal.currency
        free = Decimal(goal.free_minor) / 10 ** minor_digits(goal.currency)
        options.setdefault(
            "initial",
            {
                "goal": goal.pk,
                "name": gettext("Plan for this goal"),
                "campaigns": [str(one.pk) for one in campaigns],
                "budget": free.normalize() if free == free.to_integral() else free,
                "exploration": 10,
            },
        )
        super().__init__(*given, **options)
        self.rows = {str(one.pk): one for one in campaigns}
        field = self.fields["campaigns"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(number, one.name) for number, one in self.rows.items()]

    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        told = self.cleaned_data
        return {
            "name": told["name"],
            "campaigns": [self.rows[number] for number in told["campaigns"]],
            "budget_minor": Money.of(told["budget"], self.currency).minor,
            "exploration": told["exploration"] / 100,
        }


class PlanForm(forms.Form):
    """Another budget or share for chance, for a plan that does not run yet."""

    budget = NumberField(label=_("Budget"), min_value=Decimal("0.01"))
    exploration = NumberField(
        label=_("How many in a hundred does chance decide?"),
        min_value=Decimal(0),
        max_value=Decimal(50),
    )


class _ByHand(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput)
    option = forms.ChoiceField(label=_("Campaign"))
    reason = forms.CharField(
        label=pgettext_lazy("plan", "Why?"), max_length=300, help_text=_("Kept, with your name.")
    )
    may_be_all = False

    def __init__(self, *given: Any, options: Sequence[PlanOption], **more: Any) -> None:
        more.setdefault("initial", {"kind": self.code})
        super().__init__(*given, **more)
        self.rows = {str(one.pk): one for one in options}
        field = self.fields["option"]
        assert isinstance(field, forms.ChoiceField)
        every = [("", gettext("all of them"))] if self.may_be_all else []
        field.required = not self.may_be_all
        field.choices = [
            *every,
            *((number, one.campaign.name) for number, one in self.rows.items()),
        ]

    code = ""

    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        told = self.cleaned_data
        return {"reason": told["reason"], "option": self.rows.get(told["option"])}


class CapForm(_ByHand):
    """At most so many customers of one campaign."""

    code = "cap"
    amount = forms.IntegerField(label=_("At most so many customers"), min_value=0)
    field_order = ("kind", "option", "amount", "reason")

    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        return {**super().facts(), "amount": self.cleaned_data["amount"]}


class GroupForm(_ByHand):
    """A group that gets nothing of one campaign, or of all."""

    code, may_be_all = "leave_out_group", True
    group = forms.ChoiceField(label=_("Group"))
    field_order = ("kind", "group", "option", "reason")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        field = self.fields["group"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (f"{dimension}:{group}", group_name(dimension, group))
            for dimension, groups in rules.GROUPS.items()
            for group in groups
        ]

    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        dimension, group = self.cleaned_data["group"].split(":", 1)
        return {**super().facts(), "dimension": dimension, "group": group}


class CustomerForm(_ByHand):
    """A customer who is to get a campaign, or nothing."""

    code, may_be_all = "customer", True
    customer = forms.CharField(label=_("E-mail address or customer number"), max_length=254)
    option = forms.ChoiceField(label=_("Gets"))
    field_order = ("kind", "customer", "option", "reason")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        field = self.fields["option"]
        assert isinstance(field, forms.ChoiceField)
        every = [(number, one.campaign.name) for number, one in self.rows.items()]
        field.choices = [("", gettext("nothing")), *every]

    def clean_customer(self) -> Customer:
        """Find the customer; refuses who is not there."""
        text = self.cleaned_data["customer"].strip()
        there = Customer.objects.filter(erased_at=None, merged_into=None)
        found = there.filter(key=text).first() or there.filter(email__iexact=text).first()
        if found is None:
            raise forms.ValidationError(gettext("We know nobody with this address or number."))
        return found

    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        return {**super().facts(), "customer": self.cleaned_data["customer"]}


def group_name(dimension: str, group: str) -> str:
    """Return a group in words."""
    if dimension == "stage":
        return gettext("Stage: %(name)s") % {"name": word_of("stage", group)}
    return gettext("Loyalty: %(name)s") % {"name": ONE_OF_KIND.get(group, group)}


def first_problem(form: forms.Form) -> str:
    """Return the first thing that is wrong with what was filled in."""
    return str(next(error for errors in form.errors.values() for error in errors))
