"""The same campaign once more: whom an earlier lot left out stays out while that is followed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns import world
from campaigns.test_pages import signed_in, text
from stamgast.campaigns.actions import change_campaign, end_campaign
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.eligible import Eligibility, eligible
from stamgast.campaigns.models import Campaign, CodeList
from stamgast.customers.models import Customer
from stamgast.measurement.actions import draw_standing, open_standing
from stamgast.measurement.models import Experiment, Lot
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]


@pytest.fixture
def first(running: Campaign, at: datetime) -> Campaign:
    """A round that was given and ended."""
    world.work(at)
    return end_campaign(running, at=at)


def again(goal: Goal, codes: CodeList, at: datetime, *, by: User) -> Campaign:
    world.order_now(None, f"N-{at:%m%d}", at - timedelta(hours=1))
    return world.save_offer(at, goal, codes, by=by)


def left_out(campaign: Campaign) -> set[int]:
    lots = Lot.objects.filter(experiment__campaign=campaign, arm__is_control=True)
    return set(lots.values_list("customer_id", flat=True))


def who_may(campaign: Campaign, at: datetime) -> Eligibility:
    return eligible(campaign, members(campaign.audience, looking(at)), at)


def test_a_second_round_leaves_out_whom_the_first_left_out_while_they_are_followed(
    first: Campaign, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    later = at + timedelta(days=40)
    second = again(goal, codes, later, by=marketer)
    out = left_out(first)
    assert who_may(second, later).reasons == {"similar_control": len(out)}
    world.start(second, later, by=marketer)
    world.work(later)
    drawn = Lot.objects.filter(experiment__campaign=second)
    assert drawn.count() == 40 - len(out)
    assert not drawn.filter(customer__in=out).exists()


def test_once_nothing_is_followed_any_more_they_may_be_drawn_again(
    first: Campaign, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    of = Experiment.objects.get(campaign=first)
    over = at + timedelta(days=of.window_days + of.after_days)
    second = again(goal, codes, over, by=marketer)
    assert who_may(second, over).may_not == {}


def test_a_campaign_of_another_kind_may_draw_them(
    first: Campaign, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    second = again(goal, codes, at, by=marketer)
    for pool in ("", "Something else"):
        other = change_campaign(second, pool=pool, at=at, by=marketer)
        assert "similar_control" not in who_may(other, at).reasons


def test_the_standing_control_group_is_drawn_in_every_round(
    offer: Campaign, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    open_standing(0.3, name="Standing", at=at, key="standing")
    draw_standing(at=at)
    world.start(offer, at, by=marketer)
    world.work(at)
    ended = end_campaign(offer, at=at)
    second = again(goal, codes, at, by=marketer)
    lots = Lot.objects.filter(experiment__campaign=ended)
    standing = lots.filter(is_standing=True).count()
    assert standing
    assert who_may(second, at).reasons == {"similar_control": len(left_out(ended)) - standing}


def test_the_preview_says_how_many_and_why(
    first: Campaign,
    goal: Goal,
    codes: CodeList,
    marketer: User,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)
    second = again(goal, codes, at, by=marketer)
    out = len(left_out(first))
    who = text(signed_in().get(f"/campaigns/{second.pk}/who"))
    assert f"{out} a similar campaign's lot left them out, and that is still followed" in who
