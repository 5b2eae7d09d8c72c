"""What the programme holds on a person is told, cut off, joined and taken apart, in balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from loyalty.till import basket, give
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import earn_points, hold_checkout, join_programme, spend_points
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Checkout, Entry, Member, Reply, Wallet
from stamgast.loyalty.queries import member_of
from stamgast.loyalty.replay import verify
from stamgast.privacy.actions import erase_person, merge_customers, unmerge_customers

Buy = Callable[..., Checkout]


def test_erasing_ends_the_points_and_keeps_the_books(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    give(member, 300, at=at, key="for anna@example.nl")
    buy_for(member, "R", 100, points=50)
    hold_checkout(basket("S", 10), member, points=20, at=at)
    Reply.objects.create(
        key="k", digest="d", status=201, body='{"member": "M-1"}', member=member, at=at
    )
    Reply.objects.create(key="l", digest="d", status=201, body='{"to": "C-1001"}', at=at)
    entries = Entry.objects.count()
    erase_person(member.customer, at=at, by="test")
    member.refresh_from_db()
    assert (member.ref, member.code, member.left_at) == (None, f"erased-{member.pk}", at)
    wallet = Wallet.objects.get(member=member, kind="spendable")
    assert (wallet.available, wallet.pending, wallet.reserved, wallet.owed) == (0, 0, 0, 0)
    assert Entry.objects.count() == entries + 2
    assert not Entry.objects.filter(key__contains="anna").exists()
    assert not Reply.objects.exclude(body=None).exists()
    assert verify().differences == {}


def test_two_members_who_are_one_person_have_one_balance(
    member: Member, other: Member, at: datetime
) -> None:
    give(member, 100, at=at, key="a")
    give(other, 60, at=at, key="b")
    earn_points(other, 40, at=at, key="c")
    merge = merge_customers(member.customer, other.customer, at=at, by="test")
    now = balance_of(member, as_of=at)
    assert (now.available, now.pending, now.qualifying) == (160, 40, 40)
    assert balance_of(other, as_of=at) == now
    spend_points(other, 130, at=at, key="s")  # the card of the one spends the points of both
    unmerge_customers(merge, at=at, by="test")
    member.refresh_from_db()
    other.refresh_from_db()
    both = [balance_of(one, as_of=at) for one in (member, other)]
    assert sum(one.available for one in both) == 30
    assert (both[0].pending, both[1].pending, both[1].qualifying) == (0, 40, 40)
    assert verify().differences == {}


def test_merging_again_and_again_loses_nothing(member: Member, other: Member, at: datetime) -> None:
    give(other, 60, at=at, key="b")
    for _ in range(3):
        merge = merge_customers(member.customer, other.customer, at=at, by="test")
        assert balance_of(member, as_of=at).available == 60
        unmerge_customers(merge, at=at, by="test")
        member.refresh_from_db()
        other.refresh_from_db()
        assert balance_of(other, as_of=at).available == 60
    assert verify().differences == {}


def test_a_membership_goes_along_with_the_record(
    member: Member, bram: Customer, at: datetime
) -> None:
    give(member, 60, at=at)
    merge = merge_customers(bram, member.customer, at=at, by="test")
    found = member_of(bram)
    assert found
    assert (found.pk, balance_of(found, as_of=at).available) == (member.pk, 60)
    unmerge_customers(merge, at=at, by="test")
    assert member_of(bram) is None
    assert member_of(member.customer) == member


def test_who_was_erased_may_join_anew_as_somebody_else(member: Member, at: datetime) -> None:
    give(member, 60, at=at)
    erase_person(member.customer, at=at, by="test")
    new = Customer.objects.create(made_at=at, changed_at=at)
    fresh, has_joined = join_programme(new, at=at + timedelta(days=1), ref="M-1")
    assert has_joined
    assert balance_of(fresh, as_of=at + timedelta(days=1)).available == 0
