"""A campaign that runs, stands still or ended: how far it is, who got what, and stopping it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.actions.waiting import REFUSED
from stamgast.campaigns.jobs import KIND, ask_now
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.measurement.models import Verdict
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.kept_back import kept_back_lines
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer.campaigns import series_words
from stamgast.web.marketer.campaigns.shown import counts_of, money_of, state_sentence
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.refusals import sentence_of

PAGE = 25


def show(request: StaffRequest, campaign: Campaign) -> HttpResponse:
    """Show a campaign that runs or ran."""
    counts = counts_of(campaign)
    job = busy_job(KIND) if campaign.status == Campaign.Status.RUNNING else None
    rows = (
        Assignment.objects.filter(campaign=campaign)
        .select_related("customer", "code", "offer")
        .prefetch_related("deliveries")
    )
    verdict = (
        Verdict.objects.filter(experiment=campaign.experiment_id).order_by("-as_of").first()
        if campaign.experiment_id
        else None
    )
    facts = {
        "campaign": campaign,
        "refused": _refused(campaign),
        "headline": state_sentence(campaign, counts),
        "counts": counts,
        "kept_back": kept_back_lines(campaign.experiment_id),
        "money": money_of(campaign),
        "job": job,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
        "page": Paginator(rows.order_by("-at", "-pk"), PAGE).get_page(request.GET.get("page")),
        "who": sentences.who(campaign.audience, currency=request.shop.currency),
        "series": _series(campaign, request),
        "verdict": verdict,
        "verdict_address": _verdict_address(campaign),
        "currency": campaign.goal.currency if campaign.goal else request.shop.currency,
    }
    return render(request, "campaigns/running.html", facts)


def _refused(campaign: Campaign) -> str:
    """Say what refused the work of a campaign that waits for another try."""
    why = campaign.refusal
    return sentence_of(why["code"], why["facts"]) if campaign.waits_for == REFUSED and why else ""


def _series(
    campaign: Campaign, request: StaffRequest
) -> list[tuple[series_words.ContactShown, dict[str, int]]]:
    """Return the contacts in words, each with how many went and how many wait."""
    rows = Delivery.objects.filter(assignment__campaign=campaign).values_list("step", "state")
    found: dict[int, dict[str, int]] = {}
    for step, state, count in rows.annotate(n=Count("pk")):
        found.setdefault(step, {})[state] = count
    shown = series_words.contacts_shown(campaign, request.shop.currency)
    return [(one, found.get(one.row.pk, {})) for one in shown]


def _verdict_address(campaign: Campaign) -> str:
    try:
        return reverse("verdict", args=[campaign.experiment_id])
    except NoReverseMatch:
        return ""


@page("write campaigns")
@require_POST
def pause(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a campaign stand still."""
    actions.pause_campaign(_row(pk), at=request.at, by=request.user)
    say(
        request,
        gettext("It stands still: nothing goes until you let it go on."),
        undo=reverse("resume_campaign", args=[pk]),
    )
    return redirect("campaign", pk=pk)


@page("write campaigns")
@require_POST
def resume(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a paused campaign go on."""
    actions.resume_campaign(_row(pk), at=request.at, by=request.user)
    ask_now(request.at)
    say(request, gettext("It goes on."), undo=reverse("pause_campaign", args=[pk]))
    return redirect("campaign", pk=pk)


@page("write campaigns")
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """End a campaign; what has gone cannot be taken back, so this cannot be undone."""
    actions.end_campaign(_row(pk), at=request.at, by=request.user)
    say(request, gettext("It ended. Both groups are followed until the verdict is known."))
    return redirect("campaign", pk=pk)


def _row(pk: int) -> Campaign:
    return get_object_or_404(Campaign, pk=pk)
