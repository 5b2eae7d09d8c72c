"""Races: the same points wanted by many in the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from loyalty.at_once import at_once
from loyalty.codes_cast import a_card_set, a_set
from loyalty.till import basket, give
from stamgast.loyalty.actions import (
    ReturnedLine,
    commit_checkout,
    commit_hold,
    earn_points,
    hold_checkout,
    hold_points,
    record_purchase,
    release_hold,
    return_order,
    reverse_entry,
    spend_points,
    transfer_points,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import issue_gift_card
from stamgast.loyalty.models import Checkout, CodeUse, Entry, Member
from stamgast.loyalty.replay import verify
from stamgast.loyalty.rewards.actions import claim_reward, make_reward

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def db(transactional_db: None) -> None:
    """Let what threads write be seen by all of them."""


def test_the_last_points_are_spent_by_one_of_sixteen(member: Member, at: datetime) -> None:
    """Read, check, save: the same balance is spent several times."""
    give(member, 100, at=at)
    results = at_once(lambda n: spend_points(member, 100, at=at, key=f"s{n}").is_new)
    assert Counter(results) == {True: 1, "not_enough_points": 15}
    assert verify().is_in_balance


def test_sixteen_small_spendings_add_up(member: Member, at: datetime) -> None:
    """Updates get lost when many write at once."""
    give(member, 100, at=at)
    at_once(lambda n: spend_points(member, 5, at=at, key=f"s{n}"))
    assert balance_of(member, as_of=at).available == 20
    assert verify().is_in_balance


def test_the_same_request_sixteen_times_is_one_entry(member: Member, at: datetime) -> None:
    """A retry duplicates an event or a claim."""
    results = at_once(lambda n: earn_points(member, 100, at=at, key="same").entry)
    assert len(set(results)) == 1
    assert Entry.objects.count() == 1


def test_one_key_for_many_members_is_one_entry(member: Member, other: Member, at: datetime) -> None:
    """A key that two members send at once applies twice."""
    both = (member, other)
    results = at_once(lambda n: earn_points(both[n % 2], 100, at=at, key="same").is_new)
    assert Entry.objects.count() == 1
    assert Counter(results)["key_reused"] == 8
    assert not [one for one in results if isinstance(one, Exception)]


def test_a_hold_is_committed_by_one_of_sixteen(member: Member, at: datetime) -> None:
    """A voucher or hold is redeemed n times in parallel."""
    give(member, 100, at=at)
    hold = hold_points(member, 100, at=at, key="h", until=at + timedelta(hours=1)).made or 0
    results = at_once(lambda n: commit_hold(hold, at=at, key=f"c{n}").is_new)
    assert Counter(results) == {True: 1, "hold_closed": 15}


def test_a_hold_is_committed_or_released_and_not_both(member: Member, at: datetime) -> None:
    """A hold is posted and voided at once."""
    give(member, 100, at=at)
    hold = hold_points(member, 100, at=at, key="h", until=at + timedelta(hours=1)).made or 0

    def act(number: int) -> str:
        if number % 2:
            return str(commit_hold(hold, at=at, key=f"c{number}").is_new)
        return str(release_hold(hold, at=at, key=f"r{number}").is_new)

    assert Counter(at_once(act)) == {"True": 1, "hold_closed": 15}
    assert balance_of(member, as_of=at).available in (0, 100)
    assert verify().is_in_balance


def test_sixteen_tills_hold_no_more_than_there_is(member: Member, at: datetime) -> None:
    """Holds of parallel baskets together pass the balance."""
    give(member, 100, at=at)
    results = at_once(lambda n: hold_checkout(basket(f"R-{n}", 10), member, points=30, at=at)[1])
    assert Counter(results) == {True: 3, "not_enough_points": 13}
    assert balance_of(member, as_of=at).available == 10
    assert Checkout.objects.count() == 3


def test_a_purchase_committed_sixteen_times_earns_once(member: Member, at: datetime) -> None:
    """Orders that arrive twice earn twice."""
    give(member, 100, at=at)
    hold_checkout(basket("R", 50), member, points=100, at=at)
    results = at_once(lambda n: commit_checkout("R", at=at).earning_id)
    assert len(set(results)) == 1
    now = balance_of(member, as_of=at)
    assert (now.available, now.pending) == (0, 49)


def test_an_order_told_sixteen_times_at_once_earns_once(member: Member, at: datetime) -> None:
    """Two workers take the same order."""
    results = at_once(lambda n: record_purchase(basket("R", 50), member, at=at)[1])
    assert Counter(results) == {True: 1, False: 15}
    assert balance_of(member, as_of=at).pending == 50


def test_a_line_comes_back_once_though_sixteen_say_so(member: Member, at: datetime) -> None:
    """Parallel refunds of one line take back several times."""
    record_purchase(basket("R", 60, 40), member, at=at)
    line = [ReturnedLine("S-1", Decimal(1))]
    results = at_once(lambda n: return_order("R", return_ref=f"B{n}", lines=line, at=at).taken_back)
    assert Counter(results) == {60: 1, "return_too_large": 15}
    assert balance_of(member, as_of=at).pending == 40


def test_an_entry_is_undone_once_though_sixteen_ask(member: Member, at: datetime) -> None:
    """A reversal in parallel applies twice."""
    give(member, 100, at=at)
    entry = Entry.objects.get()

    def act(number: int) -> bool:
        key = f"undo{number}"
        return reverse_entry(entry, at=at, by="test", reason="wrong", key=key).is_new

    results = at_once(act)
    assert Counter(results) == {True: 1, "already_reversed": 15}
    assert balance_of(member, as_of=at).available == 0
    assert verify().is_in_balance


def test_members_who_give_each_other_points_do_not_wait_for_ever(
    member: Member, other: Member, at: datetime
) -> None:
    """Transfers both ways deadlock, or make points."""
    give(member, 100, at=at, key="a")
    give(other, 100, at=at, key="b")
    ways: list[Callable[[int], bool]] = [
        lambda n: (
            transfer_points(member, other, 3, at=at, key=f"t{n}", by="t", reason="r")[0].is_new
        ),
        lambda n: (
            transfer_points(other, member, 3, at=at, key=f"t{n}", by="t", reason="r")[0].is_new
        ),
    ]
    assert at_once(lambda n: ways[n % 2](n)) == [True] * 16
    both = [balance_of(one, as_of=at).available for one in (member, other)]
    assert both == [100, 100]
    assert verify().is_in_balance


def test_a_code_for_three_is_used_by_three_of_sixteen(member: Member, at: datetime) -> None:
    """A voucher with a limit is redeemed more often when many come at once."""
    a_set(at, "TEN", uses_per_code=3)
    bought = [replace(basket(f"R-{n}", 10), codes=["TEN"]) for n in range(16)]
    results = at_once(lambda n: record_purchase(bought[n], member, at=at)[0].to_pay_minor)
    assert Counter(results) == {900: 3, 1000: 13}
    assert CodeUse.objects.filter(state="used").count() == 3


def test_a_gift_card_pays_no_more_than_is_on_it_though_sixteen_ask(
    member: Member, at: datetime
) -> None:
    """A gift card goes below zero when it is used in parallel."""
    card = issue_gift_card(a_card_set(at), amount_minor=5000, at=at, key="sale")
    bought = [replace(basket(f"R-{n}", 20), codes=[card.text]) for n in range(16)]
    at_once(lambda n: record_purchase(bought[n], member, at=at))
    card.refresh_from_db()
    paid = CodeUse.objects.filter(state="used").values_list("amount_minor", flat=True)
    assert (sum(paid), card.balance_minor) == (5000, 0)


def test_a_claim_sent_sixteen_times_is_one(member: Member, at: datetime) -> None:
    """A retry duplicates the claim of a reward."""
    give(member, 1000, at=at)
    mug = make_reward(
        name="Mug", kind="gift", points=100, currency="EUR", requires_purchase=False, at=at
    )
    results = at_once(lambda n: claim_reward(mug, member, key="same", at=at).pk)
    assert len(set(results)) == 1
    assert balance_of(member, as_of=at).available == 900


def test_the_last_reward_in_stock_goes_to_one_of_sixteen(member: Member, at: datetime) -> None:
    """Stock is given away more often than there is."""
    give(member, 5000, at=at)
    mug = make_reward(
        name="Mug", kind="gift", points=100, currency="EUR", requires_purchase=False, stock=1, at=at
    )
    results = at_once(lambda n: claim_reward(mug, member, key=f"c{n}", at=at).points)
    assert Counter(results) == {100: 1, "may_not_claim": 15}
    assert balance_of(member, as_of=at).available == 4900
