"""Who gets which offer: as good as the best plan, with the proof beside it."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from stamgast.insight.effect import NOTHING, EffectRefusal, Plan, allocate, budget_curve


def audience(customers: int, offers: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    values = dice.gamma(1, 1, (customers, offers)) * dice.gamma(2, 1, (customers, 1)) - 0.5
    return values, dice.uniform(0.2, 2, (customers, offers))


def keeps_to(plan: Plan, values, costs, budget: float, caps=None) -> None:
    """See that a plan is what it says it is."""
    costs = np.broadcast_to(costs, values.shape)
    takes = np.flatnonzero(plan.choice != NOTHING)
    assert plan.value == pytest.approx(values[takes, plan.choice[takes]].sum())
    assert plan.spent == pytest.approx(costs[takes, plan.choice[takes]].sum())
    assert plan.spent <= budget * (1 + 1e-12) + 1e-12
    assert (values[takes, plan.choice[takes]] > 0).all()
    if caps is not None:
        assert (np.bincount(plan.choice[takes], minlength=len(caps)) <= caps).all()
    assert plan.value <= plan.bound * (1 + 1e-9) + 1e-9


def best_of_all(values, costs, budget: float, caps) -> float:
    """Try every plan of a handful of customers."""
    best = 0.0
    for choice in product(range(-1, values.shape[1]), repeat=len(values)):
        takes = [(row, offer) for row, offer in enumerate(choice) if offer >= 0]
        counts = np.bincount([offer for _, offer in takes], minlength=values.shape[1])
        if sum(costs[at] for at in takes) <= budget and (counts <= caps).all():
            best = max(best, sum(values[at] for at in takes))
    return best


@pytest.mark.parametrize("caps", [None, [2, 1]])
def test_a_handful_of_customers_get_nearly_the_best_of_all_plans(caps):
    shares = []
    for seed in range(12):
        values, costs = audience(6, 2, seed)
        plan = allocate(values, costs, 3.0, caps=caps)
        keeps_to(plan, values, costs, 3.0, caps)
        best = best_of_all(values, costs, 3.0, caps or [9, 9])
        assert best <= plan.bound + 1e-9
        assert plan.bound - plan.value <= values.max()  # at most one customer's worth
        shares.append(plan.value / best)
    assert np.mean(shares) > 0.85


@pytest.mark.parametrize("caps", [None, np.full(4, 90.0)])
def test_the_bound_is_that_of_a_linear_programme(caps):
    values, costs = audience(1000, 4)
    budget = 300.0
    rows, offers = values.shape
    one_each = np.kron(np.eye(rows), np.ones(offers))
    limits = [costs.reshape(1, -1), *([np.tile(np.eye(offers), rows)] if caps is not None else [])]
    found = linprog(
        -values.ravel(), A_ub=np.vstack([one_each, *limits]),
        b_ub=np.concatenate([np.ones(rows), [budget], [] if caps is None else caps]),
        bounds=(0, 1), method="highs",
    )  # fmt: skip
    plan = allocate(values, costs, budget, caps=caps)
    keeps_to(plan, values, costs, budget, caps)
    assert plan.bound == pytest.approx(-found.fun, rel=1e-5)
    assert plan.gap < (1e-3 if caps is not None else 1e-4)


def test_a_hundred_thousand_customers():
    values, costs = audience(100_000)
    plan = allocate(values, costs, 50_000)
    keeps_to(plan, values, costs, 50_000)
    assert plan.gap < 1e-6
    capped = allocate(values, costs, 50_000, caps=np.full(6, 8000))
    keeps_to(capped, values, costs, 50_000, np.full(6, 8000))
    assert capped.gap < 1e-3
    assert capped.value < plan.value


@pytest.mark.parametrize("seed", range(4))
def test_scarce_offers_and_a_tight_budget_at_once(seed: int):
    values, costs = audience(40_000, seed=seed)
    caps = np.array([400, 8000, 2000, 1200, 4000, 800])
    plan = allocate(values, costs, 12_000, caps=caps)
    keeps_to(plan, values, costs, 12_000, caps)
    assert plan.gap < 1e-3
    assert plan.price > 0
    assert (plan.scarce[[0, 2, 3, 4, 5]] > 0).all()


def test_no_greedy_rule_does_better():
    values, costs = audience(20_000)
    budget = 10_000.0
    plan = allocate(values, costs, budget)
    for offer in (np.argmax(values / costs, axis=1), np.argmax(values, axis=1)):
        rows = np.arange(len(values))
        value, cost = values[rows, offer], costs[rows, offer]
        falling = np.argsort(-value / cost)
        within = (np.cumsum(cost[falling]) <= budget) & (value[falling] > 0)
        assert value[falling][within].sum() < 0.98 * plan.value


def test_what_does_harm_is_given_to_nobody_and_what_is_free_to_everybody():
    values = np.array([[-1.0, -2.0], [3.0, 1.0], [-0.1, 0.5]])
    assert allocate(values, np.zeros(2), 0.0).choice.tolist() == [NOTHING, 0, 1]
    paid = allocate(values, np.ones(2), 0.0)
    assert (paid.choice == NOTHING).all()
    assert (paid.value, paid.spent) == (0, 0)
    assert (allocate(-values[1:2], np.ones(2), 9.0).choice == NOTHING).all()


def test_customers_who_are_all_alike_share_what_there_is():
    values, costs = np.ones((5000, 1)), np.ones((5000, 1))
    plan = allocate(values, costs, 2000.5)
    assert (plan.choice == 0).sum() == 2000
    assert plan.gap == pytest.approx(0.5 / 2000.5)
    scarce = allocate(values, costs, 2000.5, caps=[700])
    assert (scarce.choice == 0).sum() == 700


def test_more_budget_than_can_be_spent_has_no_price():
    values, costs = audience(500)
    plan = allocate(values, costs, 1e9)
    assert plan.price == 0
    assert plan.value == pytest.approx(np.maximum(values.max(axis=1), 0).sum())
    assert plan.gap == pytest.approx(0, abs=1e-12)


def test_an_offer_of_which_there_are_none_goes_to_nobody():
    values, costs = audience(2000, 3)
    plan = allocate(values, costs, 800.0, caps=[0, np.inf, 300])
    keeps_to(plan, values, costs, 800.0, [0, np.inf, 300])
    assert plan.scarce[0] > 0
    assert plan.scarce[1] == 0


def test_nobody_to_give_anything():
    plan = allocate(np.zeros((0, 3)), np.ones(3), 10.0)
    assert (len(plan.choice), plan.value, plan.gap) == (0, 0, 0)
    assert allocate(np.zeros((0, 3)), np.ones(3), 10.0, caps=[1, 1, 1]).value == 0


def test_each_next_euro_buys_less():
    values, costs = audience(20_000)
    curve = budget_curve(values, costs, [8000, 1000, 2000, 4000])
    assert [point.budget for point in curve] == [1000, 2000, 4000, 8000]
    prices = [point.price for point in curve]
    assert prices == sorted(prices, reverse=True)
    for lower, higher in pairwise(curve):
        bought = (higher.value - lower.value) / (higher.budget - lower.budget)
        assert higher.price * 0.999 <= bought <= lower.price * 1.001


@given(
    seed=st.integers(0, 10_000),
    customers=st.integers(1, 40),
    offers=st.integers(1, 4),
    budget=st.floats(0, 30),
    is_whole=st.booleans(),
    capped=st.booleans(),
)
@settings(max_examples=60)
def test_every_plan_keeps_to_budget_and_caps(seed, customers, offers, budget, is_whole, capped):
    dice = np.random.default_rng(seed)
    values, costs = dice.normal(1, 2, (customers, offers)), dice.gamma(1, 1, (customers, offers))
    if is_whole:  # many ties, and offers that cost nothing
        values, costs = np.round(values), np.round(costs)
    caps = dice.integers(0, customers + 1, offers) if capped else None
    keeps_to(allocate(values, costs, budget, caps=caps), values, costs, budget, caps)


@pytest.mark.parametrize(
    ("values", "costs", "budget", "caps", "code"),
    [
        ([1.0, 2.0], [1.0], 5, None, "unequal_lengths"),
        ([[1.0, 2.0]], [1.0, 1.0], 5, [3], "unequal_lengths"),
        ([[1.0, float("nan")]], [1.0, 1.0], 5, None, "not_finite"),
        ([[1.0, 2.0]], [1.0, 1.0], -5, None, "no_budget"),
        ([[1.0, 2.0]], [1.0, 1.0], 5, [-1, 2], "no_budget"),
        ([[1.0, 2.0]], [1.0, -1.0], 5, None, "no_cost"),
    ],
)
def test_refuses_plans_that_cannot_be(values, costs, budget, caps, code: str):
    with pytest.raises(EffectRefusal) as refusal:
        allocate(values, costs, budget, caps=caps)
    assert refusal.value.code == code


@pytest.mark.long
def test_a_million_customers_and_six_offers():
    values, costs = audience(1_000_000)
    plan = allocate(values, costs, 1_000_000)
    keeps_to(plan, values, costs, 1_000_000)
    assert plan.gap <= 1e-6
    caps = np.full(6, 60_000)
    capped = allocate(values, costs, 300_000, caps=caps)
    keeps_to(capped, values, costs, 300_000, caps)
    assert capped.gap <= 1e-3
