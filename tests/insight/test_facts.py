"""What is known of each customer."""

from __future__ import annotations

import math
from datetime import date, datetime

import ibis
import pyarrow as pa
import pytest

from insight.text_tables import per_customer, rows, table
from stamgast.insight.facts import FACTS, customer_facts
from stamgast.insight.tables import TableError

AS_OF = date(2024, 6, 30)

ORDERS = table("""
customer | day        | revenue | margin | discount | returned | is_purchase | shop  | country
anna     | 2024-01-01 |  100.0  |  40.0  |    0.0   |   0.0    | yes         | north | NL
anna     | 2024-01-31 |   50.0  |  20.0  |   50.0   |   0.0    | yes         | north | NL
anna     | 2024-01-31 |   10.0  |   4.0  |    0.0   |   0.0    | yes         | north | NL
anna     | 2024-04-30 |   40.0  |  16.0  |    0.0   |  20.0    | yes         | south | BE
anna     | 2024-05-02 |  -20.0  | -10.0  |    0.0   |   0.0    | no          | south | BE
bram     | 2024-06-30 |   30.0  |   9.0  |    0.0   |   0.0    | yes         | north | NL
carla    | 2024-07-01 |   99.0  |  33.0  |    0.0   |   0.0    | yes         | north | NL
         | 2024-02-01 |   25.0  |   5.0  |    0.0   |   0.0    | yes         | north | NL
""")

CUSTOMERS = table("""
customer | may_email | last_contact
anna     | yes       | 2024-06-01
carla    | no        |
daan     |           |
""")


def test_tells_all_columns_of_the_contract_in_order():
    facts = customer_facts(ORDERS, CUSTOMERS, as_of=AS_OF)
    promised = [column.name for column in FACTS]
    assert list(facts.columns) == [*promised, "may_email", "last_contact"]


def test_counts_orders_and_purchase_days_apart():
    facts = customer_facts(ORDERS, as_of=AS_OF)
    assert rows(facts, "customer_id", "orders", "purchase_days", "gaps") == [
        ("anna", 4, 3, 2),
        ("bram", 1, 1, 0),
    ]


def test_measures_silence_and_intervals_between_purchase_days():
    facts = customer_facts(ORDERS, as_of=AS_OF)
    wanted = ("first_day", "last_day", "days_silent", "elapsed_days", "last_interval_days")
    assert rows(facts, "customer_id", *wanted) == [
        ("anna", date(2024, 1, 1), date(2024, 4, 30), 61, 120, 90),
        ("bram", date(2024, 6, 30), date(2024, 6, 30), 0, 0, None),
    ]
    assert rows(facts, "customer_id", "mean_interval_days", "median_interval_days") == [
        ("anna", 60.0, 60.0),
        ("bram", None, None),
    ]


def test_adds_up_amounts_with_corrections_and_divides_them():
    facts = customer_facts(ORDERS, as_of=AS_OF)
    assert per_customer(facts, "revenue") == {"anna": 180.0, "bram": 30.0}
    assert per_customer(facts, "margin") == {"anna": 70.0, "bram": 9.0}
    assert per_customer(facts, "margin_per_purchase") == {
        "anna": pytest.approx(70 / 3),
        "bram": 9.0,
    }
    assert per_customer(facts, "discount_share")["anna"] == pytest.approx(50 / 230)
    assert per_customer(facts, "returns_rate")["anna"] == pytest.approx(20 / 180)


def test_takes_shop_and_country_of_the_latest_purchase():
    facts = customer_facts(ORDERS, as_of=AS_OF)
    wanted = ("last_shop", "last_country", "last_brand", "last_channel")
    assert rows(facts, "customer_id", *wanted) == [
        ("anna", "south", "BE", None, None),
        ("bram", "north", "NL", None, None),
    ]


def test_takes_the_later_of_two_orders_on_one_day():
    at = [datetime(2024, 3, 1, 9), datetime(2024, 3, 1, 18), datetime(2024, 3, 1, 12)]
    orders = pa.table(
        {
            "customer_id": ["anna"] * 3,
            "day": [date(2024, 3, 1)] * 3,
            "ordered_at": at,
            "shop": ["morning", "evening", "noon"],
        }
    )
    assert per_customer(customer_facts(orders, as_of=AS_OF), "last_shop") == {"anna": "evening"}


def test_keeps_customers_without_a_purchase_with_zeros():
    facts = customer_facts(ORDERS, CUSTOMERS, as_of=AS_OF)
    wanted = ("orders", "purchase_days", "gaps", "revenue", "margin", "margin_past_year")
    daan = next(row for row in rows(facts, "customer_id", *wanted) if row[0] == "daan")
    assert daan == ("daan", 0, 0, 0, 0.0, 0.0, 0.0)
    assert per_customer(facts, "days_silent")["daan"] is None
    assert per_customer(facts, "discount_share")["daan"] is None


