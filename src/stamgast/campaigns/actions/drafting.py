"""Writing a campaign down, and changing it before it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil
from typing import Any

from django.db import IntegrityError, transaction

from stamgast.campaigns import rules
from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.audience import VERSION, read_audience
from stamgast.campaigns.channels import channel_of
from stamgast.campaigns.errors import BadCampaign, CampaignEnded, CampaignRuns, LeftToPlan
from stamgast.campaigns.models import Approval, Campaign, CodeList, Offer, Step
from stamgast.campaigns.presets import preset_of
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.customers.errors import KeyReused
from stamgast.loyalty.models.codes import CodeSet
from stamgast.loyalty.models.rewards import Reward
from stamgast.loyalty.queries import programme
from stamgast.staff.queries import Who, employee, shop
from stamgast.strategy.models import Goal

_FACTS = frozenset(
    {
        "name", "purpose", "rhythm", "trigger", "control_share", "window_days", "pool",
        "exits_on_order", "most_customers", "orders_may_be_old", "starts_on",
    }
)  # fmt: skip
_RUNS = (Campaign.Status.RUNNING, Campaign.Status.PAUSED)


def draft_campaign(
    *,
    name: str,
    audience: Mapping[str, Any],
    offers: Sequence[OfferPlan],
    steps: Sequence[StepPlan],
    at: datetime,
    by: Who = None,
    goal: Goal | None = None,
    preset: str = "",
    key: str | None = None,
    **facts: Any,
) -> Campaign:
    """Write a campaign down; nothing is sent before it is checked, approved and run.

    The same key returns the campaign that is there; with another name it is refused. Refuses
    conditions that cannot be read, no offer, no step, an unknown channel, and impossible facts.
    """
    _known(facts)
    clean = rules.clean_facts({"name": name, **facts})
    try:
        with transaction.atomic():
            if key and (row := Campaign.objects.filter(key=key).first()):
                return _same(row, clean["name"])
            row = Campaign.objects.create(
                **clean,
                audience=read_audience(audience),
                goal=goal,
                preset=preset,
                made_at=at,
                made_by=employee(by),
                changed_at=at,
                key=key or None,
            )
            write_offers(row, offers)
            write_steps(row, steps)
            tell("campaign_drafted", **about(row, at=at, by=by, preset=preset))
    except IntegrityError:
        if key and (there := Campaign.objects.filter(key=key).first()):
            return _same(there, clean["name"])
        raise
    return row


def start_from_preset(
    code: str,
    *,
    language: str,
    at: datetime,
    by: Who = None,
    goal: Goal | None = None,
    key: str | None = None,
    **facts: Any,
) -> Campaign:
    """Write a finished campaign down as a draft of one's own; refuses a name that is not there."""
    ready = preset_of(code)
    return draft_campaign(
        name=ready.names.get(language, ready.names["en"]),
        audience={"version": VERSION, "who": ready.who},
        offers=[_priced(offer) for offer in ready.offers],
        steps=ready.steps,
        goal=goal,
        preset=code,
        at=at,
        by=by,
        key=key,
        **{
            "pool": ready.names.get(shop().language, ready.names["en"]),
            "rhythm": ready.rhythm,
            "trigger": ready.trigger,
            "window_days": ready.window_days,
            "purpose": ready.purpose,
            "exits_on_order": ready.exits_on_order,
            **facts,
        },
    )


def _priced(offer: OfferPlan) -> OfferPlan:
    """Let points cost what this shop's programme says that they are worth."""
    if offer.kind != Offer.Kind.POINTS:
        return offer
    cost = ceil(offer.facts.get("points", 0) * programme().point_value)
    return replace(offer, cost_minor=cost)


def change_campaign(
    campaign: Campaign,
    *,
    at: datetime,
    by: Who = None,
    audience: Mapping[str, Any] | None = None,
    offers: Sequence[OfferPlan] | None = None,
    steps: Sequence[StepPlan] | None = None,
    goal: Goal | None = None,
    **facts: Any,
) -> Campaign:
    """Change a campaign; what is not given stays. What was checked or approved is a draft again.

    While it runs only its name and limits change; an ended campaign stays as it was. Refuses what
    `draft_campaign` refuses, and another goal for one in a plan: the plan spends this one's money.
    """
    _known(facts)
    with transaction.atomic():
        row = locked(campaign)
        is_whole = any(part is not None for part in (audience, offers, steps, goal))
        _may_change(row, facts.keys(), is_whole=is_whole)
        for name, value in rules.clean_facts(facts).items():
            setattr(row, name, value)
        if audience is not None:
            row.audience = read_audience(audience)
        if goal is not None:
            if row.is_planned and goal.pk != row.goal_id:
                raise LeftToPlan()
            row.goal = goal
        if offers is not None:
            row.steps.all().delete() if steps is not None else None
            write_offers(row, offers)
        if steps is not None:
            write_steps(row, steps)
        if row.status not in _RUNS:
            row.status, row.findings = Campaign.Status.DRAFT, []
            Approval.objects.filter(campaign=row, withdrawn_at=None).update(withdrawn_at=at)
        row.changed_at = at
        row.save()
        parts = {"audience": audience, "offers": offers, "steps": steps, "goal": goal}
        changed = sorted([*facts, *(name for name, value in parts.items() if value is not None)])
        tell("campaign_changed", **about(row, at=at, by=by, changed=changed))
    return row


