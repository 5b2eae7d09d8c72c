"""Keeping a change of a series, so that it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns.frame import campaign_of


def keep(
    request: StaffRequest,
    row: Campaign,
    *,
    offers: Sequence[OfferPlan] | None = None,
    steps: Sequence[StepPlan] | None = None,
) -> Campaign:
    """Change the series, and remember how it was so that it can be undone."""
    before_offers, before_steps = plans_of(row)
    changed = actions.change_campaign(
        row,
        offers=before_offers if offers is None else offers,
        steps=before_steps if steps is None else steps,
        at=request.at,
        by=request.user,
    )
    remember(request, row, before_offers, before_steps)
    return changed


def remember(
    request: StaffRequest, row: Campaign, offers: Sequence[OfferPlan], steps: Sequence[StepPlan]
) -> None:
    """Remember how a series was before it changed."""
    request.session[f"series:{row.pk}"] = {
        "offers": [asdict(one) for one in offers],
        "steps": [asdict(one) for one in steps],
    }


def said(
    request: StaffRequest, row: Campaign, text: str, *, contact: int = 0, language: str = ""
) -> HttpResponse:
    """Go back to the series, and say what was kept with a way to undo it."""
    say(request, text, undo=reverse("series_back", args=[row.pk]))
    asked = {"contact": contact, "language": language}
    query = urlencode({name: value for name, value in asked.items() if value})
    address = reverse("campaign_step", args=[row.pk, "offer"])
    return redirect(f"{address}?{query}" if query else address)


@page("write campaigns")
@require_POST
def series_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Put offers and contacts back as they were before the last change."""
    row = campaign_of(pk)
    before = request.session.pop(f"series:{pk}", None)
    if before is not None:
        offers = [OfferPlan(**one) for one in before["offers"]]
        steps = [StepPlan(**one) for one in before["steps"]]
        actions.change_campaign(row, offers=offers, steps=steps, at=request.at, by=request.user)
        say(request, gettext("It is as it was."))
    return redirect("campaign_step", pk=pk, step="offer")
