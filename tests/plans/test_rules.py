"""Dividing a budget and reading what lots say: values in, values out."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from stamgast.insight.effect import lot_of
from stamgast.insight.effect.uplift import FEWEST_ORDERS
from stamgast.plans import rules
from stamgast.plans.dividing import Divided, Share, curve, divide
from stamgast.plans.errors import BadPlan
from stamgast.plans.responding import SPREAD, USUAL, Cost, Response, gain, respond

MANY = 4_000


def people(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of two options, who may have them, and where chance puts everybody."""
    dice = np.random.default_rng(seed)
    values = np.column_stack([dice.normal(1, 3, MANY), dice.normal(0.5, 1, MANY)])
    return values, dice.random((MANY, 2)) < 0.8, dice.random(MANY)


def divided(budget: float = 2_000, exploration: float = 0.1, **facts: object) -> Divided:
    values, may, places = people()
    options = facts.pop("options", [Share(5.0, 0.2), Share(1.0, 0.5)])
    return divide(values, may, options, budget, exploration=exploration, places=places, **facts)  # type: ignore[arg-type]


def test_everybody_gets_at_most_one_and_only_what_they_may_get():
    _, may, _ = people()
    found = divided()
    given = np.flatnonzero(found.option >= 0)
    assert len(given) > 100
    assert may[given, found.option[given]].all()


@pytest.mark.parametrize("budget", [50, 500, 2_000, 100_000])
def test_places_take_no_more_than_the_budget(budget: float):
    assert divided(budget).costs <= budget


def test_chance_decides_for_its_share_and_the_probabilities_say_so():
    found = divided(budget=20_000, exploration=0.2)
    assert found.share == pytest.approx(0.2)
    np.testing.assert_allclose(found.chances.sum(axis=1), 1.0)
    rows = np.arange(MANY)
    of_choice = found.chances[rows, found.chosen + 1]
    assert (of_choice >= 0.8 - 1e-12).all()
    # Over all customers an option is given as often as its probabilities add up to.
    for option in (-1, 0, 1):
        likely = found.chances[:, option + 1]
        spread = np.sqrt((likely * (1 - likely)).sum())
        assert abs((found.option == option).sum() - likely.sum()) < 4 * spread


def test_chance_takes_no_more_than_its_share_of_a_small_budget():
    found = divided(budget=200, exploration=0.2)
    assert found.share < 0.05
    assert found.costs <= 200


def test_without_exploration_everybody_has_what_the_plan_chose():
    found = divided(exploration=0.0)
    assert (found.option == found.chosen).all()


def test_nobody_gets_what_costs_more_than_it_brings():
    values, may, places = people()
    options = [Share(5.0, 0.2), Share(1.0, 0.5)]
    found = divide(-np.abs(values), may, options, 1e6, exploration=0.0, places=places)
    assert (found.option == -1).all()
    assert found.costs == 0


def test_there_is_never_more_of_an_option_than_there_is():
    options = [Share(5.0, 0.2, most=40), Share(1.0, 0.5)]
    found = divided(budget=100_000, options=options)
    assert (found.option == 0).sum() <= 40


def test_who_is_named_gets_it_first_and_only_what_they_may_get():
    _, may, _ = people()
    forced = np.full(MANY, -1)
    forced[:50] = 0
    found = divided(budget=300, forced=forced)
    assert (found.option[:50][may[:50, 0]] == 0).all()
    assert (found.option[:50][~may[:50, 0]] != 0).all()
    assert (found.chances[:50, 1][may[:50, 0]] == 1).all()
    assert found.costs <= 300


def test_the_bound_is_a_proof():
    found = divided()
    assert found.plan.value <= found.plan.bound
    assert found.plan.gap < 1e-2


def test_more_budget_brings_more_and_ever_less_of_it():
    values, may, _ = people()
    options = [Share(5.0, 0.2), Share(1.0, 0.5)]
    points = curve(values, may, options, [0, 500, 1_000, 1_500, 2_000])
    brings = np.array([one.brings for one in points])
    assert brings[0] == 0
    steps = np.diff(brings)
    assert (steps > 0).all()
    assert (np.diff(steps) < 1.0).all()


# --- what a measure adds -----------------------------------------------------------------------

COST = Cost(sending=0.1, discount=5.0, each=5.1)


def lots(chance_with, chance_without: float = 0.3, n: int = 3_000, seed: int = 3) -> Response:
    """Learn from a lot in which the first feature decides what the offer adds."""
    dice = np.random.default_rng(seed)
    features = dice.standard_normal((n, 3))
    arm = dice.integers(0, 2, n)
    chance = np.where(arm == 1, chance_with(features[:, 0]), chance_without)
    outcome = dice.random(n) < chance
    lot = lot_of(features, arm, [0.5, 0.5], outcome)
    return respond(lot, np.full(n, 20.0), dice.random(n), COST)


