"""What campaigns did for one customer: what they got and why, or that the lot gave them nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns.models import Assignment, Campaign
from stamgast.customers.models import Customer
from stamgast.measurement.actions import note_treatment
from stamgast.measurement.models import Lot
from stamgast.measurement.queries import holds_out
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer.timeline import History
from stamgast.web.marketer.writing import address_of, landing

MOST_SHOWN: Final = 10
_LIVE: Final = (Campaign.Status.RUNNING, Campaign.Status.PAUSED)


@dataclass(frozen=True)
class CampaignShown:
    """What one campaign did for a customer."""

    lot: Lot
    campaign: Campaign
    assignment: Assignment | None
    why: list[str]
    by_hand: bool
    is_followed: bool  # the lot gave them nothing, and what comes of that is still counted

    @property
    def is_held_out(self) -> bool:
        """The lot gave them nothing."""
        return self.assignment is None and self.lot.arm.is_control

    @property
    def is_live(self) -> bool:
        """The campaign goes on."""
        return self.campaign.status in _LIVE


@dataclass(frozen=True)
class Plan:
    """The running plan for a customer, which goes before any rule of thumb."""

    campaign: Campaign
    went_at: datetime | None
    until: datetime


def campaigns_of(known: History, *, currency: str, at: datetime) -> list[CampaignShown]:
    """Return what campaigns did for a customer, the newest first."""
    lots = [lot for lot in known.lots if hasattr(lot.experiment, "campaign")][:MOST_SHOWN]
    if not lots:
        return []
    rows = (
        Assignment.objects.filter(lot__in=lots)
        .select_related("offer", "code", "issued")
        .prefetch_related("deliveries")
    )
    assigned = {row.lot_id: row for row in rows}
    return [_shown(lot, assigned.get(lot.pk), currency, at) for lot in lots]


def _shown(lot: Lot, assignment: Assignment | None, currency: str, at: datetime) -> CampaignShown:
    held = assignment.held if assignment else []
    return CampaignShown(
        lot=lot,
        campaign=lot.experiment.campaign,
        assignment=assignment,
        why=[sentences.sentence(leaf, currency=currency) for leaf in held],
        by_hand=any(one.is_by_hand for one in lot.treatments.all()),
        is_followed=holds_out(lot, at),
    )


def plan_of(shown: list[CampaignShown]) -> Plan | None:
    """Return the campaign that is under way for a customer."""
    for one in shown:
        given = one.assignment
        if one.is_live and given is not None and given.state == Assignment.State.GIVEN:
            went = [row.ended_at for row in given.deliveries.all() if row.state == "sent"]
            return Plan(one.campaign, max(filter(None, went), default=None), given.expires_at)
    return None


@page("write interactions")
@require_POST
def give_by_hand(request: StaffRequest, pk: int, lot: int) -> HttpResponse:
    """Write down that somebody whom the lot gave nothing got it after all, and why."""
    person = get_object_or_404(Customer, pk=pk)
    row = get_object_or_404(Lot.objects.select_related("arm"), pk=lot, customer=person)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        warn(request, gettext("Write down why: then the figures stay honest."))
        return landing(request, address_of(person))
    note_treatment(row, at=request.at, by=request.user, reason=reason)
    say(request, gettext("Noted. They still count as the lot had it, so the verdict stays right."))
    return landing(request, reverse("customer", args=[person.pk]))
