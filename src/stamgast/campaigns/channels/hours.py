"""When people are called: working days and Saturdays, by the clock where they live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.campaigns.errors import BadCampaign

Hours = tuple[time, time]
WIDEST: Mapping[str, Hours] = {
    "weekdays": (time(9), time(22)),
    "saturday": (time(10), time(16)),
}
USUAL: Mapping[str, Sequence[str]] = {
    "weekdays": ("09:00", "20:00"),
    "saturday": ("10:00", "16:00"),
}
_DAYS = 14


def read_hours(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the hours as they are kept; an empty day is one without calls.

    Refuses none at all, a day that is none, and hours outside the widest.
    """
    clean: dict[str, list[str]] = {}
    for day, widest in WIDEST.items():
        hours = given.get(day) or ()
        if not hours:
            continue
        try:
            first, last = (time.fromisoformat(str(one)) for one in hours)
        except ValueError:
            raise BadCampaign(field="hours") from None
        if not widest[0] <= first < last <= widest[1]:
            raise BadCampaign(field="hours")
        clean[day] = [f"{first:%H:%M}", f"{last:%H:%M}"]
    if not clean or given.keys() - WIDEST.keys():
        raise BadCampaign(field="hours")
    return clean


def closed_until(
    at: datetime, zones: Sequence[ZoneInfo], hours: Mapping[str, Sequence[str]]
) -> datetime | None:
    """Return until when nobody is called; None when it is the hour for it.

    Of a country with several zones it must be the hour in all; where that never happens the first
    zone decides.
    """
    for watched in (zones, zones[:1]):
        opens = sorted(
            {at, *(one for zone in watched for one in _openings(at, zone, hours) if one > at)}
        )
        for moment in opens:
            if all(_is_open(moment, zone, hours) for zone in watched):
                return moment if moment > at else None
    return at + timedelta(days=_DAYS)


def _openings(at: datetime, zone: ZoneInfo, hours: Mapping[str, Sequence[str]]) -> list[datetime]:
    today = at.astimezone(zone).date()
    days = (today + timedelta(days=n) for n in range(_DAYS))
    return [
        datetime.combine(day, of[0], tzinfo=zone).astimezone(at.tzinfo)
        for day in days
        if (of := _of(day.weekday(), hours)) is not None
    ]


def _is_open(moment: datetime, zone: ZoneInfo, hours: Mapping[str, Sequence[str]]) -> bool:
    local = moment.astimezone(zone)
    of = _of(local.weekday(), hours)
    return of is not None and of[0] <= local.time() < of[1]


def _of(weekday: int, hours: Mapping[str, Sequence[str]]) -> Hours | None:
    """Return the hours of a day of the week; Monday is 0."""
    found = hours.get("weekdays" if weekday < 5 else "saturday" if weekday == 5 else "sunday")
    if not found:
        return None
    return time.fromisoformat(found[0]), time.fromisoformat(found[1])
