"""What becomes of what was given: contacts that went, later steps, offers that run out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from stamgast.campaigns.actions.codes import sent_cost
from stamgast.campaigns.actions.giving import GRACE, hand_over
from stamgast.campaigns.actions.programme import spent_at_once
from stamgast.campaigns.actions.running import leave
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.channels import Outcome, channel_of, channels
from stamgast.campaigns.errors import KeptBack
from stamgast.campaigns.freshness import orders_too_old
from stamgast.campaigns.kept_back import how_kept_back
from stamgast.campaigns.last_moment import objection_to
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.customers.actions import add_interaction, take_back_interaction
from stamgast.customers.models import Interaction
from stamgast.database.bulk import Pace
from stamgast.mail.errors import NotYet
from stamgast.measurement.actions import book_cost, note_treatment, take_back_treatment
from stamgast.measurement.models import Cost
from stamgast.strategy.actions import release, settle
from stamgast.strategy.models import Reservation

_AT_ONCE = 5  # per transaction, to begin with: each writes several rows
# By the channel of consent that a contact needed.
_KINDS = {"email": Interaction.Kind.EMAIL, "phone": Interaction.Kind.CALL}
_LONGEST = 0.01  # seconds: the site asks meanwhile, at every visit
_AGAIN = timedelta(minutes=15)
_NEARLY = timedelta(hours=12)
State = Delivery.State
# What an outcome may still come after, besides nothing.
_LATER_THAN = {
    State.SENT: (State.UNCERTAIN,),
    State.FAILED: (State.UNCERTAIN, State.SENT),
}


def follow_deliveries(*, at: datetime) -> int:
    """Write down what became of contacts that were queued; returns how many ended.

    What went counts as our contact with the customer, as treatment of their lot, and as its cost.
    """
    return sum(_follow(name, at) for name in channels())


def _follow(name: str, at: datetime) -> int:
    ended, last, pace = 0, 0, Pace(_AT_ONCE, least=1, longest=_LONGEST)
    channel = channel_of(name)
    queued = f"{channel.kept_in}_id"
    rows = Delivery.objects.ended_unseen().filter(channel=name)
    while part := list(
        rows.filter(pk__gt=last)
        .select_related("assignment__campaign", "assignment__lot__arm", "step")
        .order_by("pk")[: pace.size]
    ):
        last = part[-1].pk
        outcomes = channel.outcomes([getattr(one, queued) or 0 for one in part])
        with pace.portion(len(part)):
            for one in part:
                outcome = outcomes.get(getattr(one, queued) or 0)
                if outcome is not None:
                    ended += note_outcome(one, outcome, at=at)
    return ended


def note_outcome(one: Delivery, outcome: Outcome, *, at: datetime) -> bool:
    """Write down what became of a contact; False when that is known, or something later.

    What was uncertain may still turn out, and what went may come back. What went counts once as
    our contact with the customer, as treatment of their lot, and as its cost; what was uncertain
    counts as gone until it turns out that it did not.
    """
    when = outcome.at or at
    rows = Delivery.objects.filter(pk=one.pk)
    change: dict[str, Any] = {
        "state": outcome.state, "reason": outcome.reason, "ended_at": when
    }  # fmt: skip
    assignment = one.assignment
    if outcome.reason == KeptBack.code:
        change["facts"] = how_kept_back(one)
    did_not_go = outcome.state == State.FAILED and not outcome.has_gone
    if did_not_go and rows.filter(state=State.UNCERTAIN).update(**change):
        _did_not_go(one, at=at)
        if not _has_more(assignment):
            leave(assignment, outcome.reason or outcome.state, at=at)
        return True
    if not rows.filter(state=State.WAITING).update(**change):
        earlier = _LATER_THAN.get(State(outcome.state), ())
        return bool(rows.filter(state__in=earlier).update(**change))
    if outcome.has_gone or outcome.state in (State.SENT, State.UNCERTAIN):
        _went(one, outcome, when)
        return True
    if outcome.reason == KeptBack.code:  # what was to follow comes too late as well
        Delivery.objects.unhanded().filter(assignment=assignment).update(**change)
    if not _has_more(assignment):
        leave(assignment, outcome.reason or outcome.state, at=at)
    return True


def _went(one: Delivery, outcome: Outcome, when: datetime) -> None:
    assignment = one.assignment
    key = f"delivery:{one.pk}"
    channel = channel_of(one.channel)
    consent = channel.consent(one.step.content)
    add_interaction(
        assignment.customer,
        kind=_KINDS.get(consent, Interaction.Kind.NOTE),
        text="\n".join(filter(None, (assignment.campaign.name, outcome.text))),
        is_ours=not channel.comes_to_us,  # who came by was not addressed
        at=when,
        by=outcome.by or "campaigns",
        key=key,
    )
    note_treatment(assignment.lot, at=when, by="campaigns", key=key)
    if one.step.cost_minor:
        experiment = assignment.campaign.experiment
        assert experiment is not None
        arm = assignment.lot.arm
        kind = "calls" if consent == "phone" else "sending"
        book_cost(experiment, arm, kind, one.step.cost_minor, key=key, at=when)


def _did_not_go(one: Delivery, *, at: datetime) -> None:
    """Take back what was written down of a contact that nobody knew of, and that did not go."""
    key = f"delivery:{one.pk}"
    take_back_interaction(key, at=at, by="campaigns")
    take_back_treatment(key)
    booked = Cost.objects.filter(key=key).select_related("arm__experiment").first()
    if booked is not None:
        arm, amount = booked.arm, -booked.amount_minor
        book_cost(arm.experiment, arm, booked.kind, amount, key=f"{key}:back", at=at)


def _has_more(assignment: Assignment) -> bool:
    """Say whether they heard of it, or still may."""
    live = [State.WAITING, State.SENT, State.UNCERTAIN]
    return Delivery.objects.filter(assignment=assignment, state__in=live).exists()


def hand_over_due(campaign: Campaign, *, at: datetime) -> int:
    """Hand the later steps over whose moment has come; returns how many.

    A branch is looked up at that moment, and so is whether the customer is still meant.
    """
    if campaign.status != Campaign.Status.RUNNING or orders_too_old(campaign, at):
        return 0
    due = (
        Delivery.objects.unhanded()
        .filter(assignment__campaign=campaign, due_at__lte=at)
        .select_related(
            "assignment__customer",
            "assignment__offer",
            "assignment__code",
            "assignment__reservation",
            "step__offer",
        )
    )
    handed, last, pace = 0, 0, Pace(_AT_ONCE, least=1, longest=_LONGEST)
    while part := list(due.filter(pk__gt=last).order_by("pk")[: pace.size]):
        last = part[-1].pk
        with pace.portion(len(part)):
            Campaign.objects.select_for_update().get(pk=campaign.pk)
            now = list(due.filter(pk__in=[one.pk for one in part]))
            meant = [one for one in now if _is_meant(one, at)]
            hand_over(meant, campaign, at=at)
            handed += len(meant)
    return handed


def _is_meant(one: Delivery, at: datetime) -> bool:
    refusal = objection_to(one, at) or _too_soon(one, at)
    if isinstance(refusal, NotYet):
        Delivery.objects.filter(pk=one.pk).update(due_at=refusal.until, reason=refusal.reason)
        return False
    if refusal is not None:
        note_outcome(one, Outcome(State.WITHHELD, refusal.code), at=at)
    elif one.step.only_if and not members(
        one.step.only_if, looking(at).at_only([one.assignment.customer_id])
    ):
        note_outcome(one, Outcome(State.SKIPPED, "branch"), at=at)
    else:
        return True
    return False


def _too_soon(one: Delivery, at: datetime) -> NotYet | None:
    """Keep the order of a series and its waiting, also after a pause, a cap or a server that was down.

    A contact waits for the one before it, and then as many days as it should.
    """
    before = (
        Delivery.objects.filter(assignment=one.assignment_id, step__position__lt=one.step.position)
        .order_by("-step__position")
        .first()
    )
    if before is None:
        return None
    ended = before.ended_at
    if ended is None and channel_of(before.channel).comes_to_us:
        ended = before.due_at  # they may never come by
    if ended is None:
        return NotYet(until=max(at, before.due_at) + _AGAIN, reason="contact_before")
    since = ended + timedelta(days=one.step.wait_days)
    # A mail that was held until the morning does not push the rest of the series on.
    if at < since - _NEARLY:
        return NotYet(until=since, reason="contact_before")
    return None


def expire_offers(*, at: datetime) -> int:
    """Let offers run out, and give back what was set aside for them a while later; returns how many.

    What reaching the customer cost is spent all the same.
    """
    over = Assignment.objects.filter(state=Assignment.State.GIVEN, expires_at__lte=at)
    expired = over.update(state=Assignment.State.EXPIRED, ended_at=at)
    held = Assignment.objects.filter(
        state=Assignment.State.EXPIRED,
        expires_at__lte=at - GRACE / 2,
        reservation__state=Reservation.State.RESERVED,
    ).select_related("reservation", "offer")
    pace = Pace(_AT_ONCE, least=1, longest=_LONGEST)
    while part := list(held.order_by("pk")[: pace.size]):
        with pace.portion(len(part)):
            for one in part:
                _close(one, at=at)
    return expired


def let_go(one: Assignment, reason: str, *, at: datetime) -> None:
    """Let a customer who heard of a campaign leave it; what was not spent goes back."""
    if Assignment.objects.filter(pk=one.pk, state=Assignment.State.GIVEN).update(
        state=Assignment.State.EXITED, exit_reason=reason, ended_at=at
    ):
        Delivery.objects.unhanded().filter(assignment=one).update(
            state=State.WITHHELD, reason=reason, ended_at=at
        )
        if one.reservation is not None:
            _close(one, at=at)


def _close(one: Assignment, *, at: datetime) -> None:
    """Spend what was spent: sending, and what is given whether it is used or not."""
    assert one.reservation is not None
    spent = sent_cost(one) + spent_at_once(one)
    if spent:
        settle(one.reservation, spent, at=at)
    else:
        release(one.reservation, at=at)
