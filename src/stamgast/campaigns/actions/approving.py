"""Saying that a campaign may run as it is, and taking that back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from stamgast.campaigns import rules
from stamgast.campaigns.actions.checking import findings, most_cost
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.errors import (
    CampaignEnded,
    CampaignRuns,
    NeedsSecondPerson,
    NotApproved,
    NotReady,
)
from stamgast.campaigns.models import Approval, Campaign
from stamgast.staff.queries import Who, employee, may_approve


def approve_campaign(campaign: Campaign, *, at: datetime, by: Who) -> Approval:
    """Say that a campaign may run as it is now; again returns the approval that is there.

    Looks it over once more. Refuses what is not ready, what runs or ended, and, where the shop wants
    a second person, whoever wrote it or changed it since somebody else approved it.
    """
    with transaction.atomic():
        row = locked(campaign)
        if row.status == Campaign.Status.ENDED:
            raise CampaignEnded()
        if row.status in (Campaign.Status.RUNNING, Campaign.Status.PAUSED):
            raise CampaignRuns()
        if not may_approve(by, "campaign", row.pk):
            raise NeedsSecondPerson()
        problems = [one.code for one in findings(row, at) if one.is_blocking]
        if problems:
            raise NotReady(problems=problems)
        if (there := current_approval(row)) is not None:
            return there
        fit = eligible(row, members(row.audience, looking(at)), at)
        facts = {"customers": len(fit.may), "most_minor": most_cost(row, len(fit.may))}
        approval = Approval.objects.create(
            campaign=row,
            at=at,
            by=employee(by),
            digest=rules.digest(document_of(row)),
            facts=facts,
        )
        row.status = Campaign.Status.APPROVED
        row.save(update_fields=["status"])
        tell("campaign_approved", **about(row, at=at, by=by, **facts))
    return approval


def withdraw_approval(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """Take an approval back before the campaign runs; refuses where there is none."""
    with transaction.atomic():
        row = locked(campaign)
        if row.status != Campaign.Status.APPROVED:
            raise NotApproved()
        Approval.objects.filter(campaign=row, withdrawn_at=None).update(withdrawn_at=at)
        row.status = Campaign.Status.CHECKED
        row.save(update_fields=["status"])
        tell("campaign_approval_withdrawn", **about(row, at=at, by=by))
    return row


def current_approval(campaign: Campaign) -> Approval | None:
    """Return the approval of the campaign as it is now, or None."""
    last = Approval.objects.filter(campaign=campaign, withdrawn_at=None).order_by("-at", "-pk")
    row = last.first()
    if row is None or row.digest != rules.digest(document_of(campaign)):
        return None
    return row


def document_of(campaign: Campaign) -> dict[str, Any]:
    """Return all that an approval is about."""
    offers, steps = plans_of(campaign)
    names = (
        "purpose", "audience", "rhythm", "trigger", "window_days", "exits_on_order", "goal_id",
    )  # fmt: skip
    return {
        **{name: getattr(campaign, name) for name in names},
        "control_share": f"{campaign.control_share:.3f}",
        "offers": [rules.as_document(offer) for offer in offers],
        "steps": [rules.as_document(step) for step in steps],
    }
