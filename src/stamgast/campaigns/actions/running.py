"""Letting a campaign run, stand still, go on, and end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from stamgast.campaigns import rules
from stamgast.campaigns.actions.approving import current_approval
from stamgast.campaigns.actions.checking import blocking
from stamgast.campaigns.actions.programme import take_back
from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.channels import channels
from stamgast.campaigns.errors import CampaignEnded, LeftToPlan, NotApproved, NotReady, NotRunning
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.campaigns.power import rests_on_window
from stamgast.measurement.actions import ArmPlan, end_experiment, open_experiment
from stamgast.measurement.models import Experiment
from stamgast.measurement.planning import usual_after_days
from stamgast.staff.queries import Who
from stamgast.strategy.actions import release

Status = Campaign.Status


def run_campaign(
    campaign: Campaign, *, at: datetime, by: Who = None, is_by_plan: bool = False
) -> Campaign:
    """Let an approved campaign run: its experiment begins, and the work loop does the rest.

    Running it again changes nothing. Refuses one that nobody approved as it is, one that is no
    longer ready, and one that a plan hands out unless the plan itself asks.
    """
    with transaction.atomic():
        row = locked(campaign)
        if row.is_planned and not is_by_plan:
            raise LeftToPlan()
        if row.status == Status.RUNNING:
            return row
        if row.status == Status.ENDED:
            raise CampaignEnded()
        if row.status != Status.APPROVED or current_approval(row) is None:
            raise NotApproved()
        if problems := blocking(row, at):
            raise NotReady(problems=problems)
        row.experiment = _begin(row, at=at, by=by)
        row.status, row.started_at, row.waits_for = Status.RUNNING, at, ""
        row.save(update_fields=["experiment", "status", "started_at", "waits_for"])
        tell("campaign_started", **about(row, at=at, by=by, experiment=row.experiment.pk))
    return row


def _begin(row: Campaign, *, at: datetime, by: Who) -> Experiment:
    offers = list(row.offers.order_by("position"))
    parts = rules.shares(row.control_share, [offer.share for offer in offers])
    arms = [
        ArmPlan(offer.code, share, is_control=False)
        for offer, share in zip(offers, parts, strict=True)
    ]
    control = ArmPlan(rules.CONTROL_ARM, 1 - sum(parts), is_control=True)
    may = members(row.audience, looking(at))
    return open_experiment(
        kind=Experiment.Kind.CAMPAIGN,
        name=row.name,
        subject=f"campaign:{row.pk}",
        serves=row.goal.reference if row.goal else "",
        pool=row.pool,
        arms=[control, *arms],
        window_days=row.window_days,
        after_days=usual_after_days(may),
        rests_on_window=rests_on_window(row),
        is_ongoing=row.keeps_drawing,
        at=at,
        by=by,
        key=f"campaign:{row.pk}",
    )


def pause_campaign(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """Let a campaign stand still: nobody new is drawn, and what waits does not go."""
    return _turn(campaign, Status.RUNNING, Status.PAUSED, at=at, by=by)


def resume_campaign(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """Let a paused campaign go on where it was."""
    return _turn(campaign, Status.PAUSED, Status.RUNNING, at=at, by=by)


def _turn(campaign: Campaign, before: str, after: str, *, at: datetime, by: Who) -> Campaign:
    with transaction.atomic():
        row = locked(campaign)
        if row.status == after:
            return row
        if row.status != before:
            raise NotRunning()
        row.status = after
        is_paused = after == Status.PAUSED
        row.paused_at = at if is_paused else None
        row.save(update_fields=["status", "paused_at"])
        tell("campaign_paused" if is_paused else "campaign_resumed", **about(row, at=at, by=by))
    return row


def end_campaign(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """End a campaign: nobody new is drawn and what has not gone is taken back.

    Offers that customers have stay theirs until they expire, and both groups are followed to the
    end. Ending it again changes nothing; refuses one that never ran.
    """
    with transaction.atomic():
        row = locked(campaign)
        if row.status == Status.ENDED:
            return row
        if row.experiment is None:
            raise NotRunning()
        for channel in channels().values():
            channel.take_back(f"campaign:{row.pk}:", at=at, reason="campaign_over")
        _let_go(row, at)
        end_experiment(row.experiment, at=at, by=by)
        row.status, row.ended_at, row.waits_for = Status.ENDED, at, ""
        row.save(update_fields=["status", "ended_at", "waits_for"])
        tell("campaign_ended", **about(row, at=at, by=by))
    return row


def _let_go(row: Campaign, at: datetime) -> None:
    """Take the later steps back, and the offers that nobody heard of."""
    unhanded = Delivery.objects.unhanded().filter(assignment__campaign=row)
    unhanded.update(state=Delivery.State.WITHHELD, reason="campaign_over", ended_at=at)
    heard = Delivery.objects.may_have_gone().filter(assignment__campaign=row)
    unheard = Assignment.objects.filter(campaign=row, state=Assignment.State.GIVEN).exclude(
        pk__in=heard.values("assignment")
    )
    for one in unheard.select_related("reservation", "offer", "issued", "claim", "campaign"):
        leave(one, "campaign_over", at=at)


def leave(assignment: Assignment, reason: str, *, at: datetime) -> None:
    """Let a customer leave a campaign before they heard of it; what they got and its money go back."""
    taken = Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.GIVEN).update(
        state=Assignment.State.EXITED, exit_reason=reason, ended_at=at
    )
    if not taken:
        return
    take_back(assignment, at=at)
    if assignment.reservation is not None:
        release(assignment.reservation, at=at)
