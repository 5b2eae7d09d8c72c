"""Where the truth is known: right verdicts at twice the detectable effect, and wrong ones rare."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from insight.effect.campaigns_with_known_effect import (
    AUDIENCE,
    START,
    WHOLE,
    WINDOW,
    WINDOW_ENDS,
    customers,
    draw,
    shop,
    shows,
    true_effect,
)
from stamgast.insight.simulation import Offer, draw_kinds, margin_between, respond
from stamgast.insight.value import BGNBD

GOOD = Offer(persuadable=0.58, sure=0.3, window=WINDOW)
USELESS = Offer(persuadable=0.0, sure=0.0, window=WINDOW)
BORROWING = Offer(persuadable=0.85, sure=0.1, borrows=1.0, discount=0.0, window=WINDOW)


def ends(offer: Offer, *, cost: float, times: int) -> Counter[str]:
    return Counter(draw(offer, cost=cost, seed=seed).verdict(WHOLE).code for seed in range(times))


def on_any_day(offer: Offer, *, cost: float, times: int, step: int) -> list[set[str]]:
    """Return the verdicts that each campaign had on some day."""
    campaigns = (draw(offer, cost=cost, seed=seed) for seed in range(times))
    days = range(1, WHOLE + 1, step)
    return [{campaign.verdict(day).code for day in days} for campaign in campaigns]


def what_stays() -> float:
    """Return the little that borrowing leaves: orders that were due only after the time followed."""
    return true_effect(BORROWING)[1]


def test_the_offers_do_what_the_tests_below_say():
    window, whole = true_effect(GOOD)
    assert whole == pytest.approx(2 * shows(), rel=0.1)
    assert window == pytest.approx(whole)
    assert true_effect(USELESS) == (0, 0)
    window, whole = true_effect(BORROWING)
    assert window == pytest.approx(2 * shows(), rel=0.2)
    assert whole < shows() / 3


def test_an_offer_that_works_is_called_so():
    assert ends(GOOD, cost=0.0, times=20)["worked"] >= 18


def test_an_offer_that_costs_more_than_it_brings_is_called_so():
    assert ends(USELESS, cost=2 * shows(), times=20)["did_not_work"] >= 18


def test_an_offer_that_only_moves_orders_forward_is_called_borrowed_from_later():
    assert ends(BORROWING, cost=what_stays(), times=20)["borrowed_from_later"] >= 18


def test_an_offer_without_effect_is_rarely_called_anything():
    seen = on_any_day(USELESS, cost=0.0, times=20, step=6)
    assert sum(codes - {"not_yet_known", "cannot_be_known_here"} != set() for codes in seen) <= 3


@pytest.mark.long
def test_at_least_90_of_100_verdicts_are_right_at_twice_the_detectable_effect():
    times = 100
    assert ends(GOOD, cost=0.0, times=times)["worked"] >= 90
    assert ends(USELESS, cost=2 * shows(), times=times)["did_not_work"] >= 90
    assert ends(BORROWING, cost=what_stays(), times=times)["borrowed_from_later"] >= 90


@pytest.mark.long
@pytest.mark.parametrize(
    ("offer", "is_wrong"),
    [
        (GOOD, {"did_not_work", "borrowed_from_later"}),
        (USELESS, {"worked", "worked_so_far", "did_not_work", "borrowed_from_later"}),
        (BORROWING, {"worked", "did_not_work"}),
    ],
)
def test_at_most_5_of_100_are_wrong_on_any_day(offer: Offer, is_wrong: set[str]):
    cost = what_stays() if offer is BORROWING else 0.0
    seen = on_any_day(offer, cost=cost, times=120, step=1)
    wrong = sum(bool(codes & is_wrong) for codes in seen)
    assert wrong / 120 <= 0.05 + 0.03  # chance alone, with 120 campaigns


def test_a_customer_model_takes_an_order_moved_forward_for_a_gain():
    """Fitted before the offer, it sees one order more and expects more; the truth is less."""
    kinds = draw_kinds(BORROWING, AUDIENCE, seed=1)
    futures = [
        respond(shop(), customers(), treated=np.full(AUDIENCE, treated), kinds=kinds,
                offer=BORROWING, start=START, seed=1)
        for treated in (True, False)
    ]  # fmt: skip
    states = [_states(orders, WINDOW_ENDS) for orders in futures]
    model = BGNBD().fit_states(*_states(shop(), START), unit="day")
    ahead = float(WHOLE - WINDOW)
    expected = [model.expected_purchases(*state, ahead).mean() for state in states]
    bought = [_count(orders, WINDOW_ENDS, ahead) for orders in futures]
    assert expected[0] - expected[1] > 0.02
    assert bought[0] - bought[1] < -0.05
    assert margin_between(futures[0], customers(), WINDOW_ENDS, _day(ahead)).mean() < (
        margin_between(futures[1], customers(), WINDOW_ENDS, _day(ahead)).mean()
    )


def _states(orders, until):
    """Return repeat purchase days, days from the first to the last, and to `until`."""
    day = orders["day"].to_numpy()
    row = np.searchsorted(customers(), orders["customer_id"].to_numpy())
    number = (day - np.datetime64(until)).astype("timedelta64[D]").astype(int)
    pairs = np.unique(np.stack([row, number], axis=1)[number < 0], axis=0)
    first = np.full(AUDIENCE, 0)
    last = np.full(AUDIENCE, -(10**6))
    np.minimum.at(first, pairs[:, 0], pairs[:, 1])
    np.maximum.at(last, pairs[:, 0], pairs[:, 1])
    days = np.bincount(pairs[:, 0], minlength=AUDIENCE)
    return (days - 1).astype(float), (last - first).astype(float), (-first).astype(float)


def _day(ahead: float):
    return (np.datetime64(WINDOW_ENDS) + int(ahead)).astype(object)


def _count(orders, since, ahead: float) -> float:
    day = orders["day"].to_numpy()
    later = (day >= np.datetime64(since)) & (day < np.datetime64(_day(ahead)))
    return float(later.sum() / AUDIENCE)
