"""The figures of the whole base."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from insight.simulated_shop import Shop
from insight.text_tables import per_customer, table
from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import STAGES, stages
from stamgast.insight.purchases import visits
from stamgast.insight.rhythm import fit_rhythm
from stamgast.insight.summary import monthly_totals, stage_moves, stage_summary, stages_before
from stamgast.insight.tables import TableError

NOW = table("""
customer | stage    | margin_365
anna     | active   | 100.0
bram     | drifting |  40.0
carla    | lost     |   0.1
daan     | new      |
eva      | drifting |   2.5
""")

WEEK_AGO = table("""
customer | stage
anna     | active
bram     | active
carla    | drifting
eva      | drifting
""")


def in_order(result):
    return [tuple(row.values()) for row in result.to_pyarrow().to_pylist()]


def test_counts_every_stage_with_its_change_and_what_is_at_stake():
    assert in_order(stage_summary(NOW, WEEK_AGO)) == [
        ("none", 0, None, 0, 0),
        ("new", 1, None, 0, 1),
        ("active", 1, 100.0, 2, -1),
        ("drifting", 2, 42.5, 2, 0),
        ("lost", 1, 0.1, 0, 1),
        ("won_back", 0, None, 0, 0),
    ]


def test_says_nothing_of_change_or_margin_when_it_was_told_neither():
    found = stage_summary(NOW.drop("margin_365"))
    assert [row[0] for row in in_order(found)] == list(STAGES)
    assert {row[2:] for row in in_order(found)} == {(None, None, None)}


def test_counts_who_went_where():
    assert in_order(stage_moves(NOW, WEEK_AGO)) == [
        ("active", "active", 1),
        ("active", "drifting", 1),
        ("drifting", "drifting", 1),
        ("drifting", "lost", 1),
        (None, "new", 1),
    ]


def test_looks_back_with_the_orders_known_then_and_the_rhythm_of_today(simulated: Shop):
    today = simulated.as_of
    rhythm = fit_rhythm(simulated.orders, today)
    before = stages_before(simulated.orders, as_of=today, rhythm=rhythm)
    past = today - timedelta(days=7)
    by_hand = stages(customer_facts(simulated.orders, as_of=past), rhythm, past)
    assert per_customer(before, "stage") == per_customer(by_hand, "stage")
    now = stages(customer_facts(simulated.orders, as_of=today), rhythm, today)
    summary = {row[0]: row[1:] for row in in_order(stage_summary(now, before))}
    assert sum(count for count, *_ in summary.values()) == 20_000
    expected = Counter(per_customer(now, "stage").values())
    assert {stage: row[0] for stage, row in summary.items() if row[0]} == expected
    assert all(row[0] - row[2] == row[3] for row in summary.values())


ORDERS = table("""
customer | day        | revenue | margin | is_purchase | shop
anna     | 2024-01-05 |  100.0  |  40.0  | yes         | north
anna     | 2024-03-20 |   10.0  |   4.0  | yes         | north
bram     | 2024-03-31 |   30.0  |  12.0  | yes         | south
bram     | 2024-03-31 |   30.0  |  12.0  | yes         | south
bram     | 2024-04-02 |  -30.0  | -12.0  | no          | south
         | 2024-04-03 |   25.0  |   5.0  | yes         | north
carla    | 2024-05-01 |   99.0  |  33.0  | yes         | north
""")


def test_adds_up_the_months_with_corrections_and_anonymous_sales():
    assert in_order(monthly_totals(ORDERS, as_of=date(2024, 4, 15))) == [
        (date(2024, 1, 1), 1, 1, 1, 100.0, 40.0, True),
        (date(2024, 3, 1), 3, 2, 1, 70.0, 28.0, True),
        (date(2024, 4, 1), 1, 0, 0, -5.0, -7.0, False),
    ]


def test_takes_the_latest_months_but_knows_who_bought_before_them():
    found = in_order(monthly_totals(ORDERS, as_of=date(2024, 4, 30), months=2))
    assert [row[0] for row in found] == [date(2024, 3, 1), date(2024, 4, 1)]
    assert found[0][3] == 1
    assert found[1][-1] is True


def test_narrows_to_one_shop():
    found = in_order(monthly_totals(ORDERS, as_of=date(2024, 4, 30), only={"shop": "south"}))
    assert [row[:2] for row in found] == [(date(2024, 3, 1), 2), (date(2024, 4, 1), 0)]
    with pytest.raises(TableError, match="narrowed by shop, brand, country, channel"):
        monthly_totals(ORDERS, as_of=date(2024, 4, 30), only={"margin": "4"})


def test_months_of_shops_told_apart_equal_those_of_each_alone():
    day = date(2024, 4, 30)
    apart = in_order(monthly_totals(ORDERS, as_of=day, by="shop"))
    alone = [
        (shop, *row)
        for shop in ("north", "south")
        for row in in_order(monthly_totals(ORDERS, as_of=day, only={"shop": shop}))
    ]
    assert apart == sorted(alone)


def test_days_that_are_there_already_give_the_same_stages(simulated: Shop):
    day = simulated.as_of
    rhythm = fit_rhythm(simulated.orders, day)
    kept = visits(simulated.orders, as_of=day)
    assert fit_rhythm(simulated.orders, day, visits=kept) == rhythm
    anew = stages_before(simulated.orders, as_of=day, rhythm=rhythm)
    again = stages_before(simulated.orders, as_of=day, rhythm=rhythm, visits=kept)
    assert per_customer(again, "stage") == per_customer(anew, "stage")
    facts = customer_facts(simulated.orders, as_of=day)
    same = customer_facts(simulated.orders, as_of=day, visits=kept)
    for name in ("purchase_days", "median_interval_days", "comeback_gaps"):
        assert per_customer(same, name) == per_customer(facts, name)
