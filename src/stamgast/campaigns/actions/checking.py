"""Looking a campaign over before anybody gets anything: what stands in its way, what to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from stamgast.campaigns import rules
from stamgast.campaigns.actions.programme import points_of
from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.audience import leaves, looking, members
from stamgast.campaigns.channels import channel_of
from stamgast.campaigns.eligible import (
    Eligibility,
    capped_now,
    draws_capped,
    eligible,
    standing,
)
from stamgast.campaigns.errors import CampaignEnded, CampaignRuns
from stamgast.campaigns.facts import facts_for, sample_code
from stamgast.campaigns.models import Campaign, Code, Offer
from stamgast.campaigns.second_life import is_capped, usual_second_life
from stamgast.campaigns.series import most_each, steps_of
from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.scoring.queries import current_run
from stamgast.signals.models import OutsideEvent
from stamgast.staff.queries import Who, shop
from stamgast.strategy.models import Goal

_MOST_LOOKED_AT = 5  # customers for whom every text is filled in
_OTHERS = (Campaign.Status.APPROVED, Campaign.Status.RUNNING, Campaign.Status.PAUSED)


@dataclass(frozen=True)
class Finding:
    """One thing found; what blocks must be mended first."""

    code: str
    is_blocking: bool
    facts: dict[str, Any] = field(default_factory=dict)


def check_campaign(campaign: Campaign, *, at: datetime, by: Who = None) -> Campaign:
    """Look a campaign over and keep what was found; without a blocking finding it is checked.

    Refuses one that runs, and one that ended. One that was approved stays so while nothing blocks.
    """
    with transaction.atomic():
        row = locked(campaign)
        if row.status in (Campaign.Status.RUNNING, Campaign.Status.PAUSED):
            raise CampaignRuns()
        if row.status == Campaign.Status.ENDED:
            raise CampaignEnded()
        found = list(findings(row, at))
        blocks = any(one.is_blocking for one in found)
        row.findings, row.checked_at = [asdict(one) for one in found], at
        if blocks or row.status == Campaign.Status.DRAFT:
            row.status = Campaign.Status.DRAFT if blocks else Campaign.Status.CHECKED
        row.save(update_fields=["findings", "checked_at", "status"])
        tell("campaign_checked", **about(row, at=at, by=by, is_ready=not blocks))
    return row


def findings(campaign: Campaign, at: datetime) -> Iterator[Finding]:
    """Yield what is found, the gravest first."""
    ids = members(campaign.audience, looking(at))
    fit = eligible(campaign, ids, at)
    yield from _audience(campaign, ids, fit, at)
    yield from _control(campaign)
    yield from _contacts(campaign)
    yield from _money(campaign, len(fit.may))
    yield from _codes(campaign, len(fit.may))
    yield from _texts(campaign, fit.may, at)
    yield from _rhythm(campaign)
    yield from _overlap(campaign, set(fit.may), at)


def blocking(campaign: Campaign, at: datetime) -> list[str]:
    """Return the codes of what stands in the way now."""
    return [one.code for one in findings(campaign, at) if one.is_blocking]


def _audience(
    campaign: Campaign, ids: list[int], fit: Eligibility, at: datetime
) -> Iterator[Finding]:
    gone = [
        leaf["event"]
        for leaf in leaves(campaign.audience)
        if leaf["is"] == "exposed_to" and not OutsideEvent.objects.filter(pk=leaf["event"]).exists()
    ]
    if gone:
        yield Finding("event_gone", True)
    comes_later = campaign.rhythm != Campaign.Rhythm.ONCE
    if not ids:
        yield Finding("nobody", not comes_later)
    elif not fit.may:
        yield Finding("nobody_may", not comes_later, {"customers": len(ids)})
    if is_capped(campaign) and (worth := usual_second_life(ids)) is not None:
        left_out = fit.reasons.get("over_second_life", 0)
        facts = {"amount_minor": worth, "currency": shop().currency, "customers": left_out}
        yield Finding("second_life", False, facts)
    if draws_capped(campaign) and (wait := len(capped_now(campaign, fit.may, at))):
        yield Finding("contacted_often", False, {"customers": wait})
    if fit.may and (held := standing(fit.may, at)):
        yield Finding("standing_control", False, {"customers": held})


def _control(campaign: Campaign) -> Iterator[Finding]:
    if not rules.LEAST_CONTROL <= campaign.control_share <= rules.MOST_CONTROL:
        yield Finding("control_share", True, {"percent": round(campaign.control_share * 100)})


def _contacts(campaign: Campaign) -> Iterator[Finding]:
    """An offer that nobody hears of would be given in silence, and a late contact never measured."""
    steps = list(campaign.steps.all())
    for offer in campaign.offers.order_by("position"):
        own = steps_of(steps, offer)
        if not own:
            yield Finding("no_contact", True, {"offer": offer.code})
        elif sum(step.wait_days for step in own) >= campaign.window_days:
            yield Finding("contact_too_late", True, {"offer": offer.code})


def _money(campaign: Campaign, customers: int) -> Iterator[Finding]:
    goal = campaign.goal
    if goal is None:
        yield Finding("no_goal", True)
        return
    if goal.status != Goal.Status.OPEN:
        yield Finding("goal_not_open", True)
        return
    if campaign.is_planned:  # the plan gives it to as many as the budget pays
        return
    most = most_cost(campaign, customers)
    amounts = {"amount_minor": most, "free_minor": goal.free_minor, "currency": goal.currency}
    if most > goal.free_minor:
        # A campaign that runs on stops by itself when the money is spent; one that runs once must fit.
        is_once = campaign.rhythm == Campaign.Rhythm.ONCE
        yield Finding("budget", is_once or goal.free_minor <= 0, amounts)
    if goal.worst_case_minor is not None and most > goal.worst_case_minor:
        rail = {"amount_minor": most, "free_minor": goal.worst_case_minor}
        yield Finding("worst_case", True, {**rail, "currency": goal.currency})


def most_cost(campaign: Campaign, customers: int) -> int:
    """Return what a campaign costs at most for so many customers: all use the dearest offer."""
    return rules.worst_case(customers, campaign.control_share, most_each(campaign))


def _codes(campaign: Campaign, customers: int) -> Iterator[Finding]:
    for offer in campaign.offers.select_related("code_set", "reward"):
        if offer.kind != Offer.Kind.DISCOUNT_CODE:
            yield from _of_programme(offer)
            continue
        if offer.code_set is not None:
            if offer.code_set.closed_at is not None:
                yield Finding("codes_closed", True)
            continue
        if offer.code_list_id is None:
            yield Finding("no_codes", True)
            continue
        free = Code.objects.filter(list=offer.code_list_id, handed_at=None).count()
        needed = rules.worst_case(customers, campaign.control_share, 1)
        if free < needed:
            is_once = campaign.rhythm == Campaign.Rhythm.ONCE and not campaign.is_planned
            yield Finding("fewer_codes", is_once or not free, {"free": free, "needed": needed})


def _of_programme(offer: Offer) -> Iterator[Finding]:
    if offer.kind == Offer.Kind.POINTS and not points_of(offer):
        yield Finding("no_points", True)
    if offer.kind == Offer.Kind.REWARD:
        if offer.reward is None or offer.reward.closed_at is not None:
            yield Finding("no_reward", True)
        elif offer.cost_minor < offer.reward.cost_minor:
            facts = {"amount_minor": offer.reward.cost_minor, "currency": offer.reward.currency}
            yield Finding("reward_costs", True, facts)


def _texts(campaign: Campaign, ids: list[int], at: datetime) -> Iterator[Finding]:
    """Fill every text in for some of those who would get it, or for a made-up customer."""
    some = list(Customer.objects.filter(pk__in=ids[:_MOST_LOOKED_AT])) or [Customer(pk=0)]
    if not shop().website and _leads_to_shop(campaign):
        yield Finding("no_website", True)
        return
    for step in campaign.steps.select_related("offer").order_by("position"):
        offers = [step.offer] if step.offer else list(campaign.offers.all())
        for offer in offers:
            for who in some:
                facts = facts_for(offer, who, code=sample_code(offer), at=at)
                try:
                    channel_of(step.channel).problems(step.content, facts, who)
                except Refusal as refusal:
                    told = {"refusal": refusal.code, **refusal.facts, "step": step.position}
                    yield Finding("text", True, told)
                    return


def _leads_to_shop(campaign: Campaign) -> bool:
    return any("offer.url" in str(step.content) for step in campaign.steps.all())


def _rhythm(campaign: Campaign) -> Iterator[Finding]:
    if campaign.rhythm == Campaign.Rhythm.ON_EVENT and not campaign.trigger:
        yield Finding("no_trigger", True)
    if current_run() is None:
        yield Finding("not_scored", False)


def _overlap(campaign: Campaign, ids: set[int], at: datetime) -> Iterator[Finding]:
    others = Campaign.objects.filter(status__in=_OTHERS).exclude(pk=campaign.pk)
    for other in others.order_by("pk")[:20]:
        both = len(ids.intersection(members(other.audience, looking(at))))
        if both:
            facts = {"campaign": other.pk, "name": other.name, "customers": both}
            yield Finding("overlaps", False, facts)
