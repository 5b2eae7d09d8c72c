"""What every step of the editor shows around its own: the campaign, the steps, its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.models import Campaign
from stamgast.web.marketer.campaigns.forms import NameForm
from stamgast.web.marketer.campaigns.shown import STEPS

NAMES: Final[dict[str, str | Promise]] = {
    "goal": _("Goal"),
    "who": _("For whom"),
    "offer": _("Offer and contacts"),
    "control": _("Control group"),
    "check": _("Check and run"),
}


@dataclass(frozen=True)
class Tab:
    """One step of the editor."""

    name: str
    address: str
    is_on: bool


def campaign_of(pk: int) -> Campaign:
    """Return the campaign, or 404."""
    rows = Campaign.objects.select_related("goal", "experiment", "made_by")
    return get_object_or_404(rows, pk=pk)


def frame(campaign: Campaign, step: str) -> dict[str, Any]:
    """Return what every step of the editor shows."""
    place = STEPS.index(step)
    return {
        "campaign": campaign,
        "tabs": [
            Tab(str(NAMES[one]), reverse("campaign_step", args=[campaign.pk, one]), one == step)
            for one in STEPS
        ],
        "step": step,
        "number": place + 1,
        "next_step": STEPS[place + 1] if place + 1 < len(STEPS) else "",
        "next_name": NAMES[STEPS[place + 1]] if place + 1 < len(STEPS) else "",
        "name_form": NameForm(initial={"name": campaign.name}, auto_id="name-%s"),
    }
