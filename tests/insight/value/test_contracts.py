"""Contracts: durations from customers, and the models of renewal against published figures."""

from __future__ import annotations

from datetime import date

import mpmath
import numpy as np
import pyarrow as pa
import pytest

from stamgast.insight.value import (
    BetaDiscreteWeibull,
    DiscreteHazard,
    Durations,
    KaplanMeier,
    ShiftedBetaGeometric,
    ValueRefusal,
)

# Fader & Hardie (2007): per cent of customers still there after each year; fitted on years 0 to 7.
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]


def first_seven_years(share):
    """Return durations of 1,000 customers as the paper fits them."""
    there = np.array(share[:8]) * 10
    weight = [*-np.diff(there), there[-1]]
    return Durations.of([*range(1, 8), 7], [True] * 7 + [False], weight, unit="year")


@pytest.mark.parametrize(
    ("model", "share", "parameters", "loglik", "last", "error"),
    [
        (ShiftedBetaGeometric, REGULAR, [0.70408, 1.18204], -1680.2652, 17.0, 0.29),
        (ShiftedBetaGeometric, HIGH_END, [0.66809, 3.80609], -1611.1581, 37.8, 1.19),
        (BetaDiscreteWeibull, REGULAR, [0.45561, 0.77933, 1.28345], -1679.6028, 17.7, 0.26),
        (BetaDiscreteWeibull, HIGH_END, [0.21425, 1.42657, 1.72356], -1605.3142, 40.4, 0.52),
    ],
)
def test_projects_retention_as_published(model, share, parameters, loglik, last, error):
    fitted = model().fit(first_seven_years(share))
    assert list(fitted.params_.values()) == pytest.approx(parameters, rel=2e-5)
    assert fitted.loglik_ == pytest.approx(loglik, abs=1e-4)
    assert 100 * fitted.survival(12) == pytest.approx(last, abs=0.05)
    off = np.abs(100 * fitted.survival(np.arange(8, 13)) - share[8:])
    assert off.mean() == pytest.approx(error, abs=0.005)
    assert fitted.identified_


@pytest.mark.parametrize("model", [ShiftedBetaGeometric, BetaDiscreteWeibull])
def test_gradient_equals_differences_of_the_likelihood(model):
    ended, running = np.array([0.0, 30, 20, 5, 9]), np.array([3.0, 4, 0, 7, 40])
    objective = model()._objective(ended, running)
    point = np.array([0.7, 2.0, 1.3][: len(model.names)])
    _, gradient = objective(point)
    for i in range(len(point)):
        step = np.zeros(len(point))
        step[i] = 1e-6
        difference = (objective(point + step)[0] - objective(point - step)[0]) / 2e-6
        assert gradient[i] == pytest.approx(difference, rel=1e-6)


def test_bdw_with_an_unchanging_hazard_is_the_sbg():
    sbg, bdw = ShiftedBetaGeometric(), BetaDiscreteWeibull()
    years = np.arange(20)
    assert bdw._survival(years, np.array([0.7, 1.2, 1.0])) == pytest.approx(
        sbg._survival(years, np.array([0.7, 1.2]))
    )


def test_retention_rises_though_nobody_becomes_more_loyal():
    fitted = ShiftedBetaGeometric().fit(first_seven_years(REGULAR))
    rates = fitted.retention(np.arange(1, 13))
    assert (np.diff(rates) > 0).all()
    assert rates[0] == pytest.approx(0.627, abs=0.001)


def test_expected_periods_are_the_discounted_sum_of_the_survival_ahead():
    fitted = ShiftedBetaGeometric().fit(first_seven_years(REGULAR))
    new, old = fitted.expected_periods([0, 5], 4, discount_per_period=0.1)
    assert new == pytest.approx(sum(fitted.survival(k + 1) / 1.1**k for k in range(4)))
    assert old > new


def test_the_interval_of_survival_holds_the_truth_of_simulated_contracts():
    held, at = [], np.array([3, 10])
    for seed in range(40):
        generator = np.random.default_rng(seed)
        lasts = generator.geometric(generator.beta(0.8, 2.5, 500))
        model = ShiftedBetaGeometric().fit_durations(np.minimum(lasts, 6), lasts <= 6, unit="month")
        low, high = model.survival_interval(at, level=0.9, seed=seed)
        truth = model._survival(at, np.array([0.8, 2.5]))
        held += list((low <= truth) & (truth <= high))
    assert 0.78 < np.mean(held) < 0.99  # 80 draws in pairs: two standard errors are some 0.09


