"""What colleagues give by hand stays within the month of their role; answers to programs go in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cast import employ
from loyalty.at_once import at_once
from stamgast.loyalty.actions import (
    correct_points,
    grant_points,
    reverse_entry,
    set_programme,
)
from stamgast.loyalty.actions.by_hand import left_this_month
from stamgast.loyalty.actions.replies import forget_replies
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.errors import OverMonthLimit
from stamgast.loyalty.models import Entry, GivenByHand, Member, Reply
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def sanne(member: Member, at: datetime) -> User:
    """A colleague of service, who may give 300 points a month."""
    set_programme(at=at, by="test", month_service=300)
    return employ("service", email="sanne@shop.example")


def give(member: Member, points: int, key: str, *, at: datetime, by: User) -> Entry:
    out = grant_points(member, points, at=at, key=key, by=by, reason="Sorry")
    return Entry.objects.get(pk=out.entry)


def test_a_month_has_an_end_and_the_next_one_begins_anew(
    member: Member, sanne: User, at: datetime
) -> None:
    give(member, 200, "a", at=at, by=sanne)
    give(member, 200, "a", at=at, by=sanne)  # the same again is the same
    assert left_this_month(sanne, at=at) == 100
    with pytest.raises(OverMonthLimit) as no:
        give(member, 101, "b", at=at, by=sanne)
    assert no.value.facts == {"limit": 300, "left": 100}
    with pytest.raises(OverMonthLimit):
        correct_points(member, 101, at=at, key="c", by=sanne, reason="Sorry")
    correct_points(member, -50, at=at, key="d", by=sanne, reason="too many")  # takes, gives nothing
    give(member, 100, "e", at=at, by=sanne)
    assert balance_of(member, as_of=at).available == 250
    give(member, 300, "f", at=at + timedelta(days=31), by=sanne)


def test_what_was_undone_may_be_given_again(member: Member, sanne: User, at: datetime) -> None:
    wrong = give(member, 300, "a", at=at, by=sanne)
    for _ in range(2):
        reverse_entry(wrong, at=at, by=sanne, reason="by mistake", key="undo")
    assert GivenByHand.objects.get().points == 0
    give(member, 300, "b", at=at, by=sanne)


def test_who_administers_and_programs_have_no_month(
    member: Member, sanne: User, at: datetime
) -> None:
    boss = employ("admin", email="boss@shop.example")
    give(member, 5_000, "a", at=at, by=boss)
    grant_points(member, 5_000, at=at, key="b", by="key:1", reason="till")
    assert left_this_month(boss, at=at) is None
    assert not GivenByHand.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_month_holds_when_many_gifts_come_at_once(
    member: Member, sanne: User, at: datetime
) -> None:
    def act(caller: int) -> str:
        give(member, 100, f"k{caller // 2}", at=at, by=sanne)  # every gift twice
        return "given"

    results = at_once(act, callers=12)
    assert results.count("given") in (3, 4, 5, 6)
    assert balance_of(member, as_of=at).available == 300
    assert GivenByHand.objects.get().points == 300


def test_answers_to_programs_go_after_a_month_and_their_keys_stay(
    member: Member, at: datetime
) -> None:
    for days in (0, 29, 31, 400):
        Reply.objects.create(
            key=f"k{days}", digest="d", status=201, body="{}", at=at - timedelta(days=days)
        )
    assert forget_replies(at=at) == 2
    assert forget_replies(at=at) == 0
    kept = dict(Reply.objects.values_list("key", "body"))
    assert kept == {"k0": "{}", "k29": "{}", "k31": None, "k400": None}
