"""Recency, frequency and margin in five classes."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.text_tables import per_customer, rows, table
from stamgast.insight.facts import customer_facts
from stamgast.insight.rfm import rfm_scores
from stamgast.insight.tables import TableError

AS_OF = date(2024, 12, 31)


def facts(values: list[tuple[int, int, float]]):
    lines = ["customer | last_day | purchase_days | margin | revenue"]
    for number, (month, bought, margin) in enumerate(values):
        lines.append(f"c{number:02} | 2024-{month:02}-01 | {bought} | {float(margin)} | 0.0")
    return table("\n".join(lines))


def test_cuts_ten_different_customers_into_five_pairs():
    found = rfm_scores(facts([(n + 1, n + 1, n + 1) for n in range(10)]), AS_OF)
    expected = ["111", "111", "222", "222", "333", "333", "444", "444", "555", "555"]
    assert [score for _, score in rows(found, "customer_id", "rfm")] == expected


def test_customers_alike_share_a_class_however_many_they_are():
    values = [(6, 1, 10.0)] * 7 + [(6, 2, 10.0), (6, 5, 10.0), (6, 9, 10.0)]
    found = rfm_scores(facts(values), AS_OF)
    assert Counter(per_customer(found, "frequency_score").values()) == {1: 7, 4: 1, 5: 2}
    assert set(per_customer(found, "recency_score").values()) == {1}


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 4), st.integers(-3, 3)),
        min_size=1,
        max_size=40,
    )
)
def test_more_is_never_scored_lower_and_equal_always_equal(values):
    found = rfm_scores(facts(values), AS_OF)
    for place, column in enumerate(("recency_score", "frequency_score", "margin_score")):
        scores = per_customer(found, column)
        pairs = sorted((value[place], scores[f"c{n:02}"]) for n, value in enumerate(values))
        assert all(1 <= score <= 5 for _, score in pairs)
        assert [score for _, score in pairs] == sorted(score for _, score in pairs)
        assert len(set(pairs)) == len({value for value, _ in pairs})


def test_scores_revenue_where_margin_is_unknown_and_nothing_where_both_are():
    orders = table("""
    customer | day        | revenue
    anna     | 2024-01-01 | 10.0
    bram     | 2024-01-01 | 20.0
    """)
    found = rfm_scores(customer_facts(orders, as_of=AS_OF), AS_OF)
    assert per_customer(found, "margin_score") == {"anna": 1, "bram": 3}
    bare = rfm_scores(customer_facts(orders.drop("revenue"), as_of=AS_OF), AS_OF)
    assert rows(bare, "customer_id", "frequency_score", "margin_score", "rfm") == [
        ("anna", 1, None, None),
        ("bram", 1, None, None),
    ]


def test_leaves_out_customers_without_a_purchase():
    orders = table("customer | day | margin\nanna | 2024-01-01 | 5.0")
    found = customer_facts(orders, table("customer\nanna\ndaan"), as_of=AS_OF)
    assert set(per_customer(rfm_scores(found, AS_OF), "rfm")) == {"anna"}


def test_refuses_a_table_that_holds_no_facts():
    with pytest.raises(TableError, match="the table has no column 'purchase_days'"):
        rfm_scores(table("customer\nanna"), AS_OF)
