"""From sums to verdicts with all their figures."""

from __future__ import annotations

from datetime import date

import pytest

from measurement.conclusions import CASES, EQUAL, arm, concluded, plan, reckoned
from stamgast.measurement.concluding import conclude, conclude_pool
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
