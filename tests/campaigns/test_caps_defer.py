"""A customer who heard from us often enough is drawn, and hears later: the cap defers, it drops nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns import world
from mail.mailbox import Mailbox
from stamgast.campaigns.actions import change_campaign, check_campaign
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.customers.actions import add_interaction
from stamgast.customers.models import Customer
from stamgast.measurement.models import Lot
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

DAY = timedelta(days=1)


@pytest.fixture
def capped(offer: Campaign, drifting: list[Customer], goal: Goal, at: datetime) -> Campaign:
    """A campaign of whose audience everybody heard from us as often as the goal allows."""
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1, contacts_days=10)
    for n, one in enumerate(drifting):
        add_interaction(one, kind="email", text="x", is_ours=True, at=at - DAY, key=f"e{n}")
    everybody = {"version": 1, "who": {"all": [{"is": "stage", "in": ["drifting"]}]}}
    return change_campaign(offer, audience=everybody, at=at)


def test_a_whole_audience_that_is_capped_is_drawn_and_hears_when_it_may(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    found = {one["code"]: one for one in check_campaign(capped, at=at).findings}
    assert found["contacted_often"]["facts"] == {"customers": 40}
    assert not found["contacted_often"]["is_blocking"]
    world.start(capped, at, by=marketer)
    world.work(at)
    assert (Lot.objects.count(), mailbox.received) == (40, [])
    for day in range(1, 13):
        now = at + day * DAY
        world.order_now(None, f"N-{now:%m%d}", now)
        world.work(now)
    assert len(mailbox.received) == Assignment.objects.count()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_what_may_not_go_before_the_offer_ends_is_withheld_with_its_money_back(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=200)
    world.start(capped, at, by=marketer)
    world.work(at)
    later = at + 31 * DAY
    world.order_now(None, "N-9", later)
    world.work(later)
    world.work(later + 15 * DAY)
    assert mailbox.received == []
    assert set(Delivery.objects.values_list("state", "reason")) == {("withheld", "offer_expired")}
    goal.refresh_from_db()
    assert goal.reserved_minor == 0
