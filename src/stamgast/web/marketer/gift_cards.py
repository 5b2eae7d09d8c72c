"""Gift cards: one made with money on it, what is left on each, and one that was lost blocked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.customers.models import Customer
from stamgast.customers.queries import by_identity
from stamgast.customers.rules import email as as_email
from stamgast.kernel import Refusal
from stamgast.loyalty.codes import actions
from stamgast.loyalty.models import CodeSet, DiscountCode
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.programme_frame import AmountField, day_field
from stamgast.web.marketer.writing import tried
from stamgast.web.refusals import sentence

SHOWN = 50


class CardForm(forms.Form):
    """A gift card: how much, for whom, until when."""

    amount = AmountField(label=_("Amount on the card"), min_value=0.01)
    email = forms.EmailField(
        label=_("For one customer alone"),
        required=False,
        help_text=_("Their e-mail address; empty is for whoever has the code."),
    )
    last_day = day_field(_("Last day"))
    once = forms.CharField(widget=forms.HiddenInput, max_length=40)

    @classmethod
    def blank(cls) -> CardForm:
        """Return an empty form; pressed twice it makes one card."""
        return cls(initial={"once": uuid.uuid4().hex})

    def clean_email(self) -> Customer | None:
        """Return whose card it is."""
        given = self.cleaned_data["email"]
        if not given:
            return None
        owner = by_identity("email", as_email(given) or given)
        if owner is None:
            raise forms.ValidationError(gettext("No customer has this e-mail address."))
        return owner


def cards_of(row: CodeSet) -> Sequence[DiscountCode]:
    """Return the gift cards that were made last."""
    return list(row.codes.select_related("customer").order_by("-pk")[:SHOWN])


@page("edit programme")
@require_POST
def make_card(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a gift card with money on it, and say its code."""
    from stamgast.web.marketer.code_set import shown  # the page that this form stands on

    row = get_object_or_404(CodeSet, pk=pk)
    form = CardForm(request.POST)
    card = tried(form, lambda: _made(request, row, form))
    if card is None:
        return shown(request, row, card_form=form)
    say(request, gettext("The card can be used: %(code)s") % {"code": card.text})
    return redirect("code_set", pk=pk)


def _made(request: StaffRequest, row: CodeSet, form: CardForm) -> DiscountCode:
    filled = form.cleaned_data
    return actions.issue_gift_card(
        row,
        amount_minor=filled["amount"],
        customer=filled["email"],
        last_day=filled["last_day"],
        at=request.at,
        key=f"hand:{request.user.pk}:{filled['once']}",
        by=request.user,
    )


@page("edit programme")
@require_POST
def show_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Say a whole code this once; that it was read stands in the audit trail."""
    row = get_object_or_404(DiscountCode, pk=pk)
    whole = actions.show_code(row, at=request.at, by=request.user)
    say(request, gettext("The whole code: %(code)s") % {"code": whole})
    return redirect("code_set", pk=row.code_set_id)


@page("edit programme")
@require_POST
def block(request: StaffRequest, pk: int) -> HttpResponse:
    """Let one code be used no more, such as a card that was lost."""
    code = get_object_or_404(DiscountCode, pk=pk)
    try:
        actions.block_code(code.text, at=request.at, by=request.user)
        say(request, gettext("The code can be used no more."))
    except Refusal as refusal:
        warn(request, sentence(refusal))
    return redirect("code_set", pk=code.code_set_id)
