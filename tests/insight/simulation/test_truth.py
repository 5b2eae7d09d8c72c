"""The truth is true: what it expects happens, and its causes show in the tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from insight.simulation.checks import (
    assert_contracts_fit_the_orders,
    assert_holds_together,
    frame,
)
from stamgast.insight.simulation import WORLDS, simulate
from stamgast.insight.simulation.mechanisms import Contacts, SecondLife, Service
from stamgast.insight.simulation.worlds import (
    contract_world,
    mbgnbd_world,
    pareto_world,
    regular_world,
)

MANY = 12_000


def misses(happened, expected) -> float:
    """Return by how many standard errors the total differs from what was expected.

    The error is that of the differences seen, but no less than that of a Poisson count.
    """
    difference = happened.astype(float) - expected
    variance = max((difference**2).sum(), expected.sum(), 1e-9)
    return float(abs(difference.sum()) / np.sqrt(variance))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("days", [90, 365])
def test_what_is_expected_of_the_living_happens(name, days):
    truth = frame(simulate(WORLDS[name](customers=MANY, seed=21)).truth)
    alive = truth[truth.is_alive]
    assert misses(alive[f"purchases_next_{days}"], alive[f"expected_purchases_{days}"]) < 3.5


@pytest.mark.parametrize("world", [mbgnbd_world, pareto_world, regular_world])
def test_expectations_are_right_from_the_lowest_to_the_highest(world):
    truth = frame(simulate(world(customers=MANY, seed=22)).truth)
    alive = truth[truth.is_alive & (truth.expected_purchases_90 > 0)]
    tenth = np.argsort(np.argsort(alive.expected_purchases_90)) * 10 // len(alive)
    for group in range(10):
        part = alive[tenth == group]
        assert misses(part.purchases_next_90, part.expected_purchases_90) < 4


def test_a_clockwork_shopper_who_just_bought_is_not_expected_tomorrow():
    shop = simulate(regular_world(customers=4_000, seed=23))
    truth = frame(shop.truth).set_index("customer_id")
    last = frame(shop.orders).groupby("customer_id").day.max()
    waited = (np.datetime64(shop.spec.end) - last).dt.days
    pace = truth.rate_per_day * 90
    steady = truth.is_alive & pace.between(0.8, 1.2)
    early = truth.expected_purchases_90[steady & (waited < 10)] / pace
    late = truth.expected_purchases_90[steady & (waited > 60)] / pace
    assert early.mean() < 0.8 * late.mean()


def test_the_gone_buy_nothing_more_unless_they_come_back():
    gone = frame(simulate(pareto_world(customers=2_000, seed=24)).truth).query("not is_alive")
    assert (gone.purchases_next_365 == 0).all()
    spec = pareto_world(customers=2_000, seed=24, second_life=SecondLife(0.5, least=60, mean=60))
    truth = frame(simulate(spec).truth)
    assert (truth[~truth.is_alive].purchases_next_365 > 0).any()
    back = truth.dropna(subset=["away_until"])
    assert len(back) > 100
    assert ((back.away_until - back.away_from).dt.days >= 59).all()


def test_who_leaves_over_a_complaint_does_not_come_back():
    service = Service(complaint_chance=0.3, badly=1.0, leave_after=1.0)
    again = SecondLife(1.0, least=5, mean=30)
    shop = simulate(pareto_world(customers=3_000, seed=28, service=service, second_life=again))
    assert_holds_together(shop)
    causes = frame(shop.truth).drop_out_cause.value_counts()
    assert causes["complaint"] > 500


def test_without_a_future_nothing_is_said_of_it():
    truth = simulate(pareto_world(customers=50, future_days=100)).truth
    assert truth["purchases_next_90"].null_count == 0
    assert truth["purchases_next_365"].null_count == 50


def test_mean_spend_and_margin_are_those_of_repeat_orders(coffee):
    truth = frame(coffee.truth).set_index("customer_id")
    orders = frame(coffee.valued_orders()).dropna(subset=["customer_id"])
    repeat = orders[orders.order_id != orders.groupby("customer_id").order_id.transform("min")]
    for column, mean in (("revenue", "mean_spend"), ("margin", "mean_margin")):
        expected = repeat.customer_id.map(truth[mean]).astype(float)
        assert repeat[column].mean() == pytest.approx(expected.mean(), rel=0.02)
        assert np.polyfit(expected, repeat[column], 1)[0] == pytest.approx(1.0, abs=0.1)


def test_late_parcels_bring_complaints_and_bad_handling_drives_customers_away():
    service = Service(complaint_chance=0.01, after_late=0.2, badly=0.5, leave_after=0.8)
    spec = pareto_world(customers=MANY, seed=25, service=service, contacts=Contacts(0, 0, 0))
    shop = simulate(spec)
    orders, contacts = frame(shop.orders), frame(shop.interactions)
    is_late = orders.delivered_on > orders.promised_on
    complained = orders.order_number.isin(contacts.order_number)
    assert is_late.mean() == pytest.approx(0.05, abs=0.005)
    assert complained[is_late].mean() == pytest.approx(0.21, abs=0.03)
    assert complained[~is_late].mean() == pytest.approx(0.01, abs=0.002)
    truth = frame(shop.truth).set_index("customer_id")
    late_closed = contacts[contacts.closed_at.dt.tz_localize(None) > contacts.due_on]
    left = truth.drop_out_cause == "complaint"
    assert left.sum() > 50
    assert left[left].index.isin(contacts.customer_id).all()
    assert left[late_closed.customer_id].mean() > 5 * left.mean()


def test_subscribers_who_leave_over_a_complaint_give_notice_and_are_served_until_it_ends():
    service = Service(complaint_chance=0.05, badly=1.0, leave_after=1.0, due_days=7)
    shop = simulate(contract_world(customers=2_000, seed=27, service=service))
    assert_contracts_fit_the_orders(shop)
    truth = frame(shop.truth).merge(frame(shop.contracts), on="customer_id")
    angry = truth[truth.drop_out_cause == "complaint"]
    assert len(angry) > 300
    assert (angry.ends_on - angry.notice_on).dt.days.between(30, 31).all()
    first = frame(shop.interactions).groupby("customer_id").due_on.min()
    assert (first[angry.customer_id].to_numpy() <= angry.notice_on.to_numpy()).all()


def test_unhurried_living_customers_miss_nothing_when_complaints_drive_some_away():
    service = Service(complaint_chance=0.1, badly=0.5, leave_after=1.0)
    truth = frame(simulate(mbgnbd_world(customers=MANY, seed=26, service=service)).truth)
    alive = truth[truth.is_alive]
    total = alive.expected_purchases_365.sum()
    assert alive.purchases_next_365.sum() == pytest.approx(total, rel=0.06)


def test_attitude_shows_in_scores_referrals_and_the_emotional_bond(coffee):
    truth = frame(coffee.truth).set_index("customer_id")
    scores = frame(coffee.answers).query("question == 'nps'")
    attitude = scores.customer_id.map(truth.attitude).astype(float)
    assert stats.spearmanr(attitude, scores.score.astype(float)).statistic > 0.4
    assert truth.attitude[truth.referrals > 0].mean() > truth.attitude.mean() + 0.02
    assert stats.spearmanr(truth.attitude, truth.bond_emotional).statistic > 0.7


def test_referrers_were_customers_at_the_time(coffee):
    customers = frame(coffee.customers).set_index("customer_id")
    brought = customers.dropna(subset=["referred_by"])
    truth = frame(coffee.truth).set_index("customer_id")
    by = brought.referred_by.astype(int)
    assert (customers.since[by].to_numpy() <= brought.since.to_numpy()).all()
    left = truth.dropped_out_on[by].to_numpy()
    assert not (left < brought.since.to_numpy()).any()
    assert truth.referrals.sum() == len(brought)
    assert len(brought) / len(customers) == pytest.approx(0.055, abs=0.01)


def test_each_bond_has_its_cause(coffee):
    truth = frame(coffee.truth).set_index("customer_id")
    running = frame(coffee.contracts).query("notice_on.isna()").customer_id
    assert truth.bond_legal[running].mean() > 0.5
    assert truth.bond_legal.drop(running).mean() < 0.1
    lines = frame(coffee.lines).merge(frame(coffee.orders), on="order_number")
    capsules = lines[lines.sku.str.startswith("CA")].customer_id.dropna().unique()
    assert truth.bond_technical[capsules].min() > 0.3
    assert stats.spearmanr(truth.discount_love, truth.bond_economic).statistic > 0.7


def test_kinds_of_loyalty_cross_attitude_with_patronage(coffee):
    truth = frame(coffee.truth)
    fond = truth.attitude >= coffee.spec.bonds.high
    patron = truth.is_alive & (truth.expected_purchases_365 >= coffee.spec.bonds.patronage)
    assert (truth.loyalty[fond & patron] == "true").all()
    assert (truth.loyalty[fond & ~patron] == "latent").all()
    assert (truth.loyalty[~fond & ~patron] == "none").all()
    spurious = truth[~fond & patron]
    assert set(spurious.loyalty) == {"captive", "bought", "habit", "no_alternative"}
    bought = spurious[spurious.loyalty == "bought"]
    others = bought[["bond_situational", "bond_legal", "bond_technical"]].max(axis=1)
    assert (bought.bond_economic > others).all()
