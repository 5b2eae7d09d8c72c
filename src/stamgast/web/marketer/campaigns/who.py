"""For whom: the audience in sentences, with how many there are, who they are, and who may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.audience import kinds, looking, members, what_held
from stamgast.campaigns.eligible import eligible, standing
from stamgast.campaigns.models import Campaign
from stamgast.customers.models import Customer
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer import audience_words as words
from stamgast.web.marketer.audience_forms import ConditionForm
from stamgast.web.marketer.campaigns.forms import RhythmForm
from stamgast.web.marketer.campaigns.frame import campaign_of, frame
from stamgast.web.marketer.writing import tried

SAMPLE = 8


@dataclass(frozen=True)
class Part:
    """One condition of the audience, with the form that changes it."""

    line: int
    place: int
    text: str
    form: ConditionForm


@dataclass(frozen=True)
class Somebody:
    """A customer of the audience, or one who may not: why."""

    customer: Customer
    why: list[str]


@dataclass(frozen=True)
class Preview:
    """Who is in it, who of them may, and why the others may not."""

    found: int
    may: int
    standing: int
    reasons: dict[str, int]
    sample: list[Somebody]
    refused: list[Somebody]


def preview(campaign: Campaign, request: StaffRequest) -> Preview:
    """Look the audience up as it is now."""
    look = looking(request.at)
    ids = members(campaign.audience, look)
    fit = eligible(campaign, ids, request.at)
    some, not_some = fit.may[:SAMPLE], list(fit.may_not)[:SAMPLE]
    held = what_held(campaign.audience, some, look) if some else {}
    people = Customer.objects.in_bulk([*some, *not_some])
    currency = request.shop.currency

    def why(one: int) -> list[str]:
        return [sentences.sentence(leaf, currency=currency) for leaf in held.get(one, [])]

    return Preview(
        found=len(ids),
        may=len(fit.may),
        standing=standing(fit.may, request.at) if fit.may else 0,
        reasons=fit.reasons,
        sample=[Somebody(people[one], why(one)) for one in some],
        refused=[Somebody(people[one], [fit.may_not[one]]) for one in not_some],
    )


def step(
    request: StaffRequest, campaign: Campaign, facts: dict[str, Any], **forms: Any
) -> HttpResponse:
    """Show the audience in sentences, and what may be added."""
    currency = request.shop.currency
    lines = sentences.lines_of(campaign.audience)
    shown = {
        **facts,
        "is_plain": lines is not None,
        "lines": [_parts(line, at, currency) for at, line in enumerate(lines or [])],
        "document": campaign.audience,
        "preview": preview(campaign, request),
        "rhythm_form": RhythmForm.of(campaign),
        "menu": menu(),
        "currency": currency,
        **forms,
    }
    return render(request, "campaigns/who.html", shown, status=422 if forms else 200)


def _parts(line: sentences.Line, at: int, currency: str) -> list[Part]:
    return [
        Part(
            line=at,
            place=place,
            text=sentences.sentence(leaf, currency=currency, is_opposite=is_opposite),
            form=ConditionForm(
                kinds()[leaf["is"]], currency=currency, leaf={**leaf, "is_opposite": is_opposite}
            ),
        )
        for place, (leaf, is_opposite) in enumerate(line)
    ]


def menu() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the conditions one may add, by what they are about."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, kind in kinds().items():
        found.setdefault(kind.subject, []).append((code, sentences.name_of(code)))
    return [(str(words.SUBJECTS[subject]), choices) for subject, choices in found.items()]


@page("write campaigns")
def add_condition(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask what a new condition needs, and add it: as a line of its own, or beside another."""
    row = campaign_of(pk)
    kind = kinds().get(request.GET.get("is", "") or request.POST.get("is", ""))
    if kind is None:
        return redirect("campaign_step", pk=pk, step="who")
    beside = request.GET.get("beside", "") or request.POST.get("beside", "")
    # What asks nothing is added at once, whether it holds or its opposite can still be said.
    data: Any = request.POST if request.method == "POST" else None if kind.fields else {}
    form = ConditionForm(kind, data, currency=request.shop.currency)
    if form.is_bound:
        lines = _lines(row)

        def add() -> Campaign:
            new = (form.leaf(), bool(form.cleaned_data["is_opposite"]))
            place = int(beside) if beside.isdigit() else len(lines)
            if place < len(lines):
                lines[place].append(new)
            else:
                lines.append([new])
            return _keep(row, lines, request)

        if tried(form, add) is not None:
            return redirect("campaign_step", pk=pk, step="who")
    facts = {
        **frame(row, "who"),
        "form": form,
        "kind_name": sentences.name_of(kind.code),
        "beside": beside,
    }
    return render(request, "campaigns/condition.html", facts, status=422 if form.errors else 200)


