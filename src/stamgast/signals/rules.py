"""What an outside event may say, whom it touches, and which alarms are news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stamgast.customers.rules import tidy, tidy_lines
from stamgast.signals.errors import BadSignal

KINDS = (
    "competitor_price_cut",
    "competitor_campaign",
    "own_price_rise",
    "stock_out",
    "service_failure",
    "other",
)
LISTS = ("skus", "categories", "countries")
LONGEST = {"title": 120, "note": 1000, "source": 200, "outcome": 300, "key": 120}
LONGEST_NAME, MOST_NAMES = 120, 200

# Whoever bought within a year before an event began is exposed to it.
EXPOSED_FOR = timedelta(days=364)
# How old an alarm may be and still be told; the radar replays the whole history each time.
NEWS_FOR = timedelta(weeks=8)
# Orders that come in late may move the week of an alarm: so near, it is the same.
SAME_WITHIN = timedelta(weeks=8)
# How long after its start an event is measured.
MEASURED_FOR = timedelta(weeks=26)


@dataclass(frozen=True)
class FoundAlarm:
    """An alarm as the radar found it."""

    facet: str
    value: str
    raised_on: date
    since_on: date
    facts: Mapping[str, Any]


def clean_event(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Bring what is told of an event into one form; refuses what is missing or not possible."""
    clean: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
    if clean.get("kind") not in KINDS:
        raise BadSignal(field="kind")
    for name, tidied in (("title", tidy), ("note", tidy_lines), ("source", tidy)):
        clean[name] = tidied(clean.get(name, ""))
        if len(clean[name]) > LONGEST[name]:
            raise BadSignal(field=name)
    if not clean["title"]:
        raise BadSignal(field="title")
    for name in LISTS:
        clean[name] = _names(clean.get(name, ()), name)
    starts_on, ends_on = clean.get("starts_on"), clean.get("ends_on")
    if type(starts_on) is not date:
        raise BadSignal(field="starts_on")
    check_end(starts_on, ends_on)
    clean["ends_on"] = ends_on
    return clean


def check_end(starts_on: date, ends_on: date | None) -> None:
    """Refuse an end that is no day, or lies before the start."""
    if ends_on is not None and (type(ends_on) is not date or ends_on < starts_on):
        raise BadSignal(field="ends_on")


def clean_outcome(text: str) -> str:
    """Return what came of an alarm on one line; refuses an overlong text."""
    outcome = tidy(text)
    if len(outcome) > LONGEST["outcome"]:
        raise BadSignal(field="outcome")
    return outcome


def _names(names: Iterable[Any], field: str) -> list[str]:
    """Return names once each, in the order given."""
    if isinstance(names, str):
        raise BadSignal(field=field)
    tidied = [name for name in (tidy(one) for one in names) if name]
    found = list(dict.fromkeys(tidied))
    if len(found) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in found):
        raise BadSignal(field=field)
    return found


def exposure(starts_on: date) -> tuple[date, date]:
    """Return from which day, until which day (not included) a purchase makes exposed."""
    return starts_on - EXPOSED_FOR, starts_on


def is_news(raised_on: date, until: date) -> bool:
    """Say whether an alarm is told, seen from the last day that is known."""
    return raised_on > until - NEWS_FOR


def is_same_alarm(known: date, found: date) -> bool:
    """Say whether two alarms of one series are one, by the weeks that raised them."""
    return abs(known - found) < SAME_WITHIN


def is_measured(starts_on: date, until: date) -> bool:
    """Say whether an event still gets new figures."""
    return until - MEASURED_FOR < starts_on <= until
