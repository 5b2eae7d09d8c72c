"""From lots and orders to sums per arm, in one pass over the orders."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from stamgast.insight.effect import Sums, followed
from stamgast.insight.tables import TableError

AS_OF = date(2026, 6, 30)
SPRING = {"before_from": date(2026, 1, 1), "start": date(2026, 4, 1),
          "until": date(2026, 5, 1), "followed_until": date(2026, 7, 1)}  # fmt: skip
# Anna and Bram share an address; Carla and Daan live alone, Eva never bought.
MEMBERS = [("h1", "anna", "mail"), ("h1", "bram", "mail"), ("h2", "carla", "control"),
           ("h3", "daan", "control"), ("h4", "eva", "mail")]  # fmt: skip
BOUGHT = """
anna  | 2026-03-01 | 10
anna  | 2026-04-01 | 4
bram  | 2026-04-30 | 6
bram  | 2026-05-01 | -2
carla | 2025-12-31 | 99
carla | 2026-03-31 | 5
carla | 2026-06-30 | 7
daan  | 2026-07-01 | 50
zoe   | 2026-04-05 | 8
"""


def assigned(lot: str = "spring") -> pa.Table:
    rows = [
        {"lot": lot, "unit_id": unit, "customer_id": who, "arm": arm, **SPRING}
        for unit, who, arm in MEMBERS
    ]
    return pa.Table.from_pylist(rows)


def orders() -> pa.Table:
    cells = [[c.strip() for c in line.split("|")] for line in BOUGHT.strip().splitlines()]
    return pa.table(
        {
            "customer_id": [row[0] for row in cells],
            "day": [date.fromisoformat(row[1]) for row in cells],
            "margin": [float(row[2]) for row in cells],
        }
    )


def test_a_household_is_one_unit_with_a_time_before_a_window_and_a_time_after():
    arms = followed(assigned(), orders(), as_of=AS_OF)["spring"]
    assert arms["mail"].window == Sums(2, 10.0, 100.0, 10.0, 100.0, 100.0, buyers=1)
    assert arms["mail"].after == Sums(2, -2.0, 4.0, 10.0, 100.0, -20.0, buyers=1)
    assert arms["mail"].whole == Sums(2, 8.0, 64.0, 10.0, 100.0, 80.0, buyers=1)
    assert arms["control"].window == Sums(2, 0.0, 0.0, 5.0, 25.0, 0.0, buyers=0)
    assert arms["control"].after == Sums(2, 7.0, 49.0, 5.0, 25.0, 35.0, buyers=1)


def test_orders_after_the_day_of_looking_do_not_count():
    arms = followed(assigned(), orders(), as_of=date(2026, 4, 15))["spring"]
    assert arms["mail"].whole == Sums(2, 4.0, 16.0, 10.0, 100.0, 40.0, buyers=1)


def test_a_correction_that_is_no_purchase_makes_no_buyer():
    is_purchase = [margin > 0 for margin in orders()["margin"].to_pylist()]
    marked = orders().append_column("is_purchase", [is_purchase])
    assert followed(assigned(), marked, as_of=AS_OF)["spring"]["mail"].after.buyers == 0


def test_many_lots_in_one_pass_give_each_its_own():
    both = pa.concat_tables([assigned("spring"), assigned("again")])
    found = followed(both, orders(), as_of=AS_OF)
    assert (
        found["spring"] == found["again"] == followed(assigned(), orders(), as_of=AS_OF)["spring"]
    )


def test_nobody_bought_anything():
    found = followed(assigned(), orders().slice(0, 0), as_of=AS_OF)["spring"]
    assert found["mail"].whole == Sums(2, 0.0, 0.0)


def test_refuses_lots_without_the_columns():
    with pytest.raises(TableError, match="no column 'until'"):
        followed(assigned().drop_columns(["until"]), orders(), as_of=AS_OF)


def test_orders_revenue_discount_and_assumed_margin_are_those_of_the_window():
    told = {
        "revenue": [2.0 * margin for margin in orders()["margin"].to_pylist()],
        "discount": [1.0, 0.5, 0.0, 9.0, 0.0, 0.0, 9.0, 0.0, 9.0],
        "is_margin_assumed": [False, True, False, True, True, True, True, True, True],
    }
    sold = orders()
    for name, values in told.items():
        sold = sold.append_column(name, [values])
    arm = followed(assigned(), sold, as_of=AS_OF)["spring"]["mail"]
    assert arm.orders == Sums(2, 2.0, 4.0, buyers=1)
    assert arm.revenue == Sums(2, 20.0, 400.0, buyers=1)
    assert (arm.discount, arm.redeemers, arm.assumed) == (0.5, 1, 4.0)


def test_customers_and_households_may_be_numbers_close_together_or_far_apart():
    named = followed(assigned(), orders(), as_of=AS_OF)["spring"]
    for factor in (1, 10**12):
        numbers = {
            name: factor * n
            for n, name in enumerate(["zoe", "anna", "bram", "carla", "daan", "eva"], -1)
        }
        homes = {"h1": 11, "h2": 2**62, "h3": -5, "h4": 0}
        lots, sold = assigned(), orders()
        for column, of in (("customer_id", numbers), ("unit_id", homes)):
            at = lots.column_names.index(column)
            lots = lots.set_column(at, column, [[of[one] for one in lots[column].to_pylist()]])
        sold = sold.set_column(
            0, "customer_id", [[numbers[one] for one in sold["customer_id"].to_pylist()]]
        )
        assert followed(lots, sold, as_of=AS_OF)["spring"] == named
