"""What a plan says no to, and what it does when something changed underneath it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import world as campaigns
from cast import employ
from plans import world
from stamgast.campaigns.actions import (
    approve_campaign,
    change_campaign,
    check_campaign,
    remove_draft,
    run_campaign,
)
from stamgast.campaigns.errors import LeftToPlan, NeedsSecondPerson, NotPlannable
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.customers.models import Customer
from stamgast.events.models import Event, Job
from stamgast.measurement.models import Lot
from stamgast.plans import jobs
from stamgast.plans.actions import (
    approve_plan,
    ask_to_make,
    change_by_hand,
    change_plan,
    draft_plan,
    draw_places,
    end_plan,
    remove_plan,
    run_plan,
    withdraw_change,
    withdraw_plan_approval,
)
from stamgast.plans.errors import (
    BadPlan,
    InAnotherPlan,
    PlanBeingMade,
    PlanNotApproved,
    PlanNotReady,
    PlanNotRunning,
    PlanRuns,
)
from stamgast.plans.making import make_plan
from stamgast.plans.models import Place, Plan, PlanChange
from stamgast.plans.queries import plannable
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.staff.actions import change_shop
from stamgast.strategy.errors import BudgetSpent, GoalNotOpen
from stamgast.strategy.models import Goal

pytestmark = pytest.mark.django_db


def make(plan: Plan, at: datetime) -> Plan:
    return make_plan(plan, at=at, progress=lambda *_: None)


def draft(shop: world.Shop, at: datetime, **facts: object) -> Plan:
    told = {"goal": shop.goal, "campaigns": [shop.save, shop.mail], "at": at, **facts}
    return draft_plan("Najaar", **told)  # type: ignore[arg-type]


# --- writing it down ---------------------------------------------------------------------------


def test_takes_what_the_goal_has_left_and_leaves_its_campaigns_to_the_plan(
    shop: world.Shop, at: datetime
) -> None:
    plan = draft(shop, at, key="k")
    assert plan.budget_minor == shop.goal.free_minor
    assert Campaign.objects.filter(is_planned=True).count() == 2
    assert draft(shop, at, key="k").pk == plan.pk
    assert not plannable(shop.goal.pk, at)
    assert Event.objects.filter(kind="plan_drafted", subject_id=plan.pk).count() == 1


def test_a_campaign_too_dear_for_everybody_is_what_a_plan_is_for(
    shop: world.Shop, at: datetime
) -> None:
    assert {one.pk for one in plannable(shop.goal.pk, at)} == {shop.save.pk, shop.mail.pk}
    Goal.objects.filter(pk=shop.goal.pk).update(budget_minor=2_000)
    dear = check_campaign(shop.save, at=at)
    assert dear.status == "draft"  # for all forty it costs more than there is
    assert {one.pk for one in plannable(shop.goal.pk, at)} == {shop.save.pk, shop.mail.pk}
    with CaptureQueriesContext(connection) as asked:
        plannable(shop.goal.pk, at)
    assert len(asked) <= 2  # what the check found is kept
    plan = draft(shop, at)
    assert check_campaign(shop.save, at=at).status == "checked"
    remove_plan(plan, at=at)
    change_campaign(shop.mail, at=at, control_share="0")
    assert [one.pk for one in plannable(shop.goal.pk, at)] == [shop.save.pk]


def test_refuses_more_money_than_is_free_and_none_at_all(shop: world.Shop, at: datetime) -> None:
    with pytest.raises(BudgetSpent):
        draft(shop, at, budget_minor=shop.goal.free_minor + 1)
    with pytest.raises(BadPlan):
        draft(shop, at, budget_minor=0)
    Goal.objects.filter(pk=shop.goal.pk).update(spent_minor=shop.goal.budget_minor)
    with pytest.raises(BudgetSpent):
        draft(shop, at)
    assert not Campaign.objects.filter(is_planned=True).exists()


def test_refuses_a_goal_that_is_closed(shop: world.Shop, at: datetime) -> None:
    Goal.objects.filter(pk=shop.goal.pk).update(status="closed")
    with pytest.raises(GoalNotOpen):
        draft(shop, at)


def test_refuses_no_campaign_one_of_another_goal_and_one_that_waits_for_an_event(
    shop: world.Shop, at: datetime
) -> None:
    with pytest.raises(BadPlan):
        draft(shop, at, campaigns=[])
    with pytest.raises(BadPlan):
        draft(shop, at, goal=campaigns.make_goal(at))
    change_campaign(shop.mail, at=at, rhythm="on_event", trigger="ordered")
    with pytest.raises(NotPlannable):
        draft(shop, at)


def test_refuses_a_campaign_that_is_in_another_plan(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    with pytest.raises(InAnotherPlan):
        draft(shop, at)
    remove_plan(plan, at=at, by=shop.by)
    assert not Campaign.objects.filter(is_planned=True).exists()
    draft(shop, at)


def test_a_planned_campaign_neither_runs_by_itself_nor_disappears(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    check_campaign(shop.save, at=at)
    approve_campaign(shop.save, at=at, by=shop.by)
    with pytest.raises(LeftToPlan):
        run_campaign(shop.save, at=at, by=shop.by)
    with pytest.raises(LeftToPlan):
        remove_draft(shop.save, at=at)


def test_a_campaign_taken_out_of_a_plan_is_its_own_again(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    change_plan(plan, campaigns=[shop.mail], at=at, by=shop.by)
    assert list(Campaign.objects.filter(is_planned=True)) == [shop.mail]
    assert Plan.objects.get(pk=plan.pk).status == "draft"
    assert not Place.objects.exists()


# --- working it out ----------------------------------------------------------------------------


def test_a_plan_for_nobody_says_so_and_cannot_be_approved(shop: world.Shop, at: datetime) -> None:
    plan = draft(shop, at)
    Customer.objects.update(objects_to_profiling=True)
    made = make(plan, at)
    assert [one["code"] for one in made.facts["findings"]] == ["nobody_may"]
    with pytest.raises(PlanNotReady) as refused:
        approve_plan(plan, at=at, by=shop.by)
    assert refused.value.facts["problems"] == ["nobody_may"]


def test_asking_twice_for_a_plan_to_be_worked_out_asks_once(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    first = ask_to_make(plan, at=at, by=shop.by)
    assert ask_to_make(plan, at=at + timedelta(seconds=9), by=shop.by).pk == first.pk
    assert Job.objects.filter(kind="make_plan").count() == 1


def test_a_plan_that_is_changed_while_it_is_worked_out_is_worked_out_anew(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    from stamgast.plans import making

    with pytest.raises(PlanBeingMade):
        making._write(plan, None, {"findings": []}, at, None, at - timedelta(seconds=1))


def test_refuses_to_work_out_what_has_no_open_goal(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    Goal.objects.filter(pk=shop.goal.pk).update(status="closed")
    with pytest.raises(GoalNotOpen):
        make(plan, at)


# --- by hand -----------------------------------------------------------------------------------


def test_a_change_by_hand_is_kept_with_who_and_why_and_can_be_taken_back(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    option = plan.options.get(position=1)
    approve_plan(plan, at=at, by=shop.by)
    change = change_by_hand(
        plan, "cap", option=option, amount=10, reason="Weinig in huis", at=at, by=shop.by
    )
    assert (change.by, change.reason) == (shop.by, "Weinig in huis")
    option.refresh_from_db()
    assert option.most == 10
    assert Plan.objects.get(pk=plan.pk).status == "draft"
    with pytest.raises(PlanNotApproved):
        run_plan(plan, at=at, by=shop.by)
    withdraw_change(change, at=at, by=shop.by)
    withdraw_change(change, at=at, by=shop.by)
    option.refresh_from_db()
    assert option.most is None
    assert PlanChange.objects.get().withdrawn_at == at


def test_refuses_a_change_that_says_too_little(shop: world.Shop, plan: Plan, at: datetime) -> None:
    option, who = plan.options.get(position=1), shop.people[0]

    def change(kind: str, reason: str = "Zo is het", **facts: object) -> None:
        change_by_hand(plan, kind, reason=reason, at=at, by=shop.by, **facts)  # type: ignore[arg-type]

    for kind, facts in [
        ("cap", {"option": option}),
        ("cap", {"amount": 5}),
        ("give", {"option": option}),
        ("give", {"customer": who}),
        ("leave_out", {}),
        ("leave_out_group", {"dimension": "stage", "group": "rich"}),
        ("leave_out_group", {"dimension": "weather", "group": "lost"}),
        ("double", {}),
    ]:
        with pytest.raises(BadPlan):
            change(kind, **facts)
    with pytest.raises(BadPlan):
        change("leave_out", reason="", customer=who)
    assert not PlanChange.objects.exists()


# --- approving ---------------------------------------------------------------------------------


def test_approving_a_plan_approves_its_campaigns_and_doing_so_again_is_the_same(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    first = approve_plan(plan, at=at, by=shop.by)
    assert approve_plan(plan, at=at, by=shop.by).pk == first.pk
    assert set(Campaign.objects.values_list("status", flat=True)) == {"approved"}


def test_where_the_shop_wants_a_second_person_it_is_somebody_else(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    change_shop(at=at, needs_second_person=True)
    with pytest.raises(NeedsSecondPerson):
        approve_plan(plan, at=at, by=shop.by)
    with pytest.raises(NeedsSecondPerson):
        approve_plan(plan, at=at, by="cli")
    approve_plan(plan, at=at, by=employ("admin"))
    assert Plan.objects.get(pk=plan.pk).status == "approved"


def test_who_changed_one_of_its_campaigns_is_no_second_person_for_a_plan(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    change_shop(at=at, needs_second_person=True)
    other = employ("admin")
    change_campaign(Campaign.objects.earliest("pk"), at=at, by=other, most_customers=10)
    with pytest.raises(NeedsSecondPerson):
        approve_plan(plan, at=at, by=other)


def test_refuses_to_approve_what_was_not_worked_out_or_has_no_money(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    Goal.objects.filter(pk=shop.goal.pk).update(spent_minor=shop.goal.budget_minor - 100)
    with pytest.raises(BudgetSpent):
        approve_plan(plan, at=at, by=shop.by)
    Goal.objects.filter(pk=shop.goal.pk).update(spent_minor=0, worst_case_minor=100)
    with pytest.raises(PlanNotReady):
        approve_plan(plan, at=at, by=shop.by)
    Plan.objects.update(status="draft")
    with pytest.raises(PlanNotReady):
        approve_plan(plan, at=at, by=shop.by)


# --- running -----------------------------------------------------------------------------------


def test_refuses_to_run_what_nobody_approved_or_was_changed_since(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    with pytest.raises(PlanNotApproved):
        run_plan(plan, at=at, by=shop.by)
    approve_plan(plan, at=at, by=shop.by)
    withdraw_plan_approval(plan, at=at, by=shop.by)
    with pytest.raises(PlanNotApproved):
        withdraw_plan_approval(plan, at=at, by=shop.by)
    with pytest.raises(PlanNotApproved):
        run_plan(plan, at=at, by=shop.by)
    approve_plan(plan, at=at, by=shop.by)
    change_campaign(shop.mail, at=at, window_days=40)  # another word in a campaign
    with pytest.raises(PlanNotApproved):
        run_plan(plan, at=at, by=shop.by)
    assert not Lot.objects.exists()


def test_refuses_to_run_when_the_goal_was_closed_since(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    approve_plan(plan, at=at, by=shop.by)
    Goal.objects.filter(pk=shop.goal.pk).update(status="closed")
    with pytest.raises(GoalNotOpen):
        run_plan(plan, at=at, by=shop.by)


def test_who_withdrew_consent_since_draws_no_lot(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    Customer.objects.filter(pk=shop.people[3].pk).update(objects_to_profiling=True)
    draw_places(plan, at=at)
    assert Lot.objects.count() == 39
    assert not Lot.objects.filter(customer=shop.people[3]).exists()
    do_work(at=at)
    assert Lot.objects.count() == 39


def test_while_orders_are_too_old_the_plan_waits_and_then_goes_on(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    later = at + timedelta(days=3)
    assert draw_places(plan, at=later) == 0
    assert not Lot.objects.exists()
    jobs.look(later)
    assert not Job.objects.filter(kind="draw_plans").exists()  # asking again would not help
    campaigns.order_now(None, "N-2", later - timedelta(hours=1))
    do_work(at=later)
    jobs.look(later)
    assert Job.objects.filter(kind="draw_plans").count() == 1
    assert draw_places(plan, at=later) == Assignment.objects.count() > 0
    assert plan.options.filter(is_drawn=True).count() == 2


def test_what_runs_is_not_changed_and_what_ended_stays(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    with pytest.raises(PlanNotRunning):
        end_plan(plan, at=at, by=shop.by)
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    assert run_plan(plan, at=at, by=shop.by).status == "running"
    for refuses in (
        lambda: change_plan(plan, at=at, name="Anders"),
        lambda: change_by_hand(plan, "leave_out", customer=shop.people[0], reason="x", at=at),
        lambda: remove_plan(plan, at=at),
        lambda: approve_plan(plan, at=at, by=shop.by),
        lambda: make(plan, at),
    ):
        with pytest.raises(PlanRuns):
            refuses()
    end_plan(plan, at=at, by=shop.by)
    assert end_plan(plan, at=at, by=shop.by).status == "ended"
    assert set(Campaign.objects.values_list("status", flat=True)) == {"ended"}
    with pytest.raises(PlanNotRunning):
        run_plan(plan, at=at, by=shop.by)


def test_a_closed_goal_stops_what_still_has_to_be_given(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    Goal.objects.filter(pk=shop.goal.pk).update(status="closed")
    assert draw_places(plan, at=at) == 0
    assert not Assignment.objects.exists()


# --- persons -----------------------------------------------------------------------------------


def test_a_person_who_is_erased_leaves_the_plan(shop: world.Shop, plan: Plan, at: datetime) -> None:
    who = shop.people[0]
    change_by_hand(plan, "leave_out", customer=who, reason=f"{who.email} belde", at=at, by=shop.by)
    erase_person(who, reason="request", at=at, by=shop.by)
    assert not Place.objects.filter(customer=who).exists()
    assert not PlanChange.objects.exists()


def test_two_records_of_one_person_have_one_place(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    kept, gone = shop.people[0], shop.people[1]
    Place.objects.filter(customer=kept).delete()
    merge_customers(kept, gone, at=at, by=shop.by)
    assert Place.objects.filter(customer=kept).count() == 1
    assert not Place.objects.filter(customer=gone).exists()
