"""Rewards and the claims that wait for somebody."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.loyalty.models import Claim, CodeSet, Reward
from stamgast.loyalty.queries import programme
from stamgast.loyalty.rewards import actions, queries
from stamgast.loyalty.tiers.queries import tiers
from stamgast.web.design.fields import NumberField
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import (
    AmountField,
    day_begins,
    day_field,
    first_day,
    last_day,
    show,
)
from stamgast.web.marketer.writing import landing, tried
from stamgast.web.programme_words import REWARD_KINDS, VAT_KINDS


class RewardForm(forms.Form):
    """A reward: what it is, what it takes, who may have it, what it costs."""

    name = forms.CharField(label=_("Name"), max_length=120)
    text = forms.CharField(label=_("A few words about it"), max_length=500, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(REWARD_KINDS.items()))
    points = forms.IntegerField(label=_("Points"), min_value=1)
    stock = forms.IntegerField(
        label=_("How many there are"), min_value=0, required=False, help_text=_("Empty: no limit.")
    )
    most_each = forms.IntegerField(label=_("Times per member"), min_value=1, required=False)
    tiers = forms.MultipleChoiceField(
        label=_("Only for these levels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    cost_minor = AmountField(label=_("What it costs us"), required=False)
    code_set = forms.ModelChoiceField(
        CodeSet.objects.filter(closed_at=None).exclude(kind="gift_card"),
        label=_("For a discount: codes that it gives"),
        required=False,
        empty_label="—",
    )
    code_days = forms.IntegerField(
        label=_("Days that such a code is valid"), min_value=1, max_value=3660, initial=90
    )
    vat_kind = forms.ChoiceField(label=_("For VAT"), choices=list(VAT_KINDS.items()))
    vat_rate = NumberField(label=_("VAT rate, for a voucher for one purpose"), required=False)
    requires_purchase = forms.BooleanField(
        label=_("Can only be had with a purchase"), required=False, initial=True
    )
    starts_on = day_field(_("First day"), help_text=_("Empty: at once."))
    ends_on = day_field(_("Last day"))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        field = self.fields["tiers"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(tier.code, tier.name) for tier in tiers()]
        if not field.choices:
            del self.fields["tiers"]
        self.fields["code_set"].label_from_instance = lambda row: row.name  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what was filled in as the reward keeps it."""
        settings = programme()
        filled = dict(self.cleaned_data)
        first, last = filled.pop("starts_on"), filled.pop("ends_on")
        zone = ZoneInfo(settings.zone)
        return {
            **filled,
            "cost_minor": filled["cost_minor"] or 0,
            "currency": settings.currency,
            "starts_at": day_begins(first, zone),
            "ends_at": datetime.combine(last, time.max, tzinfo=zone) if last else None,
        }


@page("see programme")
def rewards(request: StaffRequest) -> HttpResponse:
    """Show rewards, and claims that wait."""
    every = list(queries.rewards())
    facts = {
        "rewards": every,
        "is_taken": any(one.claimed for one in every),
        "claims": list(queries.open_claims()[:100]),
    }
    return show(request, "rewards.html", facts)


@page("edit programme")
def reward(request: StaffRequest, pk: int = 0) -> HttpResponse:
    """Put a reward up, or change one."""
    known = get_object_or_404(Reward, pk=pk) if pk else None
    initial = {}
    if known:
        zone = ZoneInfo(programme().zone)
        own = set(RewardForm.base_fields) - {"starts_on", "ends_on"}
        initial = {name: getattr(known, name) for name in own}
        initial["starts_on"] = first_day(known.starts_at, zone)
        initial["ends_on"] = last_day(known.ends_at, zone)
    form = RewardForm(request.POST or None, initial=initial)
    if request.method == "POST":
        if known:
            kept = tried(
                form,
                lambda: actions.change_reward(
                    known, at=request.at, by=request.user, **form.facts()
                ),
            )
        else:
            kept = tried(
                form,
                lambda: actions.make_reward(at=request.at, by=request.user, **form.facts()),
            )
        if kept is not None:
            say(request, gettext("Kept. Members see it from now on."))
            return redirect("rewards")
    status = 422 if form.is_bound else 200
    return show(request, "reward.html", {"form": form, "reward": known}, status=status)


@page("edit programme")
@require_POST
def close_reward(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a reward down, with a way back."""
    actions.close_reward(get_object_or_404(Reward, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Taken down."), undo=reverse("reopen_reward", args=[pk]))
    return redirect("rewards")


@page("edit programme")
@require_POST
def reopen_reward(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a reward up again."""
    actions.reopen_reward(get_object_or_404(Reward, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Up again."))
    return redirect("rewards")


@page("give points")
@require_POST
def fulfil(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that a member has their reward."""
    actions.fulfil_claim(get_object_or_404(Claim, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Noted: they have it."))
    return landing(request, reverse("rewards"))


@page("give points")
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a claim back: points and stock return."""
    actions.undo_claim(get_object_or_404(Claim, pk=pk), at=request.at, by=request.user)
    say(request, gettext("Taken back: the points and the stock are there again."))
    return landing(request, reverse("rewards"))
