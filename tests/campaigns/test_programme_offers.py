"""Points, rewards and codes of the programme, given by lot: once each, paid for, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns import world
from loyalty.till import basket
from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import end_campaign
from stamgast.campaigns.actions.checking import findings
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.campaigns.rules import OfferPlan
from stamgast.customers.models import Customer, Task
from stamgast.loyalty.actions import (
    join_programme,
    leave_programme,
    record_purchase,
    spend_points,
    start_programme,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import close_set, make_set
from stamgast.loyalty.models import Claim, DiscountCode, Member, Reward
from stamgast.loyalty.rewards.actions import change_reward, make_reward
from stamgast.loyalty.rewards.queries import had_of
from stamgast.measurement.actions import write_lots
from stamgast.measurement.models import Cost, Lot
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]


@pytest.fixture
def members(drifting: Drifting, at: datetime) -> list[Member]:
    """Of the forty who drift all but the last two take part."""
    start_programme(at=at, by="test", since=at - timedelta(days=400))
    return [join_programme(one, at=at)[0] for one in drifting[:-2]]


def offering(goal: Goal, at: datetime, **facts: Any) -> Campaign:
    """Write the save offer down with this offer, and half as control group."""
    row = world.save_offer(at, goal, None, control_share="0.5")
    offer = OfferPlan(code="code", title={"nl": "Iets", "en": "Something"}, **facts)
    return change_campaign(row, offers=[offer], at=at)


def given(row: Campaign) -> list[Assignment]:
    return list(Assignment.objects.filter(campaign=row).select_related("customer", "claim"))


def bodies(mailbox: Mailbox, address: str) -> list[str]:
    places = [n for n, to in enumerate(mailbox.recipients) if to == address]
    return [str(mailbox.message(n).get_body(("plain",))) for n in places]


def points_of(customer: Customer, at: datetime) -> int:
    member = Member.objects.filter(customer=customer).first()
    return balance_of(member, as_of=at).available if member else 0


def test_points_are_given_once_and_paid_for(
    members: list[Member], goal: Goal, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    row = offering(goal, at, kind="points", cost_minor=250, facts={"points": 250})
    everybody = list(Customer.objects.values_list("pk", flat=True))
    assert eligible(row, everybody, at).reasons == {"no_member": 2}
    world.start(row, at, by=marketer)
    world.work(at)
    world.work(at)
    got = given(row)
    assert {points_of(one.customer, at) for one in got} == {250}
    control = Lot.objects.filter(experiment__campaign=row, arm__is_control=True)
    assert {points_of(lot.customer, at) for lot in control} == {0}
    assert len(got) + control.count() == len(members)
    cost = Cost.objects.get(kind="points")
    assert (cost.amount_minor, cost.arm.code) == (250 * len(got), "code")
    later = at + timedelta(days=45)
    jobs.do_work(at=later)
    goal.refresh_from_db()
    assert (goal.reserved_minor, goal.spent_minor) == (0, 250 * len(got))


def test_whoever_never_heard_of_it_has_points_taken_back_unless_spent(
    members: list[Member], goal: Goal, marketer: User, at: datetime
) -> None:
    row = offering(goal, at, kind="points", cost_minor=250, facts={"points": 250})
    world.start(row, at, by=marketer)
    jobs.do_work(at=at)  # queued, and nothing sent
    first, *others = given(row)
    spend_points(Member.objects.get(customer=first.customer), 200, at=at, key="quick")
    end_campaign(row, at=at, by=marketer)
    assert points_of(first.customer, at) == 50
    assert {points_of(one.customer, at) for one in others} == {0}
    assert sum(Cost.objects.values_list("amount_minor", flat=True)) == 250
    goal.refresh_from_db()
    assert (goal.reserved_minor, goal.spent_minor) == (0, 0)


def test_whoever_left_the_programme_meanwhile_gets_nothing(
    members: list[Member], goal: Goal, marketer: User, at: datetime
) -> None:
    row = offering(goal, at, kind="points", cost_minor=250, facts={"points": 250})
    world.start(row, at, by=marketer)
    row.refresh_from_db()
    assert row.experiment is not None
    write_lots(row.experiment, [one.customer_id for one in members], at=at)
    treated = Lot.objects.filter(arm__is_control=False)
    gone = treated.order_by("pk")[0]
    leave_programme(Member.objects.get(customer=gone.customer), at=at)
    jobs.do_work(at=at)
    states = dict(Assignment.objects.values_list("lot", "exit_reason"))
    assert states.pop(gone.pk) == "no_member"
    assert set(states.values()) == {""}
    assert len(states) == treated.count() - 1


def reward(at: datetime, **facts: Any) -> Reward:
    usual: dict[str, Any] = {
        "name": "Koffie bij de winkel", "kind": "service", "points": 300, "currency": "EUR",
        "cost_minor": 200,
    }  # fmt: skip
    return make_reward(at=at, **{**usual, **facts})


def test_a_reward_takes_no_points_and_waits_when_it_is_out_of_stock(
    members: list[Member], goal: Goal, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    coffee = reward(at, stock=5)
    row = offering(goal, at, kind="reward", cost_minor=200, reward=coffee.pk)
    world.start(row, at, by=marketer)
    jobs.do_work(at=at)
    row.refresh_from_db()
    assert row.waits_for == "rewards"
    change_reward(coffee, at=at, stock=None)
    world.work(at)
    row.refresh_from_db()
    assert row.waits_for == ""
    claims = Claim.objects.all()
    treated = Lot.objects.filter(arm__is_control=False)
    assert set(claims.values_list("points", "entry", "state")) == {(0, None, "claimed")}
    assert claims.count() == treated.count() == Task.objects.filter(done_at=None).count()
    assert all(one.claim is not None for one in given(row))
    assert had_of(claims[0].member) == {}  # they may still claim one for points
    assert sum(Cost.objects.values_list("amount_minor", flat=True)) == 200 * treated.count()


def test_a_reward_of_somebody_who_never_heard_of_it_is_undone(
    members: list[Member], goal: Goal, marketer: User, at: datetime
) -> None:
    coffee = reward(at)
    row = offering(goal, at, kind="reward", cost_minor=200, reward=coffee.pk)
    world.start(row, at, by=marketer)
    jobs.do_work(at=at)
    assert Claim.objects.filter(state="claimed").exists()
    end_campaign(row, at=at, by=marketer)
    assert set(Claim.objects.values_list("state", flat=True)) == {"undone"}
    assert sum(Cost.objects.values_list("amount_minor", flat=True)) == 0
    coffee.refresh_from_db()
    assert coffee.claimed == 0


def test_a_code_of_the_programme_is_theirs_alone_and_settled_at_the_till(
    members: list[Member], goal: Goal, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    ten = make_set(name="Tien", kind="percent", percent=10, currency="EUR", uses_per_code=1, at=at)
    row = offering(goal, at, kind="discount_code", cost_minor=800, code_set=ten.pk)
    world.start(row, at, by=marketer)
    world.work(at)
    got = given(row)
    codes = {one.issued.text for one in got if one.issued}
    assert len(codes) == len(got) == len(mailbox.received) == DiscountCode.objects.count()
    one = got[0]
    assert one.issued is not None
    assert any(one.issued.text in body for body in bodies(mailbox, one.customer.email))
    assert one.issued.customer == one.customer
    member = Member.objects.get(customer=one.customer)
    record_purchase(replace(basket("R-1", 50.00), codes=(one.issued.text,)), member, at=at)
    assert jobs.do_work(at=at + timedelta(hours=1))["used"] == 1
    one.refresh_from_db()
    assert (one.state, one.order_number != "") == ("used", True)
    goal.refresh_from_db()
    assert goal.spent_minor == 500


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"kind": "points"}, "no_points"),
        ({"kind": "reward"}, "no_reward"),
        ({"kind": "discount_code"}, "no_codes"),
    ],
)
def test_an_offer_of_nothing_is_found_before_it_runs(
    members: list[Member], goal: Goal, at: datetime, facts: dict[str, Any], problem: str
) -> None:
    row = offering(goal, at, **facts)
    assert problem in [one.code for one in findings(row, at) if one.is_blocking]


def test_a_closed_code_set_and_a_dear_reward_stand_in_the_way(
    members: list[Member], goal: Goal, at: datetime
) -> None:
    ten = make_set(name="Tien", kind="percent", percent=10, currency="EUR", at=at)
    close_set(ten, at=at)
    row = offering(goal, at, kind="discount_code", code_set=ten.pk)
    assert "codes_closed" in [one.code for one in findings(row, at)]
    row = offering(goal, at, kind="reward", cost_minor=100, reward=reward(at).pk)
    assert "reward_costs" in [one.code for one in findings(row, at)]
