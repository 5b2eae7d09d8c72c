"""Refunds: where loyalty programmes lose or make points."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cast import buy
from loyalty.codes_cast import a_card_set, a_set
from loyalty.till import basket, give
from stamgast.customers.errors import KeyReused
from stamgast.loyalty import errors
from stamgast.loyalty.actions import (
    ReturnedLine,
    add_rule,
    change_rule,
    commit_checkout,
    earn_points,
    hold_checkout,
    leave_programme,
    record_purchase,
    release_checkout,
    remove_rule,
    return_order,
    set_programme,
)
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.balances import Balance, balance_of
from stamgast.loyalty.codes.actions import issue_gift_card
from stamgast.loyalty.codes.errors import CodeNotApplied
from stamgast.loyalty.models import Checkout, EarningRule, Member
from stamgast.loyalty.replay import verify
from stamgast.sales.actions import cancel_order

Buy = Callable[..., Checkout]


def standing(now: Balance) -> tuple[int, int, int]:
    """Return what a member has, waits for and owes."""
    return now.available, now.pending, now.owed


def back(ref: str, return_ref: str, at: datetime, **pieces: int) -> None:
    """Send pieces back: `S_1=2` is two of S-1."""
    lines = [ReturnedLine(sku.replace("_", "-"), Decimal(n)) for sku, n in pieces.items()]
    return_order(ref, return_ref=return_ref, lines=lines or None, at=at)


def test_points_of_a_refunded_order_are_taken_back(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Buy, refund, keep the points."""
    buy_for(member, "R", 100)
    back("R", "B", at)
    assert standing(balance_of(member, as_of=at + timedelta(days=99))) == (0, 0, 0)


