"""The ledger itself: append-only, in balance, rebuilt by replay, and a function of the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from loyalty.till import basket, give
from stamgast.customers.errors import KeyReused
from stamgast.loyalty import errors
from stamgast.loyalty.actions import (
    commit_checkout,
    correct_points,
    earn_points,
    hold_checkout,
    hold_points,
    leave_programme,
    release_checkout,
    release_hold,
    return_order,
    reverse_entry,
    settle_due,
    settle_member,
    spend_points,
    transfer_points,
)
from stamgast.loyalty.actions.books import note_verdict
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Checkout, Entry, Hold, Leg, LotUse, Member, PointsLot, Wallet
from stamgast.loyalty.queries import ledger_alarm
from stamgast.loyalty.replay import verify
from stamgast.privacy.actions import erase_person

Buy = Callable[..., Checkout]
SOON = timedelta(minutes=30)


@pytest.fixture
def busy(member: Member, other: Member, at: datetime, buy_for: Buy) -> Member:
    """A member to whom everything happened that can."""
    give(member, 500, at=at)
    hold_checkout(basket("R-1", 60, 40), member, points=120, at=at)
    commit_checkout("R-1", at=at, points=100)
    hold_checkout(basket("R-2", 10), member, points=20, at=at)
    release_checkout("R-2", at=at)
    hold_points(member, 30, at=at, key="lapses", until=at + SOON)
    return_order("R-1", return_ref="B", amount_minor=3000, at=at)
    transfer_points(member, other, 25, at=at, key="t", by="test", reason="family")
    correct_points(member, -15, at=at, key="c", by="test", reason="counted twice")
    reverse_entry(Entry.objects.get(key="c"), at=at, by="test", reason="no")
    late = at + timedelta(days=15)
    settle_member(member, at=late)
    spend_points(member, 7, at=late, key="s")
    settle_member(member, at=at + timedelta(days=900))
    return member


def test_every_kind_of_entry_is_in_balance(busy: Member, at: datetime) -> None:
    """Money that appears from nowhere: one-sided bookings."""
    leave_programme(busy, at=at + timedelta(days=901), points="forfeit")
    sums = Leg.objects.values("entry", "wallet").annotate(points=Sum("points"))
    assert {row["points"] for row in sums} == {0}
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert kinds >= {
        *("grant", "hold", "spend", "earn", "release", "lapse", "return", "transfer_out"),
        *("transfer_in", "correct", "reverse", "activate", "expire"),
    }


def test_nothing_that_was_written_changes(busy: Member, at: datetime) -> None:
    """History is overwritten by later corrections."""
    written = (Entry, Leg, LotUse)
    before = [list(rows.objects.order_by("pk").values()) for rows in written]
    late = at + timedelta(days=950)
    give(busy, 40, at=late, key="new")
    correct_points(busy, -90, at=late, key="more", by="test", reason="counted twice")
    settle_due(at=late + timedelta(days=900))
    for rows, kept in zip(written, before, strict=True):
        assert list(rows.objects.order_by("pk").values())[: len(kept)] == kept


def test_a_replay_gives_every_balance(busy: Member) -> None:
    """Balances drift away from the bookings."""
    assert verify().differences == {}


@pytest.mark.parametrize("account", ["available", "pending", "reserved", "owed", "redeemed"])
def test_the_database_refuses_a_balance_below_zero(
    member: Member, at: datetime, account: str
) -> None:
    """Available below zero by a write that forgot to check."""
    give(member, 100, at=at)
    wallet = Wallet.objects.filter(member=member, kind="spendable")
    with pytest.raises(IntegrityError), transaction.atomic():
        wallet.update(**{account: F(account) - 101, "issued": F("issued") - 101})


def test_the_database_refuses_a_wallet_out_of_balance(member: Member, at: datetime) -> None:
    """A balance that is set by hand."""
    give(member, 100, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(member=member, kind="spendable").update(available=999)


def test_the_database_refuses_a_lot_with_more_than_was_granted(
    member: Member, at: datetime
) -> None:
    """A lot that is refilled."""
    give(member, 100, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        PointsLot.objects.update(remaining=101)


def test_the_database_refuses_a_hold_that_ends_twice(member: Member, at: datetime) -> None:
    """A hold that is open and closed."""
    give(member, 100, at=at)
    hold = hold_points(member, 10, at=at, key="h", until=at + SOON).made or 0
    release_hold(hold, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.update(status="open")


def test_a_lost_leg_is_found(busy: Member) -> None:
    """A lost booking goes unseen."""
    Leg.objects.filter(entry__key="s", account="available").delete()
    assert "legs_sum_to_zero" in verify().differences


def test_a_lost_entry_is_found(busy: Member) -> None:
    """A whole entry that is lost in balance goes unseen."""
    gone = Entry.objects.get(key="s")
    LotUse.objects.filter(entry=gone).delete()
    Leg.objects.filter(entry=gone).delete()
    gone.delete()
    assert "sequences_have_no_gaps" in verify().differences


def test_a_lot_that_drifted_is_found(busy: Member, at: datetime) -> None:
    """Lots and balances drift apart."""
    give(busy, 50, at=at + timedelta(days=901), key="new")
    PointsLot.objects.filter(entry__key="new").update(remaining=F("remaining") - 1)
    found = verify().differences
    assert {"lots_are_the_sum_of_their_uses", "wallets_hold_what_their_lots_hold"} <= found.keys()


def test_lots_hold_what_can_be_spent_and_what_is_held(busy: Member, at: datetime) -> None:
    """The points that somebody may spend belong to no grant."""
    give(busy, 60, at=at + timedelta(days=901), key="more")
    hold_checkout(basket("R-9", 10), busy, points=40, at=at + timedelta(days=901))
    wallet = Wallet.objects.get(member=busy, kind="spendable")
    active = PointsLot.objects.filter(wallet=wallet, is_active=True)
    assert active.aggregate(all=Sum("remaining"))["all"] == wallet.available + wallet.reserved
    assert active.aggregate(all=Sum("held"))["all"] == wallet.reserved == 40


def test_a_difference_raises_the_alarm_until_it_is_gone(busy: Member, at: datetime) -> None:
    """Nobody hears that the books differ."""
    Wallet.objects.filter(member=busy, kind="spendable").update(
        available=F("available") + 1, issued=F("issued") + 1
    )
    note_verdict(verify(), at=at)
    assert ledger_alarm() is not None
    Wallet.objects.filter(member=busy, kind="spendable").update(
        available=F("available") - 1, issued=F("issued") - 1
    )
    note_verdict(verify(), at=at + timedelta(days=1))
    assert ledger_alarm() is None


def test_every_debit_names_the_lots_it_took(busy: Member) -> None:
    """Nobody can say which points were spent."""
    spent = Entry.objects.filter(kind__in=["spend", "transfer_out", "expire"])
    for entry in spent:
        taken = entry.lot_uses.aggregate(points=Sum("remaining"))["points"]
        assert taken == entry.points


def test_lots_are_used_by_when_they_end_then_when_they_came(member: Member, at: datetime) -> None:
    """The wrong lot is used first, and points end that need not."""
    give(member, 10, at=at, key="a")
    give(member, 10, at=at + SOON, key="b")
    give(member, 10, at=at + timedelta(days=60), key="c")
    spend_points(member, 25, at=at + timedelta(days=60), key="s")
    uses = LotUse.objects.filter(entry__key="s").order_by("pk")
    assert list(uses.values_list("lot__entry__key", "remaining")) == [
        ("a", -10),
        ("b", -10),
        ("c", -5),
    ]


def test_what_ends_and_what_never_does_add_up_to_the_balance(
    member: Member, at: datetime, buy_for: Buy
) -> None:
    """The list of expiring points does not sum to the balance."""
    give(member, 70, at=at, key="a")
    give(member, 30, at=at + timedelta(days=60), key="b")
    now = balance_of(member, as_of=at + timedelta(days=61))
    assert sum(one.points for one in now.expiring) + now.never_expiring == now.available == 100


def test_a_key_is_one_entry_for_ever(member: Member, other: Member, at: datetime) -> None:
    """A key is forgotten after a day, and a late retry applies again."""
    first = earn_points(member, 10, at=at, key="k")
    again = earn_points(member, 10, at=at + timedelta(days=3650), key="k")
    assert (again.entry, again.is_new) == (first.entry, False)
    with pytest.raises(KeyReused):
        earn_points(other, 10, at=at, key="k")


def test_an_answer_that_got_lost_is_given_again_though_the_points_are_spent(
    member: Member, at: datetime
) -> None:
    """A retry after a lost answer is refused for lack of points."""
    give(member, 100, at=at)
    first = spend_points(member, 100, at=at, key="s")
    assert spend_points(member, 100, at=at, key="s").entry == first.entry


def test_a_late_job_changes_nothing_that_can_be_spent(member: Member, at: datetime) -> None:
    """Points can be spent until the nightly job has run."""
    give(member, 100, at=at)
    hold_points(member, 40, at=at, key="h", until=at + SOON)
    earn_points(member, 50, at=at, key="e")
    moments = [at + timedelta(days=days) for days in (0, 1, 14, 500, 760, 800)]
    before = [balance_of(member, as_of=moment) for moment in moments]
    settle_due(at=moments[3])
    assert [balance_of(member, as_of=moment) for moment in moments[3:]] == before[3:]
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 151, at=moments[3], key="s")


def test_a_job_every_hour_or_never_comes_to_the_same(
    member: Member, other: Member, at: datetime
) -> None:
    """The outcome depends on when jobs run."""
    for one, name in ((member, "m"), (other, "o")):
        give(one, 100, at=at, key=f"{name}a")
        hold_points(one, 60, at=at, key=f"{name}h", until=at + timedelta(days=3))
        earn_points(one, 50, at=at, key=f"{name}e")
        correct_points(one, -80, at=at, key=f"{name}c", by="test", reason="mistake")
    for days in range(0, 800, 5):
        settle_member(member, at=at + timedelta(days=days))
    late = at + timedelta(days=800)
    assert balance_of(member, as_of=late) == balance_of(other, as_of=late)
    settle_member(other, at=late)
    entries = [
        list(
            Entry.objects.filter(member=one)
            .order_by("sequence")
            .values_list("kind", "points", "at")
        )
        for one in (member, other)
    ]
    assert entries[0] == entries[1]


def test_pending_points_cannot_be_spent_a_moment_too_early(member: Member, at: datetime) -> None:
    """Points are spent within the return window."""
    earn_points(member, 100, at=at, key="e")
    ready = at + timedelta(days=14)
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 1, at=ready - timedelta(microseconds=1), key="s")
    assert spend_points(member, 100, at=ready, key="s").available == 0


def test_points_cannot_be_spent_at_the_moment_they_end(member: Member, at: datetime) -> None:
    """A point lives a moment too long."""
    give(member, 100, at=at)
    ends = balance_of(member, as_of=at).expiring[0].at
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 1, at=ends, key="s")
    assert Entry.objects.filter(kind="expire").count() == 1


def test_a_hold_takes_points_out_of_reach_at_once(member: Member, at: datetime) -> None:
    """Points that were promised to one basket are spent in another."""
    give(member, 100, at=at)
    hold_checkout(basket("R", 10), member, points=80, at=at)
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 21, at=at, key="s")
    now = balance_of(member, as_of=at)
    assert (now.available, now.reserved) == (20, 80)


def test_a_hold_lapses_at_its_moment_without_a_job(member: Member, at: datetime) -> None:
    """Points stay locked by a basket that was left behind."""
    give(member, 100, at=at)
    hold_checkout(basket("R", 10), member, points=100, at=at)
    with pytest.raises(errors.HoldLapsed):
        commit_checkout("R", at=at + SOON)
    assert spend_points(member, 100, at=at + SOON, key="s").available == 0


def test_a_hold_outlives_the_lot_it_holds(member: Member, at: datetime) -> None:
    """Points that were promised to a basket end under it."""
    give(member, 100, at=at)
    ends = balance_of(member, as_of=at).expiring[0].at
    hold_checkout(basket("R", 10), member, points=100, at=ends - SOON / 2)
    assert commit_checkout("R", at=ends + SOON / 4).spent == 100


def test_a_clock_that_jumps_back_writes_no_history(member: Member, at: datetime) -> None:
    """A wrong clock rewrites the past, or revives what ended."""
    give(member, 100, at=at)
    after = balance_of(member, as_of=at).expiring[0].at
    settle_member(member, at=after)
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 100, at=at, key="s")
    give(member, 10, at=at, key="again")
    moments = list(Entry.objects.order_by("sequence").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert verify().is_in_balance


def test_a_clock_that_jumps_a_year_ahead_lets_holds_lapse_and_loses_no_points(
    member: Member, at: datetime
) -> None:
    """A wrong clock spends what was only held, or keeps it apart for ever."""
    give(member, 100, at=at)
    hold_checkout(basket("R", 10), member, points=100, at=at)
    ahead = at + timedelta(days=365)
    with pytest.raises(errors.HoldLapsed):
        commit_checkout("R", at=ahead)
    settle_member(member, at=ahead)
    with pytest.raises(errors.HoldLapsed):  # also when the clock is right again
        commit_checkout("R", at=at)
    assert balance_of(member, as_of=at).available == 100
    spend_points(member, 100, at=at, key="s")
    assert verify().is_in_balance


def test_an_entry_of_the_future_keeps_no_member_from_their_points(
    member: Member, at: datetime
) -> None:
    """A clock that was ahead once locks members out until it is right."""
    give(member, 100, at=at + timedelta(days=3))
    hold_checkout(basket("R", 10), member, points=100, at=at)
    assert commit_checkout("R", at=at + SOON / 2).spent == 100
    earn_points(member, 50, at=at + SOON, key="e", is_pending=False)
    spend_points(member, 50, at=at + SOON, key="s")
    moments = list(Entry.objects.order_by("sequence").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert verify().is_in_balance


def test_a_refused_operation_leaves_nothing(member: Member, at: datetime) -> None:
    """Half of a purchase is written when the other half is refused."""
    give(member, 100, at=at)
    before = Entry.objects.count()
    with pytest.raises(errors.NotEnoughPoints):
        hold_checkout(basket("R", 10), member, points=101, at=at)
    assert not Checkout.objects.exists()
    assert not Hold.objects.exists()
    assert Entry.objects.count() == before


def test_an_entry_goes_with_the_callers_transaction(member: Member, at: datetime) -> None:
    """Points are granted though what they were for was undone."""
    with transaction.atomic():
        give(member, 100, at=at)
        transaction.set_rollback(True)
    assert balance_of(member, as_of=at).available == 0
    assert Entry.objects.count() == 0


def test_moving_points_makes_none(member: Member, other: Member, at: datetime) -> None:
    """A transfer that is half done makes or loses points."""
    give(member, 100, at=at)
    transfer_points(member, other, 60, at=at, key="t", by="test", reason="family")
    with pytest.raises(errors.NotEnoughPoints):
        transfer_points(member, other, 60, at=at, key="u", by="test", reason="family")
    both = [balance_of(one, as_of=at).available for one in (member, other)]
    assert both == [40, 60]


def test_an_undone_entry_is_not_undone_again(member: Member, at: datetime) -> None:
    """An undo that is sent twice turns the mistake around."""
    give(member, 100, at=at)
    entry = Entry.objects.get()
    reverse_entry(entry, at=at, by="test", reason="wrong", key="u")
    with pytest.raises(errors.AlreadyReversed):
        reverse_entry(entry, at=at, by="test", reason="wrong", key="v")
    assert balance_of(member, as_of=at).available == 0


def test_who_is_erased_leaves_the_books_in_balance(busy: Member, at: datetime) -> None:
    """Erasing a customer deletes bookings, and the liability no longer adds up."""
    before = Leg.objects.count()
    erase_person(busy.customer, at=at, by="test")
    assert Leg.objects.count() >= before
    assert verify().differences == {}
    busy.refresh_from_db()
    assert busy.ref is None
