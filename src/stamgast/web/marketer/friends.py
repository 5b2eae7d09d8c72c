"""Friends: what both sides get, the ambassadors, and noting that somebody was brought."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.loyalty.models import CodeSet
from stamgast.loyalty.queries import member_of, programme
from stamgast.loyalty.referrals import actions, queries
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.programme_frame import AmountField, show
from stamgast.web.marketer.writing import address_of, landing, tried
from stamgast.web.refusals import sentence


class RuleForm(forms.Form):
    """What both sides get for a friend."""

    is_on = forms.BooleanField(label=_("Members may invite friends"), required=False)
    points_member = forms.IntegerField(label=_("Points for the member"), min_value=0)
    points_friend = forms.IntegerField(
        label=_("Points for the friend"),
        min_value=0,
        help_text=_("When they are a member by then."),
    )
    code_set = forms.ModelChoiceField(
        CodeSet.objects.filter(closed_at=None).exclude(kind="gift_card"),
        label=_("A code for the friend, at once"),
        required=False,
        empty_label=_("no code"),
    )
    least_order_minor = AmountField(label=_("First order from"), required=False)
    within_days = forms.IntegerField(label=_("Days in which they buy"), min_value=1, max_value=730)
    most_each = forms.IntegerField(
        label=_("Friends rewarded per member and year, at most"), min_value=1, max_value=1000
    )

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        self.fields["code_set"].label_from_instance = lambda row: row.name  # type: ignore[attr-defined]


@page("see programme")
def friends(request: StaffRequest) -> HttpResponse:
    """Show what inviting gives, and who brings most."""
    rule = queries.referral_rule()
    form = RuleForm(
        request.POST or None, initial={name: getattr(rule, name) for name in RuleForm.base_fields}
    )
    if request.method == "POST" and request.may("edit programme"):
        kept = tried(form, lambda: _keep(request, form))
        if kept is not None:
            say(request, gettext("Kept."))
            return redirect("friends")
    settings = programme()
    facts = {
        "form": form,
        "rule": rule,
        "ambassadors": queries.ambassadors(currency=settings.currency),
        "currency": settings.currency,
        "days": settings.pending_days,
    }
    return show(request, "friends.html", facts, status=422 if form.is_bound else 200)


def _keep(request: StaffRequest, form: RuleForm) -> object:
    filled = {**form.cleaned_data}
    filled["least_order_minor"] = filled["least_order_minor"] or 0
    return actions.set_rule(at=request.at, by=request.user, **filled)


@page("give points")
@require_POST
def bring(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that a customer came by a member's code."""
    friend = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    code = request.POST.get("code", "")[:40]
    try:
        actions.bring_friend(code, friend, at=request.at, by=request.user)
        say(request, gettext("Noted who brought them."))
    except Refusal as refusal:
        warn(request, sentence(refusal))
    return landing(request, address_of(friend))


@page("give points")
@require_POST
def link(request: StaffRequest, pk: int) -> HttpResponse:
    """Say the link by which a member invites friends; it is made when first asked for."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    member = member_of(person)
    if member is None or member.left_at is not None:
        return landing(request, address_of(person))
    actions.code_of(member, at=request.at)
    return redirect(address_of(person) + "#points")
