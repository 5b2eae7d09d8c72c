"""The Pareto/NBD against published figures, 40-digit arithmetic and simulated truth."""

from __future__ import annotations

from itertools import product

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from insight.value.histories import simulate_leavers
from stamgast.insight.value import ParetoNBD
from stamgast.insight.value.pareto_nbd import Likelihood
from stamgast.insight.value.special import log_slopes_2f1
from stamgast.insight.value.states import states_from_arrays

TRUTH = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
STRESS_PARAMETERS = [
    (0.553, 10.578, 0.606, 11.669),
    (1.0, 5.0, 1.0, 5.0),
    (0.3, 5000.0, 0.4, 1.0),
    (2.5, 1.0, 0.2, 5000.0),
    (10.0, 100.0, 10.0, 2000.0),
    (0.05, 0.1, 0.05, 90.0),
]
STRESS_STATES = [
    (0, 0.0, 0.5),
    (0, 0.0, 1095.0),
    (1, 0.5, 39.0),
    (2, 30.43, 38.86),
    (11, 1000.0, 1095.0),
    (100, 99.0, 100.0),
    (500, 400.0, 1095.0),
    (1000, 1094.9, 1095.0),
    (5000, 900.0, 1095.0),
]


@pytest.fixture(autouse=True)
def forty_digits():
    with mpmath.workdps(40):
        yield


def published_loglik(parameters, state):
    """Write the likelihood as Fader & Hardie have it, with 40 digits."""
    r, alpha, s, beta = (mpf(p) for p in parameters)
    x, t_x, T = (mpf(v) for v in state)
    whole = r + x

    def tail(t):
        if alpha >= beta:
            kind, z, base = s + 1, (alpha - beta) / (alpha + t), alpha + t
        else:
            kind, z, base = whole, (beta - alpha) / (beta + t), beta + t
        return mpmath.hyp2f1(whole + s, kind, whole + s + 1, z) / base ** (whole + s)

    front = mpmath.gamma(whole) / mpmath.gamma(r) * alpha**r * beta**s
    alive = (alpha + T) ** -whole * (beta + T) ** -s
    return mpmath.log(front * (alive + s / (whole + s) * (tail(t_x) - tail(T))))


@pytest.mark.parametrize("parameters", STRESS_PARAMETERS)
def test_likelihood_equals_the_published_formula_on_the_stress_grid(parameters):
    for state in STRESS_STATES:
        found, gradient = Likelihood.of(states_from_arrays(*state, unit="day"))(
            np.array(parameters)
        )
        with mpmath.workdps(400 if state[0] > 100 else 60):
            exact = float(published_loglik(parameters, state))
        assert np.isfinite(found)
        assert np.isfinite(gradient).all()
        assert found == pytest.approx(exact, rel=1e-10, abs=1e-10), state


@pytest.mark.parametrize("parameters", STRESS_PARAMETERS)
def test_gradient_equals_differences_of_the_likelihood(parameters):
    x, t_x, T = simulate_leavers(1, 200, **TRUTH)
    likelihood = Likelihood.of(states_from_arrays(x, t_x, T, unit="week"))
    point = np.array(parameters)
    _, gradient = likelihood(point)
    for i in range(4):
        step = np.zeros(4)
        step[i] = point[i] * 1e-5
        difference = (likelihood(point + step)[0] - likelihood(point - step)[0]) / 2e-5
        assert gradient[i] * point[i] == pytest.approx(difference, rel=1e-5, abs=1e-3)


def test_hypergeometric_function_and_slopes_are_right_where_scipy_gives_nan():
    value, *_ = log_slopes_2f1(11.0, 116.0, 0.9624)
    assert value == pytest.approx(1.1013485238822222, rel=1e-14)
    h = mpf(10) ** -15
    for b, more, z in product(
        (0.05, 0.6, 11.0, 5001.2), (1.0, 10.0, 100.0), (0.0, 0.4, 0.93, 0.9998)
    ):
        c = b + more
        value, *slopes = log_slopes_2f1(b, c, z)
        point = [mpf(v) for v in (b, c, z)]
        assert value == pytest.approx(float(mpmath.hyp2f1(1, *point)), rel=1e-10)
        for i, slope in enumerate(slopes):
            up, down = ([v + sign * h * (j == i) for j, v in enumerate(point)] for sign in (1, -1))
            exact = mpmath.log(mpmath.hyp2f1(1, *up)) - mpmath.log(mpmath.hyp2f1(1, *down))
            assert slope == pytest.approx(float(exact / (2 * h)), rel=1e-8, abs=1e-12)


def test_on_the_cdnow_sample_as_published(sample_base):
    model = ParetoNBD().fit(sample_base)
    assert model.loglik_ == pytest.approx(-9594.976, abs=5e-4)
    found = {"r": 0.55328, "alpha": 10.5776, "s": 0.60624, "beta": 11.6687}
    assert model.params_ == pytest.approx(found, rel=1e-4)
    errors = {"r": 0.0476, "alpha": 0.8427, "s": 0.1873, "beta": 6.2105}
    assert model.standard_errors_ == pytest.approx(errors, rel=1e-3)


def test_on_all_cdnow_customers_as_another_fit_found_it(full_base):
    model = ParetoNBD().fit(full_base)
    assert model.loglik_ == pytest.approx(-95415.119, abs=1e-3)
    found = {"r": 0.59742, "alpha": 11.5857, "s": 0.52218, "beta": 8.8277}
    assert model.params_ == pytest.approx(found, rel=1e-4)


def fixed(parameters, unit="week"):
    model = ParetoNBD()
    model.params_, model.unit_ = dict(zip(ParetoNBD.names, parameters, strict=True)), unit
    return model


