"""The calendar: a month day by day, and the weeks around now campaign by campaign."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from stamgast.campaigns.models import Campaign, Delivery
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer.campaigns.month import month_of

WEEKS_BACK, WEEKS_AHEAD = 5, 8


@dataclass(frozen=True)
class Bar:
    """One campaign over the weeks shown: where its bar begins, how long it is, what went."""

    campaign: Campaign
    first: int
    length: int
    contacts: int
    is_open: bool  # it has no end yet


@dataclass(frozen=True)
class Week:
    """One week of the calendar."""

    monday: date
    is_now: bool
    went: int | None  # None: it is yet to come
    due: int | None  # None: it is over


@page("see base")
def calendar(request: StaffRequest) -> HttpResponse:
    """Show what happens on which day of a month, and campaigns over the weeks around now."""
    today = timezone.localdate(request.at)
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS_BACK)
    weeks = [first + timedelta(weeks=n) for n in range(WEEKS_BACK + 1 + WEEKS_AHEAD)]
    went = _contacts("sent", "ended_at", first)
    due = _contacts("waiting", "due_at", monday)
    facts = {
        "month": month_of(request.GET.get("month", ""), today),
        "weeks": [
            Week(
                week,
                week == monday,
                _in(week, went) if week <= monday else None,
                _in(week, due) if week >= monday else None,
            )
            for week in weeks
        ],
        "bars": [bar for one in _campaigns() if (bar := _bar(one, weeks, today)) is not None],
        "columns": len(weeks),
    }
    return render(request, "campaigns/calendar.html", facts)


def _campaigns() -> list[Campaign]:
    rows = Campaign.objects.exclude(status="draft").annotate(n=Count("assignments__deliveries"))
    return list(rows.order_by("started_at", "pk")[:60])


def _contacts(state: str, moment: str, first: date) -> dict[date, int]:
    rows = Delivery.objects.filter(state=state, **{f"{moment}__date__gte": first})
    days = rows.annotate(day=TruncDate(moment)).values_list("day").annotate(n=Count("pk"))
    found: dict[date, int] = defaultdict(int)
    for day, count in days:
        found[day] += count
    return found


def _bar(one: Campaign, weeks: list[date], today: date) -> Bar | None:
    begins = timezone.localdate(one.started_at) if one.started_at else one.starts_on or today
    is_open = one.ended_at is None and one.rhythm != Campaign.Rhythm.ONCE
    if one.ended_at is not None:
        ends = timezone.localdate(one.ended_at)
    elif is_open:
        ends = weeks[-1] + timedelta(days=6)
    else:
        ends = max(begins, today if one.status in ("running", "paused") else begins)
    last = weeks[-1] + timedelta(days=6)
    if ends < weeks[0] or begins > last:
        return None
    start = max(0, (begins - weeks[0]).days // 7)
    end = min(len(weeks) - 1, (ends - weeks[0]).days // 7)
    return Bar(one, start + 1, end - start + 1, one.n, is_open)  # type: ignore[attr-defined]


def _in(week: date, counted: dict[date, int]) -> int:
    return sum(n for day, n in counted.items() if week <= day < week + timedelta(days=7))