def test_kaplan_meier_by_hand():
    # Risk sets 5, 3 and 1; the one who is still there at 2 is at risk of leaving at 2.
    fitted = KaplanMeier().fit_durations(
        [1, 2, 2, 2.5, 4], [True, True, False, False, True], unit="month"
    )
    assert fitted.at_risk_.tolist() == [5, 4, 1]
    assert fitted.survival([0, 1, 2, 3, 4]) == pytest.approx([1, 0.8, 0.6, 0.6, 0])
    assert np.isnan(fitted.survival(5))
    low, high = fitted.interval(2, level=0.95)
    spread = np.sqrt(1 / (5 * 4) + 1 / (4 * 3))
    reach = 1.959964 * spread / abs(np.log(0.6))
    assert (low, high) == pytest.approx((0.6 ** np.exp(reach), 0.6 ** np.exp(-reach)), rel=1e-6)
    assert fitted.median() == 4


def test_kaplan_meier_has_no_median_while_more_than_half_are_there():
    fitted = KaplanMeier().fit_durations([1, 2, 3, 3], [True, False, False, False], unit="month")
    assert fitted.median() is None


def simulate_hazard(seed, customers, *, base, slope, effect, longest=24):
    generator = np.random.default_rng(seed)
    z = generator.integers(0, 3, customers).astype(float)
    periods, ended = np.full(customers, longest), np.zeros(customers, dtype=bool)
    here = np.arange(customers)
    for t in range(1, longest + 1):
        level = base + slope * np.log(t) + effect * z[here]
        leaves = generator.random(len(here)) < 1 / (1 + np.exp(-level))
        periods[here[leaves]], ended[here[leaves]] = t, True
        here = here[~leaves]
    return periods, ended, z


def test_hazard_finds_the_truth_of_simulated_contracts():
    periods, ended, z = simulate_hazard(1, 20_000, base=-3.0, slope=-0.4, effect=0.5)
    model = DiscreteHazard().fit_durations(periods, ended, unit="month", covariates={"calls": z})
    truth = {"baseline": -3.0, "log_period": -0.4, "calls": 0.5}
    for name, true in truth.items():
        assert abs(model.params_[name] - true) < 3.5 * model.standard_errors_[name], name
    assert model.hazard(1, {"calls": 0})[()] == pytest.approx(1 / (1 + np.exp(3)), rel=0.1)
    calm, cross = model.survival(24, {"calls": np.array([0.0, 2.0])})
    assert calm > cross


def test_a_free_baseline_without_covariates_is_kaplan_meier():
    durations = first_seven_years(REGULAR)
    model = DiscreteHazard(baseline="free").fit(durations)
    life = KaplanMeier().fit(durations)
    assert model.survival(np.arange(8)) == pytest.approx(life.survival(np.arange(8)), rel=1e-8)
    with pytest.raises(ValueRefusal, match="bad_horizon"):
        model.survival(8)


def test_both_links_say_the_same_of_rare_leaving():
    periods, ended, z = simulate_hazard(2, 20_000, base=-5.0, slope=0.0, effect=0.4)
    found = [
        DiscreteHazard(baseline="constant", link=link).fit_durations(
            periods, ended, unit="month", covariates={"calls": z}
        )
        for link in ("logit", "cloglog")
    ]
    assert found[0].params_["calls"] == pytest.approx(found[1].params_["calls"], rel=0.02)


def test_says_when_a_covariate_decides_all():
    periods = np.array([1] * 50 + [12] * 50)
    ended = periods == 1
    model = DiscreteHazard(baseline="constant").fit_durations(
        periods, ended, unit="month", covariates={"left": ended.astype(float)}
    )
    assert not model.identified_


def test_contract_models_survive_being_kept_as_json():
    durations = first_seven_years(HIGH_END)
    for model in (ShiftedBetaGeometric(), BetaDiscreteWeibull(), DiscreteHazard(baseline="free")):
        again = type(model).from_json(model.fit(durations).to_json())
        assert again.survival(5) == model.survival(5)
        assert again.unit_ == "year"
        assert again.to_json() == model.to_json()


