"""The list of campaigns, beginning one from a finished one, and taking a draft back."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.presets import presets
from stamgast.campaigns.presets.preset import Preset, Told
from stamgast.strategy.models import Goal
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns.library import audiences_now
from stamgast.web.marketer.campaigns.shown import Counts, counts_of
from stamgast.web.sentences import filled

MOST_SHOWN = 100


@dataclass(frozen=True)
class Ready:
    """A finished campaign to begin with: what it is for, and how many it would be for now."""

    preset: Preset
    name: str
    told: Told
    customers: int | None


@dataclass(frozen=True)
class Row:
    """One campaign in the list."""

    campaign: Campaign
    counts: Counts


@page("see base")
def campaigns(request: StaffRequest) -> HttpResponse:
    """Show what runs, what waits, what ended, and what one can begin with."""
    every = Campaign.objects.select_related("goal", "made_by").order_by("-changed_at")
    rows = [Row(one, counts_of(one)) for one in every[:MOST_SHOWN]]
    groups = {
        "now": [row for row in rows if row.campaign.status in ("running", "paused")],
        "drafts": [row for row in rows if row.campaign.status in ("draft", "checked", "approved")],
        "past": [row for row in rows if row.campaign.status == "ended"],
    }
    facts = {
        **groups,
        "headline": _headline(len(groups["now"]), groups["drafts"]),
        "ready": _ready(request) if request.may("write campaigns") else [],
        "measures": len(presets()),
        "currency": request.shop.currency,
    }
    return render(request, "campaigns/list.html", facts)


def _headline(running: int, drafts: list[Row]) -> SafeString:
    waiting = sum(row.campaign.status == "checked" for row in drafts)
    if not running and not drafts:
        return filled(gettext("No campaign runs yet. Begin with one that is ready."))
    text = ngettext("<b>%(n)s campaign</b> runs", "<b>%(n)s campaigns</b> run", running)
    said = text % {"n": number(running)} if running else gettext("No campaign runs")
    if waiting:
        also = ngettext("%(n)s waits for approval", "%(n)s wait for approval", waiting) % {
            "n": number(waiting)
        }
        return filled(gettext("%(first)s; %(also)s.") % {"first": said, "also": also})
    if not running:
        text = ngettext("%(n)s is in the making", "%(n)s are in the making", len(drafts))
        also = text % {"n": number(len(drafts))}
        return filled(gettext("%(first)s; %(also)s.") % {"first": said, "also": also})
    return filled(f"{said}.")


def _ready(request: StaffRequest) -> list[Ready]:
    """Return the measures that carry out a next step; all others are in the library."""
    language = (get_language() or "en")[:2]
    wanted = [preset for preset in presets().values() if preset.step]
    sizes = audiences_now(request, wanted)
    return [
        Ready(
            preset,
            preset.names.get(language, preset.names["en"]),
            preset.told.get(language, preset.told["en"]),
            sizes.get(preset.code),
        )
        for preset in wanted
    ]


@page("write campaigns")
@require_POST
def start_campaign(request: StaffRequest, preset: str) -> HttpResponse:
    """Write a finished campaign down as a draft of one's own."""
    ready = presets().get(preset)
    goal = None
    if ready is not None:
        open_goals = Goal.objects.filter(status=Goal.Status.OPEN).order_by("-pk")
        goal = open_goals.filter(direction=ready.direction).first() or open_goals.first()
    row = actions.start_from_preset(
        preset, language=(get_language() or "en")[:2], at=request.at, by=request.user, goal=goal
    )
    return redirect("campaign_step", pk=row.pk, step="who" if goal else "goal")


@page("write campaigns")
@require_POST
def remove_campaign(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    row = get_object_or_404(Campaign, pk=pk)
    name = row.name
    actions.remove_draft(row, at=request.at, by=request.user)
    say(request, gettext("“%(name)s” is gone.") % {"name": name})
    return redirect("campaigns")
