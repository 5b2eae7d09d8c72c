"""Each bond of a customer is a Beta distribution: prior, plus what was seen, less with age."""

from __future__ import annotations

from datetime import UTC, date, datetime

import ibis
import pytest
from scipy import stats

from insight.text_tables import rows, table
from stamgast.insight.bonds import (
    BONDS,
    INDICATORS,
    PRIORS,
    Indicator,
    Priors,
    posteriors,
)
from stamgast.insight.bonds.beta_table import with_spread
from stamgast.insight.bonds.indicators import possible_weight
from stamgast.insight.tables import TableError

DAY = date(2026, 6, 30)


def bond_of(found, customer, bond):
    rows = found.filter(found.customer_id == customer, found.bond == bond).to_pyarrow().to_pylist()
    assert len(rows) == 1
    return rows[0]


def test_gives_five_rows_to_everybody_seen_or_not():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 0.9   | 2026-06-30
    """)
    everyone = table("""
        customer
        anna
        bram
    """)
    found = posteriors(seen, customers=everyone, as_of=DAY)
    assert [row[:2] for row in rows(found)] == [
        (name, bond) for name in ("anna", "bram") for bond in sorted(BONDS)
    ]
    unseen = bond_of(found, "bram", "emotional")
    assert (unseen["alpha"], unseen["beta"]) == (2.0, 2.0)
    assert unseen["coverage"] == 0
    assert unseen["leading"] is None


def test_leaves_out_those_who_are_not_among_the_customers():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 0.9   | 2026-06-30
        zoe      | nps       | 0.9   | 2026-06-30
    """)
    everyone = table("""
        customer
        anna
    """)
    found = posteriors(seen, customers=everyone, as_of=DAY)
    assert {row[0] for row in rows(found, "customer_id")} == {"anna"}


def test_adds_what_was_seen_to_the_prior_by_its_weight():
    seen = table("""
        customer | indicator      | value | day
        anna     | nps            | 0.75  | 2026-06-30
        anna     | discount_share | 0.25  | 2026-06-30
    """)
    found = posteriors(seen, as_of=DAY)
    emotional = bond_of(found, "anna", "emotional")
    assert emotional["alpha"] == pytest.approx(0.5 * 4 + 4 * 0.75)
    assert emotional["beta"] == pytest.approx(0.5 * 4 + 4 * 0.25)
    economic = bond_of(found, "anna", "economic")
    assert economic["mean"] == pytest.approx((0.3 * 4 + 4 * 0.25) / 8)


def test_believes_old_evidence_half_after_its_half_life():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 1.0   | 2025-06-30
    """)
    found = bond_of(posteriors(seen, as_of=DAY), "anna", "emotional")
    assert found["alpha"] == pytest.approx(2 + 2)
    assert found["beta"] == pytest.approx(2)


def test_lets_a_half_observation_weigh_half():
    seen = table("""
        customer | indicator | value | day        | strength
        anna     | nps       | 1.0   | 2026-06-30 | 0.5
    """)
    assert bond_of(posteriors(seen, as_of=DAY), "anna", "emotional")["alpha"] == pytest.approx(4)


def test_lets_evidence_that_tells_the_same_story_share_one_weight():
    seen = table("""
        customer | indicator | value | day
        anna     | review    | 0.5   | 2026-06-30
        anna     | referral  | 1.0   | 2026-06-30
    """)
    found = bond_of(posteriors(seen, as_of=DAY), "anna", "emotional")
    agreed = (3 * 0.5 + 4 * 1.0) / 7
    assert found["alpha"] == pytest.approx(2 + 4 * agreed)
    assert found["alpha"] + found["beta"] == pytest.approx(4 + 4)


def test_does_not_count_a_repeated_answer_twice_and_trusts_the_newer_more():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 0.0   | 2025-06-30
        anna     | nps       | 1.0   | 2026-06-30
    """)
    found = bond_of(posteriors(seen, as_of=DAY), "anna", "emotional")
    assert found["alpha"] + found["beta"] == pytest.approx(4 + 4)
    assert found["alpha"] == pytest.approx(2 + 4 * 2 / 3)