def test_knows_nothing_of_orders_after_the_day():
    facts = customer_facts(ORDERS, CUSTOMERS, as_of=AS_OF)
    assert per_customer(facts, "orders")["carla"] == 0
    tomorrow = customer_facts(ORDERS, CUSTOMERS, as_of=date(2024, 7, 1))
    assert per_customer(tomorrow, "orders")["carla"] == 1


def test_brings_along_what_is_known_of_customers():
    facts = customer_facts(ORDERS, CUSTOMERS, as_of=AS_OF)
    assert per_customer(facts, "may_email") == {
        "anna": True,
        "bram": None,
        "carla": False,
        "daan": None,
    }


def test_leaves_unknown_what_the_orders_do_not_tell():
    facts = customer_facts(ORDERS.select("customer_id", "day", "revenue"), CUSTOMERS, as_of=AS_OF)
    assert set(per_customer(facts, "margin").values()) == {None}
    assert set(per_customer(facts, "discount_share").values()) == {None}
    assert per_customer(facts, "revenue")["daan"] == 0.0


def test_counts_margin_of_the_past_365_days_only():
    orders = table("""
    customer | day        | margin
    anna     | 2022-07-01 | 10.0
    anna     | 2022-07-02 | 20.0
    bram     | 2020-01-01 | 99.0
    """)
    facts = customer_facts(orders, as_of=date(2023, 6, 30))
    assert per_customer(facts, "margin_past_year") == {"anna": 30.0, "bram": 0.0}
    later = customer_facts(orders, as_of=date(2023, 7, 1))
    assert per_customer(later, "margin_past_year")["anna"] == 20.0


def test_remembers_the_longest_interval_that_ended_in_the_last_ninety_days():
    orders = table("""
    customer | day
    anna     | 2023-01-01
    anna     | 2023-02-10
    anna     | 2024-05-01
    anna     | 2024-06-01
    bram     | 2022-01-01
    bram     | 2024-01-01
    bram     | 2024-02-01
    """)
    facts = customer_facts(orders, as_of=AS_OF)
    names = ("comeback_day", "comeback_interval_days", "comeback_gaps", "comeback_elapsed_days")
    assert rows(facts, "customer_id", *names) == [
        ("anna", date(2024, 5, 1), 446, 1, 40),
        ("bram", None, None, None, None),
    ]


def test_answers_with_an_empty_table_before_the_first_order():
    assert rows(customer_facts(ORDERS, as_of=date(2020, 1, 1))) == []
    nobody_bought = customer_facts(ORDERS, CUSTOMERS, as_of=date(2020, 1, 1))
    assert per_customer(nobody_bought, "orders") == {"anna": 0, "carla": 0, "daan": 0}


def test_works_for_numbered_customers():
    orders = pa.table({"customer_id": [7, 7], "day": [date(2024, 1, 1), date(2024, 1, 9)]})
    people = pa.table({"customer_id": [7, 8]})
    assert per_customer(customer_facts(orders, people, as_of=AS_OF), "gaps") == {7: 1, 8: 0}


def test_refuses_customers_named_otherwise_than_in_the_orders():
    people = pa.table({"customer_id": [7, 8]})
    with pytest.raises(TableError, match="customer_id is string in the orders but int64"):
        customer_facts(ORDERS, people, as_of=AS_OF)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_refuses_amounts_that_are_no_numbers(broken):
    orders = pa.table(
        {"customer_id": ["anna"] * 2, "day": [date(2024, 1, 1)] * 2, "margin": [1.0, broken]}
    )
    with pytest.raises(TableError, match="1 rows have a margin that is not a finite number"):
        customer_facts(orders, as_of=AS_OF)


def test_refuses_orders_without_a_day():
    orders = pa.table({"customer_id": ["anna"] * 2, "day": [date(2024, 1, 1), None]})
    with pytest.raises(TableError, match="1 rows have no day"):
        customer_facts(orders, as_of=AS_OF)


def test_refuses_a_moment_as_the_day_to_look_from():
    with pytest.raises(TypeError, match="as_of must be a date"):
        customer_facts(ORDERS, as_of=datetime(2024, 6, 30, 12))


def test_stays_lazy_for_orders_known_to_be_sound():
    facts = customer_facts(ORDERS, as_of=AS_OF, is_trusted=True)
    assert isinstance(facts, ibis.Table)
    assert per_customer(facts, "orders") == {"anna": 4, "bram": 1}
