"""A clock that was ahead once keeps no member from their points, and gives none twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.till import basket, give
from stamgast.customers.errors import InTheFuture
from stamgast.health import examine
from stamgast.loyalty import errors
from stamgast.loyalty.actions import (
    commit_checkout,
    commit_hold,
    earn_by_action,
    earn_points,
    hold_checkout,
    hold_points,
    record_purchase,
    release_checkout,
    settle_due,
    spend_points,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Checkout, Entry, Hold, Member
from stamgast.loyalty.replay import verify

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def ahead(member: Member, at: datetime) -> Member:
    """Anna, whose five hundred points were written by a clock that was three days ahead."""
    give(member, 500, at=at + 3 * DAY)
    return member


def test_points_are_held_and_committed_after_a_clock_was_ahead(ahead: Member, at: datetime) -> None:
    hold_checkout(basket("R-1", 100), ahead, points=200, at=at)
    give(ahead, 10, at=at + MINUTE, key="meanwhile")
    done = commit_checkout("R-1", at=at + 10 * MINUTE)
    assert (done.spent, done.earned) == (200, 98)
    assert commit_checkout("R-1", at=at + 11 * MINUTE).spending_id == done.spending_id
    now = balance_of(ahead, as_of=at + 11 * MINUTE)
    assert (now.available, now.reserved) == (310, 0)
    assert verify().is_in_balance


def test_entries_are_dated_by_the_last_one_and_never_before_it(ahead: Member, at: datetime) -> None:
    spend_points(ahead, 100, at=at, key="now")
    spend_points(ahead, 100, at=at + 4 * DAY, key="later")
    dated = Entry.objects.filter(member=ahead).order_by("sequence").values_list("at", flat=True)
    assert list(dated) == [at + 3 * DAY, at + 3 * DAY, at + 4 * DAY]


def test_the_same_again_by_the_right_clock_gives_nothing_twice(ahead: Member, at: datetime) -> None:
    first = earn_points(ahead, 50, at=at + 3 * DAY, key="once")
    again = earn_points(ahead, 50, at=at, key="once")
    assert (again.entry, again.is_new) == (first.entry, False)
    bought = [record_purchase(basket("R-1", 100), ahead, at=when) for when in (at + 3 * DAY, at)]
    assert [is_new for _, is_new in bought] == [True, False]
    assert Entry.objects.filter(member=ahead, kind="earn").count() == 2


def test_a_hold_without_a_purchase_lasts_as_long_as_it_was_asked_for(
    ahead: Member, at: datetime
) -> None:
    kept = hold_points(ahead, 200, at=at, key="h", until=at + 10 * MINUTE)
    assert Hold.objects.get().expires_at == at + 3 * DAY + 10 * MINUTE
    commit_hold(kept.made or 0, at=at + MINUTE, key="c")
    assert balance_of(ahead, as_of=at).available == 300


def test_what_is_held_is_let_go_on_time_by_the_clock_of_now(ahead: Member, at: datetime) -> None:
    hold_checkout(basket("R-1", 100), ahead, points=500, at=at, minutes=30)
    settle_due(at=at + 29 * MINUTE)
    assert balance_of(ahead, as_of=at + 29 * MINUTE).reserved == 500
    with pytest.raises(errors.HoldLapsed):
        commit_checkout("R-1", at=at + 30 * MINUTE)
    for _ in range(2):
        settle_due(at=at + 30 * MINUTE)
        now = balance_of(ahead, as_of=at + 30 * MINUTE)
        assert (now.available, now.reserved) == (500, 0)
    hold_checkout(basket("R-1", 100), ahead, points=500, at=at + 31 * MINUTE)
    release_checkout("R-1", at=at + 32 * MINUTE)
    assert balance_of(ahead, as_of=at + 32 * MINUTE).available == 500
    assert verify().is_in_balance


def test_the_doctor_says_that_a_clock_was_ahead(member: Member, at: datetime) -> None:
    give(member, 500, at=datetime.now(UTC))
    assert "clock" not in [one.check for one in examine()]
    give(member, 500, at=datetime.now(UTC) + DAY, key="ahead")
    assert [one.state for one in examine() if one.check == "clock"] == ["look"]


def _tells(member: Member, when: datetime, at: datetime) -> Any:
    return record_purchase(basket("R-9", 10), member, at=at, ordered_at=when)


def _says(member: Member, when: datetime, at: datetime) -> Any:
    return earn_by_action(member, "visit", at=at, happened_at=when, key="v")


@pytest.mark.parametrize("tell", [_tells, _says])
def test_what_a_till_tells_of_the_future_is_refused(
    member: Member, at: datetime, tell: Callable[[Member, datetime, datetime], Any]
) -> None:
    with pytest.raises(InTheFuture):
        tell(member, at + 6 * MINUTE, at)
    assert not Entry.objects.exists()
    assert not Checkout.objects.exists()
    tell(member, at + 4 * MINUTE, at)  # clocks differ a little
