"""Bonds in a simulated shop that knows nothing of their model: reported, not tuned.

Run with `--long -s` to read the tables.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from insight.bonds.simulated_bonds import (
    behaviour_of,
    evidence_of,
    later_buyers,
    later_referrals,
)
from stamgast.insight.bonds import BONDS, KINDS, fit_priors, loyalty, posteriors
from stamgast.insight.simulation import coffee_shop, simulate
from stamgast.insight.simulation.mechanisms import Surveys

END = date(2026, 1, 1)
TRUTH = ("customer_id", "attitude")


def judged(shop, as_of, *, need, **evidence):
    """Return posteriors and kinds by what was known on a day, of the customers of that day."""
    seen = evidence_of(shop, as_of, **evidence).to_pyarrow()
    people = ibis.memtable(shop.customers)
    people = people.filter(people.since <= as_of).select("customer_id").to_pyarrow()
    priors = fit_priors(seen, as_of=as_of)
    held = posteriors(seen, customers=people, priors=priors, as_of=as_of).to_pyarrow()
    kinds = loyalty(held, behaviour_of(shop, as_of), as_of=as_of, need=need)
    return held, kinds.order_by("customer_id").to_pyarrow()


def without_most_detractors(shop):
    """Keep one in five of the answers of those who would not recommend."""
    answers = shop.answers.to_pandas()
    is_low = (answers.question == "nps") & (answers.score <= 6)
    kept = ~is_low | (np.random.default_rng(1).random(len(answers)) < 0.2)
    return replace(shop, answers=pa.Table.from_pandas(answers[kept], schema=shop.answers.schema))


def compare(shop, held, kinds):
    """Return coverage per bond, and the kinds against the truth."""
    truth = shop.truth.sort_by("customer_id").to_pandas()
    rows = held.sort_by("customer_id").to_pandas()
    covered = {}
    for bond in BONDS:
        own = rows[rows.bond == bond]
        real = truth[f"bond_{bond}"].to_numpy()
        covered[bond] = ((own.low <= real) & (real <= own.high)).mean()
    kind = np.array(kinds["kind"].to_pylist())
    true_kind = truth.loyalty.where(truth.loyalty.isin(KINDS), "spurious").to_numpy()
    is_named = kind != "unknown"
    return {
        "covered": covered,
        "named": is_named.mean(),
        "right": (kind == true_kind)[is_named].mean(),
        "stated": kinds["certainty"].to_numpy()[is_named].mean(),
        "usual": (true_kind == np.unique(true_kind)[0]).mean(),
    }


def test_kinds_of_a_simulated_shop_are_nearly_as_right_as_they_say():
    shop = simulate(coffee_shop(end=END, customers=4_000, seed=3))
    found = compare(shop, *judged(shop, shop.spec.as_of, need=shop.spec.bonds.patronage))
    assert found["named"] > 0.03
    assert found["right"] > 0.6
    assert found["right"] > found["stated"] - 0.12


@pytest.mark.long
def test_reports_bonds_and_kinds_of_simulated_shops_against_the_truth(capsys):
    surveyed = Surveys(ask=0.9, response=0.5)
    lines = []
    for name, changes, silent in (
        ("as it is", {}, False),
        ("asks everybody", {"surveys": surveyed}, False),
        ("asks, detractors silent", {"surveys": surveyed}, True),
    ):
        shop = simulate(coffee_shop(end=END, customers=20_000, seed=5, **changes))
        shop = without_most_detractors(shop) if silent else shop
        found = compare(shop, *judged(shop, shop.spec.as_of, need=shop.spec.bonds.patronage))
        per_bond = " ".join(f"{bond} {share:.3f}" for bond, share in found["covered"].items())
        lines.append(f"{name:24s} covered: {per_bond}")
        lines.append(
            f"{'':24s} named {found['named']:.3f} right {found['right']:.3f} "
            f"stated {found['stated']:.3f}"
        )
        assert found["right"] > 0.4
        assert found["covered"]["emotional"] > 0.5
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))


def logit(chance):
    kept = np.clip(chance, 1e-3, 1 - 1e-3)
    return np.log(kept / (1 - kept))


def fit_logistic(design, happened):
    """Newton's method with a hair of ridge, the same for every set of predictors."""
    at = np.zeros(design.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-design @ at))
        slope = design.T @ (happened - chance) - 1e-3 * at
        curve = (design * (chance * (1 - chance))[:, None]).T @ design
        at = at + np.linalg.solve(curve + 1e-3 * np.eye(at.size), slope)
    return at


def area_under_curve(score, happened):
    order = np.argsort(score, kind="stable")
    rank = np.empty(score.size)
    rank[order] = np.arange(1, score.size + 1)
    for value in np.unique(score):  # equal scores share their mean rank
        same = score == value
        rank[same] = rank[same].mean()
    yes = happened.sum()
    return (rank[happened].sum() - yes * (yes + 1) / 2) / (yes * (happened.size - yes))


def held_out(predictors, happened, seed=1):
    """Fit on a random half; return area under the curve and log loss on the other."""
    design = np.column_stack([np.ones(happened.size), *predictors])
    is_train = np.random.default_rng(seed).random(happened.size) < 0.5
    at = fit_logistic(design[is_train], happened[is_train].astype(float))
    chance = np.clip(1 / (1 + np.exp(-design[~is_train] @ at)), 1e-9, 1 - 1e-9)
    real = happened[~is_train]
    loss = -np.where(real, np.log(chance), np.log(1 - chance)).mean()
    return area_under_curve(chance, real), loss


def true_attitude(shop, people):
    truth = dict(zip(*(shop.truth[name].to_pylist() for name in TRUTH), strict=True))
    return np.array([truth[customer] for customer in people.tolist()])


@pytest.mark.long
def test_reports_attitude_and_buying_as_predictors_of_referrals_and_of_staying(capsys):
    """As East, Gendall, Hammond & Lomax asked: which of the two predicts what, fitted alike."""
    plan = Surveys(ask=0.9, response=0.5, window=1_000)
    shop = simulate(coffee_shop(end=END, customers=40_000, seed=7, surveys=plan))
    cut = END - timedelta(days=366)
    _, kinds = judged(shop, cut, need=shop.spec.bonds.patronage)
    people = kinds["customer_id"].to_numpy()
    attitude = logit(kinds["attitude"].to_numpy())
    buying = logit(kinds["buying"].to_numpy())
    referred = np.isin(people, list(later_referrals(shop, cut)))
    stayed = np.isin(people, list(later_buyers(shop, cut, 365)))
    everyone = np.ones(people.size, dtype=bool)
    outcomes = {
        "referral": (referred, everyone),
        "referral of those who stayed": (referred, stayed),
        "staying": (stayed, everyone),
    }
    sets = {
        "attitude": [attitude],
        "buying": [buying],
        "both": [attitude, buying],
        "both and product": [attitude, buying, attitude * buying],
        "true attitude": [logit(true_attitude(shop, people))],  # what no shop knows: the most
    }
    lines, areas = [], {}
    for what, (happened, among) in outcomes.items():
        real = happened[among]
        lines.append(f"{what}: {real.sum()} of {real.size}")
        for name, predictors in sets.items():
            area, loss = held_out([predictor[among] for predictor in predictors], real)
            areas[what, name] = area
            lines.append(f"    by {name:17s} area {area:.3f} log loss {loss:.4f}")
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
    assert areas["staying", "buying"] > 0.6
    assert min(areas.values()) > 0.4
