"""What a plan earns where it is known who responds: near the best, and ahead of the usual ways."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from stamgast.insight.effect import NOTHING, propose
from stamgast.insight.effect.responders import COST, audience, pilot


@pytest.fixture(scope="module")
def bench(repository: Path) -> ModuleType:
    """The program of the claim, so that both try the same."""
    path = repository / "bench" / "plan_profit.py"
    spec = importlib.util.spec_from_file_location("plan_profit", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_plan_earns_most_of_what_the_best_would_and_more_than_the_usual_ways(bench: ModuleType):
    for heterogeneity in (0.0, 1.0):
        shares = np.mean([bench.shares_of_best(heterogeneity, seed) for seed in range(3)], axis=0)
        assert shares[0] > 0.7
        assert shares[0] > 1.5 * max(shares[2:])


@pytest.mark.long
@pytest.mark.parametrize("heterogeneity", [0.0, 0.5, 1.0])
def test_a_plan_earns_about_80_of_100_over_20_seeds(bench: ModuleType, heterogeneity: float):
    shares = np.array([bench.shares_of_best(heterogeneity, seed) for seed in range(20)])
    assert shares[:, 0].mean() >= 0.75
    for way in shares.T[2:]:  # clearly: by more than two standard errors
        ahead = shares[:, 0] - way
        assert ahead.mean() > 2 * ahead.std(ddof=1) / np.sqrt(20)


def test_the_best_plan_is_not_beaten_and_nobody_is_given_what_costs_more_than_it_brings():
    past, people = audience(12_000, 0.0, 1), audience(5_000, 0.0, 2)
    found = propose(pilot(past, 1), past.worth, people.features, people.worth, 1e9)
    takes = np.flatnonzero(found.plan.choice != NOTHING)
    assert (found.expected[takes, found.plan.choice[takes]] > 0).all()
    assert (found.expected[found.plan.choice == NOTHING] <= 0).all()
    assert found.plan.spent == pytest.approx(COST[1:][found.plan.choice[takes]].sum())


def test_a_plan_keeps_to_what_offers_take_from_the_budget():
    past, people = audience(12_000, 1.0, 1), audience(4_000, 1.0, 2)
    found = propose(pilot(past, 1), past.worth, people.features, people.worth, 500.0, takes=[5, 2])
    given = np.bincount(found.plan.choice[found.plan.choice != NOTHING], minlength=2)
    assert found.plan.spent == given @ [5, 2] <= 500
    assert found.plan.price > 0


def test_where_choosing_is_not_supported_all_are_taken_to_respond_alike():
    past, people = audience(3_000, 0.0, 5), audience(2_000, 0.0, 6)
    found = propose(pilot(past, 5), past.worth, people.features, people.worth, 300.0)
    assert not found.advice.is_individual
    uplift = found.learned.uplift(people.features)
    assert uplift == pytest.approx(np.tile(uplift[0], (2_000, 1)))
    assert (found.learned.kept == 0).all()
