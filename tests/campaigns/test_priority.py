"""Where several campaigns want one customer, the one that goes first has them first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import world
from mail.mailbox import Mailbox
from stamgast.campaigns.actions import check_campaign, end_campaign, move_campaign
from stamgast.campaigns.errors import CampaignEnded
from stamgast.campaigns.models import Campaign, CodeList, Delivery
from stamgast.campaigns.priority import clashes, live_in_order
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.mail.models import Message
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(
    drifting: list[Customer], goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> tuple[Campaign, Campaign]:
    """Two save offers for the same customers, with hardly a control group."""
    first, second = (
        world.save_offer(at, goal, codes, by=marketer, control_share="0.01") for _ in range(2)
    )
    return check_campaign(first, at=at), check_campaign(second, at=at)


def test_the_older_goes_first_until_somebody_says_otherwise(
    two: tuple[Campaign, Campaign], marketer: User, at: datetime
) -> None:
    first, second = two
    assert live_in_order() == [first, second]
    found = move_campaign(second, is_up=True, at=at, by=marketer)
    assert found == live_in_order() == [second, first]
    told = Event.objects.get(kind="campaign_moved")
    assert told.facts == {"priority": 1, "passed": first.pk}
    assert told.actor == f"user:{marketer.pk}"
    assert move_campaign(second, is_up=True, at=at) == [second, first]  # it is first already
    assert move_campaign(second, is_up=False, at=at) == [first, second]
    assert Event.objects.filter(kind="campaign_moved").count() == 2


def test_says_who_wins_from_whom_and_how_many(two: tuple[Campaign, Campaign], at: datetime) -> None:
    first, second = two
    (clash,) = clashes(at)
    assert (clash.first, clash.second, clash.customers) == (first, second, 40)
    move_campaign(second, is_up=True, at=at)
    (clash,) = clashes(at)
    assert (clash.first, clash.second) == (second, first)


def test_counts_who_is_wanted_twice_once_until_an_audience_changes(
    two: tuple[Campaign, Campaign], at: datetime
) -> None:
    with CaptureQueriesContext(connection) as first_time:
        assert clashes(at)[0].customers == 40
    with CaptureQueriesContext(connection) as again:
        assert clashes(at)[0].customers == 40
    looked = [
        sum(one["sql"].startswith("SELECT c.id ") for one in asked) for asked in (first_time, again)
    ]
    assert looked == [2, 0]  # audiences that were looked up
    few = {**two[1].audience, "who": {"is": "stage", "in": ["lost"]}}
    Campaign.objects.filter(pk=two[1].pk).update(audience=few)
    assert not clashes(at)


def test_the_first_has_the_customer_today_and_the_other_comes_a_day_later(
    two: tuple[Campaign, Campaign], marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    first, second = two
    move_campaign(second, is_up=True, at=at)
    for campaign in (first, second):
        world.start(campaign, at, by=marketer)
    world.work(at)
    both = _given(first) & _given(second)
    assert len(both) > 30
    assert _heard_of(second) == _given(second)
    assert _heard_of(first) == _given(first) - both
    waiting = Message.objects.filter(status="waiting")
    assert waiting.count() == len(both)
    assert set(waiting.values_list("reason", flat=True)) == {"gives_way"}
    tomorrow = at + timedelta(hours=23)
    world.order_now(None, "N-2", tomorrow - timedelta(hours=1))
    world.work(tomorrow)
    assert not Message.objects.filter(status="waiting").exists()
    assert len(mailbox.received) == Delivery.objects.filter(state="sent").count()


def _given(campaign: Campaign) -> set[int]:
    return set(campaign.assignments.values_list("customer", flat=True))


def _heard_of(campaign: Campaign) -> set[int]:
    sent = Delivery.objects.filter(state="sent", assignment__campaign=campaign)
    return set(sent.values_list("assignment__customer", flat=True))


def test_the_cap_is_kept_for_the_campaign_that_goes_first(
    two: tuple[Campaign, Campaign], goal: Goal, marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    """With one contact a month, who is wanted by both hears of the first alone."""
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1)
    first, second = two
    world.start(first, at, by=marketer)
    move_campaign(second, is_up=True, at=at)
    world.start(second, at, by=marketer)
    world.work(at)
    heard = Delivery.objects.filter(state="sent")
    assert heard.filter(assignment__campaign=second).count() > 35
    later = at + timedelta(days=2)
    world.order_now(None, "N-2", later - timedelta(hours=1))
    world.work(later)
    people = heard.values_list("assignment__customer", flat=True)
    assert len(people) == len(set(people))


def test_refuses_to_move_what_ended(running: Campaign, at: datetime) -> None:
    end_campaign(running, at=at)
    with pytest.raises(CampaignEnded):
        move_campaign(running, is_up=True, at=at)
