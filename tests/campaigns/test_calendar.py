"""The calendar: on which day a campaign begins, what went, what is due, and when it can be judged."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from campaigns import world
from campaigns.test_pages import signed_in, text
from campaigns.test_series import mail_of, series_of
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.staff.models import User
from stamgast.web.marketer.campaigns.month import month_of

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def at_this_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Pages read the clock once; here it always reads the same."""
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)


def test_shows_what_begins_went_and_is_due_per_day(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    change_campaign(offer, rhythm="once", at=at, by=marketer)
    row = series_of(offer, at, marketer, mail_of(offer), mail_of(offer, wait_days=5))
    world.start(row, at, by=marketer)
    world.work(at)
    given = Assignment.objects.count()
    month = month_of("", TODAY)
    days = {one.day: [entry.kind for entry in one.entries] for week in month.weeks for one in week}
    assert days[TODAY] == ["begins", "went"]
    assert days[TODAY + timedelta(days=5)] == ["due"]
    assert (month.campaigns, month.went, month.due) == (1, given, given)
    assert all(len(week) == 7 and week[0].day.weekday() == 0 for week in month.weeks)
    judged = TODAY + timedelta(days=row.window_days)
    later = month_of(f"{judged:%Y-%m}", TODAY)
    (there,) = (one for week in later.weeks for one in week if one.day == judged)
    assert [entry.kind for entry in there.entries] == ["closes"]
    page = text(signed_in().get("/campaigns/calendar"))
    assert f"One campaign in November 2026: {given} contacts went, {given} are due." in page
    assert f"{given} contacts are due (contact 2, mail)" in page
    dutch = text(signed_in(language="nl").get("/campaigns/calendar?month=2026-11"))
    assert f"Eén campagne in november 2026: {given} contacten verstuurd" in dutch


def test_an_empty_month_says_so_and_an_impossible_one_is_this_month(db: None) -> None:
    client = signed_in()
    assert "Nothing begins, goes or ends" in text(client.get("/campaigns/calendar?month=2027-02"))
    for odd in ("2026-13", "x", "9999-12", "2026-11-02"):
        assert month_of(odd, TODAY).first == date(2026, 11, 1)
        assert client.get(f"/campaigns/calendar?month={odd}").status_code == 200
