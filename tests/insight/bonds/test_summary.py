"""The base as a whole, and the evidence lines behind each bond."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from insight.text_tables import rows, table
from stamgast.insight.bonds import (
    endings,
    evidence_lines,
    kinds,
    knowledge,
    loyalty,
    matrix,
    posteriors,
)

DAY = date(2026, 6, 30)


def judged(text):
    found = table(text)
    known = {"p_true": "p_true", "p_latent": "p_latent"}
    missing = [name for name in known if name not in found.columns]
    return found.mutate(
        attitude_coverage=found.coverage,
        margin_365=found.margin_365.cast("float64"),
        p_spurious=ibis.literal(0.25),
        p_none=ibis.literal(0.25),
        **{name: ibis.literal(0.25) for name in missing},
    )


PEOPLE = judged("""
    customer | p_attitude | p_buying | kind     | subtype | margin_365 | coverage | ends_on
    anna     | 0.9        | 0.9      | true     |         | 200.0      | 0.5      |
    bram     | 0.1        | 0.8      | spurious | captive | 300.0      | 0.25     | 2026-08-10
    carla    | 0.2        | 0.7      | spurious | bought  | 50.0       | 0.25     |
    daan     | 0.5        | 0.9      | unknown  |         | 40.0       | 0.0625   |
    eva      | 0.5        | 0.9      | unknown  |         |            | 0.0      |
    finn     | 0.5        |          | unknown  |         |            | 0.0      |
""")


def test_lays_attitude_against_buying_with_customers_and_margin():
    found = rows(matrix(PEOPLE), "attitude", "buying", "customers", "margin_365", "true")
    assert found == [
        ("high", "high", 1, 200.0, 0.25),
        ("low", "high", 2, 350.0, 0.5),
        ("unclear", "high", 2, 40.0, 0.5),
        ("unclear", "unclear", 1, None, 0.25),
    ]


def test_counts_the_kinds_and_the_unknown_among_them():
    found = kinds(PEOPLE).to_pyarrow().to_pylist()
    assert [(row["kind"], row["subtype"], row["customers"]) for row in found] == [
        ("unknown", None, 3),
        ("spurious", "bought", 1),
        ("spurious", "captive", 1),
        ("true", None, 1),
    ]
    assert sum(row["share"] for row in found) == pytest.approx(1)
    assert [row["ending"] for row in found] == [0, 0, 1, 0]
    assert [row["margin_365"] for row in found] == [40.0, 50.0, 300.0, 200.0]


def test_says_of_how_many_we_know_enough():
    found = knowledge(PEOPLE).to_pyarrow().to_pylist()[0]
    assert found == {
        "customers": 6,
        "known": 3,
        "known_share": 0.5,
        "attitude_unseen": 3,
        "true_share": 0.25,
    }


def test_says_which_bonds_end_in_which_month_and_what_goes_with_them():
    seen = table("""
        customer | indicator | value | day        | ends_on
        anna     | contract  | 0.9   | 2026-06-01 | 2026-08-31
        bram     | contract  | 0.9   | 2026-06-01 | 2026-08-10
        carla    | prepaid   | 1.0   | 2026-06-01 | 2026-09-01
        eva      | contract  | 0.9   | 2026-06-01 | 2026-07-15
        daan     | contract  | 0.9   | 2026-06-01 |
    """)
    bonds = posteriors(seen, as_of=DAY)
    found = endings(bonds, PEOPLE, as_of=DAY)
    assert rows(found) == [
        (date(2026, 7, 1), "legal", 1, 0, None, None),
        (date(2026, 8, 1), "legal", 2, 1, 500.0, 300.0),
        (date(2026, 9, 1), "economic", 1, 1, 50.0, 50.0),
    ]


SEEN = table("""
    customer | indicator       | value | day        | detail | ends_on
    anna     | nps             | 0.9   | 2026-06-30 | ten     |
    anna     | nps             | 0.1   | 2024-06-30 | three      |
    anna     | review          | 0.8   | 2026-06-30 | five      |
    anna     | complaint       | 0.15  | 2026-06-30 | ended_badly |
    anna     | no_offer_needed | 0.5   | 2026-06-30 | 3/6    |
    anna     | contract        | 0.9   | 2026-06-30 | fixed  | 2026-08-10
    bram     | csat            | 0.5   | 2026-06-30 | four      |
""")


def test_tells_the_weightiest_evidence_of_each_bond_first():
    found = evidence_lines(SEEN, as_of=DAY)
    columns = ("customer_id", "bond", "line", "indicator", "direction", "detail", "rows")
    assert rows(found, *columns) == [
        ("anna", "emotional", 1, "nps", "for", "ten", 2),
        ("anna", "emotional", 2, "complaint", "against", "ended_badly", 1),
        ("anna", "emotional", 3, "review", "for", "five", 1),
        ("anna", "legal", 1, "contract", "for", "fixed", 1),
        ("bram", "emotional", 1, "csat", "neither", "four", 1),
    ]
    pushes = rows(found, "customer_id", "line", "weight", "push")
    assert pushes[0] == ("anna", 1, 4.0, pytest.approx(1.6))
    assert rows(found.filter(found.bond == "legal"), "ends_on") == [(date(2026, 8, 10),)]


def test_tells_as_many_lines_as_were_asked_for():
    assert evidence_lines(SEEN, as_of=DAY, top=1).count().execute() == 3
    with pytest.raises(ValueError, match="one line or more"):
        evidence_lines(SEEN, as_of=DAY, top=0)


def test_an_empty_base_sums_up_to_nothing():
    nobody = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-01-01")
    nobody = nobody.filter(nobody.customer_id == "zoe")
    buying = table("customer | p_alive | purchases_365\nzoe | 0.5 | 1.0")
    bonds = posteriors(nobody, as_of=DAY)
    found = loyalty(bonds, buying, as_of=DAY, need=3)
    assert rows(matrix(found)) == rows(kinds(found)) == []
    assert rows(endings(bonds, found, as_of=DAY)) == []
    assert knowledge(found).to_pyarrow().to_pylist()[0]["customers"] == 0
