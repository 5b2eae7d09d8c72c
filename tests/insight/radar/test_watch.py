"""Watching a shop: drops are found, dated and measured; nothing else is called a drop."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from stamgast.insight.radar.counts import Weeks
from stamgast.insight.radar.expectation import Array
from stamgast.insight.radar.watching import Watched, watch
from stamgast.insight.radar.worlds import BEGINS, WORLDS, holidays, shops
from stamgast.insight.radar.year import WEEK

CALM = WORLDS[1]
NAMES = [("", ""), ("country", "NL"), ("country", "BE"), ("country", "LU"), ("channel", "web"),
         ("channel", "shop"), *(("category", name) for name in "ABCD")]  # fmt: skip


def weeks_of(counts: Array, names: list[tuple[str, str]] = NAMES) -> Weeks:
    return Weeks([BEGINS + WEEK * n for n in range(len(counts))], names, counts)


def look(counts: Array, names: list[tuple[str, str]] = NAMES) -> Watched:
    return watch(weeks_of(counts, names), holidays=holidays(len(counts)))


def shop(weeks: int = 150, *, drop: float = 0.0, start: int = 0, volume: float = 400.0) -> Array:
    return shops(CALM, 1, weeks, np.random.default_rng(9), drop=drop, start=start, volume=volume)


def test_a_drop_is_found_dated_and_measured() -> None:
    watched = look(shop(drop=0.3, start=130))
    whole = [alarm for alarm in watched.alarms if not alarm.facet]
    assert len(whole) == 1
    assert BEGINS + WEEK * 130 <= whole[0].raised <= BEGINS + WEEK * 133
    assert abs(whole[0].since - (BEGINS + WEEK * 130)) <= WEEK
    loss = whole[0].loss
    assert loss.drop_low < 0.3 < loss.drop_high
    assert loss.missed_low < loss.missed < loss.missed_high
    assert loss.weeks == 12
    assert loss.missed == pytest.approx(400 * 12 * 0.3, rel=0.5)


def test_without_a_drop_there_is_no_alarm() -> None:
    watched = look(shop())
    assert watched.alarms == []
    assert watched.has_season
    assert watched.gaps == []


def test_a_drop_in_one_country_is_found_there() -> None:
    counts = shop(volume=1000)
    counts[120:, 2] = np.round(counts[120:, 2] * 0.5)
    found = {(alarm.facet, alarm.value) for alarm in look(counts).alarms}
    assert found == {("country", "BE")}


def test_looking_every_week_gives_the_alarms_of_looking_once() -> None:
    counts, names = shop(140, drop=0.3, start=132)[:, :3], NAMES[:3]
    at_once = [(a.facet, a.value, a.raised, a.since) for a in look(counts, names).alarms]
    seen = []
    for until in range(131, 141):
        last = BEGINS + WEEK * (until - 1)
        alarms = look(counts[:until], names).alarms
        seen += [(a.facet, a.value, a.raised, a.since) for a in alarms if a.raised == last]
    assert at_once
    assert seen == at_once


def test_after_an_alarm_the_new_level_becomes_usual() -> None:
    counts = shop(170, drop=0.4, start=120)
    watched = look(counts)
    rows = watched.table.to_pandas()
    whole = rows[rows.facet == ""].reset_index()
    assert (whole.expected - whole.actual)[121:130].mean() > 100  # without the drop
    assert (whole.expected - whole.actual)[150:].abs().mean() < 40
    assert len([alarm for alarm in watched.alarms if not alarm.facet]) == 1


def test_a_week_without_any_purchase_is_a_gap_and_no_drop() -> None:
    counts = shop()
    counts[130:133] = 0
    watched = look(counts)
    assert watched.gaps == [BEGINS + WEEK * n for n in (130, 131, 132)]
    assert watched.alarms == []


def test_a_part_may_stop_altogether() -> None:
    counts = shop(volume=800)
    counts[140:, 1] = 0
    found = [alarm for alarm in look(counts).alarms if alarm.value == "NL"]
    assert len(found) == 1
    assert found[0].since == BEGINS + WEEK * 140
    assert found[0].loss.drop > 0.6


def test_a_promotion_is_no_drop_afterwards() -> None:
    counts = shop()
    counts[125] *= 2.5
    assert look(counts).alarms == []


def test_nothing_is_said_of_a_short_history() -> None:
    watched = look(shop(40))
    assert watched.alarms == []
    assert watched.table.num_rows == 0
    assert {one.reason for one in watched.unknown} == {"history_too_short"}


def test_within_two_years_the_season_is_not_known_and_that_is_said() -> None:
    counts = shop(160)
    young = watch(weeks_of(counts[:90]), holidays=holidays(160))
    assert not young.has_season
    assert young.alarms == []
    assert look(counts).has_season


def test_a_shop_without_parts_is_watched_as_a_whole() -> None:
    watched = look(shop(150, drop=0.3, start=130)[:, :1], NAMES[:1])
    assert [alarm.facet for alarm in watched.alarms] == [""]


def test_the_table_has_a_row_per_series_and_week() -> None:
    watched = look(shop(60))
    rows = watched.table.to_pandas()
    assert len(rows) == 60 * len(watched.weeks.series)
    assert list(rows.columns) == [
        "facet", "value", "week", "expected", "low", "high", "actual", "evidence", "is_alarm",
    ]  # fmt: skip
    assert rows.week.min() == BEGINS
    assert rows.week.max() - rows.week.min() == timedelta(weeks=59)
    assert isinstance(rows.week[0], date)
    assert (rows.low <= rows.expected).all()
    assert (rows.expected <= rows.high).all()
