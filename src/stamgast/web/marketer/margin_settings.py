"""What is earned where no cost is known: a share of revenue, per category or for the whole shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from stamgast.kernel import Refusal
from stamgast.sales.actions import set_margin_rates
from stamgast.sales.models import MarginRate, Product
from stamgast.scoring.queries import summary
from stamgast.web.design.fields import NumberField
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.settings_frame import show
from stamgast.web.refusals import sentence

CATEGORIES_SHOWN = 200
WHOLE = ""  # the category under which the rate of the whole shop is kept


class MarginForm(forms.Form):
    """A percentage for the whole shop and for each category; left empty, the shop's counts."""

    def __init__(self, rates: dict[str, Decimal], categories: list[str], data: Any = None) -> None:
        super().__init__(data)
        self.categories = [WHOLE, *categories]
        for place, category in enumerate(self.categories):
            share = rates.get(category)
            self.fields[f"rate_{place}"] = NumberField(
                label=category or _("The whole shop"),
                required=False,
                min_value=0,
                max_value=Decimal("99.99"),
                decimal_places=2,
                initial=None if share is None else (share * 100).normalize(),
                help_text="" if category else _("In percent of revenue without VAT."),
            )

    def rates(self) -> dict[str, Decimal | None]:
        """Return the shares of revenue as filled in, None where left empty."""
        filled = {c: self.cleaned_data[f"rate_{i}"] for i, c in enumerate(self.categories)}
        return {c: None if rate is None else rate / 100 for c, rate in filled.items()}


@page("edit settings")
@require_http_methods(["GET", "POST"])
def margin_settings(request: StaffRequest) -> HttpResponse:
    """Show and change the rates; the margin of all orders that rest on one is worked out anew."""
    held = dict(MarginRate.objects.values_list("category", "share"))
    form = MarginForm(held, _categories(held), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_margin_rates(form.rates(), at=request.at, by=request.user)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            say(request, gettext("Margins are worked out anew with these rates."))
            return redirect("margin_settings")
    facts = {"form": form, "assumed": summary().get("assumed_share"), "whole": held.get(WHOLE)}
    return show(request, "margin.html", facts, status=400 if form.errors else 200)


def _categories(held: dict[str, Decimal]) -> list[str]:
    """Return the categories with a rate, and those with a product of which no cost is known."""
    products = Product.objects.filter(cost=None, is_charge=False).exclude(category="")
    without_cost = products.values_list("category", flat=True).distinct()[:CATEGORIES_SHOWN]
    return sorted({*without_cost, *held} - {WHOLE})
