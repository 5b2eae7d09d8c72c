"""Money set aside for promises: never more than the budget, whoever asks and however often."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from stamgast.customers.errors import KeyReused
from stamgast.events.models import Event
from stamgast.strategy.actions import (
    change_budget,
    close_goal,
    release,
    release_expired,
    reserve_budget,
    settle,
)
from stamgast.strategy.errors import BadGoal, BudgetSpent, GoalNotOpen, NoBudget, NotReserved
from stamgast.strategy.models import Goal, Reservation
from strategy.bases import goal, open_one, score_people

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _reserve(of: Goal, amount: int, key: str, at: datetime, days: int = 30) -> Reservation:
    return reserve_budget(of, amount, key=key, expires_at=at + days * DAY, at=at)


def _money(of: Goal) -> tuple[int, int, int]:
    row = Goal.objects.get(pk=of.pk)
    return row.reserved_minor, row.spent_minor, row.overrun_minor


def test_what_is_reserved_is_settled_or_released(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    one, other = _reserve(of, 600, "a", at), _reserve(of, 400, "b", at)
    assert _money(of) == (1000, 0, 0)
    settle(one, 450, at=at)
    assert _money(of) == (400, 450, 0)
    release(other, at=at)
    assert _money(of) == (0, 450, 0)


def test_refuses_more_than_the_budget_has_left(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    _reserve(of, 900, "a", at)
    with pytest.raises(BudgetSpent) as refused:
        _reserve(of, 101, "b", at)
    assert refused.value.facts == {"free_minor": 100, "asked_minor": 101, "currency": "EUR"}
    assert Reservation.objects.count() == 1
    assert _reserve(of, 100, "b", at).amount_minor == 100


def test_a_promise_is_made_once(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    assert _reserve(of, 600, "a", at) == _reserve(of, 600, "a", at)
    assert _money(of) == (600, 0, 0)
    with pytest.raises(KeyReused):
        _reserve(of, 500, "a", at)


def test_nothing_is_reserved_when_the_callers_transaction_fails(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    with transaction.atomic():
        _reserve(of, 600, "a", at)
        transaction.set_rollback(True)
    assert _money(of) == (0, 0, 0)
    assert not Reservation.objects.exists()


def test_refuses_a_goal_that_is_not_open_and_an_amount_below_zero(at: datetime) -> None:
    score_people()
    draft = goal()
    with pytest.raises(GoalNotOpen):
        _reserve(draft, 1, "a", at)
    of = open_one()
    with pytest.raises(NoBudget):
        _reserve(of, -1, "a", at)
    with pytest.raises(NoBudget):
        settle(_reserve(of, 5, "b", at), -1, at=at)
    close_goal(of, at=at)
    with pytest.raises(GoalNotOpen):
        _reserve(of, 1, "c", at)


@pytest.mark.parametrize("budget", [0, -1, 10**15])
def test_refuses_a_budget_of_nothing(budget: int, at: datetime) -> None:
    score_people()
    with pytest.raises(BadGoal) as refused:
        goal(budget_minor=budget)
    assert refused.value.facts == {"field": "budget_minor"}


def test_settling_and_releasing_again_change_nothing(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    one, other = _reserve(of, 600, "a", at), _reserve(of, 300, "b", at)
    for _ in range(2):
        settle(one, 600, at=at)
        release(other, at=at)
    assert _money(of) == (0, 600, 0)
    with pytest.raises(NotReserved):
        settle(one, 500, at=at)
    with pytest.raises(NotReserved):
        release(one, at=at)


def test_what_costs_more_takes_what_is_free_and_the_rest_is_an_overrun(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    one = _reserve(of, 600, "a", at)
    _reserve(of, 300, "b", at)
    settle(one, 750, at=at)
    assert _money(of) == (300, 700, 50)
    told = Event.objects.get(kind="budget_overrun")
    assert (told.subject_id, told.facts["over_minor"]) == (of.pk, 50)


def test_what_expired_goes_back_and_a_late_redemption_is_still_booked(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    soon, late = _reserve(of, 600, "a", at, days=1), _reserve(of, 400, "b", at, days=40)
    assert release_expired(at) == 0
    assert release_expired(at + 2 * DAY) == 1
    assert release_expired(at + 2 * DAY) == 0
    assert _money(of) == (400, 0, 0)
    assert Reservation.objects.get(pk=late.pk).state == "reserved"
    settle(soon, 600, at=at + 3 * DAY)
    assert _money(of) == (400, 600, 0)


def test_a_clock_that_jumps_back_releases_nothing(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    _reserve(of, 600, "a", at)
    assert release_expired(at - 400 * DAY) == 0
    assert _money(of) == (600, 0, 0)


def test_many_expire_at_once_and_all_their_money_comes_back(at: datetime) -> None:
    of = open_one(budget_minor=10_000_000)
    Reservation.objects.bulk_create(
        Reservation(goal=of, key=f"k{n}", amount_minor=7, made_at=at, expires_at=at)
        for n in range(1201)
    )
    Goal.objects.filter(pk=of.pk).update(reserved_minor=1201 * 7)
    assert release_expired(at) == 1201
    assert _money(of) == (0, 0, 0)


def test_a_budget_shrinks_no_further_than_what_is_used(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    _reserve(of, 600, "a", at)
    with pytest.raises(BudgetSpent):
        change_budget(of, 599, at=at)
    assert change_budget(of, 600, at=at).free_minor == 0
    assert change_budget(of, 2000, at=at).free_minor == 1400


def test_the_database_refuses_to_overspend(at: datetime) -> None:
    of = open_one(budget_minor=1000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.filter(pk=of.pk).update(reserved_minor=1001)


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_at_once_never_overspend(at: datetime) -> None:
    of = open_one(budget_minor=10_000)
    start = threading.Barrier(16)
    kept: list[Reservation] = []
    refused: list[BudgetSpent] = []

    def work(worker: int) -> None:
        start.wait()
        try:
            for n in range(12):
                try:
                    with transaction.atomic():
                        mine = _reserve(of, 100 + worker, f"{worker}:{n}", at)
                    kept.append(mine)
                    if n % 4 == 1:
                        settle(mine, 90, at=at)
                    elif n % 4 == 2:
                        release(mine, at=at)
                except BudgetSpent as error:
                    refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = Reservation.objects.all()
    reserved = sum(row.amount_minor for row in rows if row.state == "reserved")
    spent = sum(row.settled_minor or 0 for row in rows)
    assert len(kept) + len(refused) == 16 * 12
    assert refused, "the budget was never asked beyond what it holds"
    assert _money(of) == (reserved, spent, 0)
    assert reserved + spent <= 10_000
    assert 10_000 - reserved - spent < 116, "money was left while somebody was refused"
