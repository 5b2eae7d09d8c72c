"""How purchases moved after an event: honest about nothing, able to see something."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stamgast.insight.radar.event import event_effect
from stamgast.insight.radar.worlds import BEGINS, orders_around
from stamgast.insight.tables import TableError

DAYS, START = 1260, 1200


def day(number: int) -> date:
    return BEGINS + timedelta(number)


def orders(seed: int, *, drop: float, customers: int = 8000) -> pa.Table:
    dice = np.random.default_rng(seed)
    return orders_around(customers, dice, days=DAYS, start=START, drop=drop)


def test_a_competitors_event_shows_among_who_bought_those_products() -> None:
    moved = event_effect(
        orders(1, drop=0.9, customers=20_000), starts_on=day(START), until=day(DAYS - 1)
    )[0]
    assert moved.reason == ""
    assert moved.high is not None
    assert moved.low is not None
    assert moved.difference is not None
    assert -0.4 < moved.difference < -0.1
    assert moved.low < moved.difference < moved.high < 0
    assert moved.weeks == 8
    assert moved.earlier == 12


def test_the_rest_is_as_expected() -> None:
    moved = event_effect(orders(2, drop=0.9), starts_on=day(START), until=day(DAYS - 1))[0]
    assert moved.rest == pytest.approx(1, abs=0.25)
    assert moved.exposed is not None
    assert moved.expected is not None
    assert moved.exposed == pytest.approx(moved.purchases / moved.expected)


def coverage(seeds: range, customers: int) -> float:
    found = [
        event_effect(orders(seed, drop=0.0, customers=customers), starts_on=day(START),
                     until=day(DAYS - 1))[0]
        for seed in seeds
    ]  # fmt: skip
    assert all(one.low is not None and one.high is not None for one in found)
    return float(np.mean([(one.low or 0) <= 0 <= (one.high or 0) for one in found]))


def test_without_an_effect_the_interval_holds_zero() -> None:
    assert coverage(range(10, 20), 3000) >= 0.8


@pytest.mark.long
def test_without_an_effect_95_of_100_intervals_hold_zero() -> None:
    assert 0.9 <= coverage(range(100, 300), 8000) <= 1.0


def test_each_group_gets_its_own_row() -> None:
    table = orders(3, drop=0.9, customers=12_000)
    asked = []

    def stages_on(at: date) -> pa.Table:
        asked.append(at)
        ids = pc.unique(table["customer_id"])
        stages = pc.if_else(pc.less(ids, 9_000), "active", pc.if_else(
            pc.less(ids, 11_990), "drifting", "new"))  # fmt: skip
        return pa.table({"customer_id": ids, "group": stages})

    groups = {"stage": stages_on, "kind": lambda at: stages_on(at).slice(0, 0)}
    moved = event_effect(table, starts_on=day(START), until=day(DAYS - 1), groups_on=groups)
    assert {one.facet for one in moved} == {"", "stage"}
    found = {one.group: one for one in moved}
    assert set(found) == {"", "active", "drifting", "new"}
    assert asked[0] == day(START - 1)  # as they stood on the evening before
    assert found["active"].customers > found["drifting"].customers > found["new"].customers
    assert found["new"].reason == "too_few_purchases"
    assert found["new"].difference is None
    assert found["active"].difference is not None


def test_two_weeks_have_to_pass_first() -> None:
    table = orders(4, drop=0.0, customers=2000)
    for seen in (-5, 3, 12):
        moved = event_effect(table, starts_on=day(START), until=day(START + seen))
        assert [(one.group, one.reason, one.difference) for one in moved] == [
            ("", "too_early", None)
        ]
    assert moved[0].customers > 100


def test_a_year_before_the_earlier_dates_must_be_known() -> None:
    table = orders(5, drop=0.0, customers=2000)
    moved = event_effect(table, starts_on=day(500), until=day(600))
    assert (moved[0].reason, moved[0].earlier) == ("history_too_short", 2)


def test_a_handful_of_customers_says_nothing() -> None:
    moved = event_effect(orders(6, drop=0.0, customers=60), starts_on=day(START),
                         until=day(DAYS - 1))  # fmt: skip
    assert moved[0].reason == "too_few_purchases"


def test_nobody_is_exposed_to_what_nobody_bought() -> None:
    table = orders(7, drop=0.0, customers=2000)
    nobody = table.set_column(2, "is_touched", pa.array([False] * len(table)))
    moved = event_effect(nobody, starts_on=day(START), until=day(DAYS - 1))
    assert [(one.customers, one.reason) for one in moved] == [(0, "too_few_purchases")]


def test_no_orders_at_all() -> None:
    empty = orders(8, drop=0.0, customers=50).slice(0, 0)
    moved = event_effect(empty, starts_on=day(START), until=day(DAYS - 1))
    assert moved[0].reason == "history_too_short"


def test_refuses_orders_that_do_not_say_what_they_touch() -> None:
    with pytest.raises(TableError, match="is_touched"):
        event_effect(orders(9, drop=0, customers=50).drop(["is_touched"]), starts_on=day(START),
                     until=day(DAYS - 1))  # fmt: skip
