"""Saying which campaign has a customer first, and leaving a campaign to a plan."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from stamgast.campaigns.actions.approving import withdraw_approval
from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.errors import CampaignEnded, CampaignRuns, NotPlannable
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.priority import live_in_order
from stamgast.staff.queries import Who


def move_campaign(
    campaign: Campaign, *, is_up: bool, at: datetime, by: Who = None
) -> list[Campaign]:
    """Let a campaign have customers one place sooner, or later; returns all in their new order.

    At the end of the row nothing changes. Refuses one that ended.
    """
    with transaction.atomic():
        if locked(campaign).status == Campaign.Status.ENDED:
            raise CampaignEnded()
        rows = live_in_order()
        place = next((n for n, one in enumerate(rows) if one.pk == campaign.pk), None)
        if place is None:  # a draft: it has its place once it is checked
            return rows
        other = place - 1 if is_up else place + 1
        if not 0 <= other < len(rows):
            return rows
        rows[place], rows[other] = rows[other], rows[place]
        for number, one in enumerate(rows, 1):
            if one.priority != number:
                Campaign.objects.filter(pk=one.pk).update(priority=number)
                one.priority = number
        facts = {"priority": other + 1, "passed": rows[place].pk}
        tell("campaign_moved", **about(campaign, at=at, by=by, **facts))
    return rows


def leave_to_plan(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """Let a plan say who gets a campaign; the audience says who may.

    Refuses what runs or ended, what waits for an event, and what serves no goal.
    """
    with transaction.atomic():
        row = locked(campaign)
        if row.status == Campaign.Status.ENDED:
            raise CampaignEnded()
        if row.status in (Campaign.Status.RUNNING, Campaign.Status.PAUSED):
            raise CampaignRuns()
        if row.rhythm == Campaign.Rhythm.ON_EVENT:
            raise NotPlannable(why="on_event")
        if row.goal_id is None:
            raise NotPlannable(why="no_goal")
        if not row.is_planned:
            row.is_planned = True
            row.save(update_fields=["is_planned"])
            tell("campaign_left_to_plan", **about(row, at=at, by=by))
    return row


def take_from_plan(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """Let a campaign choose its customers by itself again; one that ran for a plan stays with it.

    Approving it was approving the plan's customers, so that it has to be approved again.
    """
    with transaction.atomic():
        row = locked(campaign)
        if row.is_planned and row.experiment_id is None:
            row.is_planned = False
            row.save(update_fields=["is_planned"])
            tell("campaign_taken_from_plan", **about(row, at=at, by=by))
            if row.status == Campaign.Status.APPROVED:
                row = withdraw_approval(row, at=at, by=by)
    return row
