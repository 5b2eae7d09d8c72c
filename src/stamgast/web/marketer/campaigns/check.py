"""Check, approve, run: the last step of the editor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.actions.approving import current_approval
from stamgast.campaigns.actions.checking import findings, most_cost
from stamgast.campaigns.actions.running import run_campaign
from stamgast.campaigns.jobs import ask_now
from stamgast.campaigns.models import Campaign
from stamgast.mail import configuration
from stamgast.staff.queries import may_approve
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns.frame import campaign_of
from stamgast.web.marketer.campaigns.shown import finding_shown
from stamgast.web.marketer.campaigns.who import preview


def step(
    request: StaffRequest, campaign: Campaign, facts: dict[str, Any], **forms: Any
) -> HttpResponse:
    """Show what was found, what it costs at most, and what may be done now."""
    found = [
        finding_shown({"code": one.code, "is_blocking": one.is_blocking, "facts": one.facts})
        for one in findings(campaign, request.at)
    ]
    seen = preview(campaign, request)
    approval = current_approval(campaign)
    shown = {
        **facts,
        "blocking": [one for one in found if one.is_blocking],
        "a_plan_helps": any(one.is_blocking and one.code == "budget" for one in found),
        "notes": [one for one in found if not one.is_blocking],
        "preview": seen,
        "most_minor": most_cost(campaign, seen.may),
        "treated": round(seen.may * (1 - float(campaign.control_share))),
        "held_out": round(seen.may * float(campaign.control_share)),
        "approval": approval,
        "needs_another": not may_approve(request.user, "campaign", campaign.pk),
        "mail_obstacles": configuration.obstacles(
            configuration.mail_settings(), configuration.brand()
        ),
        "currency": request.shop.currency,
    }
    return render(request, "campaigns/check.html", shown)


@page("write campaigns")
@require_POST
def check_campaign(request: StaffRequest, pk: int) -> HttpResponse:
    """Look a campaign over, and offer it for approval when nothing stands in its way."""
    row = actions.check_campaign(campaign_of(pk), at=request.at, by=request.user)
    if row.status != Campaign.Status.DRAFT:
        say(request, gettext("Checked: it is ready to be approved."))
    return redirect("campaign_step", pk=pk, step="check")


@page("approve campaigns")
@require_POST
def approve_campaign(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that a campaign may run as it is."""
    actions.approve_campaign(campaign_of(pk), at=request.at, by=request.user)
    say(request, gettext("Approved."), undo=reverse("withdraw_approval", args=[pk]))
    return redirect("campaign_step", pk=pk, step="check")


@page("approve campaigns")
@require_POST
def withdraw_approval(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an approval back before the campaign runs."""
    actions.withdraw_approval(get_object_or_404(Campaign, pk=pk), at=request.at, by=request.user)
    say(request, gettext("The approval is taken back."))
    return redirect("campaign_step", pk=pk, step="check")


@page("approve campaigns")
@require_POST
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """Let an approved campaign run; the work loop begins at once."""
    run_campaign(campaign_of(pk), at=request.at, by=request.user)
    ask_now(request.at)
    say(request, gettext("It runs."), undo=reverse("pause_campaign", args=[pk]))
    return redirect("campaign", pk=pk)