def remove_draft(campaign: Campaign, *, at: datetime, by: Who = None) -> None:
    """Take back a campaign that never ran; refuses one that did, and one that a plan hands out."""
    with transaction.atomic():
        row = locked(campaign)
        if row.is_planned:
            raise LeftToPlan()
        if row.experiment_id is not None:
            raise CampaignRuns()
        tell("campaign_removed", **about(row, at=at, by=by))
        row.steps.all().delete()
        row.delete()


def write_offers(campaign: Campaign, plans: Sequence[OfferPlan]) -> None:
    """Let a campaign give these offers; one that keeps its code keeps its place."""
    clean = rules.clean_offers(plans)
    Offer.objects.filter(campaign=campaign).exclude(code__in=[plan.code for plan in clean]).delete()
    for position, plan in enumerate(clean, 1):
        if plan.code_list is not None and not CodeList.objects.filter(pk=plan.code_list).exists():
            raise BadCampaign(field="codes")
        if plan.code_set is not None and not CodeSet.objects.filter(pk=plan.code_set).exists():
            raise BadCampaign(field="codes")
        if plan.reward is not None and not Reward.objects.filter(pk=plan.reward).exists():
            raise BadCampaign(field="reward")
        Offer.objects.update_or_create(
            campaign=campaign,
            code=plan.code,
            defaults={
                "position": position,
                "kind": plan.kind,
                "title": dict(plan.title),
                "share": plan.share,
                "cost_minor": plan.cost_minor,
                "valid_days": plan.valid_days,
                "code_list_id": plan.code_list,
                "code_set_id": plan.code_set,
                "reward_id": plan.reward,
                "facts": dict(plan.facts),
            },
        )


def write_steps(campaign: Campaign, plans: Sequence[StepPlan]) -> None:
    """Let a campaign make these contacts, in this order."""
    offers = {offer.code: offer for offer in Offer.objects.filter(campaign=campaign)}
    clean = rules.clean_steps(plans, list(offers))
    Step.objects.filter(campaign=campaign).delete()
    for position, plan in enumerate(clean, 1):
        only_if = read_audience(plan.only_if) if plan.only_if else {}
        Step.objects.create(
            campaign=campaign,
            position=position,
            wait_days=plan.wait_days,
            only_if=only_if,
            offer=offers.get(plan.offer),
            channel=channel_of(plan.channel).name,
            content=channel_of(plan.channel).read(plan.content),
            cost_minor=plan.cost_minor,
        )


def plans_of(campaign: Campaign) -> tuple[list[OfferPlan], list[StepPlan]]:
    """Return the offers and steps of a campaign as one would write them down again."""
    offers = [
        OfferPlan(
            code=row.code,
            kind=row.kind,
            title=row.title,
            share=row.share,
            cost_minor=row.cost_minor,
            valid_days=row.valid_days,
            code_list=row.code_list_id,
            code_set=row.code_set_id,
            reward=row.reward_id,
            facts=row.facts,
        )
        for row in campaign.offers.order_by("position")
    ]
    steps = [
        StepPlan(
            content=row.content,
            wait_days=row.wait_days,
            channel=row.channel,
            offer=row.offer.code if row.offer else "",
            only_if=row.only_if,
            cost_minor=row.cost_minor,
        )
        for row in campaign.steps.select_related("offer").order_by("position", "pk")
    ]
    return offers, steps


def _may_change(row: Campaign, names: Any, *, is_whole: bool) -> None:
    if row.status == Campaign.Status.ENDED:
        raise CampaignEnded()
    if row.status in _RUNS and (is_whole or not set(names) <= rules.MAY_CHANGE_WHILE_RUNNING):
        raise CampaignRuns()


def _known(facts: Mapping[str, Any]) -> None:
    if unknown := facts.keys() - _FACTS:
        raise TypeError(f"a campaign has no {sorted(unknown)}")


def _same(row: Campaign, name: str) -> Campaign:
    if row.name != name:
        raise KeyReused(key=row.key)
    return row
