"""Codes in purchases: they are held, used and given back with the points, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from loyalty.codes_cast import a_card_set, a_set
from loyalty.till import basket, give
from stamgast.loyalty.actions import (
    Effect,
    ReturnedLine,
    commit_checkout,
    hold_checkout,
    quote,
    record_purchase,
    release_checkout,
    return_order,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import issue_gift_card
from stamgast.loyalty.codes.errors import CodeNotApplied
from stamgast.loyalty.models import Checkout, CodeUse, DiscountCode, Hold, Member
from stamgast.privacy.actions import erase_person

pytestmark = pytest.mark.django_db


def test_a_quote_tells_what_each_code_does(member: Member, at: datetime) -> None:
    a_set(at, "TEN")
    told = quote(replace(basket("R-1", 50.0), codes=["TEN", "NOPE"]), member, at=at)
    assert [(e.name, e.status, e.reason, e.discount_minor) for e in told.effects] == [
        ("TEN", "applicable", "", 500),
        ("NOPE", "inapplicable", "unknown_code", 0),
    ]


def test_codes_and_points_are_taken_off_before_a_purchase_earns(
    member: Member, at: datetime
) -> None:
    give(member, 5000, at=at)
    a_set(at, "TEN")
    bought = replace(basket("R-1", 100.0), codes=["TEN"])
    told = quote(bought, member, at=at, points=5000)
    assert (told.total_minor, told.spend_minor, told.to_pay_minor) == (10_000, 5000, 4000)
    hold_checkout(bought, member, at=at, points=5000)
    held = commit_checkout("R-1", at=at)
    give(member, 5000, at=at, key="again")
    once, _ = record_purchase(replace(bought, ref="R-2"), member, at=at, points=5000)
    for done in (held, once):
        assert (done.spent, done.earned, done.to_pay_minor) == (5000, 40, 4000)
        assert done.effects[0]["discount_minor"] == 1000
    assert told.earns == 40


def test_a_gift_card_pays_what_points_leave_and_earns(member: Member, at: datetime) -> None:
    give(member, 5000, at=at)
    card = issue_gift_card(a_card_set(at), amount_minor=10_000, at=at, key="sale")
    bought = replace(basket("R-1", 60.0), codes=[card.text], shipping_minor=500)
    hold_checkout(bought, member, at=at, points=2000)
    done = commit_checkout("R-1", at=at)
    assert (done.spent, done.earned, done.to_pay_minor) == (2000, 40, 0)
    assert DiscountCode.objects.get().balance_minor == 10_000 - 4500


def test_free_delivery_takes_off_the_shipping(member: Member, at: datetime) -> None:
    a_set(at, "SHIP", kind="free_shipping", percent=None, uses_per_code=1)
    bought = replace(basket("R-1", 50.0), codes=["SHIP"], shipping_minor=495)
    told = quote(bought, member, at=at)
    assert (told.effects[0].discount_minor, told.to_pay_minor, told.earns) == (495, 5000, 50)
    hold_checkout(bought, member, at=at)
    assert commit_checkout("R-1", at=at).to_pay_minor == 5000
    assert CodeUse.objects.get().amount_minor == 495
    none = quote(replace(basket("R-2", 50.0), codes=["SHIP"]), member, at=at)
    assert none.effects[0].reason == "used_up"


def test_a_code_that_makes_an_order_free_is_used_up(member: Member, at: datetime) -> None:
    a_set(at, "TENNER", kind="amount", percent=None, amount_minor=1000, uses_per_code=1)
    done, _ = record_purchase(replace(basket("R-1", 10.0), codes=["TENNER"]), member, at=at)
    assert (done.earned, done.to_pay_minor) == (0, 0)
    assert (CodeUse.objects.get().state, CodeUse.objects.get().amount_minor) == ("used", 1000)


def test_a_code_for_one_line_stays_with_that_line_when_it_comes_back(
    member: Member, at: datetime
) -> None:
    give(member, 1000, at=at)
    a_set(at, "HALF", percent=Decimal(50), skus=["S-1"])
    bought = replace(basket("R-1", 100.0, 50.0), codes=["HALF"])
    record_purchase(bought, member, at=at, points=1000)
    back = return_order("R-1", return_ref="B-1", lines=[ReturnedLine("S-1", Decimal(1))], at=at)
    assert (back.given_back, back.taken_back) == (500, 45)  # 50 of the 100 euros were for it
    rest = return_order("R-1", return_ref="B-2", amount_minor=5000, at=at)
    assert (rest.given_back, rest.taken_back) == (500, 45)
    assert CodeUse.objects.get().back_minor == 5000


def test_a_card_is_held_used_and_filled_again_by_returns_in_any_parts(
    member: Member, at: datetime
) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=10_000, at=at, key="sale")
    bought = replace(basket("R-1", (60.0, 3)), codes=[card.text])
    hold_checkout(bought, member, at=at)
    assert DiscountCode.objects.get().balance_minor == 4000
    commit_checkout("R-1", at=at)
    for n in range(3):
        back = [ReturnedLine("S-1", Decimal(1))]
        return_order("R-1", return_ref=f"B-{n}", lines=back, at=at + timedelta(days=n))
        assert DiscountCode.objects.get().balance_minor == 4000 + 2000 * (n + 1)


def test_a_code_that_does_not_apply_undoes_the_whole_hold(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    a_set(at, "BIG", least_order_minor=99_999)
    with pytest.raises(CodeNotApplied):
        hold_checkout(replace(basket("R-1", 50.0), codes=["BIG"]), member, at=at, points=100)
    assert not Hold.objects.exists()
    assert balance_of(member, as_of=at).available == 100


def test_released_purchases_free_their_codes(member: Member, at: datetime) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    hold_checkout(replace(basket("R-1", 50.0), codes=["ONCE"]), member, at=at)
    release_checkout("R-1", at=at)
    assert CodeUse.objects.get().state == "released"
    hold_checkout(replace(basket("R-2", 50.0), codes=["ONCE"]), member, at=at)


def test_an_order_that_never_was_held_uses_its_codes_at_once(at: datetime, member: Member) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    bought = replace(basket("R-1", 50.0), codes=["ONCE"])
    record_purchase(bought, member, at=at)
    record_purchase(bought, member, at=at)
    assert CodeUse.objects.get().state == "used"


def test_an_order_that_was_paid_earns_whatever_its_codes_do(member: Member, at: datetime) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    record_purchase(replace(basket("R-1", 50.0), codes=["ONCE"]), member, at=at)
    again = replace(basket("R-2", 50.0), codes=["ONCE", "BLACKFRIDAY"])
    checkout, _ = record_purchase(again, member, at=at)
    assert checkout.earned == 50
    assert [(e["name"], e["status"], e["reason"]) for e in checkout.effects] == [
        ("ONCE", "inapplicable", "used_up"),
        ("BLACKFRIDAY", "inapplicable", "unknown_code"),
    ]


def test_effects_keep_their_facts_when_they_are_read_again(member: Member, at: datetime) -> None:
    a_set(at, "BIG", least_order_minor=10_000)
    a_set(at, "OLD", ends_at=at)
    done, _ = record_purchase(replace(basket("R-1", 50.0), codes=["BIG", "OLD"]), member, at=at)
    big, old = map(Effect.of, done.effects)
    assert (big.reason, big.facts["missing"], big.factor) == ("below_minimum", 5000, 1)
    assert old.facts == {"until": at.isoformat()}


@pytest.mark.parametrize(
    ("is_committed", "end", "left", "state"),
    [
        (False, commit_checkout, 4000, "used"),
        (False, release_checkout, 10_000, "released"),
        (True, partial(return_order, return_ref="B"), 10_000, "used"),
    ],
    ids=["committed", "released", "returned"],
)
def test_a_card_pays_and_is_filled_again_though_its_buyer_was_erased_meanwhile(
    member: Member,
    at: datetime,
    is_committed: bool,
    end: Callable[..., object],
    left: int,
    state: str,
) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=10_000, at=at, key="sale")
    hold_checkout(replace(basket("R-1", 60.0), codes=[card.text]), member, at=at)
    if is_committed:
        commit_checkout("R-1", at=at)
    erase_person(member.customer, at=at, by=None)
    end("R-1", at=at)
    assert DiscountCode.objects.get().balance_minor == left
    assert CodeUse.objects.get().state == state
    assert Checkout.objects.get().to_pay_minor == 0