def test_buying_and_refunding_over_and_over_makes_no_points(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Buy, refund, repeat: unlimited points."""
    give(member, 50, at=at)
    for number in range(20):
        buy_for(member, f"R-{number}", 100, points=50)
        back(f"R-{number}", "B", at)
    assert standing(balance_of(member, as_of=at)) == (50, 0, 0)


def test_a_refund_does_not_charge_the_spent_points_again(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """The refund charges the spent points a second time."""
    give(member, 300, at=at)
    buy_for(member, "R", 100, points=300)
    back("R", "B", at)
    assert balance_of(member, as_of=at).available == 300


def test_a_partial_refund_gives_spent_points_back_in_part(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """A partial refund charges the spent points a second time."""
    give(member, 300, at=at)
    buy_for(member, "R", 75, 25, points=300)
    back("R", "B", at, S_2=1)
    assert balance_of(member, as_of=at).available == 75


def test_a_partial_return_and_then_calling_off_take_back_once(member: Member, at: datetime) -> None:
    """A wrong balance after a mix of refund and cancellation."""
    order = buy(member.customer, "1001", on=at, names=["Cup", "Coffee"], price="60.50")
    follow_order(order, at=at)
    sku = order.lines.get(position=1).product.sku  # type: ignore[union-attr]
    return_order("1001", return_ref="B", lines=[ReturnedLine(sku, Decimal(1))], at=at)
    follow_order(cancel_order(order, at=at), at=at)
    follow_order(cancel_order(order, at=at), at=at)
    assert standing(balance_of(member, as_of=at)) == (0, 0, 0)


def test_a_released_purchase_cannot_be_refunded_into_points(member: Member, at: datetime) -> None:
    """A refund of what was never paid gives points back twice."""
    give(member, 100, at=at)
    hold_checkout(basket("R", 10), member, points=100, at=at)
    release_checkout("R", at=at)
    with pytest.raises(errors.CheckoutClosed):
        back("R", "B", at)
    assert balance_of(member, as_of=at).available == 100


def test_a_refund_takes_back_by_the_rule_of_the_purchase(
    member: Member, per_euro: EarningRule, at: datetime, buy_for: Buy
) -> None:
    """The clawback uses today's rule."""
    buy_for(member, "R", 100)
    change_rule(per_euro, at=at, by="test", points=7)
    back("R", "B", at)
    assert standing(balance_of(member, as_of=at)) == (0, 0, 0)


def test_a_refund_takes_back_when_the_rule_is_gone(
    member: Member, per_euro: EarningRule, at: datetime, buy_for: Buy
) -> None:
    """No clawback when the rule was deleted."""
    buy_for(member, "R", 100)
    remove_rule(per_euro, at=at, by="test")
    back("R", "B", at)
    assert standing(balance_of(member, as_of=at)) == (0, 0, 0)


def test_a_rule_removed_while_a_hold_is_open_earns_nothing_and_spends_all(
    member: Member, per_euro: EarningRule, at: datetime
) -> None:
    """A purchase under way breaks when its rule is deleted."""
    give(member, 100, at=at)
    hold_checkout(basket("R", 10), member, points=100, at=at)
    remove_rule(per_euro, at=at, by="test")
    done = commit_checkout("R", at=at)
    assert (done.spent, done.earned) == (100, 0)


def test_a_second_partial_return_counts(member: Member, at: datetime, buy_for: Buy) -> None:
    """One clawback per purchase: the second partial return is ignored."""
    buy_for(member, "R", 60, 40)
    back("R", "B-1", at, S_1=1)
    back("R", "B-2", at, S_2=1)
    assert balance_of(member, as_of=at).pending == 0


def test_thirds_of_a_purchase_come_back_to_exactly_nothing(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Rounding each partial return leaves a point behind, or takes one too many."""
    give(member, 100, at=at)
    buy_for(member, "R", (10, 3), points=100)
    for number in range(3):
        back("R", f"B-{number}", at, S_1=1)
    assert standing(balance_of(member, as_of=at)) == (100, 0, 0)


def test_returns_in_any_order_end_alike(member: Member, at: datetime, buy_for: Buy) -> None:
    """The outcome depends on the order in which returns arrive."""
    add_rule(at=at, by="test", name="Triple", kind="multiplier", factor=3, sku="S-2")
    give(member, 97, at=at)
    ends = set()
    for number, order in enumerate(itertools.permutations(["S_1", "S_2", "S_3"])):
        ref = f"R-{number}"
        buy_for(member, ref, 13.37, 7.77, 3.33, points=97)
        for place, sku in enumerate(order):
            back(ref, f"B-{place}", at, **{sku: 1})
        ends.add(standing(balance_of(member, as_of=at)))
    assert ends == {(97, 0, 0)}


def test_a_return_told_twice_is_one_return(member: Member, at: datetime, buy_for: Buy) -> None:
    """A retried refund takes back twice."""
    buy_for(member, "R", 60, 40)
    back("R", "B", at, S_1=1)
    back("R", "B", at, S_1=1)
    assert balance_of(member, as_of=at).pending == 40


def test_a_return_reference_with_other_pieces_is_refused(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """A reused reference silently returns the wrong thing."""
    buy_for(member, "R", 60, 40)
    back("R", "B", at, S_1=1)
    with pytest.raises(KeyReused):
        back("R", "B", at, S_2=1)
    assert balance_of(member, as_of=at).pending == 40


def test_more_than_was_bought_does_not_come_back(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """A return of more than was bought."""
    buy_for(member, "R", (60, 2))
    with pytest.raises(errors.ReturnTooLarge) as refused:
        back("R", "B", at, S_1=3)
    assert refused.value.facts["left"] == "2"
    assert balance_of(member, as_of=at).pending == 60


def test_a_return_before_its_order_is_refused(member: Member, at: datetime) -> None:
    """A return that arrives before its order."""
    with pytest.raises(errors.NoSuchCheckout):
        back("R", "B", at)


def test_store_credit_takes_back_as_money_does(member: Member, at: datetime, buy_for: Buy) -> None:
    """Store-credit returns do not claw back."""
    buy_for(member, "R", 60, 40)
    return_order("R", return_ref="credit", amount_minor=2500, at=at)
    assert balance_of(member, as_of=at).pending == 75


def test_points_are_given_back_though_shipping_is_not_refunded(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Nothing is given back unless shipping is refunded too."""
    give(member, 100, at=at)
    buy_for(member, "R", 45, 5, points=100)  # the second line is the shipping
    back("R", "B", at, S_1=1)
    assert balance_of(member, as_of=at).available == 90


def test_a_gift_card_is_filled_again_though_shipping_is_not_refunded(
    member: Member, at: datetime
) -> None:
    """A voucher is not refunded unless shipping is refunded too."""
    card = issue_gift_card(a_card_set(at), amount_minor=5000, at=at, key="sale")
    bought = replace(basket("R", 40), codes=[card.text], shipping_minor=1000)
    record_purchase(bought, member, at=at)
    back("R", "B", at, S_1=1)
    card.refresh_from_db()
    assert card.balance_minor is not None
    assert card.balance_minor >= 4000


def test_a_code_for_once_each_is_not_free_again_after_a_refund(
    member: Member, at: datetime
) -> None:
    """Buy, refund, repeat: a code for each customer once is used for ever."""
    a_set(at, "ONCE", uses_per_customer=1)
    record_purchase(replace(basket("R-1", 40), codes=["ONCE"]), member, at=at)
    back("R-1", "B", at)
    with pytest.raises(CodeNotApplied):
        hold_checkout(replace(basket("R-2", 40), codes=["ONCE"]), member, at=at)


def test_an_order_emptied_after_its_buyer_left_takes_its_points_back(
    member: Member, at: datetime
) -> None:
    """An order is changed after its buyer left the programme, and keeps what it earned."""
    both = ["Cup", "Coffee"]
    follow_order(buy(member.customer, "1001", on=at, names=both, price="60.50"), at=at)
    leave_programme(member, at=at)
    for names, price, left in ((both, "50.00", 100), (["Cup"], "50.00", 50), (both, "99.00", 50)):
        follow_order(buy(member.customer, "1001", on=at, names=names, price=price), at=at)
        assert standing(balance_of(member, as_of=at)) == (0, left, 0)


def test_spent_points_return_to_the_dates_on_which_they_end(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """A refund renews the life of spent points."""
    give(member, 60, at=at, key="a")
    late = at + timedelta(days=200)
    give(member, 60, at=late, key="b")
    before = balance_of(member, as_of=late).expiring
    buy_for(member, "R", 100, points=100, at=late)
    back("R", "B", late)
    assert balance_of(member, as_of=late).expiring == before


def test_points_given_back_after_their_end_are_good_for_a_while(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Points given back after their end are lost."""
    give(member, 100, at=at)
    buy_for(member, "R", 10, points=100)
    late = at + timedelta(days=900)
    back("R", "B", late)
    assert balance_of(member, as_of=late + timedelta(days=29)).available == 100
    assert balance_of(member, as_of=late + timedelta(days=30)).available == 0


def test_a_grace_is_given_once_however_often_points_are_spent_and_returned(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Who buys and returns again and again keeps points for ever."""
    give(member, 100, at=at)
    buy_for(member, "R", 10, points=100)
    late = at + timedelta(days=900)
    back("R", "B", late)
    within = late + timedelta(days=29)
    buy_for(member, "S", 10, points=100, at=within)
    assert balance_of(member, as_of=within).available == 0
    back("S", "B", within)  # still within the grace: the same end
    assert balance_of(member, as_of=within).available == 100
    buy_for(member, "T", 10, points=100, at=within)
    over = late + timedelta(days=31)
    back("T", "B", over)
    assert balance_of(member, as_of=over).available == 0
    assert verify().differences == {}


def test_two_purchases_of_one_lot_each_have_their_grace(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """The first return uses up the grace of all others."""
    give(member, 100, at=at)
    buy_for(member, "R", 10, points=50)
    buy_for(member, "S", 10, points=50)
    late = at + timedelta(days=900)
    back("R", "B", late)
    later = late + timedelta(days=40)
    back("S", "B", later)
    assert balance_of(member, as_of=later + timedelta(days=29)).available == 50


def test_points_spent_before_the_refund_become_a_debt(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """The balance goes below zero, or the points are never taken back."""
    buy_for(member, "R", 100)
    late = at + timedelta(days=15)
    buy_for(member, "S", 1, points=100, at=late)
    back("R", "B", late)
    assert standing(balance_of(member, as_of=late)) == (0, 0, 100)


def test_a_debt_is_absorbed_once(member: Member, at: datetime, buy_for: Buy) -> None:
    """A debt is taken off twice, or forgotten."""
    test_points_spent_before_the_refund_become_a_debt(member, at, buy_for)
    late = at + timedelta(days=15)
    give(member, 70, at=late, key="c")
    give(member, 70, at=late, key="d")
    assert standing(balance_of(member, as_of=late)) == (40, 0, 0)


def test_a_debt_is_borne_by_the_shop_where_it_says_so(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """What a negative balance means is not up to the shop."""
    set_programme(at=at, by="test", owed="forgive")
    test_points_spent_before_the_refund_become_a_debt(member, at, buy_for)
    late = at + timedelta(days=15)
    give(member, 70, at=late, key="c")
    assert standing(balance_of(member, as_of=late)) == (70, 0, 0)


def test_a_refund_of_points_that_ended_takes_no_others(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """The clawback of expired points eats points of other purchases."""
    buy_for(member, "R", 100)
    late = at + timedelta(days=900)
    give(member, 80, at=late)
    back("R", "B", late)
    assert standing(balance_of(member, as_of=late)) == (80, 0, 0)


def test_pending_points_of_a_returned_purchase_never_become_available(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """Pending points activate after their order was refunded."""
    buy_for(member, "R", 100)
    earn_points(member, 10, at=at, key="e")
    back("R", "B", at)
    assert standing(balance_of(member, as_of=at + timedelta(days=14))) == (10, 0, 0)


def test_points_for_a_tier_come_back_as_well(member: Member, at: datetime, buy_for: Buy) -> None:
    """A refunded order still lifts a tier."""
    buy_for(member, "R", 60, 40)
    back("R", "B", at, S_2=1)
    assert balance_of(member, as_of=at).qualifying == 60


def test_a_purchase_with_other_facts_under_its_reference_is_refused(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """The same order sent again with other amounts earns again."""
    buy_for(member, "R", 100)
    with pytest.raises(KeyReused):
        record_purchase(basket("R", 200), member, at=at)
    assert balance_of(member, as_of=at).pending == 100
