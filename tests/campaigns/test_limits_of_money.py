"""What a campaign gives never exceeds its goal's budget or guard rail, and it says why it stands still."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns import world
from campaigns.test_pages import signed_in, text
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import change_campaign
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.models import Assignment, Campaign, CodeList
from stamgast.campaigns.rules import StepPlan
from stamgast.campaigns.spending import set_aside
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.measurement.actions import draw_lots
from stamgast.measurement.models import Experiment, Lot
from stamgast.scoring.models import Run
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

DAY = timedelta(days=1)


def reason(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).waits_for


def given(campaign: Campaign) -> int:
    return Assignment.objects.filter(campaign=campaign, state="given").count()


def change_goal(goal: Goal, **facts: object) -> None:
    Goal.objects.filter(pk=goal.pk).update(**facts)


@pytest.fixture
def daily(offer: Campaign, goal: Goal, marketer: User, at: datetime) -> Campaign:
    """A campaign that looks every day, of a goal that lets one effort cost 200 euro."""
    change_goal(goal, worst_case_minor=20_000)
    row = change_campaign(offer, rhythm="daily", at=at, by=marketer)
    return world.start(row, at, by=marketer)


def next_day(day: datetime, *, first: int) -> None:
    """Let the base be scored again, with ten customers more who drift, and the campaign work."""
    world.make_drifting(10, day, first=first)
    world.order_now(None, f"N-{day:%m%d}", day)
    Run.objects.update(ended_at=day - timedelta(hours=5))
    world.work(day)


def test_a_campaign_whose_goal_was_closed_stands_still_and_asks_for_no_work(
    running: Campaign, goal: Goal, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_goal(goal, status="closed", closed_at=at)
    world.work(at)
    assert (reason(running), given(running), Lot.objects.count()) == ("goal_not_open", 0, 0)
    assert not jobs.has_work(at + DAY / 2)
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)
    page = text(signed_in().get(f"/campaigns/{running.pk}"))
    assert "It stands still: its goal is closed" in page


def test_a_goal_that_is_closed_half_way_asks_for_no_work_either(
    daily: Campaign, goal: Goal, at: datetime
) -> None:
    world.work(at)
    before = given(daily)
    change_goal(goal, worst_case_minor=None, status="closed", closed_at=at)
    next_day(at + DAY, first=100)
    assert (reason(daily), given(daily)) == ("goal_not_open", before)
    assert not jobs.has_work(at + DAY + timedelta(hours=1))


def test_what_is_left_must_pay_for_the_contacts_too(
    running: Campaign, goal: Goal, at: datetime
) -> None:
    running.steps.update(cost_minor=2)
    world.work(at)
    world.make_drifting(5, at, first=100)
    Campaign.objects.filter(pk=running.pk).update(rhythm="daily", waits_for="budget")
    goal.refresh_from_db()
    used = goal.reserved_minor + goal.spent_minor
    change_goal(goal, budget_minor=used + 501)
    assert not jobs.has_work(at)
    change_goal(goal, budget_minor=used + 502)
    assert jobs.has_work(at)


@pytest.mark.parametrize("short", ["budget", "worst_case", "codes"])
def test_what_is_left_goes_to_as_many_as_it_does_for_and_no_work_is_asked_for_the_rest(
    running: Campaign, goal: Goal, codes: CodeList, at: datetime, short: str
) -> None:
    everybody = list(Customer.objects.values_list("pk", flat=True))
    draw_lots(Experiment.objects.get(campaign=running), everybody, at=at)
    Campaign.objects.filter(pk=running.pk).update(rounds=1)
    if short == "codes":
        codes.codes.filter(pk__gt=codes.codes.order_by("pk")[9].pk).delete()
    else:
        change_goal(goal, **{f"{short}_minor": 5_400})
    world.work(at)
    assert (reason(running), given(running)) == (short, 10)
    assert not jobs.has_work(at + timedelta(hours=1))
    told = Event.objects.get(kind="campaign_waits")
    assert told.facts["why"] == short


def test_the_guard_rail_holds_day_after_day_and_says_so(
    daily: Campaign, goal: Goal, at: datetime
) -> None:
    world.work(at)
    for n in range(1, 5):
        next_day(at + n * DAY, first=100 * n)
        assert set_aside(daily) <= 20_000
    assert reason(daily) == "worst_case"
    assert set_aside(daily) > 19_000
    goal.refresh_from_db()
    assert goal.reserved_minor == set_aside(daily)
    assert not jobs.has_work(at + 4 * DAY)
    change_goal(goal, worst_case_minor=22_000)
    assert jobs.has_work(at + 4 * DAY)
    world.work(at + 4 * DAY)
    assert 20_000 < set_aside(daily) <= 22_000


def test_what_an_offer_turned_out_to_cost_leaves_room_for_another(
    daily: Campaign, goal: Goal, at: datetime
) -> None:
    world.work(at)
    before = set_aside(daily)
    one = Assignment.objects.select_related("customer", "code").earliest("pk")
    assert one.code is not None
    world.order_now(one.customer, "N-5", at + DAY, discount_code=one.code.text, discount_minor=320)
    jobs.do_work(at=at + DAY)
    assert set_aside(daily) == before - 500 + 320


def test_contacts_that_wait_for_orders_to_be_known_ask_for_no_work(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    _, steps = plans_of(offer)
    later = StepPlan(content=steps[0].content, wait_days=1)
    row = change_campaign(offer, steps=[steps[0], later], at=at, by=marketer)
    world.start(row, at, by=marketer)
    world.work(at)
    late = at + timedelta(days=2)
    assert not jobs.has_work(late)
    world.order_now(None, "N-7", late)
    assert jobs.has_work(late)


def test_a_clock_that_jumps_ahead_spends_nothing_twice_and_gives_back_what_ran_out(
    daily: Campaign, goal: Goal, at: datetime
) -> None:
    world.work(at)
    before = given(daily)
    ahead = at + 400 * DAY
    world.order_now(None, "N-9", ahead)
    world.work(ahead)
    world.work(ahead)
    assert Assignment.objects.filter(campaign=daily).count() == before
    assert Lot.objects.values("customer").distinct().count() == Lot.objects.count()
    goal.refresh_from_db()
    assert (goal.reserved_minor, goal.spent_minor) == (0, 0)
    assert set_aside(daily) == 0