def test_nothing_known_is_a_careful_guess():
    found = respond(None, np.zeros(0), np.zeros(0), COST)
    assert found.basis == "little"
    assert found.uplift.estimate == USUAL
    assert found.spread == pytest.approx(SPREAD)
    without, offered = found.chances(np.zeros((2, 3)), np.array([0.2, 0.999]))
    np.testing.assert_allclose(offered, [0.205, 1.0])
    np.testing.assert_allclose(without, [0.2, 0.999])


def test_a_few_orders_move_the_guess_a_little():
    dice = np.random.default_rng(2)
    arm = np.repeat([0, 1], 100)
    outcome = np.r_[np.zeros(95), np.ones(5), np.zeros(85), np.ones(15)]
    lot = lot_of(dice.standard_normal((200, 2)), arm, [0.5, 0.5], outcome)
    found = respond(lot, np.full(200, 20.0), dice.random(200), COST)
    assert found.basis == "little"
    assert found.ordered == (15, 5)
    assert USUAL < found.uplift.estimate < 0.02  # measured: 0.10, and hardly sure of it


def test_where_everybody_responds_alike_all_are_taken_to():
    found = lots(lambda x: np.full_like(x, 0.5))
    assert found.basis == "same"
    assert found.uplift.lower < 0.2 < found.uplift.upper
    without, offered = found.chances(np.array([[2.0, 0, 0], [-2.0, 0, 0]]), np.zeros(2))
    added = offered - without
    assert added[0] == pytest.approx(added[1])


def test_where_it_is_proven_to_pay_customers_are_chosen():
    found = lots(lambda x: np.where(x > 0, 0.9, 0.1))
    assert found.basis == "individual"
    assert found.gains is not None
    assert min(one.lower for one in found.gains.values()) > 0
    without, offered = found.chances(np.array([[2.0, 0, 0], [-2.0, 0, 0]]), np.zeros(2))
    added = offered - without
    assert added[0] > 0.2 > 0 > added[1]


def test_the_discount_to_those_who_would_have_ordered_anyway_is_a_cost():
    found = gain(np.array([0.0, 0.5]), np.array([0.2, 0.7]), np.array([20.0, 20.0]), COST)
    np.testing.assert_allclose(found, [0.2 * 15 - 0.1, 0.7 * 15 - 0.5 * 20 - 0.1])


# --- small decisions ---------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["-0.01", "0.51", "nan", "", "much"])
def test_refuses_a_share_for_chance_that_is_none(share: str):
    with pytest.raises(BadPlan):
        rules.clean_share(share)


def test_says_how_many_orders_learning_takes():
    assert rules.FEWEST_ORDERS == FEWEST_ORDERS


@pytest.mark.parametrize("budget", [0, -5, 10**13])
def test_refuses_a_budget_that_is_none(budget: int):
    with pytest.raises(BadPlan):
        rules.clean_budget(budget)


def test_refuses_a_change_without_a_reason():
    with pytest.raises(BadPlan):
        rules.clean_reason("  ")


def test_chance_puts_a_customer_in_the_same_place_every_time_and_all_over():
    places = [rules.place_of("salt", one) for one in range(4_000)]
    assert places == [rules.place_of("salt", one) for one in range(4_000)]
    assert places != [rules.place_of("other", one) for one in range(4_000)]
    assert 0 <= min(places) < 0.01
    assert 0.99 < max(places) < 1
    assert abs(np.mean(places) - 0.5) < 0.03


@pytest.mark.parametrize(
    ("budget", "step"), [(300_000, 100_000), (100_000, 20_000), (900, 200), (100, 100)]
)
def test_the_next_amount_is_a_round_one(budget: int, step: int):
    assert rules.next_step(budget, 100) == step


def test_ranges_add_up_by_squares_between_measures_and_whole_within_one():
    first, second = (
        {"estimate": 100, "low": 70, "high": 130},
        {"estimate": 50, "low": 10, "high": 90},
    )
    found = rules.range_of([("mail", first), ("gift", second)])
    assert found == {"estimate": 150, "low": 100, "high": 200}
    found = rules.range_of([("mail", first), ("mail", second)])
    assert found == {"estimate": 150, "low": 80, "high": 220}
    assert rules.scaled(first, 0.5) == {"estimate": 50, "low": 35, "high": 65}


def test_ranges_meet_or_not():
    assert rules.is_within({"low": 190, "high": 300}, {"low": 100, "high": 200})
    assert not rules.is_within({"low": 210, "high": 300}, {"low": 100, "high": 200})
    assert rules.clean_share("0.123") == Decimal("0.12")