def test_forgets_a_contract_on_the_day_it_ends_and_tells_the_first_end_before():
    seen = table("""
        customer | indicator | value | day        | ends_on
        anna     | contract  | 0.9   | 2026-01-01 | 2026-08-10
        anna     | warranty  | 1.0   | 2026-01-01 | 2026-07-20
        bram     | contract  | 0.9   | 2026-01-01 | 2026-06-30
    """)
    found = posteriors(seen, as_of=DAY)
    assert bond_of(found, "anna", "legal")["ends_on"] == date(2026, 7, 20)
    assert bond_of(found, "anna", "legal")["leading"] == "contract"
    gone = bond_of(found, "bram", "legal")
    assert gone["coverage"] == 0
    assert gone["ends_on"] is None


def test_does_not_know_tomorrow():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 1.0   | 2026-07-01
    """)
    assert bond_of(posteriors(seen, as_of=DAY), "anna", "emotional")["coverage"] == 0


def test_says_how_much_of_the_possible_evidence_was_seen():
    assert possible_weight(INDICATORS)["emotional"] == 4 + 2 + 4 + 3 + 1 + 2
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 1.0   | 2026-06-30
        anna     | complaint | 0.4   | 2026-06-30
    """)
    found = bond_of(posteriors(seen, as_of=DAY), "anna", "emotional")
    assert found["coverage"] == pytest.approx(7 / 16)


def test_names_the_evidence_that_speaks_most_for_a_bond_and_none_that_speaks_against():
    seen = table("""
        customer | indicator | value | day
        anna     | nps       | 0.1   | 2026-06-30
        anna     | review    | 0.8   | 2026-06-30
        bram     | nps       | 0.1   | 2026-06-30
    """)
    found = posteriors(seen, as_of=DAY)
    assert bond_of(found, "anna", "emotional")["leading"] == "review"
    assert bond_of(found, "bram", "emotional")["leading"] is None


def test_begins_from_the_mean_of_customers_like_them():
    priors = Priors(segments={("cafe", "legal"): 0.7})
    everyone = table("""
        customer | segment
        anna     | cafe
        bram     | home
        carla    |
    """)
    nothing = table("""
        customer | indicator | value | day
        zoe      | nps       | 0.5   | 2026-06-30
    """)
    found = posteriors(nothing, customers=everyone, priors=priors, as_of=DAY)
    assert bond_of(found, "anna", "legal")["mean"] == pytest.approx(0.7)
    assert bond_of(found, "anna", "emotional")["mean"] == pytest.approx(0.5)
    assert bond_of(found, "bram", "legal")["mean"] == pytest.approx(0.1)
    assert bond_of(found, "carla", "legal")["mean"] == pytest.approx(0.1)


def test_a_customer_who_is_listed_twice_is_one_customer():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-06-30")
    twice = table("customer | segment\nanna | cafe\nanna | home\n | cafe")
    priors = Priors(segments={("cafe", "legal"): 0.7, ("home", "legal"): 0.4})
    found = posteriors(seen, customers=twice, priors=priors, as_of=DAY)
    assert found.count().execute() == 5
    assert bond_of(found, "anna", "legal")["mean"] == pytest.approx(0.4)


def test_refuses_customers_named_in_another_way_than_in_the_evidence():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-06-30")
    people = ibis.memtable({"customer_id": [1, 2]})
    with pytest.raises(TableError, match="customer_id is string, but int64 among the customers"):
        posteriors(seen, customers=people, as_of=DAY)
    with pytest.raises(TableError, match="no column 'customer_id'"):
        posteriors(seen, customers=people.rename(name="customer_id"), as_of=DAY)


def test_refuses_a_moment_where_it_needs_a_day():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-06-30")
    with pytest.raises(TypeError, match="as_of must be a date"):
        posteriors(seen, as_of=datetime(2026, 6, 30, tzinfo=UTC))


def test_takes_indicators_of_other_rooms_without_keeping_them():
    points = Indicator("birthday_visit", "emotional", 2, None, None, "came on their birthday")
    seen = table("""
        customer | indicator      | value | day
        anna     | birthday_visit | 1.0   | 2026-06-30
    """)
    found = posteriors(seen, indicators=(*INDICATORS, points), as_of=DAY)
    assert bond_of(found, "anna", "emotional")["alpha"] == pytest.approx(4)
    with pytest.raises(TableError, match="unknown indicator \\('birthday_visit'\\)"):
        posteriors(seen, as_of=DAY)


