"""Means and weights learned from the shop's own data, where it can teach them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from insight.bonds.model_world import AS_OF, INDICATORS, PRIORS, draw_world
from insight.text_tables import table
from stamgast.insight.bonds import (
    BONDS,
    Recommendation,
    fit_priors,
    fit_recommendation,
    fit_weights,
    posteriors,
)
from stamgast.insight.bonds import (
    INDICATORS as SHIPPED,
)
from stamgast.insight.tables import TableError

DAY = date(2026, 6, 30)


def outcomes(who, bond, kind, value):
    size = len(who)
    return pa.table(
        {
            "customer_id": who,
            "bond": [bond] * size,
            "kind": [kind] * size,
            "value": np.asarray(value, dtype=float),
        }
    )


@pytest.fixture(scope="module")
def world():
    return draw_world(12_000, missing=0.4, seed=3)


def draw_answers(world, bond, draws=1, seed=5):
    """What they answer later: the share of so many fresh draws of the bond itself."""
    rng = np.random.default_rng(seed)
    own = world.bonds[:, BONDS.index(bond)]
    return outcomes(np.arange(own.size), bond, "answer", rng.binomial(draws, own) / draws)


def test_finds_the_weights_of_a_world_whose_stated_weights_are_wrong(world):
    wrong = {"nps": 1.0, "review": 8.0, "complaint": 2.0}
    misjudged = tuple(
        one if one.code not in wrong else type(one)(**{**vars(one), "reliability": wrong[one.code]})
        for one in INDICATORS
    )
    found = fit_weights(
        world.evidence,
        draw_answers(world, "emotional", draws=4),
        indicators=misjudged,
        priors=PRIORS,
        as_of=AS_OF,
    )
    by_code = {weight.indicator: weight for weight in found.weights}
    for code, truth in (("nps", 4.0), ("review", 2.0), ("complaint", 6.0)):
        assert by_code[code].basis == "fitted"
        assert by_code[code].used == pytest.approx(truth, rel=0.3)
        assert by_code[code].low < truth * 1.1
        assert by_code[code].high > truth * 0.9
    used = {one.code: one.reliability for one in found.indicators}
    assert used["nps"] == by_code["nps"].used


def test_says_of_each_weight_whether_it_is_fitted_or_stated_and_why(world):
    few = outcomes([1, 2, 3], "economic", "left", [1, 0, 1])
    both = pa.concat_tables([draw_answers(world, "emotional"), few])
    found = fit_weights(world.evidence, both, indicators=INDICATORS, priors=PRIORS, as_of=AS_OF)
    told = {weight.indicator: (weight.basis, weight.reason) for weight in found.weights}
    assert told["nps"] == ("fitted", None)
    assert told["contract"] == ("stated", "no_outcomes")
    assert told["points"] == ("stated", "few_outcomes")
    kept = {one.code: one.reliability for one in found.indicators}
    assert kept["contract"] == 8
    assert kept["points"] == 2


def test_learns_from_referrals_and_from_leaving_when_a_bond_has_ended(world):
    rng = np.random.default_rng(9)
    size = len(world.bonds)
    fond = world.bonds[:, BONDS.index("emotional")]
    bound = world.bonds[:, BONDS.index("legal")]
    both = pa.concat_tables(
        [
            outcomes(range(size), "emotional", "referral", rng.random(size) < 0.2 * fond**2),
            outcomes(range(size), "legal", "left", rng.random(size) < bound),
        ]
    )
    found = fit_weights(world.evidence, both, indicators=INDICATORS, priors=PRIORS, as_of=AS_OF)
    told = {weight.indicator: weight for weight in found.weights}
    assert told["contract"].basis == "fitted"
    assert told["contract"].low < 8 < told["contract"].high * 1.3
    assert told["complaint"].outcomes > 6_000


def test_outcomes_that_have_nothing_to_do_with_a_bond_lower_its_weights(world):
    rng = np.random.default_rng(2)
    noise = outcomes(range(12_000), "emotional", "answer", rng.random(12_000) < 0.6)
    found = fit_weights(world.evidence, noise, indicators=INDICATORS, priors=PRIORS, as_of=AS_OF)
    for weight in found.weights:
        if weight.bond == "emotional":
            assert weight.used < weight.stated / 4 or weight.basis == "stated"
    assert any(w.basis == "fitted" for w in found.weights)


def test_refuses_outcomes_that_cannot_be():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-01-01")
    for bond, kind, value, complaint in (
        ("magnetic", "left", 1.0, "an unknown bond"),
        ("legal", "vanished", 1.0, "an unknown kind"),
        ("legal", "left", 1.5, "a value outside"),
    ):
        with pytest.raises(TableError, match=complaint):
            fit_weights(seen, outcomes(["anna"], bond, kind, [value]), as_of=DAY)


def test_without_outcomes_every_weight_is_as_stated():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-01-01")
    none = outcomes(["anna"], "legal", "left", [1.0]).slice(0, 0)
    found = fit_weights(seen, none, as_of=DAY)
    assert found.indicators == SHIPPED
    assert {weight.basis for weight in found.weights} == {"stated"}


def test_the_usual_level_of_a_bond_is_that_of_the_base(world):
    found = fit_priors(world.evidence, indicators=INDICATORS, as_of=AS_OF)
    for bond in BONDS:
        assert found.means[bond] == pytest.approx(PRIORS.means[bond], abs=0.02)
    assert found.worth == 4


def test_a_segment_has_its_own_level_once_enough_was_seen_of_it():
    size = 400
    seen = pa.table(
        {
            "customer_id": np.arange(size),
            "indicator": ["nps"] * size,
            "value": np.where(np.arange(size) < 200, 0.9, 0.3),
            "day": [DAY] * size,
        }
    )
    segment = np.where(np.arange(size) < 200, "cafe", np.where(np.arange(size) < 399, "home", "x"))
    people = pa.table({"customer_id": np.arange(size), "segment": segment})
    found = fit_priors(seen, customers=people, as_of=DAY)
    assert found.means["emotional"] == pytest.approx((0.6 * 1600 + 0.5 * 40) / 1640)
    assert found.segments["cafe", "emotional"] == pytest.approx(0.9, abs=0.02)
    assert found.segments["home", "emotional"] == pytest.approx(0.3, abs=0.02)
    assert found.segments["x", "emotional"] == pytest.approx(0.57, abs=0.02)
    assert found.means["legal"] == 0.1
    judged = posteriors(seen.slice(0, 0), customers=people, priors=found, as_of=DAY)
    emotional = judged.filter(judged.bond == "emotional")
    assert emotional["mean"].nunique().execute() == 3


def test_referrals_do_not_make_everybody_look_fond():
    seen = table("""
        customer | indicator | value | day
        anna     | referral  | 1.0   | 2026-06-30
        bram     | nps       | 0.3   | 2026-06-30
    """)
    with_them = fit_priors(seen, as_of=DAY)
    without = fit_priors(seen.filter(seen.indicator == "nps"), as_of=DAY)
    assert with_them == without


def test_a_shop_that_was_told_nothing_keeps_the_stated_means():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-07-01")
    assert fit_priors(seen, as_of=DAY).means == {
        "situational": 0.3,
        "economic": 0.3,
        "legal": 0.1,
        "technical": 0.1,
        "emotional": 0.5,
    }


def test_likelihood_to_recommend_is_as_often_as_they_did(world):
    rng = np.random.default_rng(4)
    size = len(world.bonds)
    fond = world.bonds[:, BONDS.index("emotional")]
    held = posteriors(
        world.evidence,
        customers=pa.table({"customer_id": np.arange(size)}),
        priors=PRIORS,
        indicators=INDICATORS,
        as_of=AS_OF,
    ).to_pyarrow()
    referred = rng.random(size) < 0.3 * fond**2
    found = fit_recommendation(held, outcomes(range(size), "emotional", "referral", referred))
    assert (found.basis, found.outcomes, found.recommended) == ("fitted", size, referred.sum())
    means = held.filter(pa.compute.equal(held["bond"], "emotional"))
    order = np.argsort(means["customer_id"].to_numpy())
    mean = means["mean"].to_numpy()[order]
    chance = 1 / (1 + np.exp(-(found.intercept + found.slope * np.log(mean / (1 - mean)))))
    top = mean > np.quantile(mean, 0.8)
    for group in (top, ~top):
        assert chance[group].mean() == pytest.approx(referred[group].mean(), abs=0.03)


def test_too_few_recommendations_leave_the_stated_likelihood():
    seen = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-01-01")
    held = posteriors(seen, as_of=DAY)
    few = outcomes(["anna"], "emotional", "referral", [1.0])
    assert fit_recommendation(held, few) == Recommendation()
