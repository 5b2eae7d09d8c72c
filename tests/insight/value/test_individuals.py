"""Whether each single customer's predictive distribution holds, in the world the model assumes.

Customers with known truth are simulated, a model is fitted on the first part of their lives, and
each gets a distribution of what comes next. What then came is turned into its place in that
distribution, drawn at random within the step (randomised probability integral transform: Czado,
Gneiting & Held 2009). If the distributions are right, places are spread evenly between 0 and 1; a
Kolmogorov-Smirnov test says whether they are. Seeds are fixed, so the answers do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

from insight.value.histories import simulate_buyers_ahead, simulate_leavers_ahead
from stamgast.insight.value import (
    BGNBD,
    MBGNBD,
    BetaDiscreteWeibull,
    ParetoNBD,
    ShiftedBetaGeometric,
    ValueRefusal,
)

DROPPING = {"r": 0.8, "alpha": 12.0, "a": 0.8, "b": 3.0}
LEAVING = {"r": 0.8, "alpha": 12.0, "s": 0.7, "beta": 60.0}
AHEAD = 26.0  # weeks
MODELS = [BGNBD, MBGNBD, ParetoNBD]
SEEDS_OF_LONG = range(20)
Chance = Callable[[Any], Any]


def lives(model: Any, seed: int, customers: int, pace_ahead: float = 1.0) -> Any:
    """Return x, t_x, T and what each customer bought in the weeks after."""
    if model is ParetoNBD:
        return simulate_leavers_ahead(seed, customers, AHEAD, **LEAVING, pace_ahead=pace_ahead)
    truth = DROPPING | {"shift": model._shift}
    return simulate_buyers_ahead(seed, customers, AHEAD, **truth, pace_ahead=pace_ahead)


def places(at_least: Chance, came: Any, seed: int) -> Any:
    """Return where what came lies in its distribution, at random within the chance of exactly it."""
    here, beyond = at_least(came), at_least(came + 1)
    return 1 - here + np.random.default_rng([seed, 9]).random(len(came)) * (here - beyond)


def evenness(model: Any, seed: int, customers: int, pace_ahead: float = 1.0) -> float:
    """Return how likely places at least as uneven as those found are when the model is right."""
    x, t_x, T, came = lives(model, seed, customers, pace_ahead)
    fitted = model().fit_states(x, t_x, T, unit="week")
    found = places(lambda n: fitted.chance_of_at_least(n, x, t_x, T, AHEAD), came, seed)
    return float(kstest(found, "uniform").pvalue)


@pytest.mark.parametrize("model", MODELS)
def test_what_each_customer_buys_falls_evenly_over_its_distribution(model: Any) -> None:
    assert evenness(model, 1, 4_000) > 0.01


@pytest.mark.parametrize("model", MODELS)
def test_it_does_not_when_all_buy_twice_as_fast_as_the_model_thinks(model: Any) -> None:
    assert evenness(model, 1, 4_000, pace_ahead=2.0) < 1e-6


@pytest.mark.parametrize("model", MODELS)
def test_it_does_not_when_the_model_thinks_that_nobody_ever_leaves(model: Any) -> None:
    x, t_x, T, came = lives(model, 2, 4_000)
    fitted = model().fit_states(x, t_x, T, unit="week")
    states = fitted._as_fitted(x, t_x, T, None)
    wrong = np.array(list(fitted.params_.values())) * [1.0, 1.0, 1e-6, 1.0]
    ahead = np.full(len(x), AHEAD)
    found = places(lambda n: fitted.at_least(states, ahead, n, wrong), came, 2)
    assert kstest(found, "uniform").pvalue < 1e-6


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
def test_it_falls_evenly_in_many_shops(model: Any) -> None:
    found = [evenness(model, seed, 20_000) for seed in SEEDS_OF_LONG]
    assert kstest(found, "uniform").pvalue > 0.001, found
    # Of 60 shops in which all is right, one lies below this once in 1,600 times.
    assert min(found) > 1e-5, found


@pytest.mark.parametrize("model", MODELS)
def test_the_distribution_has_the_mean_and_the_chance_of_none_told_elsewhere(model: Any) -> None:
    x, t_x, T, _ = lives(model, 3, 300)
    fitted = model().fit_states(x, t_x, T, unit="week")
    chances = [fitted.chance_of_at_least(n, x, t_x, T, AHEAD) for n in range(1, 150)]
    mean = np.sum(chances, axis=0)
    assert mean == pytest.approx(fitted.expected_purchases(x, t_x, T, AHEAD), rel=1e-6)
    states = fitted._as_fitted(x, t_x, T, None)
    values = np.array(list(fitted.params_.values()))
    none = fitted.ahead(states, np.array(AHEAD), values).none
    some = fitted.p_alive(x, t_x, T) * (1 - none)
    assert chances[0] == pytest.approx(some, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_the_distribution_is_that_of_random_futures(model: Any) -> None:
    x, t_x, T, _ = lives(model, 4, 300)
    fitted = model().fit_states(x, t_x, T, unit="week")
    one = fitted._as_fitted(np.full(40_000, 9), np.full(40_000, 40.0), np.full(40_000, 52.0), None)
    values = np.array(list(fitted.params_.values()))
    drawn = fitted.simulate(one, np.array(AHEAD), values, np.random.default_rng(4))
    alive = fitted.p_alive(9, 40.0, 52.0)[0]
    for n in range(1, 12):
        told = fitted.chance_of_at_least(n, 9, 40.0, 52.0, AHEAD)[0] / alive
        assert (drawn >= n).mean() == pytest.approx(told, abs=0.01)


def test_nothing_is_certain_but_none_at_least_and_no_time_brings_no_purchase() -> None:
    for model in MODELS:
        x, t_x, T, _ = lives(model, 5, 300)
        fitted = model().fit_states(x, t_x, T, unit="week")
        assert (fitted.chance_of_at_least(0, x, t_x, T, AHEAD) == 1).all()
        assert (fitted.chance_of_at_least(1, x, t_x, T, 0) == 0).all()
        far = fitted.chance_of_at_least(10_000, x, t_x, T, AHEAD)
        assert np.isfinite(far).all()
        assert far.max() < 1e-9


@pytest.mark.parametrize("purchases", [-1, 0.5, np.nan, np.inf])
def test_purchases_that_cannot_be_counted_are_refused(purchases: float) -> None:
    x, t_x, T, _ = lives(BGNBD, 5, 300)
    fitted = BGNBD().fit_states(x, t_x, T, unit="week")
    with pytest.raises(ValueRefusal) as refused:
        fitted.chance_of_at_least(purchases, x, t_x, T, AHEAD)
    assert refused.value.code == "bad_purchases"


def renewed(model: Any, seed: int, customers: int, share: float = 1.0) -> float:
    """Return the same for contracts of several ages: how many of the next five periods each has."""
    generator = np.random.default_rng([seed, 4])
    leaving = np.clip(generator.beta(0.7, 1.8, customers), 1e-12, 1 - 1e-12)
    power = 1.3 if model is BetaDiscreteWeibull else 1.0
    # Stays longer than t with chance (1 - leaving) ^ t^c.
    endless = np.log(generator.random(customers)) / np.log1p(-leaving)
    periods = np.ceil(np.maximum(endless, 1e-300) ** (1 / power))
    age = generator.integers(1, 8, customers)
    has_ended = periods <= age
    fitted = model().fit_durations(np.where(has_ended, periods, age), has_ended, unit="year")
    at, came = age[~has_ended], np.minimum(periods - age - 1, 5)[~has_ended]
    came = np.floor(came * share)

    def at_least(n: Any) -> Any:
        stays = fitted.survival(at + np.minimum(n, 6)) / fitted.survival(at)
        return np.where(n > 5, 0.0, stays)

    return float(kstest(places(at_least, came, seed), "uniform").pvalue)


@pytest.mark.parametrize("model", [ShiftedBetaGeometric, BetaDiscreteWeibull])
def test_how_long_each_contract_runs_on_falls_evenly_over_its_distribution(model: Any) -> None:
    assert renewed(model, 1, 20_000) > 0.01
    assert renewed(model, 1, 20_000, share=0.5) < 1e-6
