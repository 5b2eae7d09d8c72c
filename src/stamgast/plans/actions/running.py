"""Running a plan: each campaign begins, and everybody with a place draws their lot there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from stamgast.campaigns.actions import end_campaign, run_campaign, run_round, take_from_plan
from stamgast.campaigns.freshness import is_too_early
from stamgast.campaigns.models import Campaign
from stamgast.measurement.models import Lot
from stamgast.plans.actions.approving import blocking, current_approval, money_is_there
from stamgast.plans.actions.telling import about, locked, tell
from stamgast.plans.errors import PlanNotApproved, PlanNotReady, PlanNotRunning
from stamgast.plans.models import Place, Plan, PlanOption
from stamgast.staff.queries import Who

Show = Callable[[float], object]
_AT_ONCE = 2_000


def run_plan(plan: Plan, *, at: datetime, by: Who = None) -> Plan:
    """Let an approved plan run: its campaigns begin, and the work loop does the rest.

    A campaign that nobody is to get leaves the plan and chooses its customers by itself again.
    Running a plan again changes nothing. Refuses one that nobody approved as it is now, one whose
    goal is closed or has no money left, and one that ended.
    """
    with transaction.atomic():
        row = locked(plan)
        if row.status == Plan.Status.RUNNING:
            return row
        if row.status == Plan.Status.ENDED:
            raise PlanNotRunning()
        if row.status != Plan.Status.APPROVED or current_approval(row) is None:
            raise PlanNotApproved()
        if problems := blocking(row):
            raise PlanNotReady(problems=problems)
        money_is_there(row)
        for option in _with_places(row):
            run_campaign(option.campaign, at=at, by=by, is_by_plan=True)
        _let_unused_go(row, at=at, by=by)
        row.status, row.started_at = Plan.Status.RUNNING, at
        row.save(update_fields=["status", "started_at"])
        tell("plan_started", **about(row, at=at, by=by))
    return row


def draw_places(plan: Plan, *, at: datetime, show: Show = lambda share: None) -> int:
    """Let everybody with a place draw their lot and get what it says; returns how many were given.

    Who may no longer get it is passed over. Safe to run twice and at once: a lot is drawn once, and
    what it gives is given once. While a campaign stands still, or before its first day, its customers
    wait.
    """
    given = 0
    options = [one for one in plan.options.select_related("campaign") if not one.is_drawn]
    for number, option in enumerate(options):
        campaign = Campaign.objects.get(pk=option.campaign_id)
        if campaign.status != Campaign.Status.RUNNING:
            continue
        ids = list(
            Place.objects.filter(option=option).order_by("pk").values_list("customer_id", flat=True)
        )
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            given += run_round(campaign, at=at, only=part).given
            show((number + min(1.0, (start + len(part)) / len(ids))) / len(options))
        if _went_through(option, at):
            PlanOption.objects.filter(pk=option.pk).update(is_drawn=True)
    with transaction.atomic():
        row = locked(plan)
        if options and not _with_places(row, is_drawn=False):
            drawn = Lot.objects.filter(experiment__campaign__plan_option__plan=row).count()
            tell("plan_drawn", **about(row, at=at, by="plans", customers=drawn))
    return given


def end_plan(plan: Plan, *, at: datetime, by: Who = None) -> Plan:
    """End a plan and its campaigns; both groups are followed until their verdicts are known."""
    with transaction.atomic():
        row = locked(plan)
        if row.status == Plan.Status.ENDED:
            return row
        if row.status != Plan.Status.RUNNING:
            raise PlanNotRunning()
        _let_unused_go(row, at=at, by=by)
        for option in row.options.select_related("campaign"):
            end_campaign(option.campaign, at=at, by=by)
        row.status, row.ended_at = Plan.Status.ENDED, at
        row.save(update_fields=["status", "ended_at"])
        tell("plan_ended", **about(row, at=at, by=by))
    return row


def _with_places(row: Plan, **facts: bool) -> list[PlanOption]:
    """Return the options that somebody is to get."""
    some = row.options.filter(pk__in=row.places.values("option"), **facts)
    return list(some.select_related("campaign"))


def _let_unused_go(row: Plan, *, at: datetime, by: Who) -> None:
    for option in row.options.filter(campaign__experiment=None).select_related("campaign"):
        option.delete()
        take_from_plan(option.campaign, at=at, by=by)


def _went_through(option: PlanOption, at: datetime) -> bool:
    """Say whether the campaign drew: it stands still before its first day and by too old orders."""
    campaign = Campaign.objects.get(pk=option.campaign_id)
    waits = campaign.waits_for == "orders_too_old" or is_too_early(campaign, at)
    return campaign.status == Campaign.Status.RUNNING and not waits