def test_expects_the_published_purchases_of_one_customer():
    model = fixed(TRUTH.values())
    assert model.expected_purchases(26, 30.86, 31, 52)[0] == pytest.approx(25.46, abs=0.01)


def test_p_alive_of_very_busy_customers_is_exact():
    # Other programs gave no finite number for these four.
    parameters = (0.5143, 2.8845, 0.2856, 14.1087)
    x, t_x = [221, 254, 161, 204], [103.43, 97.14, 94.71, 98.57]
    T = [103.57, 97.29, 98.0, 99.43]
    found = fixed(parameters).p_alive(x, t_x, T)
    r, alpha, s, beta = (mpf(p) for p in parameters)
    for i, state in enumerate(zip(x, t_x, T, strict=True)):
        whole, end = r + state[0], mpf(state[2])
        front = mpmath.gamma(whole) / mpmath.gamma(r) * alpha**r * beta**s
        here = front * (alpha + end) ** -whole * (beta + end) ** -s
        with mpmath.workdps(200):
            exact = here / mpmath.exp(published_loglik(parameters, state))
        assert found[i] == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize("s", [1.0, 1 + 1e-13, 1 - 1e-9, 2.0, 0.3])
def test_expected_purchases_have_no_pole_at_one(s):
    r, alpha, beta, x, T, horizon = 0.6, 10.0, 12.0, 4, 30.0, 52.0
    found = fixed((r, alpha, s, beta))._ahead(
        states_from_arrays(x, 20.0, T, unit="week"),
        np.array([horizon]),
        np.array([r, alpha, s, beta]),
    )
    b, exponent = mpf(beta) + mpf(T), mpf(s)
    stay = mpmath.quad(lambda u: (b / (b + u)) ** exponent, [0, horizon])
    stay_square = mpmath.quad(lambda u: 2 * u * (b / (b + u)) ** exponent, [0, horizon])
    whole, a = mpf(r) + x, mpf(alpha) + mpf(T)
    assert found.mean[0] == pytest.approx(float(whole / a * stay), rel=1e-10)
    square = whole / a * stay + whole * (whole + 1) / a**2 * stay_square
    assert found.square[0] == pytest.approx(float(square), rel=1e-10)


@pytest.fixture(scope="module")
def fitted():
    return ParetoNBD().fit_states(*simulate_leavers(3, 6000, **TRUTH), unit="week")


def test_finds_the_truth_of_simulated_customers(fitted):
    assert fitted.converged_
    for name, true in TRUTH.items():
        assert abs(fitted.params_[name] - true) < 3.5 * fitted.standard_errors_[name], name


def test_what_is_told_of_the_future_agrees_with_simulated_futures(fitted):
    generator = np.random.default_rng(9)
    values = np.array(list(fitted.params_.values()))
    x, t_x, T, horizon = (np.full(200_000, v) for v in (5, 20.0, 25.0, 30.0))
    states = states_from_arrays(x, t_x, T, unit="week")
    drawn = fitted._simulate(states, horizon, values, generator)
    told = fitted.ahead(states, np.array(30.0), values)
    assert drawn.mean() == pytest.approx(told.mean[0], rel=0.02)
    assert (drawn**2).mean() == pytest.approx(told.square[0], rel=0.03)
    assert (drawn == 0).mean() == pytest.approx(told.none[0], abs=0.005)


def test_survives_being_kept_as_json(fitted):
    again = ParetoNBD.from_json(fitted.to_json())
    assert again.p_alive(3, 10, 20) == fitted.p_alive(3, 10, 20)


# Inside this box, with 2,000 customers, the data pin the parameters down. Where most lifetimes are
# longer than anybody was watched (beta above half of it), or little was bought, they often do not.
BOX = {"r": (0.4, 1.5), "s": (0.4, 1.2)}
BETA_IN_BOX = (0.1, 0.4)  # of the longest time watched
WATCHED_IN_BOX = (5, 15)  # purchases' worth of time


def test_fits_whatever_the_truth_without_a_convergence_error():
    check_random_truths(range(25), customers=400)


def test_inside_the_box_nearly_everything_is_identified():
    assert check_random_truths(range(15), customers=2000, box=BOX) <= 1


@pytest.mark.long
def test_fits_a_thousand_truths_without_a_convergence_error():
    check_random_truths(range(1000), customers=1000)


@pytest.mark.long
def test_of_a_thousand_truths_in_the_box_at_most_two_in_a_hundred_are_not_identified():
    assert check_random_truths(range(1000), customers=2000, box=BOX) <= 20


def check_random_truths(seeds, customers, box=None):
    """Fit each truth; all converge. Returns how many are not identified."""
    ranges = box or dict.fromkeys(("r", "s"), (0.05, 10.0))
    unknown = 0
    for seed in seeds:
        generator = np.random.default_rng(seed)
        r, s = (np.exp(generator.uniform(np.log(a), np.log(b))) for a, b in ranges.values())
        alpha, beta = np.exp(generator.uniform(np.log(0.1), np.log(5000), 2))
        longest = alpha / r * generator.uniform(*(WATCHED_IN_BOX if box else (2, 10)))
        if box:
            beta = longest * np.exp(generator.uniform(*np.log(BETA_IN_BOX)))
        data = simulate_leavers(seed, customers, r=r, alpha=alpha, s=s, beta=beta, longest=longest)
        if not (data[0] > 0).any():
            continue
        fitted = ParetoNBD().fit_states(*data, unit="day")
        assert fitted.converged_, (seed, fitted.reason_)
        assert fitted.identified_ == (fitted.reason_ is None)
        unknown += not fitted.identified_
    return unknown
