"""What is known of each arm fits in seven sums, and those can be added up."""

from __future__ import annotations

import statistics

import ibis
import numpy as np
import pyarrow as pa
import pytest

import stamgast.insight.effect as effect
from stamgast.insight.effect import EffectRefusal, Sums, arm_sums, arm_sums_by, sums_of
from stamgast.insight.tables import TableError

HOUSEHOLDS = pa.table(
    {
        "arm": ["mail", "mail", "mail", "control", "control", "control"],
        "stage": ["new", "new", "drifting", "new", "drifting", "drifting"],
        "outcome": [12.0, 0.0, None, 5.0, -1.5, 0.0],
        "before": [10.0, 1.0, 2.0, 4.0, None, 0.0],
    }
)


def test_every_name_offered_is_there():
    for name in effect.__all__:
        assert getattr(effect, name) is not None, name
    assert set(effect.__all__) <= set(dir(effect))
    with pytest.raises(AttributeError, match="no attribute 'luck'"):
        _ = effect.luck


def test_one_pass_gives_what_the_comparisons_need():
    arms = arm_sums(HOUSEHOLDS)
    assert arms["mail"] == Sums(n=3, y=12.0, yy=144.0, x=13.0, xx=105.0, xy=120.0, buyers=1)
    assert arms["control"] == Sums(n=3, y=3.5, yy=27.25, x=4.0, xx=16.0, xy=20.0, buyers=2)


def test_the_parts_of_one_lot_add_up_to_the_whole():
    parts = arm_sums_by(HOUSEHOLDS, ["stage"])
    assert set(parts) == {("new",), ("drifting",)}
    together = {
        arm: parts[("new",)][arm] + parts[("drifting",)][arm] for arm in ("mail", "control")
    }
    assert together == arm_sums(HOUSEHOLDS)


def test_mean_and_spread_are_those_of_the_households():
    dice = np.random.default_rng(5)
    y, x = dice.gamma(1, 20, (2, 500)).tolist()
    found = sums_of(y, x)
    assert found.mean == pytest.approx(statistics.fmean(y))
    assert found.variance == pytest.approx(statistics.variance(y))
    assert found.variance_before == pytest.approx(statistics.variance(x))
    assert found.covariance == pytest.approx(statistics.covariance(x, y))


def test_a_buyer_is_who_bought_even_if_it_brought_nothing():
    bought = HOUSEHOLDS.append_column("is_buyer", [[True, True, False, True, True, None]])
    assert {arm: sums.buyers for arm, sums in arm_sums(bought).items()} == {"mail": 2, "control": 2}


def test_nobody_gives_no_arms():
    assert arm_sums(HOUSEHOLDS.slice(0, 0)) == {}


def test_refuses_tables_and_amounts_that_make_no_sense():
    with pytest.raises(TableError, match="no column 'outcome'"):
        arm_sums(HOUSEHOLDS.drop_columns(["outcome"]))
    with pytest.raises(TableError, match="no column 'brand' to divide by"):
        arm_sums_by(HOUSEHOLDS, ["brand"])
    spoiled = ibis.memtable({"arm": ["mail", "mail"], "outcome": [1.0, float("inf")]})
    with pytest.raises(EffectRefusal) as refusal:
        arm_sums(spoiled)
    assert (refusal.value.code, refusal.value.facts) == ("not_finite", {"arm": "mail"})
    with pytest.raises(EffectRefusal, match="unequal_lengths"):
        sums_of([1.0, 2.0], [1.0])