@page("write campaigns")
@require_POST
def change_condition(request: StaffRequest, pk: int, line: int, place: int) -> HttpResponse:
    """Change what a condition says, or take it out."""
    row = campaign_of(pk)
    lines = _lines(row)
    if line >= len(lines) or place >= len(lines[line]):
        raise Http404
    if "remove" in request.POST:
        return _take_out(request, row, lines, line, place)
    kind = kinds()[lines[line][place][0]["is"]]
    form = ConditionForm(
        kind, request.POST, currency=request.shop.currency, leaf=lines[line][place][0]
    )

    def change() -> Campaign:
        lines[line][place] = (form.leaf(), bool(form.cleaned_data["is_opposite"]))
        return _keep(row, lines, request)

    if tried(form, change) is None:
        facts = {**frame(row, "who"), "form": form, "kind_name": sentences.name_of(kind.code)}
        facts |= {"line": line, "place": place, "is_change": True}
        return render(request, "campaigns/condition.html", facts, status=422)
    return redirect("campaign_step", pk=pk, step="who")


def _take_out(
    request: StaffRequest, row: Campaign, lines: list[sentences.Line], line: int, place: int
) -> HttpResponse:
    before = row.audience
    del lines[line][place]
    left = [one for one in lines if one]
    if not left:
        say(request, gettext("The last condition stays: without one it would be for everybody."))
        return redirect("campaign_step", pk=row.pk, step="who")
    _keep(row, left, request)
    request.session[f"audience:{row.pk}"] = before
    undo = reverse("campaign_audience_back", args=[row.pk])
    say(request, gettext("The condition is gone."), undo=undo)
    return redirect("campaign_step", pk=row.pk, step="who")


@page("write campaigns")
@require_POST
def audience_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Put the conditions back as they were before the last one was taken out."""
    row = get_object_or_404(Campaign, pk=pk)
    before = request.session.pop(f"audience:{pk}", None)
    if before is not None:
        actions.change_campaign(row, audience=before, at=request.at, by=request.user)
        say(request, gettext("The condition is back."))
    return redirect("campaign_step", pk=pk, step="who")


@page("write campaigns")
@require_POST
def change_rhythm(request: StaffRequest, pk: int) -> HttpResponse:
    """Say when a campaign looks for customers."""
    row = campaign_of(pk)
    form = RhythmForm(request.POST)
    changed = tried(
        form,
        lambda: actions.change_campaign(row, at=request.at, by=request.user, **form.cleaned_data),
    )
    if changed is None:
        return step(request, row, frame(row, "who"), rhythm_form=form)
    say(request, gettext("Kept."))
    return redirect("campaign_step", pk=pk, step="who")


def _lines(row: Campaign) -> list[sentences.Line]:
    lines = sentences.lines_of(row.audience)
    if lines is None:
        raise Http404
    return lines


def _keep(row: Campaign, lines: list[sentences.Line], request: StaffRequest) -> Campaign:
    audience = sentences.audience_of(lines)
    return actions.change_campaign(row, audience=audience, at=request.at, by=request.user)
