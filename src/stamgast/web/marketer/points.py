"""A customer's points: what they have, what happened, and giving, taking and undoing by hand."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.loyalty.actions import (
    correct_points,
    grant_points,
    reverse_entry,
)
from stamgast.loyalty.actions.by_hand import left_this_month
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.book import MOST
from stamgast.loyalty.codes.queries import codes_of, holds
from stamgast.loyalty.membership.actions import Agreed, join, mail_page
from stamgast.loyalty.membership.queries import consents_of
from stamgast.loyalty.models import Entry, Member, ReferralCode
from stamgast.loyalty.queries import history_of, programme
from stamgast.loyalty.queries import member_of as membership_of
from stamgast.loyalty.referrals.queries import brought, brought_by, referral_rule
from stamgast.loyalty.rewards.queries import claims_of
from stamgast.loyalty.rules import limit_of
from stamgast.loyalty.tiers.queries import shown as tier_shown
from stamgast.loyalty.worth.queries import benefits_of
from stamgast.staff.queries import actor, users
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.writing import address_of, tried
from stamgast.web.member.history import words_of
from stamgast.web.refusals import sentence

SHOWN = 100
_BY_HAND = ("grant", "deduct", "correct")


@dataclass(frozen=True)
class Line:
    """An entry as colleagues see it."""

    entry: Entry
    words: str
    by: str  # a colleague by name; empty for what happened by itself
    may_undo: bool


class GiveForm(forms.Form):
    """Points given, or taken, by hand."""

    points = forms.IntegerField(
        label=_("Points"), help_text=_("With a minus to take points that were given wrongly.")
    )
    reason = forms.CharField(label=_("Why"), max_length=200, help_text=_("The member reads this."))
    once = forms.CharField(widget=forms.HiddenInput, max_length=40)


def points_card(person: Customer, request: StaffRequest) -> dict[str, Any] | None:
    """Return what the customer's page says of points; None while there is no programme."""
    settings = programme()
    if settings.started_at is None:
        return None
    member = membership_of(person)
    facts: dict[str, Any] = {
        "programme": settings,
        "member": member,
        "brought_by": brought_by(person),
        "has_friends": referral_rule().is_on,
        "codes": [row for row in codes_of(person, at=request.at) if holds(row, at=request.at)],
    }
    if member is not None:
        balance = balance_of(member, as_of=request.at)
        facts |= {
            "balance": balance,
            "agreed": consents_of(member).get("membership"),
            "next_end": balance.expiring[0] if balance.expiring else None,
            "tier": tier_shown(member, at=request.at),
            "benefits": benefits_of(member, at=request.at),
            "brought": brought(member)[:5],
            "friend_link": _friend_link(member, request),
            "claims": [one for one in claims_of(member) if one.state == "claimed"],
        }
    return facts


def _friend_link(member: Member, request: StaffRequest) -> str:
    """Return the link by which they invite friends, once it was asked for."""
    row = ReferralCode.objects.filter(member=member).first()
    return request.build_absolute_uri(reverse("invitation", args=[row.text])) if row else ""


@page("see programme")
def history(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what happened to a customer's points, and give or take some."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    member = membership_of(person)
    if member is None:
        return redirect(address_of(person))
    form = GiveForm(request.POST or None, initial={"once": uuid.uuid4().hex})
    if request.method == "POST" and request.may("give points"):
        kept = tried(form, lambda: _given(request, member, form))
        if kept is not None:
            say(request, gettext("Done. You can undo it below."))
            return redirect("points_of", pk=pk)
    # That points became available is no second gift: it would read as one.
    entries = (
        history_of(member).exclude(kind=Entry.Kind.ACTIVATE).select_related("of_entry")[:SHOWN]
    )
    undone = set(
        Entry.objects.filter(member=member, kind="reverse").values_list("of_entry", flat=True)
    )
    names = {actor(user): user.name for user in users()}
    limit = limit_of(request.user.role)
    facts = {
        "customer": person,
        "member": member,
        "balance": balance_of(member, as_of=request.at),
        "form": form,
        "limit": limit if limit < MOST else None,
        "left_now": left_this_month(request.user, at=request.at),
        "lines": [
            Line(
                one,
                words_of(one),
                names.get(one.by, ""),
                one.kind in _BY_HAND and one.pk not in undone,
            )
            for one in entries
        ],
    }
    status = 422 if form.is_bound else 200
    return render(request, "programme/points.html", facts, status=status)


def _given(request: StaffRequest, member: Member, form: GiveForm) -> object:
    filled = form.cleaned_data
    act = grant_points if filled["points"] > 0 else correct_points
    return act(
        member,
        filled["points"],
        key=f"hand:{request.user.pk}:{filled['once']}",
        at=request.at,
        by=request.user,
        reason=filled["reason"],
    )


@page("give points")
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo what was given or taken by hand: its exact opposite, once."""
    entry = get_object_or_404(Entry.objects.select_related("member__customer"), pk=pk)
    try:
        reverse_entry(entry, at=request.at, by=request.user, reason=gettext("given by mistake"))
        say(request, gettext("Undone."))
    except Refusal as refusal:
        warn(request, sentence(refusal))
    return redirect("points_of", pk=entry.member.customer_id)


@page("give points")
@require_POST
def enrol(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a customer take part who said so to a colleague."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    join(
        person,
        Agreed(
            wording=gettext("Told a colleague that they take part and accept the terms."),
            source="staff",
            terms_version=programme().terms_version,
        ),
        at=request.at,
        by=request.user,
        is_invited=True,
    )
    say(request, gettext("They take part from now on."))
    return redirect(address_of(person))


@page("give points")
@require_POST
def send_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Mail a member the link to their own page."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    member = membership_of(person)
    if member is not None:
        try:
            mail_page(member, at=request.at, by=request.user)
            say(request, gettext("Their page is on its way by mail."))
        except Refusal as refusal:
            warn(request, sentence(refusal))
    return redirect(address_of(person))
