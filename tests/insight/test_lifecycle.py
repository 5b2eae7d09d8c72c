"""In which stage a customer is, against their own rhythm and by their contract."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from insight.text_tables import every, orders_of, per_customer, rows, table
from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import STAGES, Thresholds, stages
from stamgast.insight.rhythm import Rhythm, fit_rhythm
from stamgast.insight.tables import TableError

AS_OF = date(2024, 6, 30)

# A shop where customers come about every 60 days, with little regularity: 1 in 5 second purchases
# takes longer than 131 days, 1 in 50 longer than 306.
SHOP = Rhythm(
    as_of=AS_OF,
    regularity=1,
    usual_interval_days=60.0,
    prior_gaps=0.8,
    stay_share=0.7,
    customers=1000,
    intervals=3000,
)


def stage_of(days_before: list[int], *, rhythm: Rhythm = SHOP, **contract: date) -> str:
    """Return the stage of a customer who bought so many days before AS_OF."""
    bought = {"anna": [AS_OF - timedelta(days=days) for days in days_before]}
    people = table("customer\nanna").mutate(**contract)
    facts = customer_facts(orders_of(bought), people, as_of=AS_OF)
    return per_customer(stages(facts, rhythm, AS_OF), "stage")["anna"]


def test_follows_each_customers_own_rhythm():
    orders = orders_of(
        {
            "weekly, silent 10 days": every(7, times=25, start="2024-01-04"),
            "weekly, silent 5 weeks": every(7, times=21, start="2024-01-06"),
            "weekly, silent 3 months": every(7, times=13, start="2024-01-07"),
            "every 80 days, silent 80": every(80, times=6, start="2023-03-08"),
            "every 80 days, silent 150": every(80, times=6, start="2022-12-28"),
            "every 80 days, silent 400": every(80, times=6, start="2022-04-23"),
            "once, 3 days ago": every(1, times=1, start="2024-06-27"),
            "once, 100 days ago": every(1, times=1, start="2024-03-22"),
            "once, 200 days ago": every(1, times=1, start="2023-12-13"),
            "once, 350 days ago": every(1, times=1, start="2023-07-16"),
        }
    )
    people = table("customer\nnever bought")
    found = stages(customer_facts(orders, people, as_of=AS_OF), SHOP, AS_OF)
    assert per_customer(found, "stage") == {
        "weekly, silent 10 days": "active",
        "weekly, silent 5 weeks": "drifting",
        "weekly, silent 3 months": "lost",
        "every 80 days, silent 80": "active",
        "every 80 days, silent 150": "drifting",
        "every 80 days, silent 400": "lost",
        "once, 3 days ago": "new",
        "once, 100 days ago": "new",
        "once, 200 days ago": "drifting",
        "once, 350 days ago": "lost",
        "never bought": "none",
    }


def test_a_regular_shop_notices_sooner():
    regular = Rhythm(AS_OF, 6, 60.0, 0.3, 0.7, 1000, 3000)
    bought = [45 + 30 * number for number in range(12)]
    assert stage_of(bought) == "active"
    assert stage_of(bought, rhythm=regular) == "drifting"


def test_says_what_is_needed_to_explain_a_stage():
    orders = orders_of({"anna": every(20, times=5, start="2024-02-01")})
    found = stages(customer_facts(orders, table("customer\ndaan"), as_of=AS_OF), SHOP, AS_OF)
    anna, daan = found.order_by("customer_id").to_pyarrow().to_pylist()
    usual = (0.8 * 60 + 80) / 4.8
    assert anna["usual_interval_days"] == pytest.approx(usual)
    assert anna["expected_next_day"] == date(2024, 4, 21) + timedelta(days=round(usual))
    assert anna["days_silent"] == 70
    assert 0.02 < anna["silence_share"] < 0.2
    assert (anna["stage"], anna["basis"]) == ("drifting", "own_rhythm")
    assert list(daan.values()) == ["daan", "none", "no_purchase", None, None, None, None]


def test_says_when_the_rhythm_is_that_of_customers_like_them():
    orders = orders_of({"two gaps": every(20, times=3), "three gaps": every(20, times=4)})
    found = stages(customer_facts(orders, as_of=AS_OF), SHOP, AS_OF)
    assert per_customer(found, "basis") == {
        "two gaps": "like_customers",
        "three gaps": "own_rhythm",
    }


def test_stages_part_exactly_at_the_shares():
    orders = orders_of({"anna": every(20, times=5, start="2024-02-01")})
    facts = customer_facts(orders, as_of=AS_OF)
    share = per_customer(stages(facts, SHOP, AS_OF), "silence_share")["anna"]

    def with_share(drifting: float, lost: float) -> str:
        at = Thresholds(drifting_share=drifting, lost_share=lost)
        return per_customer(stages(facts, SHOP, AS_OF, thresholds=at), "stage")["anna"]

    assert with_share(share, share / 2) == "active"
    assert with_share(share * 1.0001, share / 2) == "drifting"
    assert with_share(share * 2, share) == "drifting"
    assert with_share(share * 2, share * 1.0001) == "lost"


# -- won back -----------------------------------------------------------------------------------


def test_a_customer_back_from_a_lost_silence_is_won_back_for_ninety_days():
    before = [20 * number for number in range(6)]  # five gaps of twenty days
    gone = 400
    for since, expected in [(0, "won_back"), (60, "won_back"), (89, "won_back")]:
        assert stage_of([since, *(since + gone + days for days in before)]) == expected


def test_a_customer_won_back_long_ago_is_active_again():
    weekly_since = [*range(0, 100, 7)]
    back = 98
    old = [back + 400 + 20 * number for number in range(6)]
    assert stage_of([*weekly_since, *old]) == "active"
    assert stage_of([*range(0, 85, 7), *(84 + 400 + 20 * number for number in range(6))]) == (
        "won_back"
    )


def test_a_customer_back_from_an_unusual_silence_that_was_not_lost_is_active():
    before = [20 * number for number in range(6)]
    assert stage_of([0, *(70 + days for days in before)]) == "active"


def test_a_customer_won_back_can_drift_again():
    quick = [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]
    assert stage_of([60 + days for days in [*quick, *(330 + day for day in quick)]]) != "won_back"


# -- contracts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "expected"),
    [
        ({"start": date(2024, 1, 1)}, "active"),
        ({"start": date(2024, 1, 1), "notice": date(2024, 6, 1)}, "drifting"),
        ({"start": date(2024, 1, 1), "notice": date(2024, 7, 1)}, "active"),
        ({"start": date(2024, 1, 1), "end": date(2024, 6, 30)}, "lost"),
        ({"start": date(2024, 1, 1), "end": date(2024, 7, 1)}, "active"),
        (
            {"start": date(2024, 1, 1), "notice": date(2024, 5, 1), "end": date(2024, 6, 1)},
            "lost",
        ),
    ],
)
def test_a_contract_decides_whatever_the_silence(contract, expected):
    dates = {f"contract_{name}": day for name, day in contract.items()}
    assert stage_of([], **dates) == expected
    assert stage_of([200, 205, 210, 215, 220], **dates) == expected


def test_a_contract_still_to_start_leaves_the_decision_to_the_rhythm():
    assert stage_of([], contract_start=date(2024, 7, 1)) == "none"
    assert stage_of([5], contract_start=date(2024, 7, 1)) == "new"


def test_a_customer_who_bought_after_the_contract_ended_is_not_lost():
    ended = {"contract_start": date(2023, 1, 1), "contract_end": date(2024, 1, 1)}
    assert stage_of([5, 35, 65], **ended) == "active"
    assert stage_of([180, 260, 340], **ended) == "drifting"
    assert stage_of([183, 260, 340], **ended) == "lost"


def test_a_contract_can_be_new_in_its_first_period():
    facts = customer_facts(
        orders_of({"anna": every(1, times=1)}),
        table("customer | contract_start\nanna | 2024-05-01\nbram | 2023-05-01"),
        as_of=AS_OF,
    )
    found = stages(facts, SHOP, AS_OF, thresholds=Thresholds(contract_new_days=90))
    assert per_customer(found, "stage") == {"anna": "new", "bram": "active"}
    assert per_customer(found, "basis") == {"anna": "contract", "bram": "contract"}


# -- little data, and what is refused -----------------------------------------------------------


@pytest.mark.parametrize(
    "bought",
    [
        {"anna": every(1, times=1)},
        {name: every(1, times=1) for name in ("anna", "bram", "carla")},
        {"anna": every(1, times=300)},
        {"anna": every(365, times=5, start="2020-06-01")},
    ],
)
def test_a_shop_with_hardly_any_data_gets_sound_answers(bought):
    orders = orders_of(bought)
    known = fit_rhythm(orders, AS_OF)
    found = stages(customer_facts(orders, as_of=AS_OF), known, AS_OF)
    for customer, stage, share, usual in rows(
        found, "customer_id", "stage", "silence_share", "usual_interval_days"
    ):
        assert stage in STAGES, customer
        assert 0 <= share <= 1, customer
        assert math.isfinite(usual), customer


def test_a_yearly_customer_is_not_lost_within_their_year():
    orders = orders_of({"anna": every(365, times=5, start="2019-08-01")})
    facts = customer_facts(orders, as_of=AS_OF)
    found = stages(facts, SHOP, AS_OF)
    assert per_customer(found, "days_silent") == {"anna": 335}
    assert per_customer(found, "stage") == {"anna": "active"}


@pytest.mark.parametrize(
    "shares",
    [
        {"drifting_share": 0.01},
        {"lost_share": 0.3},
        {"lost_share": 0.0},
        {"drifting_share": 1.0},
        {"won_back_days": 91},
        {"won_back_days": -1},
    ],
)
def test_refuses_thresholds_that_make_no_sense(shares):
    with pytest.raises(ValueError, match="must"):
        Thresholds(**shares)


def test_refuses_a_table_that_holds_no_facts():
    with pytest.raises(TableError, match="no column 'last_day'"):
        stages(table("customer\nanna"), SHOP, AS_OF)
