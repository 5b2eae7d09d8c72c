"""Days, hours and seasons, in the shop's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from stamgast.insight.simulation.clock import Clock, Pace, Season

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "UTC", "America/New_York", "Asia/Kolkata"])
def test_moments_have_the_day_and_hour_of_the_zone(zone):
    clock = Clock(date(2024, 1, 1), 800, zone)
    at = np.random.default_rng(1).uniform(0, 800, 2_000)
    moments = clock.utc(at).astype("datetime64[s]").astype(object)
    local = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for moment in moments]
    assert clock.day(at).astype(object).tolist() == [moment.date() for moment in local]
    if zone != "Asia/Kolkata":  # half an hour off: hours of a season are whole ones there
        assert clock.hour(at).tolist() == [moment.hour for moment in local]


def test_days_begin_at_local_midnight_also_when_the_clocks_change():
    clock = Clock(date(2025, 3, 28), 300, "Europe/Amsterdam")
    for offset in (0, 1, 2, 3, 210, 211, 212, 213):
        day = date(2025, 3, 28) + timedelta(days=offset)
        begins = clock.utc(np.atleast_1d(clock.midnight(day)))[0].astype(object)
        expected = datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).astimezone(UTC)
        assert begins.replace(tzinfo=UTC) == expected


def test_a_flat_season_is_the_clock_itself():
    pace = Pace(Clock(date(2025, 1, 1), 400, "UTC"), Season())
    at = np.linspace(0, 399, 50)
    assert np.allclose(pace.elapsed(at), at)
    assert np.allclose(pace.moment(at), at)
    assert np.isinf(pace.moment(np.array([500.0]))).all()


def test_a_season_runs_fast_in_december_and_takes_a_year_for_a_year():
    season = Season(months=(1.0,) * 11 + (3.0,), weekdays=(2, 1, 1, 1, 1, 1, 0))
    clock = Clock(date(2022, 1, 1), 1_500, "Europe/Amsterdam")
    pace = Pace(clock, season)
    edges = pace.elapsed(clock.midnight(np.array(["2025-11-01", "2025-12-01"], "M8[D]")))
    end = float(pace.elapsed(clock.midnight(date(2026, 1, 1))))
    assert end == pytest.approx(4 * 365.25, rel=0.002)
    assert (end - edges[1]) / 31 == pytest.approx(3 * (edges[1] - edges[0]) / 30, rel=0.1)


def test_pace_and_its_inverse_agree():
    pace = Pace(Clock(date(2025, 1, 1), 400, "UTC"), Season(months=(0.0,) * 11 + (1.0,)))
    at = np.linspace(335, 364, 40)
    assert np.allclose(pace.moment(pace.elapsed(at)), at, atol=1e-6)


@pytest.mark.parametrize(
    "parts", [{"months": (1.0,) * 11}, {"hours": (-1.0,) + (1.0,) * 23}, {"weekdays": (0.0,) * 7}]
)
def test_refuses_seasons_that_cannot_be(parts):
    with pytest.raises(ValueError, match=next(iter(parts))):
        Season(**parts)
