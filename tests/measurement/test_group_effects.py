"""Effects of groups out of sums: values in, values out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stamgast.insight.effect import Followed, Sums, sums_of
from stamgast.measurement.for_whom import FEWEST_UNITS, conclude_groups
from stamgast.measurement.reckoning import ArmOf, Plan

PLAN = Plan(
    experiment=1, window_days=30, after_days=30, is_ongoing=False, is_drawing=False,
    ends_together=None,
    arms={1: ArmOf("control", 0.5, True), 2: ArmOf("offer", 0.5, False, {"sending": 60.0})},
)  # fmt: skip
EMPTY = Followed(*(Sums(0, 0.0, 0.0),) * 5, 0.0, 0, 0.0)


def arm(share: float, n: int, seed: int) -> Followed:
    dice = np.random.default_rng(seed)
    spent = (dice.random(n) < share) * dice.lognormal(2, 0.4, n)
    return replace(EMPTY, window=sums_of(spent.tolist()))


def groups(**shares: tuple[float, float, int]) -> dict[str, dict[str, Followed]]:
    return {
        name: {"control": arm(held, n, 10 + i), "offer": arm(got, n, 20 + i)}
        for i, (name, (held, got, n)) in enumerate(shares.items())
    }


def test_groups_are_drawn_towards_the_whole_and_the_small_ones_most():
    found = conclude_groups(
        groups(new=(0.3, 0.3, 400), active=(0.3, 0.6, 400), lost=(0.3, 0.6, 40)), PLAN, unit=100
    )
    told = {one["code"]: one for one in found["groups"]}
    assert found["why"] == ""
    assert told["lost"]["own"] < told["active"]["own"]
    for one in told.values():
        assert one["drawn"]["low"] < one["drawn"]["estimate"] < one["drawn"]["high"]
    assert told["active"]["drawn"]["low"] > 0 > told["new"]["drawn"]["low"]
    assert 0 <= found["differ"] < 0.05
    # 60 euro of sending over 840 who got it is taken off each head, in cents.
    assert found["common_minor"] < max(one["alone"]["estimate"] for one in told.values())


def test_a_group_that_is_too_small_is_left_out_and_counted():
    found = conclude_groups(
        groups(
            new=(0.3, 0.3, 400), active=(0.3, 0.6, 400), lost=(0.3, 0.5, 400),
            won_back=(0.5, 0.5, FEWEST_UNITS - 1),
        ),
        PLAN,
        unit=100,
    )  # fmt: skip
    assert {one["code"] for one in found["groups"]} == {"new", "active", "lost"}
    assert found["left_out"] == 2 * (FEWEST_UNITS - 1)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (groups(new=(0.02, 0.02, 100), lost=(0.02, 0.05, 100)), "too_few_buyers"),
        (groups(new=(0.4, 0.5, 300), lost=(0.4, 0.5, 300)), "too_few_groups"),
        ({}, "too_few_buyers"),
    ],
)
def test_without_enough_nothing_is_said(parts: dict[str, dict[str, Followed]], why: str):
    found = conclude_groups(parts, PLAN, unit=100)
    assert found["groups"] == []
    assert found["why"] == why
