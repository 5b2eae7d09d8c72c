"""The list of campaigns, beginning one from a finished one, and taking a draft back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.audience import VERSION, audience_size, looking, read_audience
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.presets import presets
from stamgast.campaigns.presets.preset import Preset
from stamgast.scoring.queries import current_run
from stamgast.strategy.models import Goal
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns.shown import Counts, counts_of
from stamgast.web.marketer.selection_figures import cached
from stamgast.web.sentences import filled

MOST_SHOWN = 100
# What a finished campaign is for, and what is known of it.
PRESETS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "save_offer": (
        _(
            "For customers who bought regularly and have been silent for longer than they usually are."
        ),
        _("An offer before they are gone. Best for those who are worth it; never for a complaint."),
    ),
    "second_purchase": (
        _("For customers who bought once, two weeks to four months ago."),
        _("A mail without a discount. The second order is where most new customers are lost."),
    ),
    "win_back": (
        _("For customers who left less than two years ago."),
        _("A moderate offer and an open question. Fewer come back than one hopes; so measure it."),
    ),
}


@dataclass(frozen=True)
class Ready:
    """A finished campaign to begin with: what it is for, and how many it would be for now."""

    preset: Preset
    name: str
    what: str
    note: str
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
    run = current_run()
    language = (get_language() or "en")[:2]

    def count(preset: Preset) -> int | None:
        if run is None:
            return None
        audience = read_audience({"version": VERSION, "who": preset.who})
        return cached(
            f"preset:{run.pk}:{preset.code}", lambda: audience_size(audience, looking(request.at))
        )

    return [
        Ready(
            preset,
            preset.names.get(language, preset.names["en"]),
            str(PRESETS[code][0]),
            str(PRESETS[code][1]),
            count(preset),
        )
        for code, preset in presets().items()
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
