"""The BG/BB against the published donations and 40-digit arithmetic."""

from __future__ import annotations

import mpmath
import numpy as np
import pandas as pd
import pytest
from mpmath import beta, mpf

from stamgast.insight.value import BGBB, ValueRefusal
from stamgast.insight.value.bg_bb import _Periods

PUBLISHED = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}


def test_on_the_donations_as_published(shared_data):
    donors = pd.read_csv(shared_data / "bgbb_donations.csv")
    model = BGBB().fit_states(
        donors.frequency, donors.recency, donors.periods, donors.weights, unit="year"
    )
    assert model.customers_ == 11_104
    assert model.params_ == pytest.approx(PUBLISHED, abs=6e-4)
    assert model.loglik_ == pytest.approx(-33225.6, abs=0.05)
    assert model.identified_


@pytest.fixture
def published():
    model = BGBB()
    model.params_ = dict(PUBLISHED)
    return model


def test_expects_the_published_gifts_of_the_best_and_the_quietest_donors(published):
    assert published.expected_purchases(6, 6, 6, 5)[0] == pytest.approx(3.75, abs=0.005)
    assert published.expected_purchases(0, 0, 6, 5)[0] == pytest.approx(0.07, abs=0.005)
    assert published.p_alive([0, 6], [0, 6], [6, 6]) == pytest.approx([0.11, 0.93], abs=0.005)


@pytest.mark.parametrize("state", [(0, 0, 6), (3, 4, 6), (6, 6, 6), (1, 1, 300), (200, 250, 400)])
@pytest.mark.parametrize("parameters", [(1.204, 0.75, 0.657, 2.783), (0.05, 8.0, 1.0, 1.0)])
def test_likelihood_and_what_is_expected_equal_the_published_formulas(state, parameters):
    x, t_x, n = state
    model = BGBB()
    model.params_ = dict(zip(model.names, parameters, strict=True))
    found, gradient = _Periods.of(x, t_x, n, None).likelihood(np.array(parameters))
    with mpmath.workdps(60):
        a, b, g, d = (mpf(p) for p in parameters)
        under = beta(a, b) * beta(g, d)
        exact = beta(a + x, b + n - x) * beta(g, d + n) / under
        for i in range(n - t_x):
            exact += beta(a + x, b + t_x - x + i) * beta(g + 1, d + t_x + i) / under
        alive = beta(a + x, b + n - x) * beta(g, d + n + 1) / under / exact
        ahead = sum(beta(a + x + 1, b + n - x) * beta(g, d + n + k) for k in (1, 2, 3))
        ahead = ahead / under / exact
    assert found == pytest.approx(float(mpmath.log(exact)), rel=1e-11)
    assert model.p_alive(x, t_x, n)[0] == pytest.approx(float(alive), rel=1e-9)
    assert model.expected_purchases(x, t_x, n, 3)[0] == pytest.approx(float(ahead), rel=1e-9)
    for i in range(4):
        step = np.zeros(4)
        step[i] = parameters[i] * 1e-6
        up, down = (_Periods.of(*state, None).likelihood(parameters + s)[0] for s in (step, -step))
        assert gradient[i] * parameters[i] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-4)


def test_finds_the_truth_of_simulated_customers():
    truth = {"alpha": 1.5, "beta": 2.0, "gamma": 0.8, "delta": 4.0}
    generator = np.random.default_rng(1)
    customers, periods = 8000, 12
    buys = generator.beta(truth["alpha"], truth["beta"], customers)
    stays = generator.geometric(generator.beta(truth["gamma"], truth["delta"], customers)) - 1
    bought = generator.random((customers, periods)) < buys[:, None]
    bought &= np.arange(periods)[None, :] < stays[:, None]
    x = bought.sum(axis=1)
    t_x = np.where(x > 0, periods - np.argmax(bought[:, ::-1], axis=1), 0)
    model = BGBB().fit_states(x, t_x, np.full(customers, periods), unit="month")
    for name, true in truth.items():
        assert abs(model.params_[name] - true) < 3.5 * model.standard_errors_[name], name
    again = BGBB.from_json(model.to_json())
    assert again.to_json() == model.to_json()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (([3], [2], [6]), "impossible_history"),
        (([1], [7], [6]), "impossible_history"),
        (([0], [2], [6]), "impossible_history"),
        (([1], [np.inf], [6]), "not_finite"),
        (([1, 2], [1], [6]), "lengths_differ"),
        (([1], [1], [6]), "too_few_customers"),
        (([0] * 30, [0] * 30, [6] * 30), "nobody_came_back"),
        (([0] * 30, [0] * 30, [0] * 30), "no_time_has_passed"),
    ],
)
def test_refuses_histories_that_cannot_be_or_teach_nothing(state, code):
    with pytest.raises(ValueRefusal) as refusal:
        BGBB().fit_states(*state, unit="year")
    assert refusal.value.code == code
