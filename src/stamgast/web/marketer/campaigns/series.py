"""Changing a series: offers and contacts come, go and change places, and every change can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.audience import kinds
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer.audience_forms import ConditionForm
from stamgast.web.marketer.campaigns.contact_texts import begun
from stamgast.web.marketer.campaigns.frame import campaign_of, frame
from stamgast.web.marketer.campaigns.offer import again
from stamgast.web.marketer.campaigns.series_forms import ContactForm
from stamgast.web.marketer.campaigns.series_kept import keep, said
from stamgast.web.marketer.campaigns.series_words import branch_lines
from stamgast.web.marketer.writing import tried

WAIT = 5  # days, of a contact that was just added


@page("write campaigns")
@require_POST
def add_offer(request: StaffRequest, pk: int) -> HttpResponse:
    """Add an offer beside the others: a message, until somebody says what it gives."""
    row = campaign_of(pk)
    offers, _ = plans_of(row)
    taken = {one.code for one in offers}
    code = next(name for n in range(2, 99) if (name := f"offer-{n}") not in taken)
    keep(request, row, offers=[*offers, OfferPlan(code=code)])
    return said(request, row, gettext("An offer is added. By lot they get one or the other."))


@page("write campaigns")
@require_POST
def remove_offer(request: StaffRequest, pk: int, arm: str) -> HttpResponse:
    """Take an offer out, with the contacts that were for it alone."""
    row = campaign_of(pk)
    offers, steps = plans_of(row)
    left = [one for one in offers if one.code != arm]
    if len(left) == len(offers):
        raise Http404
    keep(request, row, offers=left, steps=[one for one in steps if one.offer != arm])
    return said(request, row, gettext("The offer is taken out."))


@page("write campaigns")
@require_POST
def add_contact(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a contact at the end, which begins with what the last one says."""
    row = campaign_of(pk)
    _, steps = plans_of(row)
    keep(request, row, steps=[*steps, replace(steps[-1], wait_days=WAIT, only_if={}, offer="")])
    return said(request, row, gettext("A contact is added."), contact=len(steps) + 1)


@page("write campaigns")
@require_POST
def change_contact(request: StaffRequest, pk: int, place: int) -> HttpResponse:
    """Change when a contact comes and over what; or move it, or take it out."""
    row = campaign_of(pk)
    _, steps = plans_of(row)
    _there(steps, place)
    if "remove" in request.POST:
        keep(request, row, steps=steps[: place - 1] + steps[place:])
        return said(request, row, gettext("The contact is taken out."))
    if "move" in request.POST:
        return _move(request, row, steps, place)
    form = ContactForm(row, place, request.POST)

    def change() -> Campaign:
        before = steps[place - 1]
        changed = replace(before, **form.facts(before, request.shop.currency))
        if changed.channel != before.channel:
            changed = replace(changed, content=begun(changed.channel, before.content))
        return keep(request, row, steps=[*steps[: place - 1], changed, *steps[place:]])

    if tried(form, change) is None:
        return again(request, row, wrong_contact=place, contact_form=form)
    return said(request, row, gettext("Kept."), contact=place)


def _move(request: StaffRequest, row: Campaign, steps: list[StepPlan], place: int) -> HttpResponse:
    """Let two neighbours change places; the waiting stays where it was."""
    other = place - 1 if request.POST["move"] == "up" else place + 1
    _there(steps, other)
    one, two = sorted((place - 1, other - 1))
    first, second = steps[one], steps[two]
    steps[one] = replace(second, wait_days=first.wait_days)
    steps[two] = replace(first, wait_days=second.wait_days)
    keep(request, row, steps=steps)
    return said(request, row, gettext("The contacts changed places."), contact=other)


def _there(steps: Sequence[StepPlan], place: int) -> None:
    if not 1 <= place <= len(steps):
        raise Http404


@page("write campaigns")
def add_branch(request: StaffRequest, pk: int, place: int) -> HttpResponse:
    """Ask what a condition of a contact needs, and add it."""
    row = campaign_of(pk)
    _, steps = plans_of(row)
    _there(steps, place)
    kind = kinds().get(request.GET.get("is", "") or request.POST.get("is", ""))
    if kind is None:
        return redirect("campaign_step", pk=pk, step="offer")
    form = ConditionForm(kind, request.POST or None, currency=request.shop.currency)
    if form.is_bound:

        def add() -> Campaign:
            new = (form.leaf(), bool(form.cleaned_data["is_opposite"]))
            lines = [*branch_lines(steps[place - 1].only_if), [new]]
            return _branch(request, row, steps, place, lines)

        if tried(form, add) is not None:
            return said(request, row, gettext("The condition is added."), contact=place)
    facts = {
        **frame(row, "offer"),
        "form": form,
        "kind_name": sentences.name_of(kind.code),
        "address": reverse("add_branch", args=[pk, place]),
        "back": f"{reverse('campaign_step', args=[pk, 'offer'])}?contact={place}",
    }
    return render(request, "campaigns/condition.html", facts, status=422 if form.errors else 200)


@page("write campaigns")
@require_POST
def remove_branch(request: StaffRequest, pk: int, place: int, line: int, part: int) -> HttpResponse:
    """Take a condition of a contact out."""
    row = campaign_of(pk)
    _, steps = plans_of(row)
    _there(steps, place)
    lines = branch_lines(steps[place - 1].only_if)
    if line >= len(lines) or part >= len(lines[line]):
        raise Http404
    del lines[line][part]
    _branch(request, row, steps, place, [one for one in lines if one])
    return said(request, row, gettext("The condition is gone."), contact=place)


def _branch(
    request: StaffRequest,
    row: Campaign,
    steps: list[StepPlan],
    place: int,
    lines: list[sentences.Line],
) -> Campaign:
    only_if: dict[str, Any] = sentences.audience_of(lines) if lines else {}
    steps[place - 1] = replace(steps[place - 1], only_if=only_if)
    return keep(request, row, steps=steps)
