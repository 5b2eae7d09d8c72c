"""Spend: shrunk where little is known, and losses treated as losses."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from stamgast.insight.value import GammaGamma, ValueRefusal

TRUTH = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def simulate_spend(seed, customers, p, q, gamma):
    generator = np.random.default_rng(seed)
    days = generator.integers(1, 9, customers).astype(float)
    rate = generator.gamma(q, 1 / gamma, customers)
    return days, generator.gamma(p * days, 1 / rate) / days


@pytest.fixture(scope="module")
def fitted():
    return GammaGamma().fit_amounts(*simulate_spend(1, 20_000, **TRUTH))


def test_finds_the_truth_of_simulated_customers(fitted):
    assert fitted.converged_
    for name, true in TRUTH.items():
        assert abs(fitted.params_[name] - true) < 3.5 * fitted.standard_errors_[name]


def test_likelihood_equals_the_published_formula():
    days, mean = simulate_spend(2, 40, **TRUTH)
    model = GammaGamma().fit_amounts(days, mean)
    p, q, gamma = (mpmath.mpf(model.params_[name]) for name in ("p", "q", "gamma"))
    exact = mpmath.mpf(0)
    for n, m in zip(days, mean, strict=True):
        n, m = mpmath.mpf(n), mpmath.mpf(m)
        front = mpmath.gamma(p * n + q) / mpmath.gamma(p * n) / mpmath.gamma(q)
        shape = gamma**q * m ** (p * n - 1) * n ** (p * n) / (gamma + n * m) ** (p * n + q)
        exact += mpmath.log(front * shape)
    assert model.loglik_ == pytest.approx(float(exact), rel=1e-11)


def test_the_less_is_known_the_closer_to_the_average(fitted):
    average = fitted.mean_
    once, often = fitted.expected_amount([1, 20], [100.0, 100.0])
    assert average < once < often < 100


def test_is_the_same_whether_equal_customers_are_counted_or_listed(fitted):
    days, mean = simulate_spend(3, 200, **TRUTH)
    listed = GammaGamma().fit_amounts(np.tile(days, 3), np.tile(mean, 3))
    counted = GammaGamma().fit_amounts(days, mean, np.full(200, 3.0))
    assert counted.params_ == pytest.approx(listed.params_, rel=1e-6)


def test_customers_who_cost_money_are_left_out_of_the_fit_and_expected_to_cost_money():
    days, mean = simulate_spend(4, 1000, **TRUTH)
    plain = GammaGamma().fit_amounts(days, mean)
    losing = GammaGamma().fit_amounts(
        np.concatenate((days, np.full(250, 2.0))), np.concatenate((mean, np.full(250, -8.0)))
    )
    assert losing.params_ == pytest.approx(plain.params_)
    assert losing.loss_share_ == pytest.approx(0.2)
    assert losing.expected_amount(2, -8.0)[0] == pytest.approx(-8.0)
    assert -20 < losing.expected_amount(2, -20.0)[0] < -8.0
    assert losing.mean_ == pytest.approx(0.8 * plain.mean_ + 0.2 * -8.0)


def test_refuses_too_few_paying_customers():
    with pytest.raises(ValueRefusal) as refusal:
        GammaGamma().fit_amounts(np.full(100, 2.0), np.full(100, -1.0))
    assert refusal.value.code == "too_few_customers"


def test_amounts_that_never_vary_are_expected_to_stay_as_they_are():
    own = 15.0 + np.arange(300) % 11
    model = GammaGamma().fit_amounts(1.0 + np.arange(300) // 11 % 8, own)
    assert not model.identified_
    assert model.has_sound_figures
    assert model.expected_amount([3, 3], [15.0, 25.0]) == pytest.approx([15.0, 25.0], rel=0.02)
    same = GammaGamma().fit_amounts(np.full(100, 3.0), np.full(100, 20.0))
    assert np.isnan(same.standard_errors_["p"])
    assert same.expected_amount(3, 20.0) == pytest.approx(20.0, rel=0.01)


def test_says_so_when_the_average_is_infinite():
    days, mean = simulate_spend(5, 3000, p=2.0, q=0.7, gamma=5.0)
    model = GammaGamma().fit_amounts(days, mean)
    assert not model.identified_
    assert not model.has_sound_figures
    assert model.reason_.code == "infinite_mean"


@pytest.mark.parametrize(
    ("days", "mean", "code"),
    [
        ([1, 2], [3.0], "lengths_differ"),
        ([1, 2], [3.0, np.nan], "not_finite"),
        ([0, 2], [3.0, 1.0], "impossible_history"),
    ],
)
def test_refuses_amounts_that_cannot_be(days, mean, code):
    with pytest.raises(ValueRefusal) as refusal:
        GammaGamma().fit_amounts(days, mean)
    assert refusal.value.code == code


def test_simulated_amounts_have_the_mean_and_variance_that_are_told(fitted):
    generator = np.random.default_rng(6)
    days, mean = np.full(400_000, 3.0), np.full(400_000, 40.0)
    values = np.array(list(fitted.params_.values()))
    drawn = fitted.simulate(days, mean, np.full(400_000, 2.0), values, generator)
    told = fitted.outlook(days[:1], mean[:1])
    assert drawn.mean() == pytest.approx(2 * told.mean[0], rel=0.01)
    assert drawn.var() == pytest.approx(4 * told.between[0] + 2 * told.within[0], rel=0.03)
