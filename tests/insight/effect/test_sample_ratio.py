"""Whether the arms are as large as the lot planned them."""

from __future__ import annotations

import pytest

from stamgast.insight.effect import EffectRefusal, check_sample_ratio


def test_expects_the_planned_shares_of_whatever_came():
    found = check_sample_ratio({"mail": 890, "control": 110}, {"mail": 9, "control": 1})
    assert found.expected == {"mail": 900, "control": 100}
    assert found.chi_square == pytest.approx(100 / 900 + 100 / 100)
    assert not found.is_alarm


def test_an_arm_that_nobody_reached_is_an_alarm():
    assert check_sample_ratio({"mail": 500}, {"mail": 0.9, "control": 0.1}).is_alarm


@pytest.mark.parametrize(
    ("counts", "shares", "code"),
    [
        ({"mail": 5, "gift": 5}, {"mail": 1, "control": 1}, "unknown_arm"),
        ({"mail": 5}, {"mail": 1}, "no_shares"),
        ({"mail": 5, "control": 5}, {"mail": 1, "control": 0}, "no_shares"),
        ({}, {"mail": 1, "control": 1}, "nobody"),
    ],
)
def test_refuses_counts_and_shares_that_cannot_be(counts: dict, shares: dict, code: str):
    with pytest.raises(EffectRefusal) as refusal:
        check_sample_ratio(counts, shares)
    assert refusal.value.code == code
