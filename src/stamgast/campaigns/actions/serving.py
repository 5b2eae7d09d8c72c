"""What a campaign serves and gives, each changed in one go: a goal of its own, an offer with its codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from stamgast.campaigns.actions.codes import add_codes, make_code_list
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.errors import RailPassed
from stamgast.campaigns.models import Campaign, CodeList
from stamgast.campaigns.rules import OfferPlan
from stamgast.campaigns.spending import set_aside
from stamgast.staff.queries import Who
from stamgast.strategy.actions import change_goal, draft_goal, open_goal
from stamgast.strategy.models import Goal

_LIVE = (Campaign.Status.RUNNING, Campaign.Status.PAUSED)


def serve_new_goal(
    campaign: Campaign,
    *,
    direction: str,
    due_on: date,
    budget_minor: int,
    at: datetime,
    by: Who = None,
) -> Campaign:
    """Set and open a goal, and let the campaign serve it; or do nothing of it.

    Refuses what `draft_goal`, `open_goal` and `change_campaign` refuse.
    """
    with transaction.atomic():
        goal = draft_goal(
            direction=direction, due_on=due_on, budget_minor=budget_minor, at=at, by=by
        )
        open_goal(goal, at=at, by=by)
        return change_campaign(campaign, goal=goal, at=at, by=by)


def change_guard_rails(goal: Goal, *, at: datetime, by: Who = None, **facts: Any) -> Goal:
    """Change the name and guard rails of a goal, also once it is open; its campaigns heed them at once.

    Refuses what `change_goal` refuses, and a most that one of its campaigns came to already.
    """
    with transaction.atomic():
        live = goal.campaigns.filter(status__in=_LIVE).select_for_update().order_by("pk")
        held = list(live)  # nobody sets money aside for them meanwhile
        before = Goal.objects.get(pk=goal.pk).worst_case_minor
        row = change_goal(goal, at=at, by=by, **facts)
        rail = row.worst_case_minor
        if rail is not None and rail != before:
            for one in held:
                if set_aside(one) > rail:
                    raise RailPassed(name=one.name)
    return row


def change_offer(
    campaign: Campaign, offer: OfferPlan, *, new_codes: str = "", at: datetime, by: Who = None
) -> Campaign:
    """Change the offer of this arm, and take new codes in for it; or do nothing of it.

    Codes go to the offer's own list, else to a new one. Refuses what `change_campaign` and
    `make_code_list` refuse.
    """
    with transaction.atomic():
        if new_codes.strip():
            there = CodeList.objects.filter(pk=offer.code_list or -1).first()
            if there is None:
                name = f"{campaign.name[:60]} {at:%Y-%m-%d %H:%M}"
                there = make_code_list(name, new_codes, at=at, by=by)
            else:
                add_codes(there, new_codes, at=at, by=by)
            offer = replace(offer, code_list=there.pk)
        offers, _ = plans_of(campaign)
        changed = [offer if one.code == offer.code else one for one in offers]
        return change_campaign(campaign, offers=changed, at=at, by=by)
