"""The name and guard rails of a goal change on its page, also once it is open."""

from __future__ import annotations

from datetime import datetime

import pytest

from campaigns import world
from campaigns.test_pages import signed_in, text
from stamgast.campaigns.actions import change_guard_rails
from stamgast.campaigns.errors import RailPassed
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.spending import set_aside
from stamgast.strategy.errors import BadGoal, GoalLocked
from stamgast.strategy.models import Goal


@pytest.fixture(autouse=True)
def at_this_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)


def rails(**changes: str) -> dict[str, str]:
    usual = {"name": "Keep them", "contacts_most": "2", "contacts_days": "14", "worst_case": "300"}
    return {**usual, **changes}


def test_they_are_changed_on_the_page_which_says_who_did(goal: Goal) -> None:
    client = signed_in()
    page = text(client.post(f"/goals/{goal.pk}/rails", rails(), follow=True))
    goal.refresh_from_db()
    assert (goal.name, goal.contacts_most, goal.contacts_days) == ("Keep them", 2, 14)
    assert goal.worst_case_minor == 30_000
    assert "One effort may cost at most" in page
    assert "What was changed name, number of contacts, number of days and most that one" in page
    assert "marketer" in page.lower().split("what was changed")[1]
    client.post(f"/goals/{goal.pk}/rails", rails(contacts_most="", worst_case=""))
    goal.refresh_from_db()
    assert (goal.contacts_most, goal.worst_case_minor) == (None, None)


def test_what_is_not_possible_is_said_on_the_page_and_changes_nothing(goal: Goal) -> None:
    client = signed_in()
    for wrong in ({"contacts_days": "0"}, {"worst_case": "999999"}, {"contacts_most": "x"}):
        assert client.post(f"/goals/{goal.pk}/rails", rails(**wrong)).status_code == 422
    assert signed_in("service").post(f"/goals/{goal.pk}/rails", rails()).status_code == 403
    goal.refresh_from_db()
    assert (goal.name, goal.worst_case_minor) == ("", None)


def test_refuses_a_most_that_a_campaign_came_to_already(
    running: Campaign, goal: Goal, at: datetime
) -> None:
    world.work(at)
    came_to = set_aside(running)
    with pytest.raises(RailPassed):
        change_guard_rails(goal, worst_case_minor=came_to - 1, at=at)
    goal.refresh_from_db()
    assert goal.worst_case_minor is None
    page = text(signed_in().post(f"/goals/{goal.pk}/rails", rails(worst_case="1")))
    assert f"“{running.name}” came to more than that already." in page
    assert change_guard_rails(goal, worst_case_minor=came_to, at=at).worst_case_minor == came_to


def test_refuses_what_no_goal_can_have_and_any_change_of_a_closed_one(
    goal: Goal, at: datetime
) -> None:
    with pytest.raises(BadGoal):
        change_guard_rails(goal, contacts_days=0, at=at)
    Goal.objects.filter(pk=goal.pk).update(status="closed", outcome={"actual": 0.5})
    with pytest.raises(GoalLocked):
        change_guard_rails(goal, name="Later", at=at)
