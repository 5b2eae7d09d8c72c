"""The shop itself: its name, money, place and how it states VAT."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from stamgast.kernel import Refusal
from stamgast.kernel.money import CURRENCIES
from stamgast.scoring.queries import current_run
from stamgast.staff.actions import change_shop
from stamgast.staff.models import Shop
from stamgast.web.design.fields import NumberField
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.settings_frame import show
from stamgast.web.places import countries, zones
from stamgast.web.refusals import sentence

FIRST_CURRENCIES = ("EUR", "USD", "GBP")
FIELDS = (
    "name",
    "language",
    "currency",
    "country",
    "zone",
    "vat",
    "vat_rate",
    "discount_rate",
    "orders_may_be_old",
    "website",
    "needs_second_person",
)


def _currencies() -> list[tuple[str, str]]:
    others = sorted(CURRENCIES - set(FIRST_CURRENCIES))
    return [(code, code) for code in (*FIRST_CURRENCIES, *others)]


class ShopForm(forms.Form):
    name = forms.CharField(label=_("Name of the shop"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language of customers"),
        choices=settings.LANGUAGES,
        help_text=_("For customers whose language we do not know."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=_currencies,
        help_text=_("Orders in another currency are kept, but not added up."),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=countries,
        help_text=_("Telephone numbers without a country code belong here."),
    )
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, help_text=_("It says when a business day ends.")
    )
    vat = forms.ChoiceField(
        label=_("Amounts in files of orders"),
        choices=[(Shop.VatIn.INCLUDED, _("with VAT")), (Shop.VatIn.EXCLUDED, _("without VAT"))],
    )
    vat_rate = NumberField(
        label=_("VAT, in percent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("Where a file does not state it itself."),
    )
    discount_rate = NumberField(
        label=_("Value of later money, in percent a year"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("Margin a year from now counts for so much less. 10 is usual for shops."),
    )
    orders_may_be_old = forms.IntegerField(
        label=_("Warn when the newest order is older than, in hours"),
        min_value=1,
        max_value=24 * 90,
    )
    website = forms.URLField(
        label=_("Address of the web shop"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("Buttons in your mail lead here."),
    )
    needs_second_person = forms.BooleanField(
        label=_("A campaign is approved by somebody else than who wrote it"), required=False
    )


@page("edit settings")
@require_http_methods(["GET", "POST"])
def shop_settings(request: StaffRequest) -> HttpResponse:
    """Show and change the shop's settings; refuses a value that does not exist."""
    held: dict[str, Any] = {field: getattr(request.shop, field) for field in FIELDS}
    form = ShopForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            change_shop(at=request.at, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            say(request, gettext("The settings of the shop were changed."))
            return redirect("shop_settings")
    run = current_run()
    others = run.facts.get("orders_in_other_currencies", 0) if run else 0
    facts = {"form": form, "others": others}
    return show(request, "shop.html", facts, status=400 if form.errors else 200)
