"""Alarms of the radar: told once, brought up to date, withdrawn, seen, closed, opened again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from stamgast.customers.errors import AlreadyClosed, NotClosed
from stamgast.events.models import Event
from stamgast.signals.actions import (
    acknowledge_alarm,
    close_alarm,
    record_alarms,
    record_watch,
    reopen_alarm,
)
from stamgast.signals.errors import BadSignal
from stamgast.signals.models import Alarm, Watch
from stamgast.signals.queries import latest_watch, open_alarms, unseen_alarms, watched_series
from stamgast.signals.rules import FoundAlarm
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db
UNTIL = date(2026, 11, 15)
LOSS = {"drop": 0.2, "drop_low": 0.1, "drop_high": 0.3, "missed": 40.0}


def found(weeks_ago: int = 1, *, facet: str = "", value: str = "", **loss: Any) -> FoundAlarm:
    """Return an alarm of a Monday some weeks ago."""
    monday = date(2026, 11, 9) - timedelta(weeks=weeks_ago)
    return FoundAlarm(facet, value, monday, monday - timedelta(weeks=2), {**LOSS, **loss})


def look(at: datetime, *alarms: FoundAlarm) -> list[Alarm]:
    return record_alarms(alarms, watched={("", ""), ("country", "NL")}, until=UNTIL, at=at)


def told() -> list[str]:
    return list(Event.objects.filter(subject="alarm").order_by("pk").values_list("kind", flat=True))


def test_the_same_look_twice_tells_an_alarm_once(at: datetime) -> None:
    assert len(look(at, found())) == 1
    assert look(at + timedelta(days=1), found()) == []
    assert told() == ["alarm_raised"]
    raised = Event.objects.get(kind="alarm_raised")
    assert raised.facts == {"facet": "", "value": ""}


def test_an_alarm_that_moves_a_week_is_the_same_and_gets_new_figures(at: datetime) -> None:
    look(at, found(2))
    look(at, found(1, drop=0.35))
    assert Alarm.objects.get().facts["drop"] == 0.35


def test_what_is_older_than_eight_weeks_is_no_news(at: datetime) -> None:
    assert look(at, found(9)) == []
    assert not Alarm.objects.exists()


def test_an_alarm_found_no_more_is_withdrawn_unless_its_series_is_not_watched(at: datetime) -> None:
    look(at, found(), found(facet="country", value="NL"), found(facet="country", value="DE"))
    look(at, found())
    withdrawn = Alarm.objects.get(is_withdrawn=True)
    assert (withdrawn.facet, withdrawn.value) == ("country", "NL")
    assert open_alarms().count() == 2
    assert told()[-1] == "alarm_withdrawn"


def test_a_closed_alarm_is_not_raised_again_by_the_same_drop(at: datetime, colleague: User) -> None:
    (alarm,) = look(at, found())
    close_alarm(alarm, outcome="  Strike at the post ", at=at, by=colleague)
    assert look(at + timedelta(days=7), found(0)) == []
    alarm.refresh_from_db()
    assert (alarm.outcome, alarm.closed_by) == ("Strike at the post", colleague)


def test_is_seen_once_and_only_while_open(at: datetime, colleague: User) -> None:
    (alarm,) = look(at, found())
    assert unseen_alarms().count() == 1
    acknowledge_alarm(alarm, at=at, by=colleague)
    again = acknowledge_alarm(alarm, at=at + timedelta(days=1))
    assert (again.seen_at, again.seen_by) == (at, colleague)
    assert unseen_alarms().count() == 0
    close_alarm(alarm, outcome="", at=at)
    with pytest.raises(AlreadyClosed):
        acknowledge_alarm(alarm, at=at)
    assert told() == ["alarm_raised", "alarm_seen", "alarm_closed"]


def test_closes_once_and_opens_again(at: datetime) -> None:
    (alarm,) = look(at, found())
    with pytest.raises(NotClosed):
        reopen_alarm(alarm, at=at)
    with pytest.raises(BadSignal):
        close_alarm(alarm, outcome="x" * 301, at=at)
    close_alarm(alarm, outcome="Sorted", at=at)
    with pytest.raises(AlreadyClosed):
        close_alarm(alarm, outcome="Again", at=at)
    assert reopen_alarm(alarm, at=at).outcome == ""
    assert told() == ["alarm_raised", "alarm_closed", "alarm_reopened"]


def test_only_the_newest_look_is_kept(at: datetime) -> None:
    for value in (1.0, 2.0):
        record_watch(
            until=UNTIL,
            at=at,
            facts={"limit": value},
            series=[("", "", {"actual": [value]}), ("country", "NL", {"actual": [value]})],
            alarms=[],
        )
    assert Watch.objects.count() == 1
    watch, series = latest_watch(), watched_series("country", "NL")
    assert watch is not None
    assert series is not None
    assert (watch.facts, series.facts, series.place) == ({"limit": 2.0}, {"actual": [2.0]}, 1)
