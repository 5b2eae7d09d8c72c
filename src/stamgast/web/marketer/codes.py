"""Discount codes and gift cards: the sets, and the conditions of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.loyalty.codes import actions, queries
from stamgast.loyalty.models import CodeSet
from stamgast.loyalty.queries import programme
from stamgast.loyalty.tiers.queries import tiers
from stamgast.web.code_words import gives
from stamgast.web.design.fields import NumberField
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import (
    AmountField,
    FoldedForm,
    day_begins,
    day_field,
    first_day,
    last_day,
    show,
)
from stamgast.web.marketer.writing import tried
from stamgast.web.programme_words import CODE_KINDS, VAT_KINDS
from stamgast.web.words import STAGES

# What codes give of each kind says these fields; of other kinds they say nothing.
OF_KINDS = {"percent": ("percent",), "amount_minor": ("amount",), "most_minor": ("percent",)}


class SetForm(FoldedForm):
    """What codes give, on which conditions, how often."""

    FOLDS = (
        (
            _("For which orders and customers"),
            ("categories", "skus", "stages", "tiers", "is_first_order"),
        ),
        (
            _("How often, and for how much in all"),
            ("uses_per_code", "uses_per_customer", "uses_most", "budget_minor"),
        ),
        (
            _("Beside other codes, and for VAT"),
            ("is_exclusive", "family", "is_use_given_back", "vat_kind", "is_sold"),
        ),
    )

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("What they give"), choices=list(CODE_KINDS.items()))
    percent = NumberField(label=_("Percentage off"), min_value=0, max_value=100, required=False)
    amount_minor = AmountField(label=_("Amount off"), required=False)
    most_minor = AmountField(label=_("Largest discount on an order"), required=False)
    least_order_minor = AmountField(label=_("Orders from"), required=False)
    categories = forms.CharField(
        label=_("Only for these categories"),
        required=False,
        help_text=_("With a comma between them; empty is everything."),
    )
    skus = forms.CharField(
        label=_("Only for these products"), required=False, help_text=_("Product numbers.")
    )
    stages = forms.MultipleChoiceField(
        label=_("Only for customers who are"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (code, STAGES[code]) for code in ("new", "active", "drifting", "lost", "won_back")
        ],
    )
    tiers = forms.MultipleChoiceField(
        label=_("Only for these levels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_first_order = forms.BooleanField(label=_("Only for a first order"), required=False)
    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"))
    uses_per_code = forms.IntegerField(label=_("Times per code"), min_value=1, required=False)
    uses_per_customer = forms.IntegerField(
        label=_("Times per customer"), min_value=1, required=False
    )
    uses_most = forms.IntegerField(label=_("Times in all"), min_value=1, required=False)
    budget_minor = AmountField(label=_("Budget for all together"), required=False)
    is_exclusive = forms.BooleanField(label=_("Goes with no other code"), required=False)
    family = forms.CharField(
        label=_("Family"),
        max_length=40,
        required=False,
        help_text=_("Of codes of one family an order takes one."),
    )
    is_use_given_back = forms.BooleanField(
        label=_("May be used again when the whole order came back"), required=False
    )
    vat_kind = forms.ChoiceField(label=_("For VAT"), choices=list(VAT_KINDS.items()))
    is_sold = forms.BooleanField(
        label=_("Is sold (a gift card; valid for two years at least)"), required=False
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["tiers"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(tier.code, tier.name) for tier in tiers()]
        if not field.choices:
            del self.fields["tiers"]

    def facts(self) -> dict[str, Any]:
        """Return what was filled in as the set keeps it."""
        settings = programme()
        zone = ZoneInfo(settings.zone)
        filled = dict(self.cleaned_data)
        first, last = filled.pop("starts_on"), filled.pop("ends_on")
        for name in ("skus", "categories"):
            filled[name] = [part.strip() for part in filled[name].split(",")]
        for name, kinds in OF_KINDS.items():
            if filled["kind"] not in kinds:
                filled[name] = None
        return {
            **filled,
            "currency": settings.currency,
            "least_order_minor": filled["least_order_minor"] or 0,
            "starts_at": day_begins(first, zone),
            "ends_at": day_begins(last + timedelta(days=1) if last else None, zone),
        }

    @classmethod
    def initial_of(cls, row: CodeSet) -> dict[str, Any]:
        """Return what a set says, as the form shows it."""
        zone = ZoneInfo(programme().zone)
        own = set(cls.base_fields) - {"starts_on", "ends_on", "skus", "categories"}
        return {
            **{name: getattr(row, name) for name in own},
            "skus": ", ".join(row.skus),
            "categories": ", ".join(row.categories),
            "starts_on": first_day(row.starts_at, zone),
            "ends_on": last_day(row.ends_at, zone),
        }


@page("see programme")
def codes(request: StaffRequest) -> HttpResponse:
    """Show the sets of codes."""
    return show(
        request, "codes.html", {"sets": [(row, gives(row)) for row in queries.sets()[:200]]}
    )


@page("edit programme")
def new_set(request: StaffRequest) -> HttpResponse:
    """Make a set of codes."""
    form = SetForm(request.POST or None)
    if request.method == "POST":
        kept = tried(form, lambda: actions.make_set(at=request.at, by=request.user, **form.facts()))
        if kept is not None:
            say(request, gettext("Kept. Now make the codes."))
            return redirect("code_set", pk=kept.pk)
    status = 422 if form.is_bound else 200
    return show(request, "code_set_form.html", {"form": form}, status=status)


@page("edit programme")
def change_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the conditions of a set from now on."""
    row = get_object_or_404(CodeSet, pk=pk)
    form = SetForm(request.POST or None, initial=SetForm.initial_of(row))
    if request.method == "POST":
        kept = tried(
            form, lambda: actions.change_set(row, at=request.at, by=request.user, **form.facts())
        )
        if kept is not None:
            say(request, gettext("Kept. What was used before stays as it was."))
            return redirect("code_set", pk=pk)
    status = 422 if form.is_bound else 200
    return show(request, "code_set_form.html", {"form": form, "set": row}, status=status)


@page("edit programme")
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """Let no code of a set be used any more, with a way back."""
    actions.close_set(get_object_or_404(CodeSet, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Closed."), undo=reverse("reopen_code_set", args=[pk]))
    return redirect("code_set", pk=pk)


@page("edit programme")
@require_POST
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the codes of a set be used again."""
    actions.reopen_set(get_object_or_404(CodeSet, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Open again."))
    return redirect("code_set", pk=pk)
