"""What came after a day, as tables that the weights can learn from."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from insight.text_tables import rows, table
from stamgast.insight.bonds import (
    fit_weights,
    from_contracts,
    later_answers,
    later_outcomes,
    later_referrals,
    left_when_ended,
)
from stamgast.insight.tables import TableError

AFTER, UNTIL = date(2025, 12, 31), date(2026, 12, 31)


def test_later_answers_are_those_between_the_two_days():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 0.2   | 2025-12-31
        anna     | nps       | 0.6   | 2026-01-01
        anna     | nps       | 0.8   | 2026-05-01
        bram     | csat      | 0.9   | 2026-05-01
        carla    | nps       | 0.9   | 2027-01-01
    """)
    found = later_answers(seen, after=AFTER, until=UNTIL)
    assert rows(found) == [("anna", "emotional", "answer", pytest.approx(0.7))]


def test_referrals_are_told_of_those_who_brought_somebody_and_those_who_did_not():
    people = table("""
        customer | referred_by | since
        anna     |             | 2024-01-01
        bram     | anna        | 2025-06-01
        carla    | bram        | 2026-06-01
        daan     | bram        | 2026-07-01
        eva      | anna        | 2027-01-01
    """)
    found = later_referrals(people, after=AFTER, until=UNTIL)
    assert rows(found) == [
        ("anna", "emotional", "referral", 0.0),
        ("bram", "emotional", "referral", 1.0),
    ]
    with pytest.raises(TableError, match="lack since"):
        later_referrals(people.drop("since"), after=AFTER, until=UNTIL)


def test_who_bought_nothing_in_the_months_after_a_bond_ended_has_left():
    seen = table("""
        customer | indicator | value | day        | ends_on
        anna     | contract  | 0.9   | 2025-12-31 | 2026-03-01
        bram     | contract  | 0.9   | 2025-12-31 | 2026-03-01
        carla    | contract  | 0.9   | 2025-12-31 | 2026-03-01
        carla    | warranty  | 1.0   | 2025-12-31 | 2026-06-01
        daan     | contract  | 0.9   | 2025-12-31 | 2026-12-01
        eva      | prepaid   | 1.0   | 2025-12-31 | 2026-03-01
        finn     | contract  | 0.9   | 2025-12-31 |
    """)
    orders = table("""
        customer | day
        anna     | 2026-03-01
        bram     | 2026-02-28
        bram     | 2026-05-30
        carla    | 2026-04-01
        eva      | 2026-05-29
    """)
    found = left_when_ended(seen, orders, after=AFTER, until=UNTIL)
    assert rows(found) == [
        ("anna", "legal", "left", 0.0),
        ("bram", "legal", "left", 1.0),
        ("carla", "legal", "left", 1.0),
        ("eva", "economic", "left", 0.0),
    ]


def test_weights_learn_from_contracts_that_ended():
    """Fixed terms hold nine in ten who would leave; of those under notice few were held."""
    size = 2_000
    rng = np.random.default_rng(3)
    is_fixed = rng.random(size) < 0.5
    contracts = pa.table(
        {
            "customer_id": np.arange(size),
            "started_on": [date(2024, 1, 1)] * size,
            "ends_on": [AFTER + timedelta(days=int(days)) for days in rng.integers(5, 200, size)],
            "notice_on": pa.array([None if fixed else AFTER for fixed in is_fixed], pa.date32()),
        }
    )
    stays = rng.random(size) < np.where(is_fixed, 0.2, 0.75)
    ends = contracts["ends_on"].to_pylist()
    orders = pa.table(
        {
            "customer_id": np.flatnonzero(stays),
            "day": [ends[i] + timedelta(days=10) for i in np.flatnonzero(stays)],
        }
    )
    seen = from_contracts(contracts, as_of=AFTER)
    found = fit_weights(
        seen, later_outcomes(left_when_ended(seen, orders, after=AFTER, until=UNTIL)), as_of=AFTER
    )
    told = {weight.indicator: weight for weight in found.weights}
    assert told["contract"].basis == "fitted"
    assert told["contract"].outcomes == size
    assert told["contract"].used > 4
    assert told["warranty"].reason == "few_outcomes"


def test_refuses_days_the_wrong_way_round_and_nothing_at_all():
    seen = table("customer | indicator | value | day\nanna | nps | 0.2 | 2025-12-31")
    orders = table("customer | day\nanna | 2026-03-01")
    with pytest.raises(ValueError, match="no time between"):
        later_answers(seen, after=UNTIL, until=AFTER)
    with pytest.raises(ValueError, match="quiet_days is one or more"):
        left_when_ended(seen, orders, after=AFTER, until=UNTIL, quiet_days=0)
    with pytest.raises(ValueError, match="at least one table"):
        later_outcomes()
