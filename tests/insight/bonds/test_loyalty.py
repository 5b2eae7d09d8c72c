"""Retained or loyal: two axes, four cells, and what holds those who stay without being loyal."""

from __future__ import annotations

from datetime import date

import ibis
import pytest
from scipy import stats

from insight.text_tables import per_customer, rows, table
from stamgast.insight.bonds import (
    KINDS,
    MEASURES,
    SUBTYPES,
    Recommendation,
    advice,
    loyalty,
    posteriors,
    usual_need,
)
from stamgast.insight.tables import TableError

DAY = date(2026, 6, 30)

# Anna loves the shop and buys; Bram is bound and bothered; Carla loves it and never comes; Daan is
# there for the discount; Eva does not know another shop; of Finn nothing is known; Gijs is gone.
SEEN = table("""
    customer | indicator          | value | day        | ends_on
    anna     | nps                | 0.95  | 2026-06-30 |
    anna     | referral           | 1.0   | 2026-06-30 |
    anna     | complaint          | 0.75  | 2026-06-30 |
    bram     | contract           | 0.9   | 2026-06-30 | 2026-08-10
    bram     | nps                | 0.05  | 2026-06-30 |
    bram     | complaint          | 0.15  | 2026-06-30 |
    carla    | nps                | 0.95  | 2026-06-30 |
    carla    | referral           | 1.0   | 2026-06-30 |
    daan     | nps                | 0.2   | 2026-06-30 |
    daan     | complaint          | 0.15  | 2026-06-30 |
    daan     | discount_share     | 0.9   | 2026-06-30 |
    eva      | nps                | 0.1   | 2026-06-30 |
    eva      | csat               | 0.2   | 2026-06-30 |
    eva      | knows_no_other     | 0.95  | 2026-06-30 |
    gijs     | nps                | 0.1   | 2026-06-30 |
    gijs     | consumables_bought | 0.9   | 2026-06-30 |
""")
EVERYONE = table("customer\nanna\nbram\ncarla\ndaan\neva\nfinn\ngijs")
BUYING = table("""
    customer | p_alive | purchases_365 | purchase_days | margin_365
    anna     | 0.98    | 9.0           | 30            | 210.00
    bram     | 0.97    | 12.0          | 30            | 300.00
    carla    | 0.10    | 0.1           | 4             | 2.00
    daan     | 0.95    | 8.0           | 20            | 80.00
    eva      | 0.95    | 8.0           | 20            | 90.00
    finn     | 0.90    | 8.0           | 20            | 95.00
    gijs     | 0.01    | 0.0           | 3             | 0.00
""")
BONDS_SEEN = ibis.memtable(posteriors(SEEN, customers=EVERYONE, as_of=DAY).to_pyarrow())
FOUND = ibis.memtable(loyalty(BONDS_SEEN, BUYING, as_of=DAY, need=3).to_pyarrow())


def test_tells_the_loyal_from_those_who_merely_stay():
    assert per_customer(FOUND, "kind") == {
        "anna": "true",
        "bram": "spurious",
        "carla": "latent",
        "daan": "spurious",
        "eva": "spurious",
        "finn": "unknown",
        "gijs": "none",
    }


def test_says_what_holds_those_who_merely_stay_and_only_them():
    assert per_customer(FOUND, "subtype") == {
        "anna": None,
        "bram": "captive",
        "carla": None,
        "daan": "bought",
        "eva": "no_alternative",
        "finn": None,
        "gijs": None,
    }
    assert per_customer(FOUND, "held_by")["gijs"] == "technical"
    assert set(per_customer(FOUND, "is_subtype_assumed").values()) == {False}


def test_calls_it_habit_when_nothing_else_holds_them_and_says_that_it_is_assumed():
    seen = table("""
        customer | indicator      | value | day
        daan     | nps            | 0.0   | 2026-06-30
        daan     | complaint      | 0.15  | 2026-06-30
        daan     | discount_share | 0.1   | 2026-06-30
    """)
    found = loyalty(posteriors(seen, as_of=DAY), BUYING, as_of=DAY, need=3)
    assert rows(found, "kind", "subtype", "is_subtype_assumed") == [("spurious", "habit", True)]


def test_says_which_bond_ends_and_in_how_many_days():
    told = rows(FOUND, "customer_id", "ends_bond", "ends_on", "days_to_end")
    assert told[1] == ("bram", "legal", date(2026, 8, 10), 41)
    assert [row[1:] for row in told if row[0] != "bram"] == [(None, None, None)] * 6


def test_the_four_chances_add_up_to_one():
    for row in FOUND.to_pyarrow().to_pylist():
        cells = [row[f"p_{kind}"] for kind in KINDS[:-1]]
        assert sum(cells) == pytest.approx(1)
        assert row["certainty"] == max(cells)
        assert (row["kind"] == "unknown") == (max(cells) < 0.6)


def test_the_chance_of_a_fond_customer_is_that_of_the_beta_posterior():
    chance = per_customer(FOUND, "p_attitude")
    assert chance["finn"] == pytest.approx(stats.beta(2, 2).sf(0.6), abs=0.005)
    anna = stats.beta(*beta_of("anna"))
    assert chance["anna"] == pytest.approx(anna.sf(0.6), abs=0.005)


def beta_of(customer):
    found = BONDS_SEEN.filter(BONDS_SEEN.customer_id == customer, BONDS_SEEN.bond == "emotional")
    row = found.to_pyarrow().to_pylist()[0]
    return row["alpha"], row["beta"]