UNTIL = date(2026, 6, 30)
CONTRACTS = [
    # start, end, periods in months, has ended
    (date(2026, 1, 1), date(2026, 1, 31), 1, True),
    (date(2026, 1, 1), date(2026, 2, 1), 1, True),
    (date(2026, 1, 15), date(2026, 4, 14), 3, True),
    (date(2026, 1, 31), date(2026, 2, 27), 1, True),
    (date(2026, 6, 1), date(2026, 6, 3), 1, True),
    (date(2026, 1, 1), None, 6, False),
    (date(2026, 1, 2), None, 5, False),
    (date(2026, 1, 1), date(2026, 12, 31), 6, False),
    (date(2026, 6, 30), None, 0, False),
]


def contracts(rows):
    return pa.table(
        {
            "customer_id": list(range(len(rows))),
            "contract_start": pa.array([row[0] for row in rows], pa.date32()),
            "contract_end": pa.array([row[1] for row in rows], pa.date32()),
            "visits": [float(i % 2) for i in range(len(rows))],
        }
    )


@pytest.mark.parametrize("row", CONTRACTS)
def test_counts_whole_months_as_the_calendar_has_them(row):
    found = Durations.from_customers(contracts([row]), until=UNTIL)
    assert (found.periods[0], found.has_ended[0]) == row[2:]


def test_counts_equal_contracts_together_and_leaves_out_later_ones():
    later = (date(2026, 7, 1), None, 0, False)
    none = (None, None, 0, False)
    found = Durations.from_customers(contracts([*CONTRACTS, later, none]), until=UNTIL)
    assert found.customers == len(CONTRACTS)
    assert len(found.periods) < len(CONTRACTS)
    split = Durations.from_customers(contracts(CONTRACTS), until=UNTIL, covariates=["visits"])
    assert split.customers == len(CONTRACTS)
    assert set(split.covariates["visits"]) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("rows", "options", "code"),
    [
        ([(None, None)], {}, "no_contracts"),
        ([(date(2026, 2, 1), date(2026, 1, 1))], {}, "impossible_history"),
        ([CONTRACTS[0]], {"unit": "moon"}, "unknown_unit"),
        ([CONTRACTS[0]], {"until": "2026-06-30"}, "until_not_a_day"),
        ([CONTRACTS[0]], {"covariates": ["age"]}, "covariate_missing"),
    ],
)
def test_refuses_contracts_that_cannot_be(rows, options, code):
    with pytest.raises(ValueRefusal) as refusal:
        Durations.from_customers(contracts(rows), **({"until": UNTIL} | options))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("periods", "ended", "weight", "code"),
    [
        ([1, 2], [True, False], None, "too_few_customers"),
        ([1, 2], [False, False], [50, 50], "nobody_left"),
        ([1.5, 2], [True, False], [50, 50], "not_whole_periods"),
        ([0, 2], [True, False], [50, 50], "impossible_history"),
        ([1, np.nan], [True, False], [50, 50], "not_finite"),
        ([1], [True, False], [50, 50], "lengths_differ"),
    ],
)
def test_refuses_to_fit_where_nothing_can_be_learnt(periods, ended, weight, code):
    for model in (ShiftedBetaGeometric(), DiscreteHazard()):
        with pytest.raises(ValueRefusal) as refusal:
            model.fit_durations(periods, ended, weight, unit="month")
        assert refusal.value.code == code


def test_sbg_likelihood_equals_the_published_formula():
    ended, running = np.array([0.0, 30, 0, 5]), np.array([0.0, 4, 0, 7])
    found, _ = ShiftedBetaGeometric()._objective(ended, running)(np.array([0.7, 2e4]))
    with mpmath.workdps(40):
        a, b = mpmath.mpf(0.7), mpmath.mpf(2e4)
        exact = 30 * mpmath.log(mpmath.beta(a + 1, b) / mpmath.beta(a, b))
        exact += 5 * mpmath.log(mpmath.beta(a + 1, b + 2) / mpmath.beta(a, b))
        exact += 4 * mpmath.log(mpmath.beta(a, b + 1) / mpmath.beta(a, b))
        exact += 7 * mpmath.log(mpmath.beta(a, b + 3) / mpmath.beta(a, b))
    assert found == pytest.approx(float(exact), rel=1e-12)
