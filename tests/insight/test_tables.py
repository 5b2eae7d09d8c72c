"""The contract with the outside: which columns are asked, accepted and refused."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from insight.text_tables import rows, table
from stamgast.insight.tables import (
    CUSTOMERS,
    ORDERS,
    TableError,
    business_day,
    check,
    narrow,
    refuse_broken_values,
)


def test_accepts_a_table_with_no_more_than_it_needs():
    least = table("customer | day\nanna | 2024-01-01")
    assert rows(check(least, ORDERS)) == [("anna", date(2024, 1, 1))]


def test_refuses_a_table_without_a_needed_column_and_says_what_it_has():
    with pytest.raises(TableError, match=r"no column 'day' \(business day .*; it has customer_id"):
        check(table("customer\nanna"), ORDERS)


def test_refuses_a_table_without_an_optional_column_that_is_needed_here():
    with pytest.raises(TableError, match="no column 'margin'"):
        check(table("customer | day\nanna | 2024-01-01"), ORDERS, need=["margin"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("customer | day\nanna | 3", "column 'day' is of type int64; expected day"),
        ("customer | day | margin\nanna | 2024-01-01 | much", None),
        ("customer | day | is_purchase\nanna | 2024-01-01 | 1", "'is_purchase' is of type int64"),
        ("customer | day | shop\nanna | 2024-01-01 | 3", "'shop' is of type int64; expected text"),
    ],
)
def test_refuses_columns_of_another_kind(text, complaint):
    if complaint is None:
        wrong = table("customer | day | shop\nanna | 2024-01-01 | much").rename(margin="shop")
        complaint = "column 'margin' is of type string; expected amount"
    else:
        wrong = table(text)
    with pytest.raises(TableError, match=complaint):
        check(wrong, ORDERS)


def test_refuses_customers_named_by_fractions():
    wrong = ibis.memtable(pa.table({"customer_id": [1.5], "day": [date(2024, 1, 1)]}))
    with pytest.raises(TableError, match="'customer_id' is of type float64; expected id"):
        check(wrong, ORDERS)


def test_takes_the_date_of_a_moment():
    moment = pa.table({"customer_id": ["anna"], "day": [datetime(2024, 1, 1, 23, 59)]})
    assert rows(check(ibis.memtable(moment), ORDERS)) == [("anna", date(2024, 1, 1))]


def test_takes_a_column_without_values_for_what_it_should_be():
    empty = pd.DataFrame({"customer_id": ["anna"], "last_contact": [None], "may_email": [None]})
    found = check(ibis.memtable(empty), CUSTOMERS)
    assert found.last_contact.type().is_date()
    assert found.may_email.type().is_boolean()
    assert rows(found) == [("anna", None, None)]


def test_unknown_amounts_are_allowed_and_whole_ones_too():
    sound = pa.table(
        {"day": [date(2024, 1, 1)] * 2, "margin": pa.array([None, 2.0]), "revenue": [1, 2]}
    )
    one = ibis.memtable(sound)
    assert refuse_broken_values(one) is one


def test_counts_the_rows_that_are_broken():
    broken = pa.table({"margin": pa.array([float("nan"), float("inf"), None, 2.0])})
    with pytest.raises(TableError, match="2 rows have a margin that is not a finite number"):
        refuse_broken_values(ibis.memtable(broken))


def test_narrows_by_several_dimensions_at_once():
    orders = table("shop | country\nnorth | NL\nnorth | BE\nsouth | NL")
    assert rows(narrow(orders, {"shop": "north", "country": "NL"})) == [("north", "NL")]
    assert narrow(orders, None) is orders


def test_a_day_is_a_day():
    assert business_day(date(2024, 2, 29)) == date(2024, 2, 29)
    for wrong in (datetime(2024, 2, 29), "2024-02-29", 20240229, None):
        with pytest.raises(TypeError, match="as_of must be a date"):
            business_day(wrong)
