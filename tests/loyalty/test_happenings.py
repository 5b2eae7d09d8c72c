"""A review, an answer, a birthday and a first order earn by themselves, once each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cast import buy
from loyalty.test_orders import work as follow_orders
from stamgast.customers.actions import (
    add_interaction,
    answer_question,
    ask_question,
    record_answer,
    record_consent,
    remove_note,
)
from stamgast.customers.actions.history import load_answer_history
from stamgast.customers.models import Answer, Customer
from stamgast.events.actions import connect
from stamgast.events.models import Job
from stamgast.events.worker import Worker
from stamgast.loyalty.actions import (
    add_rule,
    change_rule,
    earn_by_action,
    join_programme,
    leave_programme,
    reverse_entry,
    stop_programme,
)
from stamgast.loyalty.actions.happenings import reward_birthdays
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import EarningRule, Entry, Member, Programme
from stamgast.loyalty.rules import birthdays
from stamgast.staff.models import User
from stamgast.wiring import JOBS, LISTENERS

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def wired() -> Iterator[None]:
    """Let what customers do ask for its job, as it does where the shop runs."""
    ours = {"reward_order", "reward_action"}
    connect({event: [job for job in jobs if job in ours] for event, jobs in LISTENERS.items()})
    yield
    connect({})


@pytest.fixture
def saver(programme: Programme, anna: Customer, at: datetime) -> Member:
    """Anna takes part, and only what she does earns."""
    return join_programme(anna, at=at - 30 * DAY)[0]


def rule(action: str, points: int, at: datetime, **facts: object) -> None:
    started = at - 400 * DAY
    whole = {"name": action, "kind": "action", "action": action, "points": points, **facts}
    add_rule(at=at, by="test", **{"starts_at": started, **whole})


def work() -> None:
    Worker(jobs=JOBS, nightly=(), often=()).work_until_idle()
    assert not Job.objects.filter(status="failed").exists()


def held(member: Member, at: datetime) -> int:
    return balance_of(member, as_of=at).available


def test_a_review_that_comes_in_earns_once(saver: Member, at: datetime) -> None:
    rule("review", 25, at)
    for _ in range(2):
        add_interaction(saver.customer, kind="review", text="Nice", score=5, at=at, key="R-1")
        work()
    assert held(saver, at) == 25
    add_interaction(saver.customer, kind="note", text="Called", at=at)
    work()
    assert held(saver, at) == 25


def test_a_review_of_before_they_took_part_or_the_rule_began_earns_nothing(
    saver: Member, at: datetime
) -> None:
    rule("review", 25, at, starts_at=at - DAY)
    for days in (40, 10):
        add_interaction(
            saver.customer, kind="review", text="Nice", at=at, happened_at=at - days * DAY
        )
    work()
    assert held(saver, at) == 0


def test_a_review_that_is_taken_back_takes_its_points_along(
    saver: Member, colleague: User, at: datetime
) -> None:
    rule("review", 25, at)
    row = add_interaction(saver.customer, kind="review", text="Nice", at=at, by=colleague)
    work()
    remove_note(row, at=at, by=colleague)
    work()
    assert held(saver, at) == 0
    again = add_interaction(saver.customer, kind="review", text="Good", at=at, by=colleague)
    work()
    reverse_entry(Entry.objects.get(key__startswith=f"review:{again.pk}:"), at=at, by="test",
                  reason="unfair", key="by-hand")  # fmt: skip
    remove_note(again, at=at, by=colleague)
    work()
    assert held(saver, at) == 0


def test_an_answer_behind_our_own_link_earns_and_one_from_elsewhere_does_not(
    saver: Member, at: datetime
) -> None:
    rule("answer", 10, at)
    record_consent(
        saver.customer, channel="email", purpose="survey", is_granted=True, source="checkout",
        wording="Yes, ask me", at=at,
    )  # fmt: skip
    asked = ask_question(saver.customer, question="nps", at=at)
    work()
    assert held(saver, at) == 0
    answer_question(asked, score=9, at=at)
    work()
    assert held(saver, at) == 10
    record_answer(saver.customer, question="csat", score=4, out_of=5, at=at, source="api")
    work()
    assert held(saver, at) == 10


def test_imported_answers_earn_nothing(saver: Member, at: datetime) -> None:
    rule("answer", 10, at)
    row = Answer(customer=saver.customer, question="nps", score=9, answered_at=at, source="import")
    load_answer_history([row], at=at)
    work()
    assert held(saver, at) == 0


def test_who_left_and_a_programme_that_stopped_earn_nothing(
    saver: Member, other: Member, at: datetime
) -> None:
    rule("review", 25, at)
    leave_programme(saver, at=at)
    add_interaction(saver.customer, kind="review", text="Nice", at=at)
    stop_programme(at=at, by="test")
    add_interaction(other.customer, kind="review", text="Nice", at=at)
    work()
    assert (held(saver, at), held(other, at)) == (0, 0)


def test_a_birthday_earns_once_a_year_also_when_a_night_was_missed(
    saver: Member, at: datetime
) -> None:
    Customer.objects.filter(pk=saver.customer_id).update(birth_date=date(1990, 11, 18))
    assert reward_birthdays(at=at) == 0  # no rule says so
    rule("birthday", 50, at, most_times=1, most_per="year")
    assert [reward_birthdays(at=at), reward_birthdays(at=at + DAY)] == [1, 0]
    assert held(saver, at) == 50
    Customer.objects.filter(pk=saver.customer_id).update(birth_date=date(1990, 11, 19))
    assert reward_birthdays(at=at) == 0
    assert reward_birthdays(at=at + 364 * DAY) == 1
    assert reward_birthdays(at=at + 10 * DAY) == 0


def test_nobody_earns_by_the_birthday_of_before_they_took_part(
    programme: Programme, anna: Customer, at: datetime
) -> None:
    Customer.objects.filter(pk=anna.pk).update(birth_date=date(1990, 11, 18))
    rule("birthday", 50, at)
    join_programme(anna, at=at)
    assert reward_birthdays(at=at) == 0


@pytest.mark.parametrize(
    ("joins", "earns"),
    [
        ("2026-11-17T23:30", 1),
        ("2026-11-18T09:00", 1),
        ("2026-11-18T23:59", 1),  # in Amsterdam
        ("2026-11-19T00:10", 0),  # the 18th in London
    ],
)
def test_who_joins_on_their_birthday_earns_by_it_this_year(
    programme: Programme, anna: Customer, at: datetime, joins: str, earns: int
) -> None:
    Customer.objects.filter(pk=anna.pk).update(birth_date=date(1990, 11, 18))
    rule("birthday", 50, at)
    zone = ZoneInfo(programme.zone)
    joined = datetime.fromisoformat(joins).replace(tzinfo=zone)
    member, _ = join_programme(anna, at=joined)
    nights = [datetime(2026, 11, day, 3, tzinfo=zone) for day in (18, 19, 20, 24)]
    assert sum(reward_birthdays(at=night) for night in nights) == earns
    assert held(member, nights[-1]) == 50 * earns
    assert reward_birthdays(at=datetime(2027, 11, 18, 3, tzinfo=zone)) == 1


def test_a_birth_date_told_on_the_day_or_soon_after_earns_this_year_and_once(
    saver: Member, at: datetime
) -> None:
    rule("birthday", 50, at)
    assert reward_birthdays(at=at) == 0
    Customer.objects.filter(pk=saver.customer_id).update(birth_date=date(1990, 11, at.day))
    assert [reward_birthdays(at=at + DAY), reward_birthdays(at=at + 2 * DAY)] == [1, 0]


def test_a_rule_that_changed_gives_no_second_birthday_and_stops_no_night(
    saver: Member, at: datetime
) -> None:
    rule("birthday", 50, at)
    Customer.objects.filter(pk=saver.customer_id).update(birth_date=at.date().replace(year=1990))
    assert reward_birthdays(at=at) == 1
    change_rule(EarningRule.objects.get(action="birthday"), at=at, by="test", points=80)
    assert reward_birthdays(at=at + DAY) == 0
    assert held(saver, at + DAY) == 50


@pytest.mark.parametrize(
    ("born", "since", "until", "days"),
    [
        ("1990-11-18", "2026-11-13", "2026-11-20", ["2026-11-18"]),
        ("1990-12-30", "2026-12-28", "2027-01-04", ["2026-12-30"]),
        ("1990-01-02", "2026-12-28", "2027-01-04", ["2027-01-02"]),
        ("1992-02-29", "2027-02-25", "2027-03-04", ["2027-02-28"]),
        ("1992-02-29", "2028-02-25", "2028-03-04", ["2028-02-29"]),
        ("1990-11-21", "2026-11-13", "2026-11-20", []),
        ("2026-11-18", "2026-11-13", "2026-11-20", []),
    ],
)
def test_birthdays_fall_where_they_should(
    born: str, since: str, until: str, days: list[str]
) -> None:
    found = birthdays(
        date.fromisoformat(born), since=date.fromisoformat(since), until=date.fromisoformat(until)
    )
    assert [day.isoformat() for day in found] == days


def test_a_limit_a_year_begins_anew_with_the_year_and_one_for_ever_does_not(
    saver: Member, at: datetime
) -> None:
    rule("review", 1, at, most_times=2, most_per="year")
    rule("visit", 1, at, most_times=2, most_per="ever")
    for action, wanted in (("review", 4), ("visit", 2)):
        earned = 0
        for place, days in enumerate((0, 1, 2, 60, 61, 62)):
            moment = at + days * DAY
            made = earn_by_action(saver, action, at=moment, key=f"{action}-{place}")
            earned += sum(one.is_new for one in made)
        assert earned == wanted, action


def test_a_first_order_is_the_first_ever_and_not_the_first_with_a_card(
    saver: Member, bram: Customer, at: datetime
) -> None:
    rule("first_order", 100, at)
    buy(saver.customer, "1", on=at - 200 * DAY)
    buy(saver.customer, "2", on=at)
    newcomer, _ = join_programme(bram, at=at - DAY)
    buy(bram, "3", on=at - timedelta(hours=1))
    buy(bram, "4", on=at)
    follow_orders()
    assert balance_of(saver, as_of=at).pending == 0
    assert balance_of(newcomer, as_of=at).pending == 100
