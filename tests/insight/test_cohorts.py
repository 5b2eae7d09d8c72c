"""Who came back, by the month they first bought."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from scipy.stats import binomtest

from insight.text_tables import rows, table
from stamgast.insight.cohorts import retention, second_purchase
from stamgast.insight.tables import TableError

AS_OF = date(2024, 4, 15)

ORDERS = table("""
customer | day        | revenue | margin | is_purchase | shop
anna     | 2024-01-05 |  100.0  |  40.0  | yes         | north
anna     | 2024-01-20 |   10.0  |   4.0  | yes         | north
anna     | 2024-03-02 |   50.0  |  20.0  | yes         | south
bram     | 2024-01-31 |   30.0  |  12.0  | yes         | north
bram     | 2024-02-15 |  -30.0  | -12.0  | no          | north
carla    | 2024-03-31 |   80.0  |  30.0  | yes         | south
carla    | 2024-04-01 |   20.0  |   8.0  | yes         | south
daan     | 2024-05-01 |   99.0  |  33.0  | yes         | south
         | 2024-01-01 |   25.0  |   5.0  | yes         | north
""")


def test_follows_each_intake_month_through_all_its_months():
    found = retention(ORDERS, as_of=AS_OF)
    january, march = date(2024, 1, 1), date(2024, 3, 1)
    assert rows(found) == [
        (january, 0, 2, 2, 1.0, 140.0, 56.0, True),
        (january, 1, 2, 0, 0.0, 0.0, 0.0, True),
        (january, 2, 2, 1, 0.5, 50.0, 20.0, True),
        (january, 3, 2, 0, 0.0, 0.0, 0.0, False),
        (march, 0, 1, 1, 1.0, 80.0, 30.0, True),
        (march, 1, 1, 1, 1.0, 20.0, 8.0, False),
    ]


def test_a_month_is_complete_on_its_last_day():
    found = retention(ORDERS, as_of=date(2024, 3, 31)).filter(lambda t: t.intake_month.month() == 3)
    assert rows(found, "months_since", "is_complete") == [(0, True)]
    found = retention(ORDERS, as_of=date(2024, 3, 30)).filter(lambda t: t.intake_month.month() == 1)
    assert rows(found, "months_since", "is_complete")[-1] == (2, False)


def test_narrows_to_one_shop_where_the_first_purchase_there_counts():
    found = retention(ORDERS, as_of=AS_OF, only={"shop": "south"})
    assert rows(found, "intake_month", "months_since", "intake", "customers") == [
        (date(2024, 3, 1), 0, 2, 2),
        (date(2024, 3, 1), 1, 2, 1),
    ]


def test_follows_no_longer_than_asked():
    found = retention(ORDERS, as_of=AS_OF, months=1)
    assert {months for _, months in rows(found, "intake_month", "months_since")} == {0, 1}


def test_revenue_nobody_tells_is_unknown_not_zero():
    found = retention(ORDERS.select("customer_id", "day", "is_purchase"), as_of=AS_OF)
    values = dict(rows(found.filter(found.intake_month.month() == 1), "months_since", "revenue"))
    assert values == {0: None, 1: 0.0, 2: None, 3: 0.0}


def cohort(intake: int, returned: int, month: str = "2024-01") -> pa.Table:
    first = [(f"c{number}", date.fromisoformat(f"{month}-10")) for number in range(intake)]
    second = [(f"c{number}", date.fromisoformat(f"{month}-28")) for number in range(returned)]
    names, days = zip(*first, *second, strict=True)
    return pa.table({"customer_id": names, "day": days})


@pytest.mark.parametrize(("intake", "returned"), [(1, 0), (7, 7), (40, 9), (500, 3)])
def test_gives_the_wilson_interval_of_the_second_purchase_share(intake, returned):
    found = second_purchase(cohort(intake, returned), as_of=date(2024, 12, 31))
    _, seen, back, share, lower, upper, is_too_young = rows(found)[0]
    expected = binomtest(returned, intake).proportion_ci(0.95, method="wilson")
    assert (seen, back, share, is_too_young) == (intake, returned, returned / intake, False)
    assert lower == pytest.approx(expected.low, abs=1e-12)
    assert upper == pytest.approx(expected.high, abs=1e-12)


def test_widens_the_interval_with_the_confidence_asked():
    wide = rows(second_purchase(cohort(40, 9), as_of=date(2024, 12, 31), confidence=0.99))[0]
    narrow = rows(second_purchase(cohort(40, 9), as_of=date(2024, 12, 31), confidence=0.8))[0]
    assert wide[4] < narrow[4] < narrow[5] < wide[5]


@pytest.mark.parametrize(
    ("as_of", "is_too_young"), [(date(2024, 4, 29), True), (date(2024, 4, 30), False)]
)
def test_a_month_is_too_young_until_its_last_day_has_had_the_full_time(as_of, is_too_young):
    """31 January plus 90 days is 30 April."""
    found = rows(second_purchase(cohort(40, 9), as_of=as_of))[0]
    assert found[6] is is_too_young
    assert (found[3] is None) is is_too_young
    assert found[:3] == (date(2024, 1, 1), 40, 9)


def test_counts_only_a_second_day_within_the_time():
    orders = table("""
    customer | day
    same day | 2024-01-02
    same day | 2024-01-02
    day 90   | 2024-01-02
    day 90   | 2024-04-01
    day 91   | 2024-01-02
    day 91   | 2024-04-02
    """)
    found = rows(second_purchase(orders, as_of=date(2024, 12, 31)), "intake", "returned")
    assert found == [(3, 1)]


@pytest.mark.parametrize("wrong", [{"confidence": 1.0}, {"confidence": 0}, {"within_days": 0}])
def test_refuses_a_question_without_an_answer(wrong):
    with pytest.raises(ValueError, match="must"):
        second_purchase(ORDERS, as_of=AS_OF, **wrong)


def test_refuses_to_narrow_by_a_column_that_is_no_dimension():
    with pytest.raises(TableError, match="not by 'customer_id'"):
        retention(ORDERS, as_of=AS_OF, only={"customer_id": "anna"})
    with pytest.raises(TableError, match="no column 'brand'"):
        retention(ORDERS, as_of=AS_OF, only={"brand": "own"})


@pytest.mark.parametrize("question", [retention, second_purchase])
def test_tells_shops_apart_as_if_each_were_asked_alone(question):
    apart = rows(question(ORDERS, as_of=AS_OF, by="shop"))
    alone = [
        (shop, *row)
        for shop in ("north", "south")
        for row in rows(question(ORDERS, as_of=AS_OF, only={"shop": shop}))
    ]
    assert {row[0] for row in apart} == {"north", "south"}
    assert apart == alone


def test_refuses_to_tell_apart_by_what_is_no_facet():
    with pytest.raises(TableError, match="not by 'customer_id'"):
        retention(ORDERS, as_of=AS_OF, by="customer_id")
