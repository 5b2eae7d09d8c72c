"""Purchases at the till, and what comes back of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from loyalty.till import basket, give
from stamgast.customers.errors import KeyReused
from stamgast.loyalty import errors
from stamgast.loyalty.actions import (
    ReturnedLine,
    add_rule,
    change_rule,
    commit_checkout,
    hold_checkout,
    quote,
    record_purchase,
    release_checkout,
    remove_rule,
    return_order,
    set_programme,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Checkout, EarningRule, Entry, Member

SOON = timedelta(minutes=30)
Buy = Callable[..., Checkout]


def _one(sku: str, pieces: int = 1) -> list[ReturnedLine]:
    return [ReturnedLine(sku, Decimal(pieces))]


def test_a_quote_writes_nothing(member: Member, at: datetime) -> None:
    give(member, 500, at=at)
    told = quote(basket("R-1", 30, 20), member, at=at, points=800)
    assert (told.available, told.spend, told.spend_minor, told.earns) == (500, 500, 500, 45)
    assert (told.total_minor, told.to_pay_minor) == (5000, 4500)
    assert told.available_at == at + timedelta(days=14)
    assert not Checkout.objects.exists()


def test_a_purchase_is_held_and_committed_once(member: Member, at: datetime) -> None:
    give(member, 500, at=at)
    hold_checkout(basket("R-1", 100), member, points=200, at=at)
    held = balance_of(member, as_of=at)
    assert (held.available, held.reserved) == (300, 200)
    done = commit_checkout("R-1", at=at + SOON / 2)
    assert (done.spent, done.earned, done.to_pay_minor) == (200, 98, 9800)
    again = commit_checkout("R-1", at=at + SOON * 9)
    assert again.earning_id == done.earning_id
    now = balance_of(member, as_of=at + SOON)
    assert (now.available, now.reserved, now.pending) == (300, 0, 98)
    with pytest.raises(KeyReused):
        commit_checkout("R-1", at=at, points=50)
    with pytest.raises(errors.CheckoutClosed):
        release_checkout("R-1", at=at)


def test_holding_again_takes_the_place_of_what_was_held(member: Member, at: datetime) -> None:
    give(member, 500, at=at)
    _, is_new = hold_checkout(basket("R-1", 100), member, points=200, at=at)
    assert is_new
    same, is_new = hold_checkout(basket("R-1", 100), member, points=200, at=at)
    assert not is_new
    other, _ = hold_checkout(basket("R-1", 120), member, points=450, at=at)
    assert (same.pk, same.hold_id) == (other.pk, (other.hold_id or 0) - 1)
    now = balance_of(member, as_of=at)
    assert (now.available, now.reserved) == (50, 450)
    with pytest.raises(errors.NotEnoughPoints):
        hold_checkout(basket("R-1", 120), member, points=501, at=at)
    assert balance_of(member, as_of=at).reserved == 450


def test_a_quote_tells_how_many_points_can_be_used(member: Member, at: datetime) -> None:
    give(member, 100_000, at=at)
    told = quote(basket("R-1", 10), member, at=at, points=100_000)
    assert (told.available, told.usable, told.spend) == (100_000, 1000, 1000)
    assert (told.spend_minor, told.to_pay_minor, told.earns) == (1000, 0, 0)


def test_no_more_points_are_spent_than_a_purchase_comes_to(member: Member, at: datetime) -> None:
    give(member, 100_000, at=at)
    with_shipping = replace(basket("R-1", 10), shipping_minor=500)
    for act in (hold_checkout, record_purchase):
        with pytest.raises(errors.PointsAboveTotal) as refused:
            act(with_shipping, member, points=1501, at=at)
        assert refused.value.facts == {"most": 1500}
    assert balance_of(member, as_of=at).available == 100_000
    hold_checkout(with_shipping, member, points=1500, at=at)
    done = commit_checkout("R-1", at=at)
    assert (done.spent, done.earned, done.to_pay_minor) == (1500, 0, 0)


def test_points_of_half_a_cent_or_of_a_euro_pay_the_whole(member: Member, at: datetime) -> None:
    give(member, 5000, at=at)
    for value, usable in (("0.5", 1998), ("100", 10)):
        set_programme(at=at, by="test", point_value=value)
        told = quote(basket("R-1", 9.99), member, at=at, points=5000)
        assert (told.usable, told.spend_minor, told.to_pay_minor) == (usable, 999, 0)


def test_shipping_is_paid_but_earns_nothing(member: Member, at: datetime) -> None:
    done, _ = record_purchase(replace(basket("R-1", 50), shipping_minor=495), member, at=at)
    assert (done.total_minor, done.to_pay_minor, done.earned) == (5495, 5495, 50)
    assert return_order("R-1", return_ref="B", lines=_one("S-1"), at=at).taken_back == 50


def test_fewer_points_in_the_end_earn_more(member: Member, at: datetime) -> None:
    give(member, 5000, at=at)
    hold_checkout(basket("R-1", 100), member, points=5000, at=at)
    assert commit_checkout("R-1", at=at, points=1000).earned == 90


def test_a_hold_that_lapsed_is_not_committed_but_may_be_held_again(
    member: Member, at: datetime
) -> None:
    give(member, 500, at=at)
    hold_checkout(basket("R-1", 100), member, points=200, at=at)
    with pytest.raises(errors.HoldLapsed):
        commit_checkout("R-1", at=at + SOON)
    hold_checkout(basket("R-1", 100), member, points=200, at=at + SOON)
    assert commit_checkout("R-1", at=at + SOON).spent == 200


def test_what_is_released_is_free_and_not_committed(member: Member, at: datetime) -> None:
    give(member, 500, at=at)
    hold_checkout(basket("R-1", 100), member, points=200, at=at)
    release_checkout("R-1", at=at)
    release_checkout("R-1", at=at)
    assert balance_of(member, as_of=at).available == 500
    with pytest.raises(errors.CheckoutClosed):
        commit_checkout("R-1", at=at)
    with pytest.raises(errors.NoSuchCheckout):
        release_checkout("R-2", at=at)


def test_fewer_points_than_held_may_be_spent(member: Member, at: datetime) -> None:
    give(member, 500, at=at)
    hold_checkout(basket("R-1", 100), member, points=200, at=at)
    with pytest.raises(errors.MoreThanHeld):
        commit_checkout("R-1", at=at, points=201)
    assert commit_checkout("R-1", at=at, points=50).spent == 50
    assert balance_of(member, as_of=at).available == 450


def test_an_order_told_twice_earns_once(member: Member, at: datetime, buy_for: Buy) -> None:
    first = buy_for(member, "R-1", 100)
    assert buy_for(member, "R-1", 100).pk == first.pk
    with pytest.raises(KeyReused):
        buy_for(member, "R-1", 101)
    assert balance_of(member, as_of=at).pending == 100


def test_an_order_from_before_the_start_earns_nothing(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    assert buy_for(member, "R-1", 100, ordered_at=at - timedelta(days=401)).earned == 0


@pytest.mark.parametrize(
    ("amounts", "field"),
    [((-1.0,), "amount"), ((1e12,), "amount"), ((), "lines"), (((1.0, 0),), "quantity")],
)
def test_refuses_a_basket_that_cannot_be(
    member: Member, at: datetime, amounts: tuple[float, ...], field: str
) -> None:
    with pytest.raises(errors.BadCheckout) as refused:
        record_purchase(basket("R-1", *amounts), member, at=at)
    assert refused.value.facts["field"] == field


def test_refuses_another_currency(member: Member, at: datetime) -> None:
    with pytest.raises(errors.OtherCurrency):
        record_purchase(basket("R-1", 10, currency="USD"), member, at=at)


def test_a_return_takes_back_what_was_earned_and_gives_back_what_was_spent(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    give(member, 500, at=at)
    buy_for(member, "R-1", 60, 40, points=100)
    half = return_order("R-1", return_ref="B-1", lines=_one("S-1"), at=at)
    assert (half.given_back, half.taken_back) == (60, 59)
    rest = return_order("R-1", return_ref="B-2", lines=_one("S-2"), at=at)
    assert (rest.given_back, rest.taken_back) == (40, 40)
    now = balance_of(member, as_of=at)
    assert (now.available, now.pending, now.qualifying) == (500, 0, 0)
    again = return_order("R-1", return_ref="B-2", lines=_one("S-2"), at=at)
    assert again.pk == rest.pk
    with pytest.raises(KeyReused):
        return_order("R-1", return_ref="B-2", lines=_one("S-1"), at=at)
    with pytest.raises(errors.ReturnTooLarge):
        return_order("R-1", return_ref="B-3", lines=_one("S-2"), at=at)


def test_a_return_follows_the_rule_of_then(
    member: Member, per_euro: EarningRule, at: datetime, buy_for: Buy
) -> None:
    buy_for(member, "R-1", 100)
    change_rule(per_euro, at=at, by="test", points=10)
    buy_for(member, "R-2", 100)
    remove_rule(per_euro, at=at, by="test")
    assert return_order("R-1", return_ref="B", at=at).taken_back == 100
    assert return_order("R-2", return_ref="B", at=at).taken_back == 1000
    assert buy_for(member, "R-3", 100).earned == 0


def test_a_return_of_points_that_were_spent_leaves_a_debt(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    buy_for(member, "R-1", 100)
    later = at + timedelta(days=20)
    buy_for(member, "R-2", 10, points=100, at=later)
    return_order("R-1", return_ref="B", at=later)
    now = balance_of(member, as_of=later)
    assert (now.available, now.owed, now.pending) == (0, 100, 9)
    after = balance_of(member, as_of=later + timedelta(days=14))
    assert (after.available, after.owed) == (0, 91)


def test_points_given_back_after_their_end_are_good_for_some_days(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    give(member, 100, at=at)
    buy_for(member, "R-1", 50, points=100)
    ended = at + timedelta(days=800)
    return_order("R-1", return_ref="B", at=ended)
    now = balance_of(member, as_of=ended)
    assert now.available == 100
    assert now.expiring[0].at == ended + timedelta(days=30)
    assert balance_of(member, as_of=ended + timedelta(days=30)).available == 0


def test_refuses_a_return_before_its_order_and_of_what_is_only_held(
    member: Member, at: datetime
) -> None:
    with pytest.raises(errors.NoSuchCheckout):
        return_order("R-1", return_ref="B", at=at)
    hold_checkout(basket("R-1", 100), member, at=at)
    with pytest.raises(errors.CheckoutClosed):
        return_order("R-1", return_ref="B", at=at)


def test_an_amount_of_the_whole_comes_back_and_no_more_than_was_paid(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    buy_for(member, "R-1", 60, 40)
    return_order("R-1", return_ref="A", lines=_one("S-1"), at=at)
    with pytest.raises(errors.ReturnTooLarge):
        return_order("R-1", return_ref="B", amount_minor=4001, at=at)
    assert return_order("R-1", return_ref="B", amount_minor=4000, at=at).taken_back == 40
    assert balance_of(member, as_of=at).pending == 0


def test_pieces_come_back_also_when_an_amount_was_paid_back_before(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    buy_for(member, "R-1", 60, 40)
    return_order("R-1", return_ref="A", amount_minor=5000, at=at)
    assert return_order("R-1", return_ref="B", lines=_one("S-2"), at=at).taken_back == 40
    assert return_order("R-1", return_ref="C", lines=_one("S-1"), at=at).taken_back == 10
    with pytest.raises(errors.ReturnTooLarge):
        return_order("R-1", return_ref="D", amount_minor=1, at=at)
    assert balance_of(member, as_of=at).pending == 0


def test_multipliers_and_points_per_order_come_back_with_their_lines(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    add_rule(at=at, by="test", name="Double", kind="multiplier", factor=2, sku="S-1")
    add_rule(at=at, by="test", name="Order", kind="per_order", points=10)
    done = buy_for(member, "R-1", 60, 40)
    assert done.earned == 60 * 2 + 40 + 10
    assert return_order("R-1", return_ref="A", lines=_one("S-1"), at=at).taken_back == 126
    assert return_order("R-1", return_ref="B", lines=_one("S-2"), at=at).taken_back == 44
    assert Entry.objects.filter(kind="return").count() == 2
