"""Customers of the simulated shop respond to an offer, and both their futures are known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from stamgast.insight.simulation import (
    KINDS,
    Offer,
    draw_kinds,
    margin_between,
    order_history,
    respond,
)

START = date(2025, 3, 1)
WINDOW_ENDS = START + timedelta(days=30)
BEGIN, END = date(2023, 1, 1), date(2026, 1, 1)
PERSUADABLE, SURE, LOST, DISTURBED = range(4)
ORDERS = pa.table(
    {
        "customer_id": [1, 1, 1, 2, 2, 9],
        "day": [date(2025, 1, 1), date(2025, 3, 10), date(2025, 6, 1),
                date(2025, 2, 1), date(2025, 5, 1), date(2025, 3, 5)],
        "revenue": [50.0, 40.0, 60.0, 20.0, 30.0, 99.0],
        "margin": [20.0, 16.0, 24.0, 8.0, 12.0, 40.0],
    }
)  # fmt: skip


def answer(kind: int, *, treated: bool = True, **changes) -> list[tuple]:
    """Return the orders of customers 1 and 2, of a kind, who all got the offer or none did."""
    offer = Offer(persuadable=0.5, **changes)
    told = respond(ORDERS, [1, 2], treated=np.full(2, treated), kinds=np.full(2, kind),
                   offer=offer, start=START, seed=3)  # fmt: skip
    return [tuple(row.values()) for row in told.to_pylist()]


def test_who_gets_nothing_and_who_is_lost_buy_as_ever():
    as_ever = [(1, date(2025, 1, 1), 50.0, 20.0, 0.0), (1, date(2025, 3, 10), 40.0, 16.0, 0.0),
               (1, date(2025, 6, 1), 60.0, 24.0, 0.0), (2, date(2025, 2, 1), 20.0, 8.0, 0.0),
               (2, date(2025, 5, 1), 30.0, 12.0, 0.0)]  # fmt: skip
    assert answer(LOST) == as_ever
    for kind in range(4):
        assert answer(kind, treated=False) == as_ever


def test_a_sure_customer_takes_the_discount_along_and_buys_no_more():
    told = answer(SURE)
    assert told[1] == (1, date(2025, 3, 10), 36.0, 12.0, 4.0)
    assert [row for row in told if row[4] == 0.0] == [told[0], *told[2:]]
    assert len(told) == 5


def test_a_persuadable_customer_buys_once_more_within_the_window():
    more = [row for row in answer(PERSUADABLE) if row[4] > 0]
    assert [row[0] for row in more] == [1, 2]
    assert all(START <= row[1] < WINDOW_ENDS for row in more)
    assert len(answer(PERSUADABLE)) == 7


def test_a_borrower_buys_the_next_order_sooner_and_none_more():
    told = answer(PERSUADABLE, borrows=1.0)
    assert len(told) == 5
    assert told[1] == (1, date(2025, 3, 10), 36.0, 12.0, 4.0)  # was within the window anyway
    moved = told[4]
    assert START <= moved[1] < WINDOW_ENDS
    assert moved[2:] == (27.0, 9.0, 3.0)


def test_a_disturbed_customer_leaves_out_the_next_order():
    assert [row[1] for row in answer(DISTURBED)] == [
        date(2025, 1, 1), date(2025, 6, 1), date(2025, 2, 1)]  # fmt: skip


def test_nobody_ordered_anything_yet():
    told = respond(ORDERS.slice(0, 0), [1, 2], treated=np.ones(2, bool), kinds=np.array([0, 1]),
                   offer=Offer(persuadable=0.5), start=START, seed=1)  # fmt: skip
    assert told["margin"].to_pylist() == [0.0]
    assert told["customer_id"].to_pylist() == [1]


def shop(customers: int = 20_000) -> tuple[pa.Table, np.ndarray]:
    orders = order_history(customers, 4.0, BEGIN, END, seed=5)
    return orders, np.arange(1, customers + 1)


def test_kinds_come_in_the_stated_shares_and_do_not_depend_on_who_is_treated():
    offer = Offer(persuadable=0.2, sure=0.5, disturbed=0.05)
    kinds = draw_kinds(offer, 50_000, seed=2)
    assert np.bincount(kinds, minlength=len(KINDS)) / 50_000 == pytest.approx(
        [0.2, 0.5, 0.25, 0.05], abs=0.01
    )
    assert (kinds == draw_kinds(offer, 50_000, seed=2)).all()


def test_a_bond_moderates_who_is_which():
    bond = np.random.default_rng(1).random((50_000, 1))
    offer = Offer(persuadable=0.2, sure=0.4, tilts=((3.0,), (0.0,), (0.0,), (0.0,)))
    kinds = draw_kinds(offer, 50_000, seed=2, features=bond)
    strong, weak = bond[:, 0] > 0.8, bond[:, 0] < 0.2
    assert (kinds[strong] == PERSUADABLE).mean() > 2 * (kinds[weak] == PERSUADABLE).mean()
    even = draw_kinds(Offer(persuadable=0.2, sure=0.4), 50_000, seed=2, features=bond)
    assert (even[strong] == PERSUADABLE).mean() == pytest.approx(
        (even[weak] == PERSUADABLE).mean(), abs=0.02
    )


def test_a_customer_has_the_same_luck_whoever_else_is_treated():
    orders, ids = shop(2_000)
    offer = Offer(persuadable=0.3, disturbed=0.1, borrows=0.5)
    facts = {"kinds": draw_kinds(offer, 2_000, seed=2), "offer": offer, "start": START, "seed": 4}
    half = np.arange(2_000) % 2 == 0
    all_told, half_told, none_told = (
        margin_between(respond(orders, ids, treated=treated, **facts), ids, START, END)
        for treated in (np.ones(2_000, bool), half, np.zeros(2_000, bool))
    )
    assert half_told == pytest.approx(np.where(half, all_told, none_told))


def test_what_is_borrowed_comes_back_in_the_window_and_is_missed_afterwards():
    orders, ids = shop()
    offer = Offer(persuadable=1.0, sure=0.0, borrows=1.0, discount=0.0)
    facts = {"kinds": np.zeros(len(ids), int), "offer": offer, "start": START, "seed": 4}
    with_it, without = (
        respond(orders, ids, treated=np.full(len(ids), treated), **facts)
        for treated in (True, False)
    )
    first, later = (
        (margin_between(with_it, ids, *days) - margin_between(without, ids, *days)).sum()
        for days in ((START, WINDOW_ENDS), (WINDOW_ENDS, END))
    )
    assert first > 1000
    assert later == pytest.approx(-first)


def test_refuses_offers_and_customers_that_cannot_be():
    with pytest.raises(ValueError, match="add up to 1"):
        Offer(persuadable=0.7, sure=0.4)
    with pytest.raises(ValueError, match="one day or more"):
        Offer(persuadable=0.1, window=0)
    with pytest.raises(ValueError, match="a row for each"):
        Offer(persuadable=0.1, tilts=((1.0,),))
    with pytest.raises(ValueError, match="needs the features"):
        draw_kinds(Offer(persuadable=0.1, tilts=((1.0,),) * 4), 5, seed=1)
    with pytest.raises(ValueError, match="ascending"):
        respond(ORDERS, [2, 1], treated=np.ones(2, bool), kinds=np.zeros(2, int),
                offer=Offer(persuadable=0.1), start=START, seed=1)  # fmt: skip
