"""Points are earned, held, spent, given, taken and undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from cast import employ
from loyalty.till import give
from stamgast.customers.errors import KeyReused
from stamgast.kernel import Money, Points
from stamgast.loyalty import errors
from stamgast.loyalty.actions import (
    add_rule,
    commit_hold,
    correct_points,
    deduct_points,
    earn_by_action,
    earn_points,
    grant_points,
    hold_points,
    join_programme,
    leave_programme,
    merge_members,
    release_hold,
    reverse_entry,
    settle_member,
    spend_points,
    transfer_points,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.book import Kept, NewLot, Operation, post_many
from stamgast.loyalty.models import Entry, Leg, Member, Reply

SOON = timedelta(minutes=30)


def test_points_earned_are_pending_until_the_return_window_has_passed(
    member: Member, at: datetime
) -> None:
    earn_points(member, 100, at=at, key="a")
    now = balance_of(member, as_of=at)
    assert (now.available, now.pending) == (0, 100)
    assert [(one.points, one.at) for one in now.activating] == [(100, at + timedelta(days=14))]
    later = balance_of(member, as_of=at + timedelta(days=14))
    assert (later.available, later.pending, later.qualifying) == (100, 0, 100)


def test_the_same_key_gives_the_same_entry(member: Member, at: datetime) -> None:
    first = earn_points(member, 100, at=at, key="a")
    again = earn_points(member, 100, at=at + SOON, key="a")
    assert (again.entry, again.is_new) == (first.entry, False)
    assert Entry.objects.count() == 1


def test_the_same_key_with_other_facts_is_refused(
    member: Member, other: Member, at: datetime
) -> None:
    earn_points(member, 100, at=at, key="a")
    with pytest.raises(KeyReused):
        earn_points(member, 101, at=at, key="a")
    with pytest.raises(KeyReused):
        earn_points(other, 100, at=at, key="a")


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        (0, "too_few"),
        (-5, "too_few"),
        (10**9 + 1, "too_many"),
        (2**70, "too_many"),
        (1.5, "not_whole"),
        ("5", "not_whole"),
        (True, "not_whole"),
        (Money(500, "EUR"), "not_whole"),
    ],
)
def test_refuses_points_that_cannot_be(
    member: Member, at: datetime, points: int, problem: str
) -> None:
    for act in (earn_points, spend_points):
        with pytest.raises(errors.BadPoints) as refused:
            act(member, points, at=at, key="a")
        assert refused.value.facts["problem"] == problem
    assert not Entry.objects.exists()


def test_refuses_to_spend_more_than_there_is(member: Member, at: datetime) -> None:
    give(member, 50, at=at)
    with pytest.raises(errors.NotEnoughPoints) as refused:
        spend_points(member, 51, at=at, key="a")
    assert refused.value.facts == {"available": 50}
    assert spend_points(member, Points(50), at=at, key="a").available == 0


def test_joins_the_callers_transaction(member: Member, at: datetime) -> None:
    with transaction.atomic():
        earn_points(member, 100, at=at, key="a")
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    assert balance_of(member, as_of=at).pending == 0


def test_requests_are_kept_with_what_many_did_and_not_with_what_was_refused(
    member: Member, at: datetime
) -> None:
    about: dict[str, Any] = {"member": member.pk, "customer": member.customer_id, "at": at}
    lot = NewLot(5, at, at + timedelta(days=1))
    earn, spend, more = post_many(
        [
            Operation(
                do="issue",
                kind="earn",
                key="a",
                points=5,
                lots=(lot,),
                kept=Kept("A", "d", 201),
                **about,
            ),
            Operation(
                do="spend", kind="spend", key="b", points=3, kept=Kept("B", "d", 201), **about
            ),
            Operation(
                do="spend", kind="spend", key="c", points=3, kept=Kept("C", "d", 201), **about
            ),
        ]
    )
    assert more.refused == "not_enough_points"
    kept = Reply.objects.values_list("key", "status", "member", "entry").order_by("key")
    assert list(kept) == [("A", 201, member.pk, earn.entry), ("B", 201, member.pk, spend.entry)]


def test_what_is_held_cannot_be_spent_and_lapses_by_itself(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    hold_points(member, 80, at=at, key="h", until=at + SOON)
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 21, at=at, key="s")
    then = balance_of(member, as_of=at + SOON)
    assert (then.available, then.reserved) == (100, 0)
    assert spend_points(member, 100, at=at + SOON, key="s").available == 0


def test_a_part_of_a_hold_is_spent_and_the_rest_let_go(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    hold = hold_points(member, 80, at=at, key="h", until=at + SOON).made or 0
    with pytest.raises(errors.MoreThanHeld):
        commit_hold(hold, at=at, key="c", points=81)
    done = commit_hold(hold, at=at, key="c", points=30)
    assert (done.available, done.reserved) == (70, 0)
    assert not commit_hold(hold, at=at, key="c", points=30).is_new
    with pytest.raises(errors.HoldClosed):
        commit_hold(hold, at=at, key="d")
    with pytest.raises(errors.HoldClosed):
        release_hold(hold, at=at)


def test_refuses_to_spend_what_was_held_too_long(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    hold = hold_points(member, 80, at=at, key="h", until=at + SOON).made or 0
    with pytest.raises(errors.HoldLapsed):
        commit_hold(hold, at=at + SOON, key="c")
    assert balance_of(member, as_of=at + SOON).available == 100


def test_points_that_end_first_are_spent_first(member: Member, at: datetime) -> None:
    give(member, 100, at=at, key="old")
    late = at + timedelta(days=90)
    give(member, 100, at=late, key="new")
    spend_points(member, 120, at=late, key="s")
    left = balance_of(member, as_of=late).expiring
    assert [(one.points, one.at.year, one.at.month) for one in left] == [(80, 2029, 2)]


def test_points_end_whether_or_not_somebody_writes_it_down(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    after = balance_of(member, as_of=at).expiring[0].at
    assert balance_of(member, as_of=after - SOON).available == 100
    assert balance_of(member, as_of=after).available == 0
    with pytest.raises(errors.NotEnoughPoints):
        spend_points(member, 1, at=after, key="s")
    settle_member(member, at=after + timedelta(days=30))
    assert balance_of(member, as_of=after).available == 0
    assert Entry.objects.get(kind="expire").at == after


def test_a_debt_is_taken_off_what_is_earned_next(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    spend_points(member, 90, at=at, key="s")
    correct_points(member, -50, at=at, key="c", by="test", reason="counted twice")
    now = balance_of(member, as_of=at)
    assert (now.available, now.owed) == (0, 40)
    give(member, 100, at=at, key="more")
    now = balance_of(member, as_of=at)
    assert (now.available, now.owed) == (60, 0)


def test_points_by_hand_need_a_reason_and_stay_within_ones_limit(
    member: Member, at: datetime
) -> None:
    service = employ("service")
    with pytest.raises(errors.PointsNeedAReason):
        grant_points(member, 10, at=at, key="g", by=service, reason=" ")
    with pytest.raises(errors.OverYourLimit) as refused:
        grant_points(member, 1_001, at=at, key="g", by=service, reason="sorry")
    assert refused.value.facts == {"limit": 1_000}
    with pytest.raises(errors.OverYourLimit):
        deduct_points(member, 1, at=at, key="g", by=employ("analyst"), reason="sorry")
    grant_points(member, 1_000, at=at, key="g", by=service, reason="sorry")
    assert Entry.objects.get().by == f"user:{service.pk}"


def test_an_entry_is_undone_once(member: Member, at: datetime) -> None:
    give(member, 100, at=at)
    deduct_points(member, 30, at=at, key="d", by="test", reason="mistake")
    taken = Entry.objects.get(key="d")
    reverse_entry(taken, at=at, by="test", reason="was right")
    assert balance_of(member, as_of=at).available == 100
    assert not reverse_entry(taken, at=at, by="test", reason="was right").is_new
    with pytest.raises(errors.AlreadyReversed):
        reverse_entry(taken, at=at, by="test", reason="was right", key="another")
    given = Entry.objects.get(key="start")
    reverse_entry(given, at=at, by="test", reason="for somebody else")
    assert balance_of(member, as_of=at).available == 0
    with pytest.raises(errors.CannotReverse):
        reverse_entry(Entry.objects.filter(kind="reverse")[0], at=at, by="test", reason="no")


def test_points_move_to_another_member_with_the_dates_on_which_they_end(
    member: Member, other: Member, at: datetime
) -> None:
    give(member, 100, at=at)
    before = balance_of(member, as_of=at).expiring[0].at
    transfer_points(member, other, 60, at=at, key="t", by="test", reason="family")
    assert balance_of(member, as_of=at).available == 40
    theirs = balance_of(other, as_of=at)
    assert [(one.points, one.at) for one in theirs.expiring] == [(60, before)]
    again = transfer_points(member, other, 60, at=at, key="t", by="test", reason="family")
    assert not again[0].is_new
    assert not again[1].is_new
    with pytest.raises(errors.SameMember):
        transfer_points(member, member, 1, at=at, key="u", by="test", reason="family")
    with pytest.raises(errors.NotEnoughPoints):
        transfer_points(member, other, 41, at=at, key="u", by="test", reason="family")


def test_an_action_earns_what_the_rule_promises_and_no_more_often(
    member: Member, at: datetime
) -> None:
    add_rule(
        at=at, by="test", name="Review", kind="action", action="review", points=25, most_times=1
    )
    assert len(earn_by_action(member, "review", at=at, key="r1")) == 1
    assert [one.is_new for one in earn_by_action(member, "review", at=at, key="r1")] == [False]
    assert earn_by_action(member, "review", at=at, key="r2") == []
    assert earn_by_action(member, "visit", at=at, key="v1") == []
    before = at - timedelta(minutes=1)
    assert earn_by_action(member, "review", at=at, happened_at=before, key="r3") == []
    assert balance_of(member, as_of=at).available == 25


def test_who_left_earns_and_spends_nothing_and_finds_points_back_on_return(
    member: Member, at: datetime
) -> None:
    give(member, 100, at=at)
    hold_points(member, 40, at=at, key="h", until=at + SOON)
    leave_programme(member, at=at)
    member.refresh_from_db()
    for act in (earn_points, spend_points):
        with pytest.raises(errors.MemberLeft):
            act(member, 5, at=at, key="x")
    back, has_joined = join_programme(member.customer, at=at)
    assert has_joined
    assert balance_of(back, as_of=at).available == 100


def test_who_forfeits_their_points_leaves_the_books_in_balance(
    member: Member, at: datetime
) -> None:
    give(member, 100, at=at)
    earn_points(member, 30, at=at, key="e")
    leave_programme(member, at=at, points="forfeit")
    now = balance_of(member, as_of=at)
    assert (now.available, now.pending, now.owed) == (0, 0, 0)
    assert sum(Leg.objects.filter(wallet__kind="spendable").values_list("points", flat=True)) == 0


def test_two_memberships_become_one_with_all_points_and_dates(
    member: Member, other: Member, at: datetime
) -> None:
    give(member, 100, at=at, key="a")
    earn_points(other, 40, at=at, key="b")
    give(other, 60, at=at, key="c")
    ends = balance_of(other, as_of=at).expiring
    merge_members(member, other, at=at)
    now = balance_of(member, as_of=at)
    assert (now.available, now.pending, now.qualifying) == (160, 40, 40)
    assert {one.at for one in ends} <= {one.at for one in now.expiring}
    assert balance_of(other, as_of=at) == now
