"""The year as a series sees it: weeks, the season as waves, and holidays that move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from stamgast.insight.radar.expectation import Array

WEEK = timedelta(days=7)
YEAR = 365.25
# Prior standard deviations, of the logarithm: each wave of the season, and a holiday.
WAVES = (0.25, 0.15, 0.10)
HOLIDAY = 0.4
CHANGE = 0.15  # of that, how much may change from one year to the next

Holidays = Mapping[str, Sequence[date]]


def monday(day: date) -> date:
    """Return the first day of the week a day is in."""
    return day - timedelta(days=day.weekday())


def whole_weeks(first: date, until: date) -> list[date]:
    """Return the Mondays of the weeks that lie wholly between two days, both included."""
    start = first if first.weekday() == 0 else monday(first) + WEEK
    end = monday(until + timedelta(days=1))
    return [start + WEEK * n for n in range(max((end - start).days // 7, 0))]


def regressors(weeks: Sequence[date], holidays: Holidays) -> Array:
    """Return what each week knows beforehand: weeks x states, as `Bank` has them.

    Columns: level, slope (which acts through the level), the lingering swing, cosine and sine of
    each wave of the year, and per holiday the share of its days that fall in the week.
    """
    middle = np.array([(week - date(2000, 1, 1)).days + 3 for week in weeks], dtype=float)
    columns = [np.ones(len(weeks)), np.zeros(len(weeks)), np.ones(len(weeks))]
    for wave in range(1, len(WAVES) + 1):
        turn = 2 * np.pi * wave * middle / YEAR
        columns += [np.cos(turn), np.sin(turn)]
    for days in holidays.values():
        places = np.array([(monday(day) - weeks[0]).days // 7 for day in days], dtype=int)
        inside = places[(places >= 0) & (places < len(weeks))]
        columns.append(np.bincount(inside, minlength=len(weeks)) / 7)
    return np.stack(columns, axis=1).astype(float)


def uncertainty(holidays: Holidays) -> tuple[Array, Array]:
    """Return the variances of season and holidays: at first, and of their change per week."""
    spread = [*np.repeat(WAVES, 2), *[HOLIDAY] * len(holidays)]
    prior = np.square(np.array(spread, dtype=float))
    return prior, prior * CHANGE**2 / 52


def usual_holidays(years: Iterable[int]) -> dict[str, list[date]]:
    """Return the days around which shops in western Europe sell unlike other weeks, per name.

    Not the days off themselves matter but the weeks of buying: before Christmas, the quiet week
    from Christmas to New Year, Saint Nicholas, the days around Black Friday, and Easter.
    """
    found: dict[str, list[date]] = {}
    for year in years:
        friday = date(year, 11, 22) + timedelta(days=(3 - date(year, 11, 22).weekday()) % 7 + 1)
        easter = easter_sunday(year)
        for name, first, last in (
            ("saint_nicholas", date(year, 11, 24), date(year, 12, 5)),
            ("black_friday", friday - timedelta(days=4), friday + timedelta(days=3)),
            ("before_christmas", date(year, 12, 6), date(year, 12, 22)),
            ("christmas", date(year, 12, 23), date(year + 1, 1, 1)),
            ("easter", easter - timedelta(days=2), easter + timedelta(days=1)),
        ):
            days = (last - first).days + 1
            found.setdefault(name, []).extend(first + timedelta(days=n) for n in range(days))
    return found


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus' form of the computus, 1991)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
