"""Weeks, seasons and holidays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from stamgast.insight.radar.year import easter_sunday, regressors, usual_holidays, whole_weeks


@pytest.mark.parametrize(
    "easter",
    [date(1818, 3, 22), date(1943, 4, 25), date(2024, 3, 31), date(2025, 4, 20), date(2038, 4, 25)],
)
def test_easter_is_on_its_day(easter: date) -> None:
    assert easter_sunday(easter.year) == easter


@pytest.mark.parametrize(("year", "day"), [(2023, 24), (2024, 29), (2025, 28), (2026, 27)])
def test_black_friday_follows_the_fourth_thursday(year: int, day: int) -> None:
    around = usual_holidays([year])["black_friday"]
    assert date(year, 11, day) in around
    assert (around[0], around[-1]) == (date(year, 11, day - 4), date(year, 11, day) + timedelta(3))


def test_only_weeks_that_are_known_from_monday_to_sunday_count() -> None:
    tuesday, saturday = date(2026, 9, 1), date(2026, 9, 19)
    assert whole_weeks(tuesday, saturday) == [date(2026, 9, 7)]
    assert whole_weeks(tuesday, saturday + timedelta(1)) == [date(2026, 9, 7), date(2026, 9, 14)]
    assert whole_weeks(saturday, saturday) == []


def test_a_week_knows_which_share_of_a_holiday_falls_in_it() -> None:
    weeks = [date(2026, 3, 30), date(2026, 4, 6)]
    easter = {"easter": [date(2026, 4, day) for day in (3, 4, 5, 6)]}  # Friday to Monday
    assert regressors(weeks, easter)[:, -1] == pytest.approx([3 / 7, 1 / 7])


def test_the_season_comes_back_after_a_year() -> None:
    weeks = whole_weeks(date(2020, 1, 1), date(2028, 1, 1))
    waves = regressors(weeks, {})[:, 3:]
    same = [weeks.index(week) for week in (date(2020, 1, 6), date(2026, 1, 5))]
    assert np.abs(waves[same[0]] - waves[same[1]]).max() < 0.1
    assert np.linalg.matrix_rank(regressors(weeks, {})[:, [0, *range(3, 9)]]) == 7
