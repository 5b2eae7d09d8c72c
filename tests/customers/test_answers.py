"""Asking customers what they think, and what becomes of their answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from stamgast.customers import questions
from stamgast.customers.actions import (
    answer_question,
    ask_customers,
    ask_question,
    record_answer,
    record_consent,
)
from stamgast.customers.actions.history import load_answer_history
from stamgast.customers.errors import (
    AlreadyAnswered,
    AskedRecently,
    BadSurveyAnswer,
    CustomerMerged,
    InTheFuture,
    KeyReused,
    MayNotAsk,
    TooLateToAnswer,
)
from stamgast.customers.links import answer_behind, token_of
from stamgast.customers.models import Answer, Customer, Task
from stamgast.customers.queries import answers_of, may_be_asked, open_questions, open_tasks
from stamgast.events.models import Event
from stamgast.privacy.actions import erase_person, export_person, merge_customers, unmerge_customers

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def allow_surveys(*customers: Customer, at: datetime) -> None:
    for customer in customers:
        record_consent(
            customer, channel="email", purpose="survey", is_granted=True, source="shop", at=at
        )


def ask(customer: Customer, at: datetime, question: str = "nps", **more: Any) -> Answer:
    return ask_question(customer, question=question, at=at, by="cli", **more)


def test_a_question_waits_for_its_answer(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    asked = ask(anna, at)
    assert (asked.question, asked.asked_at, asked.answered_at) == ("nps", at, None)
    assert list(open_questions(at=at)) == [asked]
    told = Event.objects.get(kind="question_asked")
    assert (told.subject_id, told.facts) == (anna.pk, {"answer": asked.pk, "question": "nps"})


def test_asks_nobody_who_did_not_allow_surveys(anna: Customer, at: datetime) -> None:
    with pytest.raises(MayNotAsk) as refused:
        ask(anna, at)
    assert refused.value.facts == {"reason": "never_given"}
    assert not Answer.objects.exists()


def test_asks_nobody_who_withdrew(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at - 2 * DAY)
    record_consent(
        anna, channel="email", purpose="survey", is_granted=False, source="phone", at=at - DAY
    )
    with pytest.raises(MayNotAsk) as refused:
        ask(anna, at)
    assert refused.value.facts == {"reason": "withdrawn"}
    assert not may_be_asked("nps", at=at).exists()


def test_a_question_that_is_open_is_not_asked_twice(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    assert ask(anna, at) == ask(anna, at + 3 * DAY)
    assert Event.objects.filter(kind="question_asked").count() == 1


@pytest.mark.parametrize(("days", "is_asked"), [(89, False), (90, True)])
def test_the_same_is_not_asked_within_ninety_days(
    anna: Customer, at: datetime, days: int, is_asked: bool
) -> None:
    allow_surveys(anna, at=at)
    answer_question(ask(anna, at), score=9, at=at)
    later = at + days * DAY
    assert (anna in may_be_asked("nps", at=later)) is is_asked
    if is_asked:
        assert ask(anna, later).answered_at is None
    else:
        with pytest.raises(AskedRecently):
            ask(anna, later)


def test_about_another_order_one_may_be_asked_again(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    first = ask(anna, at, "delivery", order_number="7001")
    assert ask(anna, at, "delivery", order_number="7002") != first


def test_many_are_asked_and_it_is_said_who_was_left_out(
    everybody: dict[str, Customer], at: datetime
) -> None:
    allow_surveys(everybody["anna"], everybody["bram"], everybody["carla"], at=at)
    answer_question(ask(everybody["carla"], at - DAY), score=9, at=at)
    done = ask_customers(everybody.values(), question="nps", at=at)
    assert {row.customer for row in done.answers} == {everybody["anna"], everybody["bram"]}
    assert done.left_out == {"never_given": 2, "asked_recently": 1}


def test_who_may_be_asked_is_who_is_asked(everybody: dict[str, Customer], at: datetime) -> None:
    allow_surveys(everybody["anna"], everybody["bram"], everybody["daan"], at=at)
    everybody["bram"].email = ""
    everybody["bram"].save()
    answer_question(ask(everybody["daan"], at - DAY), score=9, at=at)
    may = set(may_be_asked("nps", at=at))
    asked = ask_customers(everybody.values(), question="nps", at=at).answers
    assert may == {row.customer for row in asked} == {everybody["anna"]}


def test_an_answer_behind_the_link_is_kept(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    asked = ask(anna, at)
    answer_question(asked, score=9, remark=" Nice\r\nshop\x00 ", at=at + DAY)
    asked.refresh_from_db()
    assert (asked.score, asked.out_of, asked.remark) == (9, 10, "Nice\nshop")
    assert asked.answered_at == at + DAY
    told = Event.objects.get(kind="question_answered")
    assert told.facts == {"answer": asked.pk, "question": "nps", "is_low": False}
    assert told.actor == "customer"


def test_a_question_is_answered_once(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    asked = ask(anna, at)
    answer_question(asked, score=9, at=at)
    with pytest.raises(AlreadyAnswered):
        answer_question(asked, score=1, at=at)
    asked.refresh_from_db()
    assert asked.score == 9


def test_after_sixty_days_it_is_too_late(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    asked = ask(anna, at)
    with pytest.raises(TooLateToAnswer):
        answer_question(asked, score=9, at=at + 60 * DAY)
    assert not open_questions(at=at + 60 * DAY).exists()
    answer_question(asked, score=9, at=at + 60 * DAY - timedelta(seconds=1))


OFF_THE_SCALE = [
    ("nps", {"score": 11}, "score"),
    ("nps", {"score": -1}, "score"),
    ("nps", {}, "score"),
    ("nps", {"score": True}, "score"),
    ("nps", {"score": 9, "choice": "yes"}, "choice"),
    ("csat", {"score": 0}, "score"),
    ("csat", {"score": 6}, "score"),
    ("csat", {"score": 6, "out_of": 7}, "out_of"),
    ("delivery", {"score": 0}, "score"),
    ("why_stay", {"choice": "love"}, "choice"),
    ("why_stay", {"choice": "legal", "score": 3}, "score"),
    ("knows_others", {"choice": ""}, "choice"),
    ("mood", {"score": 3}, "question"),
]


@pytest.mark.parametrize(("question", "answer", "field"), OFF_THE_SCALE)
def test_refuses_what_was_not_asked(
    anna: Customer, at: datetime, question: str, answer: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadSurveyAnswer) as refused:
        record_answer(anna, question=question, at=at, **answer)
    assert refused.value.facts == {"field": field}
    assert not Answer.objects.exists()


def test_satisfaction_may_be_on_ten_points(anna: Customer, at: datetime) -> None:
    five = record_answer(anna, question="csat", score=4, at=at)
    ten = record_answer(anna, question="csat", score=8, out_of=10, at=at)
    assert (five.out_of, ten.out_of) == (5, 10)


LOW = [
    ("nps", {"score": 6, "remark": "Slow"}, True),
    ("nps", {"score": 6}, False),
    ("nps", {"score": 7, "remark": "Slow"}, False),
    ("csat", {"score": 2}, True),
    ("csat", {"score": 3}, False),
    ("csat", {"score": 5, "out_of": 10}, True),
    ("delivery", {"score": 5}, True),
    ("delivery", {"score": 6}, False),
    ("why_leave", {"choice": "price", "remark": "Too dear"}, False),
]


@pytest.mark.parametrize(("question", "answer", "is_low"), LOW)
def test_a_low_score_becomes_a_task_of_nobody_yet(
    anna: Customer, at: datetime, question: str, answer: dict[str, Any], is_low: bool
) -> None:
    row = record_answer(anna, question=question, at=at, **answer)
    tasks = list(open_tasks(as_of=at.date()))
    assert [(t.answer, t.reason, t.owner, t.customer) for t in tasks] == (
        [(row, "low_score", None, anna)] if is_low else []
    )
    # Friday 20 November, and three working days on.
    assert [task.due for task in tasks] == ([date(2026, 11, 25)] if is_low else [])
    assert Event.objects.filter(kind="task_added").count() == is_low


def test_weekends_are_no_working_days() -> None:
    friday = date(2026, 11, 20)
    assert questions.business_days_after(friday, 1) == date(2026, 11, 23)
    assert questions.business_days_after(friday + DAY, 5) == date(2026, 11, 27)
    assert questions.business_days_after(friday, 0) == friday


def test_the_same_key_is_one_answer(anna: Customer, at: datetime) -> None:
    facts: dict[str, Any] = {"question": "delivery", "score": 2, "key": "s-1", "answered_at": at}
    first = record_answer(anna, at=at, **facts)
    assert record_answer(anna, at=at + DAY, **facts) == first
    with pytest.raises(KeyReused):
        record_answer(anna, at=at, **{**facts, "score": 3})
    assert Answer.objects.count() == Task.objects.count() == 1


def test_refuses_an_answer_of_tomorrow_and_one_before_its_question(
    anna: Customer, at: datetime
) -> None:
    with pytest.raises(InTheFuture):
        record_answer(anna, question="nps", score=9, at=at, answered_at=at + DAY)
    with pytest.raises(BadSurveyAnswer):
        record_answer(anna, question="nps", score=9, at=at, asked_at=at + DAY)


def test_a_history_of_answers_makes_no_tasks(anna: Customer, at: datetime) -> None:
    old = at - 300 * DAY
    rows = [
        Answer(
            customer=anna, question="delivery", score=1, out_of=10, answered_at=old, source="api"
        )
    ]
    assert load_answer_history(rows, at=at) == 1
    assert not Task.objects.exists()
    assert Event.objects.get(kind="answer_history_loaded").is_historic


def test_a_link_opens_its_own_question_only(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    asked = ask(anna, at)
    token = token_of(asked)
    assert answer_behind(token) == asked
    number, _, signature = token.partition(".")
    for other in (f"{int(number) + 1}.{signature}", number, f"{number}.", "", "x.y", f"{token}a"):
        assert answer_behind(other) is None


def test_what_was_answered_is_shown_newest_first(anna: Customer, at: datetime) -> None:
    allow_surveys(anna, at=at)
    old = record_answer(anna, question="nps", score=9, at=at, answered_at=at - 5 * DAY)
    asked = ask(anna, at - DAY)
    new = record_answer(anna, question="csat", score=5, at=at)
    assert list(answers_of(anna)) == [new, asked, old]


def test_answers_go_along_with_a_merge_and_come_back(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    hers = record_answer(anna, question="nps", score=9, at=at)
    his = record_answer(bram, question="nps", score=3, at=at)
    merge = merge_customers(anna, bram, at=at, by="user:1")
    assert set(answers_of(anna)) == {hers, his}
    bram.refresh_from_db()
    with pytest.raises(CustomerMerged):
        record_answer(bram, question="nps", score=3, at=at)
    unmerge_customers(merge, at=at, by="user:1")
    assert list(answers_of(bram)) == [his]


def test_an_erased_persons_remarks_are_gone_and_the_score_stays(
    anna: Customer, bram: Customer, home: Any, at: datetime
) -> None:
    allow_surveys(anna, at=at)
    record_answer(anna, question="nps", score=2, remark="I am Anna", at=at, key="anna-1")
    told = record_answer(
        bram, question="csat", score=4, remark="ask anna@example.nl", at=at, key="b"
    )
    ask(anna, at, "csat")
    with ZipFile(BytesIO(export_person(anna, at=at, by="user:1"))) as handed_over:
        assert b"I am Anna" in handed_over.read("person.json")
    erase_person(anna, at=at, by="user:1")
    (left,) = Answer.objects.filter(customer=anna)
    assert (left.score, left.remark, left.key) == (2, "", None)
    told.refresh_from_db()
    assert "anna@example.nl" not in told.remark
