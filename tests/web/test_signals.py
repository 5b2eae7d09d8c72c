"""Signals on screen: alarms, the weeks behind them, outside events, and whom these touch."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from stamgast.customers.models import Customer
from stamgast.scoring.models import Run
from stamgast.signals.actions import note_effect, record_event, record_watch
from stamgast.signals.models import Alarm, OutsideEvent
from stamgast.signals.rules import FoundAlarm
from web.pages import get, names, said, text, undo
from web.scored_people import AS_OF, Visitor, buy, run, score

__all__ = ["run"]
pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 9)
LOSS = {
    "drop": 0.2, "drop_low": 0.1, "drop_high": 0.3,
    "missed": 40.0, "missed_low": 20.0, "missed_high": 60.0,
    "margin_minor": 2000, "is_margin_assumed": False,
}  # fmt: skip
NOTICED = [{"drop": 0.2, "usual": 3, "mostly": 5}, {"drop": 0.1, "usual": None, "mostly": None}]


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    from django.core.cache import cache

    cache.clear()


def watched(at: datetime, *, actual: float = 98.0, alarms: Any = (), weeks: int = 60) -> None:
    """Keep a look of the radar at a steady shop, whose last week brought so many purchases."""
    lines = {"expected": [100.0] * weeks, "low": [85.0] * weeks, "high": [115.0] * weeks}
    facts = {
        **lines,
        "first": (MONDAY - timedelta(weeks=weeks - 1)).isoformat(),
        "actual": [100.0] * (weeks - 1) + [actual],
        "evidence": [0.0] * weeks,
        "delays": NOTICED,
    }
    record_watch(
        until=MONDAY + timedelta(days=6),
        at=at,
        facts={"limit": 9.0, "weeks": weeks, "has_season": False, "gaps": [], "unknown": []},
        series=[("", "", facts), ("country", "NL", facts)],
        alarms=list(alarms),
    )


def happened(at: datetime, **facts: Any) -> OutsideEvent:
    usual = {
        "kind": "competitor_price_cut",
        "title": "Half price beans",
        "starts_on": AS_OF - timedelta(days=20),
    }
    return record_event(at=at, **{**usual, **facts})


def test_says_first_that_nothing_was_looked_at_yet(signed_in: Visitor) -> None:
    page = get(signed_in("service"), "/signals")
    assert said(page) == "Whether purchases fall behind has not been looked at yet."
    assert "Add a signal" not in page


def test_says_first_what_last_week_brought(signed_in: Visitor, at: datetime) -> None:
    watched(at)
    client = signed_in("marketer")
    page = get(client, "/signals")
    assert said(page) == (
        "Last week brought 98 purchases and 100 were expected: nothing out of the ordinary."
    )
    assert "in 8 of 10 within 5 weeks" in text(page)
    assert "seldom noticed within half a year" in text(page)
    watched(at, actual=70.0)
    assert "one week proves nothing" in said(get(client, "/signals"))


def test_an_alarm_leads_and_counts_in_the_menu_until_it_is_seen(
    signed_in: Visitor, at: datetime
) -> None:
    watched(at, alarms=[FoundAlarm("", "", MONDAY, MONDAY - timedelta(weeks=2), LOSS)])
    client = signed_in("marketer")
    page = get(client, "/signals")
    assert said(page) == "Purchases lie 20% behind what was expected since 26 October 2026."
    assert "That is €800 margin" in text(page)
    assert "Signals 1" in text(page)
    alarm = Alarm.objects.get()
    client.post(f"/alarms/{alarm.pk}/see")
    page = get(client, "/signals")
    assert "Signals 1" not in text(page)
    assert "Seen today" in text(page)


def test_closing_an_alarm_can_be_undone(signed_in: Visitor, at: datetime) -> None:
    watched(at, alarms=[FoundAlarm("country", "NL", MONDAY, MONDAY, LOSS)])
    client, alarm = signed_in("marketer"), Alarm.objects.get()
    client.post(f"/alarms/{alarm.pk}/close", {"outcome": "Strike at the post"})
    alarm.refresh_from_db()
    assert alarm.outcome == "Strike at the post"
    undo(client, "/signals")
    alarm.refresh_from_db()
    assert alarm.closed_at is None


def test_who_may_not_see_margin_sees_no_amounts(signed_in: Visitor, at: datetime) -> None:
    watched(at, alarms=[FoundAlarm("", "", MONDAY, MONDAY, LOSS)])
    assert "€" not in get(signed_in("service"), "/signals")


def test_writes_an_event_down_and_takes_it_back(
    run: Run, signed_in: Visitor, at: datetime, anna: Customer
) -> None:
    buy(anna, "1")
    score(run, anna, margin_365_minor=90_000)
    client = signed_in("marketer")
    answer = client.post(
        "/signals/new",
        {"kind": "competitor_price_cut", "title": "Half price beans", "starts_on": "2026-11-12"},
    )
    event = OutsideEvent.objects.get()
    assert answer.headers["Location"] == f"/signals/{event.pk}"
    page = get(client, f"/signals/{event.pk}")
    assert said(page) == (
        "“Half price beans” may touch 1 customer. "
        "Together they are expected to bring €900 margin in the coming year."
    )
    client.post(
        "/signals/new", {"kind": "other", "title": "Nothing really", "starts_on": "2026-11-12"}
    )
    undo(client, "/signals")
    assert OutsideEvent.objects.get() == event


def test_what_is_wrong_in_the_form_stands_beside_its_field(signed_in: Visitor) -> None:
    client = signed_in("marketer")
    answer = client.post(
        "/signals/new",
        {"kind": "other", "title": "x", "starts_on": "2026-11-12", "ends_on": "2026-11-02"},
    )
    assert answer.status_code == 422
    assert not OutsideEvent.objects.exists()


def test_the_exposed_are_a_selection_of_customers(
    run: Run, signed_in: Visitor, at: datetime, anna: Customer, bram: Customer
) -> None:
    buy(anna, "1", days_ago=30)
    for person in (anna, bram):
        score(run, person)
    event = happened(at)
    client = signed_in("marketer")
    assert f"/customers?signal={event.pk}" in get(client, f"/signals/{event.pk}")
    page = get(client, f"/customers?signal={event.pk}")
    assert said(page).startswith("1 customer may be touched by “Half price beans”")
    assert names(page) == ["Anna van der Berg"]
    assert f'name="signal" value="{event.pk}"' in page
    everyone = get(client, "/customers?signal=999999")
    assert said(everyone).startswith("You know 2 customers")


def test_says_how_purchases_moved_per_stage_and_per_kind_of_loyalty(
    signed_in: Visitor, at: datetime
) -> None:
    event = happened(at)
    row = {
        "facet": "", "group": "", "customers": 120, "purchases": 90, "expected": 118.0,
        "exposed": 0.76, "rest": 1.0, "difference": -0.24, "low": -0.35, "high": -0.12,
        "reason": "", "weeks": 2, "earlier": 12,
    }  # fmt: skip
    note_effect(
        event,
        effect=[
            row,
            {**row, "facet": "stage", "group": "active"},
            {**row, "facet": "kind", "group": "captive", "customers": 31},
        ],
        until=AS_OF,
    )
    page = text(get(signed_in("marketer"), f"/signals/{event.pk}"))
    assert "They bought 24% less than the others (95%: 35% less to 12% less)." in page
    assert "held by a contract or a device 31" in page
    assert page.index("held by") < page.index("active 120")
    assert "not what caused it" in page


def test_an_event_ends_and_goes_on_again(signed_in: Visitor, at: datetime) -> None:
    event, client = happened(at), signed_in("marketer")
    client.post(f"/signals/{event.pk}/end", {"ends_on": "2026-11-19"})
    event.refresh_from_db()
    assert event.ends_on == date(2026, 11, 19)
    undo(client, "/signals")
    event.refresh_from_db()
    assert event.ends_on is None


def test_a_correction_is_kept(signed_in: Visitor, at: datetime) -> None:
    event, client = happened(at), signed_in("marketer")
    given = {"kind": "stock_out", "title": "No beans", "starts_on": "2026-10-30"}
    assert client.post(f"/signals/{event.pk}/change", given).status_code == 302
    event.refresh_from_db()
    assert (event.kind, event.title) == ("stock_out", "No beans")
    answer = client.post(f"/signals/{event.pk}/change", {**given, "title": ""})
    assert answer.status_code == 422


def test_in_dutch_too(signed_in: Visitor, at: datetime) -> None:
    watched(at)
    page = get(signed_in("marketer", language="nl"), "/signals")
    assert said(page).startswith(
        "Vorige week bracht 98 aankopen en 100 waren verwacht: niets bijzonders."
    )
