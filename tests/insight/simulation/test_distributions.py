"""What is drawn has the distributions that are stated."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy import stats
from scipy.special import hyp2f1

from insight.simulation.checks import frame, repeat_purchases
from stamgast.insight.simulation import simulate
from stamgast.insight.simulation.mechanisms import Arrivals, Shoppers, Ties
from stamgast.insight.simulation.worlds import (
    CDNOW_RATE_BG,
    CDNOW_RATE_PARETO,
    END,
    START,
    bgnbd_world,
    contract_world,
    correlated_world,
    loyal_world,
    mbgnbd_world,
    pareto_world,
    regular_world,
    weibull_world,
)

SURE = 1e-3  # a fixed seed below this would mean a wrong distribution, not bad luck
COHORT = Arrivals(first_days=1)


def fits(values, distribution) -> bool:
    return bool(stats.kstest(values, distribution.cdf).pvalue > SURE)


def truth_of(spec):
    return frame(simulate(spec).truth)


def test_rates_and_leaving_of_the_bg_nbd_are_gamma_and_beta():
    truth = truth_of(bgnbd_world(customers=8_000, seed=1))
    assert fits(truth.rate_per_day, stats.gamma(0.243, scale=1 / (4.414 * 7)))
    assert fits(truth.drop_out, stats.beta(0.793, 2.426))


def test_rates_and_hazards_of_the_pareto_nbd_are_gammas():
    truth = truth_of(pareto_world(customers=8_000, seed=1))
    assert fits(truth.rate_per_day, stats.gamma(0.553, scale=1 / (10.578 * 7)))
    assert fits(truth.drop_out, stats.gamma(0.606, scale=1 / (11.669 * 7)))


def test_the_bg_nbd_buys_as_often_as_its_formula_says():
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    shop = simulate(bgnbd_world(customers=30_000, seed=2, arrivals=COHORT))
    weeks = (END - START).days / 7
    share = (alpha / (alpha + weeks)) ** r
    curve = hyp2f1(r, b, a + b - 1, weeks / (alpha + weeks))
    expected = (a + b - 1) / (a - 1) * (1 - share * curve)
    assert within_three_errors(repeat_purchases(shop), expected)


def test_the_pareto_nbd_buys_as_often_as_its_formula_says():
    r, alpha, s, beta = 0.553, 10.578, 0.606, 11.669
    shop = simulate(pareto_world(customers=30_000, seed=2, arrivals=COHORT))
    weeks = (END - START).days / 7
    expected = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + weeks)) ** (s - 1))
    assert within_three_errors(repeat_purchases(shop), expected)


def test_without_leaving_purchases_are_negative_binomial():
    shop = simulate(loyal_world(customers=20_000, seed=3, arrivals=COHORT))
    days = (END - START).days
    counts = repeat_purchases(shop)
    model = stats.nbinom(1.2, 60.0 / (60.0 + days))
    assert within_three_errors(counts, model.mean())
    for n in (0, 5, 20, 60):
        assert np.mean(counts <= n) == pytest.approx(model.cdf(n), abs=0.012)


def within_three_errors(values, expected) -> bool:
    error = values.std() / np.sqrt(values.size)
    return bool(abs(values.mean() - expected) < 3 * error)


def test_half_of_the_first_leave_at_once_in_the_mbg_nbd_and_none_in_the_bg_nbd():
    first = truth_of(mbgnbd_world(customers=20_000, seed=4, arrivals=COHORT))
    start = first.dropped_out_on.min()
    left = (first.dropped_out_on == start).mean()
    assert left == pytest.approx(0.891 / (0.891 + 1.614), abs=0.02)
    never = simulate(bgnbd_world(customers=5_000, seed=4, arrivals=COHORT))
    bought_once = repeat_purchases(never) == 0
    assert frame(never.truth).is_alive[bought_once].all()


def test_tiring_customers_have_weibull_lifetimes():
    shop = simulate(weibull_world(customers=8_000, seed=5, arrivals=COHORT, future_days=3_000))
    truth = frame(shop.truth)
    lived = (truth.dropped_out_on - np.datetime64(START)).dt.days
    scaled = (lived + 0.5) * truth.drop_out
    seen = lived.notna() & (truth.drop_out > 1 / 450)  # those who all have left by the end
    assert (lived.notna() | (truth.drop_out < 1 / 450)).mean() > 0.999
    assert fits(scaled[seen], stats.weibull_min(2.0))
    assert fits(np.log(truth.drop_out * 320.0), stats.norm(0, 0.4))


@pytest.mark.parametrize(("world", "shape"), [(loyal_world, 1), (regular_world, 4)])
def test_gaps_are_gamma_with_the_stated_regularity(world, shape):
    orders = frame(simulate(world(customers=3_000, seed=6, arrivals=COHORT)).orders)
    often = orders.groupby("customer_id").filter(lambda o: len(o) > 30)
    gaps = often.groupby("customer_id").ordered_at.diff().dt.total_seconds()
    spread = gaps.groupby(often.customer_id).agg(["mean", "std"])
    assert (spread["std"] / spread["mean"]).mean() == pytest.approx(shape**-0.5, rel=0.06)


def test_order_values_are_gamma_gamma():
    shop = simulate(loyal_world(customers=6_000, seed=7))
    truth, valued = frame(shop.truth), frame(shop.valued_orders())
    assert fits(6.25 / truth.mean_spend, stats.gamma(3.74, scale=1 / 15.44))
    mean = valued.customer_id.map(truth.set_index("customer_id").mean_spend).astype(float)
    assert fits((valued.revenue / mean)[::20] * 6.25, stats.gamma(6.25))


def test_tied_traits_keep_their_distributions():
    truth = truth_of(correlated_world(customers=8_000, seed=8))
    assert fits(truth.rate_per_day, stats.gamma(0.553, scale=1 / (10.578 * 7)))
    rank = stats.spearmanr(truth.rate_per_day, truth.drop_out).statistic
    assert rank == pytest.approx(6 / np.pi * np.arcsin(0.7 / 2), abs=0.03)
    free = truth_of(pareto_world(customers=8_000, seed=8))
    assert abs(stats.spearmanr(free.rate_per_day, free.drop_out).statistic) < 0.04


def test_refuses_ties_that_cannot_hold_together():
    with pytest.raises(ValueError, match="cannot hold together"):
        pareto_world(ties=Ties(rate_drop_out=0.9, rate_attitude=0.9, drop_out_attitude=-0.9))


def test_open_contracts_end_as_the_beta_geometric_says():
    shop = simulate(contract_world(customers=20_000, seed=9, arrivals=COHORT))
    contracts = frame(shop.contracts)
    open_ended = contracts[contracts.term_days.isna()]
    held = (open_ended.notice_on - open_ended.started_on).dt.days / 28
    for turns, survives in ((1, 14 / 15), (2, 14 / 15 * 15 / 16)):
        assert (held.isna() | (held >= turns)).mean() == pytest.approx(survives, abs=0.01)
    assert len(open_ended) / len(contracts) == pytest.approx(0.7, abs=0.01)


def test_customers_arrive_evenly_unless_growth_is_stated():
    spec = pareto_world(customers=10_000, seed=10)
    assert fits(days_since_start(spec), stats.uniform(0, 1092))
    grown = days_since_start(pareto_world(customers=10_000, seed=10, arrivals=Arrivals(0.5)))
    year = [(grown < 364).sum(), ((grown >= 364) & (grown < 728)).sum(), (grown >= 728).sum()]
    growth = np.exp(0.5 * 364 / 365)
    assert year[1] / year[0] == pytest.approx(growth, rel=0.06)
    assert year[2] / year[1] == pytest.approx(growth, rel=0.06)


def days_since_start(spec):
    since = frame(simulate(spec).customers).since
    return (since - np.datetime64(START)).dt.days + 0.5


def test_kinds_of_shoppers_come_in_their_shares():
    spec = pareto_world(
        customers=10_000,
        shoppers=tuple(
            Shoppers(name, share, rate, pareto_world().shoppers[0].drop_out)
            for name, share, rate in (("few", 1, CDNOW_RATE_BG), ("many", 3, CDNOW_RATE_PARETO))
        ),
    )
    assert (truth_of(spec).shopper == "many").mean() == pytest.approx(0.75, abs=0.015)


def test_the_end_of_the_period_is_its_first_day_outside():
    shop = simulate(
        loyal_world(customers=500, start=date(2025, 6, 1), end=date(2025, 6, 3), seed=1)
    )
    days = set(shop.orders["day"].to_pylist())
    assert days == {date(2025, 6, 1), date(2025, 6, 2)}
    assert shop.spec.as_of == date(2025, 6, 2)