@pytest.mark.parametrize(
    ("column", "cell", "complaint"),
    [
        ("value", "1.5", "a value outside"),
        ("value", "-0.5", "a value outside"),
        ("value", "", "no value"),
        ("day", "", "no day"),
        ("customer", "", "no customer_id"),
        ("strength", "2.0", "a strength outside"),
    ],
)
def test_refuses_evidence_that_would_give_a_wrong_bond(column, cell, complaint):
    row = {"customer": "anna", "indicator": "nps", "value": "0.5", "day": "2026-06-30"}
    row = {**row, "strength": "1.0", column: cell}
    broken = table(" | ".join(row) + "\n" + " | ".join(row.values()))
    good = {**row, column: {"customer": "bram", "day": "2026-06-30"}.get(column, "0.5")}
    both = broken.union(table(" | ".join(row) + "\n" + " | ".join(good.values()))) if cell else None
    with pytest.raises(TableError, match=complaint):
        posteriors(both if both is not None else _with_null(row, column, good), as_of=DAY)


def _with_null(row, column, good):
    """A column needs a value somewhere to have a type; the broken row comes second."""
    return table("\n".join([" | ".join(row), " | ".join(good.values()), " | ".join(row.values())]))


def test_refuses_numbers_that_are_none():
    seen = ibis.memtable(
        {"customer_id": [1], "indicator": ["nps"], "value": [0.5], "day": [DAY]}
    ).mutate(value=ibis.literal(float("nan")))
    with pytest.raises(TableError, match="a value outside"):
        posteriors(seen, as_of=DAY)


def test_refuses_evidence_without_a_value():
    seen = table("""
        customer | indicator | day
        anna     | nps       | 2026-06-30
    """)
    with pytest.raises(TableError, match="no column 'value'"):
        posteriors(seen, as_of=DAY)


def test_refuses_a_registry_that_can_be_read_in_two_ways():
    one = Indicator("nps", "emotional", 4, None, None, "")
    with pytest.raises(ValueError, match="occur twice: nps"):
        posteriors(table("customer | indicator\nanna | nps"), indicators=(one, one), as_of=DAY)
    mixed = Indicator("tier", "economic", 4, None, "nps", "")
    with pytest.raises(ValueError, match="more than one bond"):
        posteriors(table("customer | indicator\nanna | nps"), indicators=(one, mixed), as_of=DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bond": "magnetic"},
        {"reliability": 0},
        {"reliability": float("nan")},
        {"half_life_days": 0},
    ],
)
def test_refuses_an_indicator_that_cannot_be(wrong):
    sound = {"bond": "legal", "reliability": 1, "half_life_days": 9}
    with pytest.raises(ValueError, match="x:"):
        Indicator(code="x", group=None, meaning="", **{**sound, **wrong})


def test_refuses_a_prior_that_nothing_could_move():
    with pytest.raises(ValueError, match="between 0 and 1"):
        Priors({**PRIORS.means, "legal": 0.0})
    with pytest.raises(ValueError, match="more than zero"):
        Priors(worth=0)
    with pytest.raises(ValueError, match="a mean for each"):
        Priors({"legal": 0.5})


def test_reads_quantiles_as_scipy_does():
    means = (0.003, 0.05, 0.3333, 0.5012, 0.87, 0.997)
    cases = [(mean, weight) for mean in means for weight in (1.0, 4.0, 11.3, 50.0, 400.0)]
    table = ibis.memtable({"mean": [case[0] for case in cases], "weight": [c[1] for c in cases]})
    joined, spread = with_spread(table, table["mean"], table.weight, level=0.8, threshold=0.6)
    found = joined.select(
        "mean", "weight", low=spread.low, high=spread.high, above=spread.above
    ).to_pyarrow()
    for row in found.to_pylist():
        mean, weight = row["mean"], row["weight"]
        beta = stats.beta(mean * weight, (1 - mean) * weight)
        reach = 0.004 if weight >= 4 else 0.01
        assert row["low"] == pytest.approx(beta.ppf(0.1), abs=reach), row
        assert row["high"] == pytest.approx(beta.ppf(0.9), abs=reach), row
        assert row["above"] == pytest.approx(beta.sf(0.6), abs=0.01), row
    assert found.num_rows == 30


def test_leaves_an_unknown_mean_unknown():
    row = ibis.memtable({"mean": [0.5, None], "weight": [4.0, 4.0]})
    joined, spread = with_spread(row, row["mean"], row.weight, level=0.8)
    found = joined.select("mean", low=spread.low).to_pyarrow().to_pylist()
    assert {row["mean"]: row["low"] is None for row in found} == {0.5: False, None: True}
