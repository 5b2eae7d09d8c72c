"""A plan prices, starts and judges campaigns by the rules by which they spend, begin and are judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from campaigns import world as campaigns
from plans import world
from stamgast.campaigns.actions import (
    approve_campaign,
    change_campaign,
    check_campaign,
    run_campaign,
    run_round,
)
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.errors import LeftToPlan, NotApproved
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.campaigns.rules import StepPlan
from stamgast.events.models import Job
from stamgast.loyalty.codes.actions import make_set
from stamgast.loyalty.models.rewards import Reward
from stamgast.measurement.models import Lot, Verdict
from stamgast.plans import jobs
from stamgast.plans.actions import (
    approve_plan,
    draft_plan,
    draw_places,
    end_plan,
    remove_plan,
    run_plan,
)
from stamgast.plans.errors import PlanNotReady
from stamgast.plans.learning import cost_of
from stamgast.plans.making import _codes_free
from stamgast.plans.models import Place, Plan
from stamgast.plans.queries import outcome_of
from stamgast.plans.responding import Cost
from stamgast.strategy.models import Goal

pytestmark = pytest.mark.django_db


def fresh(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


# --- what it costs -----------------------------------------------------------------------------


def test_points_and_rewards_cost_something_for_everybody_who_gets_them(
    shop: world.Shop, at: datetime
) -> None:
    (offer,), steps = plans_of(shop.save)
    contact = [replace(steps[0], cost_minor=20)]
    points = replace(offer, kind="points", code_list=None, cost_minor=500, facts={"points": 500})
    change_campaign(shop.save, offers=[points], steps=contact, at=at)
    assert cost_of(fresh(shop.save)) == Cost(sending=5.2, discount=0, each=5.2)

    codes = make_set(currency="EUR", kind="percent", name="Ten", percent=10, at=at)
    facts = {"kind": "gift", "points": 100, "cost_minor": 500, "currency": "EUR", "made_at": at}
    tea = Reward.objects.create(name="Tea", **facts)
    code = Reward.objects.create(name="Code", **facts, code_set=codes)
    reward = replace(offer, kind="reward", code_list=None, cost_minor=500)
    change_campaign(shop.save, offers=[replace(reward, reward=tea.pk)], at=at)
    assert cost_of(fresh(shop.save)) == Cost(sending=5.2, discount=0, each=5.2)
    change_campaign(shop.save, offers=[replace(reward, reward=code.pk)], at=at)
    assert cost_of(fresh(shop.save)) == Cost(sending=0.2, discount=5, each=5.2)


def test_an_offer_has_its_own_contacts_beside_those_of_every_offer(
    shop: world.Shop, at: datetime
) -> None:
    (offer,), (step,) = plans_of(shop.save)
    own = StepPlan(content=step.content, offer=offer.code, cost_minor=300, wait_days=7)
    change_campaign(shop.save, steps=[replace(step, cost_minor=200), own], at=at)
    assert cost_of(fresh(shop.save)) == Cost(sending=5, discount=5, each=10)


def test_codes_that_the_programme_makes_itself_never_run_out(
    shop: world.Shop, at: datetime
) -> None:
    assert _codes_free(shop.save) == 2_000
    codes = make_set(currency="EUR", kind="percent", name="Ten", percent=10, at=at)
    (offer,), _ = plans_of(shop.save)
    change_campaign(shop.save, offers=[replace(offer, code_list=None, code_set=codes.pk)], at=at)
    assert _codes_free(fresh(shop.save)) is None


# --- what is approved --------------------------------------------------------------------------


def test_a_plan_of_campaigns_that_changed_since_has_to_be_worked_out_again(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    steps = plans_of(shop.mail)[1]
    change_campaign(shop.mail, steps=[replace(steps[0], cost_minor=5_000)], at=at)
    check_campaign(shop.mail, at=at)
    with pytest.raises(PlanNotReady) as refusal:
        approve_plan(plan, at=at, by=shop.by)
    assert refusal.value.facts == {"problems": ["campaign_changed"]}
    assert not plan.approvals.exists()
    change_campaign(shop.mail, steps=steps, at=at)  # as it was
    check_campaign(shop.mail, at=at)
    approve_plan(plan, at=at, by=shop.by)


def test_a_campaign_in_a_plan_keeps_its_goal(shop: world.Shop, plan: Plan, at: datetime) -> None:
    change_campaign(shop.mail, goal=shop.goal, at=at)
    with pytest.raises(LeftToPlan):
        change_campaign(shop.mail, goal=campaigns.make_goal(at), at=at)
    assert fresh(shop.mail).goal_id == shop.goal.pk
    remove_plan(plan, at=at)
    change_campaign(shop.mail, goal=Goal.objects.exclude(pk=shop.goal.pk).get(), at=at)


def test_an_approval_keeps_the_most_that_the_plan_may_cost(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    assert approve_plan(plan, at=at, by=shop.by).facts["most_minor"] == 500 * 40


# --- when it begins ----------------------------------------------------------------------------


def test_nothing_is_given_before_the_first_day_and_everything_on_it(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    first = (at + timedelta(days=30)).date()
    change_campaign(shop.save, starts_on=first, at=at)
    check_campaign(shop.save, at=at)
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    now, later = plan.options.order_by("-position")
    assert draw_places(plan, at=at) == Assignment.objects.filter(campaign=shop.mail).count() > 0
    assert not Lot.objects.filter(experiment__campaign=shop.save).exists()
    assert plan.options.filter(is_drawn=True).get() == now
    jobs.look(at)
    assert not Job.objects.filter(kind="draw_plans").exists()

    day = at + timedelta(days=30)
    campaigns.order_now(None, "N-2", day - timedelta(hours=1))
    jobs.look(day)
    assert Job.objects.filter(kind="draw_plans").count() == 1
    assert draw_places(plan, at=day) > 0
    assert Lot.objects.filter(experiment__campaign=shop.save).count() == later.places.count()


def test_no_round_begins_before_the_first_day(shop: world.Shop, at: datetime) -> None:
    change_campaign(shop.save, starts_on=(at + timedelta(days=1)).date(), at=at)
    check_campaign(shop.save, at=at)
    approve_campaign(shop.save, at=at, by=shop.by)
    run_campaign(shop.save, at=at, by=shop.by)
    assert run_round(shop.save, at=at).drawn == 0
    tomorrow = at + timedelta(days=1)
    campaigns.order_now(None, "N-2", tomorrow - timedelta(hours=1))
    assert run_round(shop.save, at=tomorrow).drawn == 40


# --- what nobody gets --------------------------------------------------------------------------


def test_a_campaign_that_nobody_gets_leaves_the_plan_when_it_runs(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    Place.objects.filter(option__campaign=shop.mail).delete()
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    assert [one.campaign for one in plan.options.all()] == [shop.save]
    assert not fresh(shop.mail).is_planned
    with pytest.raises(NotApproved):  # what was approved was that nobody gets it
        run_campaign(shop.mail, at=at, by=shop.by)
    other = draft_plan("Winter", goal=shop.goal, campaigns=[shop.mail], at=at, by=shop.by)
    draw_places(plan, at=at)
    end_plan(plan, at=at, by=shop.by)
    assert (fresh(shop.save).status, fresh(shop.mail).status) == ("ended", "checked")
    assert other.options.get().campaign == shop.mail


# --- what came ---------------------------------------------------------------------------------


def test_what_came_is_held_against_what_was_expected_of_who_got_it(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    options = [
        {
            "option": one.pk, "campaign": one.campaign_id, "measure": "mail", "customers": 40,
            "brings_minor": {"estimate": 40_000, "low": 20_000, "high": 60_000},
        }
        for one in plan.options.all()
    ]  # fmt: skip
    whole = {"estimate": 80_000, "low": 40_000, "high": 120_000}
    plan.facts |= {"options": options, "brings_minor": whole}
    plan.save()
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    draw_places(plan, at=at)
    assert outcome_of(plan).expected == whole

    experiment = fresh(shop.save).experiment
    net = {"estimate": 60_000.0, "low": 50_000.0, "high": 70_000.0}
    Verdict.objects.create(
        experiment=experiment, as_of=date(2026, 9, 1), code="worked",
        facts={"net_minor": net, "reason": "proven"},
        made_at=at,
    )  # fmt: skip
    treated = Lot.objects.filter(experiment=experiment, arm__is_control=False).count()
    share = treated / (40 * float(1 - shop.save.control_share))
    came = outcome_of(plan)
    assert 0 < share < 1
    assert came.expected == {
        name: round(amount * share) for name, amount in options[0]["brings_minor"].items()
    }
    assert came.is_as_expected is False  # of twice as many customers it would have been
