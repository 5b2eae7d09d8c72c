"""Purchases per week and series, and which series can be watched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stamgast.insight.radar.counts import Weeks, choose, gather, weekly_purchases
from stamgast.insight.tables import TableError

MONDAY = date(2026, 3, 2)


def purchases(*rows: tuple[int, str, int]) -> pa.Table:
    days, countries, many = zip(*rows, strict=True)
    return pa.table(
        {
            "day": pa.array([MONDAY + timedelta(day) for day in days], pa.date32()),
            "country": list(countries),
            "purchases": list(many),
        }
    )


def found(table: Any, **options: Any) -> dict[tuple[str, str, date], int]:
    rows = weekly_purchases(table, **options).to_pyarrow().to_pylist()
    return {(row["facet"], row["value"], row["week"]): row["purchases"] for row in rows}


def test_purchases_are_added_up_per_week_and_part() -> None:
    table = purchases((0, "NL", 2), (6, "BE", 1), (7, "NL", 5))
    second = MONDAY + timedelta(7)
    assert found(table, until=second) == {
        ("", "", MONDAY): 3, ("", "", second): 5,
        ("country", "NL", MONDAY): 2, ("country", "BE", MONDAY): 1, ("country", "NL", second): 5,
    }  # fmt: skip


def test_what_comes_later_is_not_looked_at() -> None:
    table = purchases((0, "NL", 2), (3, "NL", 9))
    assert found(table, until=MONDAY + timedelta(2), facets=()) == {("", "", MONDAY): 2}


def test_a_row_without_a_count_is_one_purchase_and_first_ones_are_told_apart() -> None:
    table = pa.table({"day": [MONDAY] * 3, "is_first": [True, False, False]})
    counts = found(table, until=MONDAY, facets=(), with_whole=False)
    assert counts == {("buying", "first", MONDAY): 1, ("buying", "again", MONDAY): 2}


def test_refuses_a_table_without_days() -> None:
    with pytest.raises(TableError, match="day"):
        weekly_purchases(pa.table({"purchases": [1]}), until=MONDAY)


def test_weeks_without_purchases_are_zeros_and_before_the_first_not_known() -> None:
    table = purchases((0, "NL", 2), (14, "BE", 4))
    weeks = gather(weekly_purchases(table, until=MONDAY + timedelta(20)),
                   until=MONDAY + timedelta(20))  # fmt: skip
    assert weeks.series == [("", ""), ("country", "BE"), ("country", "NL")]
    assert weeks.weeks == [MONDAY, MONDAY + timedelta(7), MONDAY + timedelta(14)]
    np.testing.assert_array_equal(
        weeks.purchases, [[2, np.nan, 2], [0, np.nan, 0], [4, 4, 0]]
    )  # fmt: skip


def test_a_first_week_that_is_known_in_part_does_not_count() -> None:
    table = purchases((3, "NL", 2), (7, "NL", 5))
    until = MONDAY + timedelta(13)
    weeks = gather(weekly_purchases(table, until=until), until=until, first=MONDAY + timedelta(3))
    assert weeks.weeks == [MONDAY + timedelta(7)]


def test_no_purchases_are_no_weeks() -> None:
    nothing = weekly_purchases(purchases((5, "NL", 1)), until=MONDAY)
    chosen, unknown = choose(gather(nothing, until=MONDAY))
    assert chosen.series == []
    assert [one.reason for one in unknown] == ["no_purchases"]


def series(long: int, **parts: Any) -> Weeks:
    """Weeks of a shop with these parts; each a number a week, or an array."""
    names = [("", ""), *(("country", name) for name in parts)]
    columns = [np.broadcast_to(np.asarray(one, dtype=float), long) for one in parts.values()]
    whole = np.nansum(columns, axis=0)
    days = [MONDAY + timedelta(7 * n) for n in range(long)]
    return Weeks(days, names, np.array([whole, *columns]).T)


def test_a_history_of_less_than_a_year_tells_nothing_yet() -> None:
    chosen, unknown = choose(series(51, NL=100))
    assert chosen.series == []
    assert (unknown[0].facet, unknown[0].reason, unknown[0].weeks) == ("", "history_too_short", 51)


def test_a_handful_of_purchases_a_week_tells_nothing() -> None:
    assert [one.reason for one in choose(series(80, NL=3))[1]] == ["too_few_purchases"]


def test_only_parts_that_say_something_of_their_own_are_watched() -> None:
    young = np.where(np.arange(110) < 70, np.nan, 50.0)
    few = np.full(110, 3.0)
    chosen, unknown = choose(series(110, NL=300, BE=80, DE=young, FR=6, LU=few))
    assert chosen.series == [("", ""), ("country", "NL"), ("country", "BE")]
    assert {one.value: one.reason for one in unknown} == {
        "DE": "history_too_short", "FR": "too_small_a_share", "LU": "too_few_purchases",
    }  # fmt: skip
    assert {o.value: o.reason for o in choose(series(110, NL=300, BE=6))[1]} == {
        "NL": "nearly_everything", "BE": "too_small_a_share",
    }  # fmt: skip


def test_the_largest_six_parts_share_the_alertness() -> None:
    chosen, unknown = choose(series(110, **{f"C{n}": 100 - n for n in range(8)}))
    assert [name for _, name in chosen.series[1:]] == [f"C{n}" for n in range(6)]
    assert [(one.value, one.reason) for one in unknown] == [
        ("C6", "too_many_parts"), ("C7", "too_many_parts"),
    ]  # fmt: skip


def test_first_purchases_are_not_known_in_the_first_year_of_a_history() -> None:
    days = [MONDAY + timedelta(7 * n) for n in range(60)]
    table = pa.table({"day": days * 2, "is_first": [True] * 60 + [False] * 60})
    until = days[-1] + timedelta(6)
    counts = weekly_purchases(table, until=until, facets=(), with_whole=False)
    weeks = gather(counts, until=until)
    assert np.isnan(weeks.purchases[:52]).all()
    assert (weeks.purchases[52:] == 1).all()
