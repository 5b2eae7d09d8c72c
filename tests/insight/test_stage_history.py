"""How many customers were in each stage, month by month."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from insight.simulated_shop import Shop
from insight.text_tables import every, orders_of, rows, table
from stamgast.insight.facts import customer_facts
from stamgast.insight.history import month_ends, stage_history
from stamgast.insight.lifecycle import stages
from stamgast.insight.rhythm import fit_rhythm

AS_OF = date(2024, 12, 30)


def counted_by_hand(orders, people, rhythm, moment):
    facts = customer_facts(orders, people, as_of=moment, is_trusted=True)
    found = stages(facts, rhythm, moment).to_pyarrow()
    return Counter(found["stage"].to_pylist())


def test_counts_at_each_month_end_what_the_stages_said_then(simulated: Shop):
    """One pass over the orders gives what twelve runs of the stages give, customer by customer."""
    rhythm = fit_rhythm(simulated.orders, simulated.as_of)
    history = stage_history(simulated.orders, as_of=simulated.as_of, rhythm=rhythm)
    found: dict[date, Counter[str]] = {}
    for moment, stage, customers in rows(history):
        found.setdefault(moment, Counter())[stage] = customers
    assert sorted(found) == month_ends(simulated.as_of, 12)
    for moment, counts in found.items():
        assert counts == counted_by_hand(simulated.orders, None, rhythm, moment), moment


def test_follows_contracts_as_they_stood(simulated: Shop):
    orders = simulated.orders.filter(pc.less(simulated.orders["customer_id"], 1000))
    rhythm = fit_rhythm(orders, simulated.as_of)
    start = date(2024, 3, 10)
    people = pa.table(
        {
            "customer_id": range(-50, 300),  # fifty of them never buy
            "contract_start": [start + timedelta(days=number % 200) for number in range(350)],
            "contract_notice": [
                start + timedelta(days=number) if number % 3 == 0 else None for number in range(350)
            ],
            "contract_end": [
                start + timedelta(days=number) if number % 2 == 0 else None for number in range(350)
            ],
        }
    )
    history = stage_history(orders, people, as_of=simulated.as_of, months=9, rhythm=rhythm)
    for moment in month_ends(simulated.as_of, 9):
        expected = counted_by_hand(orders, people, rhythm, moment)
        del expected["none"]  # customers who have neither bought nor begun a contract yet
        found = {stage: number for day, stage, number in rows(history) if day == moment}
        assert found == expected, moment


def test_follows_contracts_of_which_only_the_end_is_known(simulated: Shop):
    orders = simulated.orders.filter(pc.less(simulated.orders["customer_id"], 500))
    rhythm = fit_rhythm(orders, simulated.as_of)
    ends = [
        date(2024, 3, 10) + timedelta(days=3 * number) if number % 2 else None
        for number in range(100)
    ]
    people = pa.table({"customer_id": range(-10, 90), "contract_end": ends})
    history = stage_history(orders, people, as_of=simulated.as_of, months=4, rhythm=rhythm)
    for moment in month_ends(simulated.as_of, 4):
        expected = counted_by_hand(orders, people, rhythm, moment)
        del expected["none"]
        assert {stage: number for day, stage, number in rows(history) if day == moment} == expected


def test_refuses_a_history_of_no_months():
    with pytest.raises(ValueError, match="months must be at least 1"):
        month_ends(AS_OF, 0)


def test_shows_a_customer_passing_through_the_stages():
    orders = orders_of({"anna": [*every(20, times=4, start="2024-01-10"), date(2024, 11, 20)]})
    history = stage_history(orders, as_of=AS_OF, rhythm=fit_rhythm(orders, AS_OF))
    path = [stage for _, stage, _ in rows(history)]
    assert path[:2] == ["active", "active"]
    assert "drifting" in path
    assert path.index("lost") > path.index("drifting")
    assert path[-1] == "won_back"


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2024, 12, 31), [date(2024, 11, 30), date(2024, 12, 31)]),
        (date(2024, 12, 30), [date(2024, 10, 31), date(2024, 11, 30)]),
        (date(2024, 3, 31), [date(2024, 2, 29), date(2024, 3, 31)]),
        (date(2025, 1, 1), [date(2024, 11, 30), date(2024, 12, 31)]),
    ],
)
def test_takes_only_months_that_are_over(as_of, expected):
    assert month_ends(as_of, 2) == expected


def test_is_empty_before_the_first_order():
    orders = orders_of({"anna": every(20, times=3)})
    assert rows(stage_history(orders, as_of=date(2020, 5, 5))) == []


def test_counts_a_newcomer_from_the_first_purchase_on():
    orders = orders_of({"anna": [date(2024, 11, 5)], "bram": [date(2024, 12, 5)]})
    people = table("customer\nanna\nbram\ncarla")
    history = stage_history(orders, people, as_of=date(2024, 12, 31), months=3)
    assert rows(history) == [(date(2024, 11, 30), "new", 1), (date(2024, 12, 31), "new", 2)]
