"""One month of campaigns: on which day which begins, what goes or is due, and which ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from stamgast.campaigns.models import Campaign, Delivery
from stamgast.web.design.tags import number
from stamgast.web.marketer.campaigns.series_words import channel_word


@dataclass(frozen=True)
class Entry:
    """One thing on one day."""

    campaign: int
    name: str
    text: str
    kind: str  # begins, went, due, closes, ended


@dataclass
class Day:
    """One day of the calendar, with what it holds."""

    day: date
    is_in: bool  # of the month itself, not of its neighbours
    is_today: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    """The weeks of a month, and how much there is in it."""

    first: date
    weeks: list[list[Day]]
    campaigns: int
    went: int
    due: int
    before: str
    after: str


def month_of(asked: str, today: date) -> Month:
    """Return the month that was asked for as 2026-11, else the one of today."""
    first = _first(asked, today)
    following = (first + timedelta(days=32)).replace(day=1)
    monday = first - timedelta(days=first.weekday())
    until = following + timedelta(days=-following.weekday() % 7)
    days = [
        Day(one, first <= one < following, one == today)
        for one in (monday + timedelta(days=n) for n in range((until - monday).days))
    ]
    found: dict[date, list[Entry]] = defaultdict(list)
    counts = {"went": 0, "due": 0}
    for day, entry in _marks(monday, until):
        found[day].append(entry)
    for day, entry, n in _contacts(monday, until):
        found[day].append(entry)
        if first <= day < following:
            counts[entry.kind] += n
    for one in days:
        one.entries = sorted(
            found[one.day], key=lambda entry: (_ORDER.index(entry.kind), entry.name)
        )
    names = {entry.campaign for one in days if one.is_in for entry in one.entries}
    return Month(
        first=first,
        weeks=[days[n : n + 7] for n in range(0, len(days), 7)],
        campaigns=len(names),
        went=counts["went"],
        due=counts["due"],
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{following:%Y-%m}",
    )


_ORDER = ("begins", "went", "due", "closes", "ended")


def _first(asked: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{asked}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year < 2200 else today.replace(day=1)


def _marks(since: date, until: date) -> Iterator[tuple[date, Entry]]:
    """Yield where campaigns begin, when their effect can be judged, and where they ended."""
    for one in Campaign.objects.order_by("pk"):
        began = timezone.localdate(one.started_at) if one.started_at else None
        marks = [
            (began, "begins", gettext("begins")),
            (None if began else one.starts_on, "begins", gettext("is to begin")),
            (timezone.localdate(one.ended_at) if one.ended_at else None, "ended", gettext("ended")),
        ]
        if began and one.rhythm == Campaign.Rhythm.ONCE:
            judged = began + timedelta(days=one.window_days)
            marks.append((judged, "closes", gettext("the effect can be judged")))
        for day, kind, text in marks:
            if day is not None and since <= day < until:
                yield day, Entry(one.pk, one.name, text, kind)


def _contacts(since: date, until: date) -> Iterator[tuple[date, Entry, int]]:
    """Yield per day, campaign and contact how many went, and how many are due."""
    start, end = (timezone.make_aware(datetime.combine(day, time())) for day in (since, until))
    for state, moment, kind in (("sent", "ended_at", "went"), ("waiting", "due_at", "due")):
        rows = Delivery.objects.filter(
            state=state, **{f"{moment}__gte": start, f"{moment}__lt": end}
        )
        counted = (
            rows.annotate(day=TruncDate(moment))
            .values_list("day", "assignment__campaign", "step__position", "channel")
            .annotate(n=Count("pk"), name=F("assignment__campaign__name"))
            .order_by("day", "assignment__campaign", "step__position")
        )
        for day, campaign, position, channel, n, name in counted:
            yield day, Entry(campaign, name, _said(kind, n, position, channel), kind), n


def _said(kind: str, n: int, position: int, channel: str) -> str:
    text = (
        ngettext("%(n)s contact went", "%(n)s contacts went", n)
        if kind == "went"
        else ngettext("%(n)s contact is due", "%(n)s contacts are due", n)
    )
    where = gettext("contact %(place)s, %(channel)s") % {
        "place": number(position),
        "channel": channel_word(channel),
    }
    return f"{text % {'n': number(n)}} ({where})"