def test_the_chance_of_a_regular_is_near_that_of_the_rate_behind_it():
    """The rate of one who is there is Gamma with the purchase days as its shape."""
    cases = [(rate, days) for rate in (1.0, 2.0, 3.0, 6.0) for days in (2, 5, 20)]
    names = [f"{rate} {days}" for rate, days in cases]
    buying = ibis.memtable(
        {
            "customer_id": names,
            "p_alive": [0.8] * len(cases),
            "purchases_365": [0.8 * rate for rate, _ in cases],
            "purchase_days": [days for _, days in cases],
        }
    )
    held = posteriors(SEEN, customers=buying.select("customer_id"), as_of=DAY)
    found = per_customer(loyalty(held, buying, as_of=DAY, need=3), "p_buying")
    for name, (rate, days) in zip(names, cases, strict=True):
        true = 0.8 * stats.gamma(days, scale=rate / days).sf(3)
        assert found[name] == pytest.approx(true, abs=0.045), name


def test_half_of_buying_is_all_that_the_need_asks():
    buying = table("""
        customer | p_alive | purchases_365 | purchase_days
        anna     | 1.0     | 5.0           | 5000
    """)
    found = loyalty(BONDS_SEEN, buying, as_of=DAY, need=5)
    assert per_customer(found, "buying")["anna"] == pytest.approx(0.5, abs=0.001)


def test_a_need_of_their_own_goes_before_that_of_the_shop():
    buying = table("""
        customer | p_alive | purchases_365 | purchase_days | need
        anna     | 1.0     | 5.0           | 5000          | 20.0
        bram     | 1.0     | 5.0           | 5000          |
    """)
    buys = per_customer(loyalty(BONDS_SEEN, buying, as_of=DAY, need=5), "buying")
    assert buys["anna"] == pytest.approx(0.2, abs=0.001)
    assert buys["bram"] == pytest.approx(0.5, abs=0.001)


def test_without_a_need_the_middle_customer_who_is_still_there_sets_it():
    assert usual_need(BUYING).execute() == 8.0
    chosen = loyalty(BONDS_SEEN, BUYING, as_of=DAY)
    told = loyalty(BONDS_SEEN, BUYING, as_of=DAY, need=8)
    assert rows(chosen, "customer_id", "p_buying") == rows(told, "customer_id", "p_buying")


def test_does_not_judge_those_of_whose_buying_nothing_is_known():
    nobody = table("""
        customer | p_alive | purchases_365
        anna     | 0.98    | 9.0
    """)
    found = loyalty(BONDS_SEEN, nobody, as_of=DAY, need=3)
    kinds = per_customer(found, "kind")
    assert kinds["carla"] == "unknown"
    assert per_customer(found, "buying")["carla"] is None
    assert per_customer(found, "certainty")["carla"] is None
    assert len(kinds) == 7


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf")])
@pytest.mark.parametrize("column", ["p_alive", "purchases_365"])
def test_a_number_that_is_none_is_not_yet_known(column, unknown):
    broken = ibis.ifelse(BUYING.customer_id == "anna", unknown, BUYING[column])
    told = BUYING.mutate(**{column: broken.cast("float64")})
    kinds = per_customer(loyalty(BONDS_SEEN, told, as_of=DAY, need=3), "kind")
    assert kinds["anna"] == "unknown"
    assert kinds["bram"] == "spurious"
    assert usual_need(told).execute() == 8.0


def test_likelihood_to_recommend_follows_attitude_and_not_buying():
    said = per_customer(FOUND, "recommend")
    assert said["carla"] == pytest.approx(said["anna"], abs=0.12)
    assert said["bram"] < 0.1 < said["finn"] < said["carla"]
    sure = loyalty(BONDS_SEEN, BUYING, as_of=DAY, need=3, recommendation=Recommendation(0.0, 0.0))
    assert set(per_customer(sure, "recommend").values()) == {0.5}


def test_stated_recommendation_is_even_where_promoters_begin():
    seen = table("""
        customer | indicator | value    | day
        anna     | nps       | 0.833333 | 2026-06-30
    """)
    found = loyalty(posteriors(seen, as_of=DAY), BUYING, as_of=DAY, need=3)
    assert per_customer(found, "attitude")["anna"] == pytest.approx(2 / 3, abs=1e-5)
    assert per_customer(found, "recommend")["anna"] == pytest.approx(0.5, abs=1e-3)


def test_hands_on_the_margin():
    assert per_customer(FOUND, "margin_365")["bram"] == 300.0


def test_refuses_a_need_of_nothing_and_tables_that_are_not_what_they_should_be():
    with pytest.raises(ValueError, match="need above 0"):
        loyalty(BONDS_SEEN, BUYING, as_of=DAY, need=0)
    with pytest.raises(ValueError, match="enough lies between"):
        loyalty(BONDS_SEEN, BUYING, as_of=DAY, enough=1.0)
    with pytest.raises(TableError, match="no column 'p_alive'"):
        loyalty(BONDS_SEEN, EVERYONE, as_of=DAY)
    numbered = BUYING.mutate(customer_id=1)
    with pytest.raises(TableError, match="customer_id is string, but int8 in the behaviour"):
        loyalty(BONDS_SEEN, numbered, as_of=DAY)
    with pytest.raises(TableError, match="no column 'bond'"):
        loyalty(EVERYONE, BUYING, as_of=DAY)


def test_every_kind_has_measures_that_fit_and_measures_to_avoid():
    for kind in (*KINDS, *SUBTYPES):
        if kind == "spurious":
            continue
        assert MEASURES[kind].fits
        assert MEASURES[kind].avoids
        assert not set(MEASURES[kind].fits) & set(MEASURES[kind].avoids)
    assert "discount" in advice("true").avoids
    assert advice("spurious", "captive") == MEASURES["captive"]
    assert advice("spurious", "captive", has_left=True) == MEASURES["lost"]
    with pytest.raises(ValueError, match="no kind of loyalty 'spurious'"):
        advice("spurious")
