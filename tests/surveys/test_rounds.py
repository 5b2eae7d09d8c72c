"""Asking many one question: whom, how many, by mail or by list, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stamgast.customers.actions import answer_question, record_consent
from stamgast.customers.errors import AlreadyAnswered
from stamgast.customers.links import answer_behind, token_of
from stamgast.customers.models import Answer, Customer
from stamgast.events.models import Event
from stamgast.mail.actions import pause_mail, suppress
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.models import Message
from stamgast.scoring.models import CurrentRun, Run, Score
from stamgast.surveys import rules
from stamgast.surveys.actions import ask_round, take_round_back
from stamgast.surveys.errors import NobodyToAsk
from stamgast.surveys.queries import audience, questions_of, reachable, rounds

pytestmark = pytest.mark.django_db
TEXT = Content.of(
    en=Version("One question", (Block("button", "Answer", "{{ answer_url }}"),)),
)


def allow(*people: Customer, at: datetime) -> None:
    for one in people:
        record_consent(
            one, channel="email", purpose="survey", is_granted=True, source="shop", at=at
        )


def address(row: Answer) -> str:
    return f"https://shop.example/a/{token_of(row)}"


def test_asks_only_who_allowed_it_and_says_why_not_the_others(
    at: datetime, anna: Customer, bram: Customer, carla: Customer, daan: Customer, eva: Customer
) -> None:
    allow(anna, bram, carla, daan, at=at - timedelta(days=9))
    record_consent(bram, channel="email", purpose="survey", is_granted=False, source="phone", at=at)
    pause_mail(carla, at=at)
    suppress("daan@example.nl", reason="bounced", at=at, by=None)
    assert list(reachable("nps", at=at)) == [anna]
    found = audience("nps", at=at)
    assert (found.suits, found.reachable) == (5, 1)
    assert found.left_out == {"never_given": 1, "withdrawn": 1, "paused": 1, "bounced": 1}


def test_why_they_leave_is_asked_of_who_drifts_or_left(
    at: datetime, anna: Customer, bram: Customer
) -> None:
    allow(anna, bram, at=at)
    run = Run.objects.create(
        as_of=at.date(), status=Run.Status.READY, started_at=at, ended_at=at, currency="EUR"
    )
    CurrentRun.objects.create(pk=1, run=run)
    for customer, stage in ((anna, "active"), (bram, "drifting")):
        Score.objects.create(
            run=run,
            customer=customer,
            stage=stage,
            orders=3,
            revenue_minor=100,
            margin_minor=40,
            step="nothing",
        )
    assert list(reachable("why_leave", at=at)) == [bram]
    assert list(reachable("why_stay", at=at)) == [anna]
    assert set(reachable("nps", at=at)) == {anna, bram}


def test_each_gets_the_question_with_a_link_of_their_own_by_mail(
    at: datetime, anna: Customer, bram: Customer
) -> None:
    allow(anna, bram, at=at)
    asked = ask_round("nps", count=10, at=at, content=TEXT, address=address)
    assert (asked.asked, asked.answered) == (2, 0)
    messages = list(Message.objects.order_by("pk"))
    assert {(one.customer, one.kind, one.purpose) for one in messages} == {
        (anna, "survey", "survey"),
        (bram, "survey", "survey"),
    }
    for one in messages:
        row = answer_behind(one.facts["answer_url"].rpartition("/")[2])
        assert row is not None
        assert row.customer == one.customer
    assert rounds() == [asked]


def test_without_a_message_the_links_are_there(at: datetime, anna: Customer) -> None:
    allow(anna, at=at)
    asked = ask_round("csat", count=1, at=at)
    assert not Message.objects.exists()
    row = questions_of("csat", asked.at).get()
    assert (row.customer, row.source, row.asked_at) == (anna, "link", at)


def test_nobody_is_asked_twice_within_90_days(at: datetime, anna: Customer) -> None:
    allow(anna, at=at)
    ask_round("nps", count=1, at=at)
    later = at + timedelta(days=89)
    with pytest.raises(NobodyToAsk):
        ask_round("nps", count=1, at=later)
    assert audience("nps", at=later).left_out == {"asked_recently": 1}
    assert ask_round("nps", count=1, at=at + timedelta(days=91)).asked == 1


def test_refuses_when_there_is_nobody_or_none_is_wanted(at: datetime, anna: Customer) -> None:
    with pytest.raises(NobodyToAsk):
        ask_round("nps", count=5, at=at)
    allow(anna, at=at)
    with pytest.raises(NobodyToAsk):
        ask_round("nps", count=0, at=at)
    assert not Answer.objects.exists()


def test_a_round_is_taken_back_with_the_mail_that_waits(
    at: datetime, anna: Customer, bram: Customer
) -> None:
    allow(anna, bram, at=at)
    asked = ask_round("nps", count=2, at=at, content=TEXT, address=address)
    token = token_of(questions_of("nps", asked.at)[0])
    assert take_round_back("nps", asked_at=asked.at, at=at) == 2
    assert answer_behind(token) is None
    assert set(Message.objects.values_list("status", "reason")) == {("withheld", "taken_back")}
    assert rounds() == []
    assert Event.objects.filter(kind="question_withdrawn").count() == 2
    assert ask_round("nps", count=2, at=at + timedelta(minutes=1)).asked == 2


def test_a_round_that_somebody_answered_stays(at: datetime, anna: Customer, bram: Customer) -> None:
    allow(anna, bram, at=at)
    asked = ask_round("nps", count=2, at=at)
    answer_question(questions_of("nps", asked.at)[0], score=9, at=at)
    with pytest.raises(AlreadyAnswered):
        take_round_back("nps", asked_at=asked.at, at=at)
    assert [(one.asked, one.answered) for one in rounds()] == [(2, 1)]


def test_draws_by_lot_the_same_for_the_same_moment() -> None:
    many = list(range(1, 1001))
    drawn = rules.draw(many, 100, seed="a")
    assert len(set(drawn)) == 100
    assert drawn == rules.draw(list(reversed(many)), 100, seed="a")
    assert drawn != rules.draw(many, 100, seed="b")
    hits = sum(500 in rules.draw(many, 100, seed=str(n)) for n in range(2000))
    assert 130 < hits < 270  # one in ten


@pytest.mark.parametrize(
    ("needed", "reachable", "share", "ask"),
    [
        (30, 1000, 0.15, 200),
        (300, 1000, 0.15, 1000),
        (0, 40, 0.15, 40),
        (2000, 90_000, 0.1, rules.MOST),
    ],
)
def test_proposes_to_ask_as_many_as_bring_the_answers_needed(
    needed: int, reachable: int, share: float, ask: int
) -> None:
    assert rules.suggested(needed, reachable, share) == ask


def test_knows_its_own_response_once_fifty_were_asked() -> None:
    assert rules.response(49, 40) == rules.USUAL_RESPONSE
    assert rules.response(50, 10) == 0.2
    assert rules.response(500, 0) == 1 / 500


def test_the_name_of_a_round_is_its_moment() -> None:
    moment = datetime(2026, 11, 20, 9, 0, 7, 123456, tzinfo=UTC)
    assert rules.moment_of(rules.name_of(moment)) == moment.replace(microsecond=0)
    assert rules.moment_of("yesterday") is None
