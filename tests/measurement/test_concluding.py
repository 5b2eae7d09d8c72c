"""From sums to verdicts with all their figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from measurement.conclusions import BEGAN, CASES, EQUAL, arm, concluded, plan, reckoned
from stamgast.measurement.concluding import conclude
from stamgast.measurement.pooled import conclude_pool
from stamgast.measurement.reckoning import ArmOf


@pytest.mark.parametrize(
    "code",
    [
        "worked",
        "worked_so_far",
        "did_not_work",
        "cannot_be_known_here",
        "borrowed_from_later",
        "not_yet_known",
    ],
)
def test_every_verdict_comes_out_of_its_sums(code: str) -> None:
    assert CASES[code].code == code


def test_what_blocks_a_verdict_is_said() -> None:
    assert CASES["lot_is_off"].facts["reason"] == "sample_ratio"
    assert CASES["too_few"].facts["net_minor"] is None


def test_cost_counts_per_treated_household() -> None:
    facts = CASES["worked"].facts
    assert facts["cost_per_head_minor"] == pytest.approx(10.0)
    assert facts["net_minor"]["estimate"] == pytest.approx(2000 * (300 - 10), abs=1)
    back = facts["net_minor"]["estimate"] + facts["spent_minor"]
    assert facts["per_euro"]["estimate"] == pytest.approx(back / facts["spent_minor"], rel=1e-3)
    assert facts["per_euro"]["low"] < facts["per_euro"]["estimate"] < facts["per_euro"]["high"]


def test_money_lines_add_up() -> None:
    for one in CASES.values():
        money = one.facts["money"]
        assert money["net"] == sum(amount for name, amount in money.items() if name != "net")


def test_the_value_of_the_model_is_shown_and_decides_nothing() -> None:
    facts = CASES["borrowed_from_later"].facts
    assert facts["value_minor"]["more"] == pytest.approx(350.0)
    assert CASES["borrowed_from_later"].code == "borrowed_from_later"


def test_a_rate_that_would_flip_the_verdict_is_told_only_where_margin_is_assumed() -> None:
    assert CASES["worked"].facts["assumed"] == {"share": 0.0, "rate": 0.4, "flips_at": None}
    assert CASES["assumed"].facts["assumed"]["share"] > 0.5


def test_several_arms_are_one_comparison_together_and_each_by_itself() -> None:
    arms = {
        1: ArmOf("control", 1 / 3, True),
        2: ArmOf("mail", 1 / 3, False),
        3: ArmOf("gift", 1 / 3, False),
    }
    found = reckoned(EQUAL, arm(2000, 5.0))
    both = {**found.window, "gift": arm(2000, 9.0)}
    units = dict.fromkeys(both, 2000)
    several = type(found)(**{**vars(found), "window": both, "whole": both, "units": units})
    facts = conclude(plan(arms=arms), several, as_of=date(2026, 9, 1), unit=100.0, rate=None).facts
    codes = {one["code"]: one["code_of_verdict"] for one in facts["arms"]}
    assert codes["gift"] == "worked"
    assert codes["mail"] != "worked"
    assert facts["treated"] == 4000


def test_a_pool_of_one_is_no_pool_and_more_are_surer_together() -> None:
    one = concluded(arm(400, 5.0), arm(400, 7.5))
    assert conclude_pool({1: one}, unit=100.0) is None
    pooled = conclude_pool(dict.fromkeys(range(4), one), unit=100.0)
    assert pooled is not None
    alone, together = one.facts["net_per_head_minor"], pooled.facts["net_per_head_minor"]
    assert together["high"] - together["low"] < alone["high"] - alone["low"]
    assert pooled.facts["treated"] == 1600


def test_an_effort_whose_lot_is_off_tells_nothing_in_a_pool_either() -> None:
    off, sound = CASES["lot_is_off"], concluded(arm(400, 5.0), arm(400, 7.5))
    assert off.facts["net_minor"] is None
    assert conclude_pool({1: off, 2: off}, unit=100.0) is None
    assert conclude_pool({1: off, 2: sound}, unit=100.0) is None
    pooled = conclude_pool({1: off, 2: sound, 3: sound}, unit=100.0)
    assert pooled is not None
    assert (pooled.facts["members"], pooled.facts["left_out"]) == ([2, 3], [1])
    assert pooled.facts["treated"] == 800


def test_rounds_too_small_for_a_figure_of_their_own_have_one_together() -> None:
    """18 buyers in each arm: nothing can be said of one, of twelve something."""
    one = concluded(arm(45, 5.0), arm(45, 17.0))
    assert one.facts["net_minor"] is None
    assert conclude_pool({1: one}, unit=100.0) is None
    pooled = conclude_pool(dict.fromkeys(range(12), one), unit=100.0)
    assert pooled is not None
    assert pooled.code == "worked"
    assert pooled.facts["treated"] == 12 * 45
    cost = one.facts["cost_per_head_minor"]
    assert pooled.facts["net_per_head_minor"]["estimate"] == pytest.approx(1200 - cost, abs=1)
    assert pooled.facts["spent_minor"] == pytest.approx(12 * one.facts["spent_minor"], abs=1)


def test_small_rounds_of_other_shares_are_not_mixed() -> None:
    half = concluded(arm(30, 5.0), arm(30, 9.0))
    shares = {1: ArmOf("control", 0.2, True), 2: ArmOf("mail", 0.8, False)}
    fifth = concluded(arm(30, 5.0), arm(120, 9.0), of=plan(arms=shares))
    assert half.facts["net_minor"] is fifth.facts["net_minor"] is None
    assert conclude_pool({1: half, 2: fifth}, unit=100.0) is None  # 12 buyers each: too few
    both = {1: half, 2: half, 3: fifth, 4: fifth}
    pooled = conclude_pool(both, unit=100.0)
    assert pooled is not None
    assert pooled.facts["net_per_head_minor"]["estimate"] == pytest.approx(400, abs=400)


def test_a_pool_too_small_altogether_is_none() -> None:
    one = concluded(arm(20, 5.0), arm(20, 9.0))  # 8 buyers in each arm
    assert conclude_pool({1: one, 2: one}, unit=100.0) is None


def test_a_pool_says_that_a_gain_was_borrowed_from_later() -> None:
    one = CASES["borrowed_from_later"]
    pooled = conclude_pool({1: one, 2: one, 3: one}, unit=100.0)
    assert pooled is not None
    assert pooled.code == "borrowed_from_later"
    assert pooled.facts["first_minor"]["low"] > 0 > pooled.facts["later_minor"]["high"]


def test_a_pool_of_efforts_still_followed_says_worked_so_far_and_no_more() -> None:
    one = CASES["worked_so_far"]
    assert conclude_pool({1: one, 2: one}, unit=100.0).code == "worked_so_far"  # type: ignore[union-attr]
    coming = plan(is_ongoing=True, is_drawing=True)
    found = reckoned(EQUAL, arm(2000, 8.0), whole={})
    one = conclude(coming, found, as_of=BEGAN + timedelta(days=70), unit=100.0, rate=0.4)
    assert (one.code, one.facts["reason"]) == ("worked_so_far", "after_runs")
    pooled = conclude_pool({1: one, 2: one}, unit=100.0)
    assert pooled is not None
    assert pooled.code == "worked_so_far"


def test_where_the_goal_is_margin_within_the_window_that_decides() -> None:
    by_window = plan(rests_on_window=True)
    day = BEGAN + timedelta(days=70)
    won = concluded(EQUAL, arm(2000, 8.0), as_of=day, of=by_window)
    assert won.code == "worked"
    assert won.facts["net_minor"] == won.facts["first_minor"]
    taken = concluded(EQUAL, arm(2000, 8.0, 2.6), of=by_window)
    assert taken.code == "borrowed_from_later"
    assert conclude_pool({1: won, 2: won}, unit=100.0).code == "worked"  # type: ignore[union-attr]


def test_customers_kept_are_those_who_bought_and_would_not_have() -> None:
    more = concluded(arm(2000, 5.0, share=0.3), arm(2000, 8.0, share=0.4))
    assert more.facts["kept"]["estimate"] == pytest.approx(200)
    assert more.facts["kept"]["low"] > 0
