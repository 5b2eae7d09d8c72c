"""Asking one question from the screen: whom, how many, the links, and the way back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from stamgast.customers.actions import answer_question, record_consent
from stamgast.customers.models import Answer, Customer
from stamgast.events.models import Event
from stamgast.mail.actions import change_brand, change_mail_settings
from stamgast.mail.models import Message
from web.base_in_figures import show_base
from web.conftest import SignIn
from web.pages import get, said, text, undo

pytestmark = pytest.mark.django_db
ROUND = "20261120T090000"


def allow(*people: Customer, at: datetime) -> None:
    for one in people:
        record_consent(
            one, channel="email", purpose="survey", is_granted=True, source="shop", at=at
        )


@pytest.fixture
def asked(signed_in: SignIn, at: datetime, anna: Customer, bram: Customer) -> Client:
    """Who asked two customers whether they would recommend us, with links to send oneself."""
    allow(anna, bram, at=at)
    client = signed_in("marketer")
    client.post("/ask?question=nps", {"count": "2", "way": "list"})
    return client


def test_why_they_stay_leads_to_the_question(signed_in: SignIn) -> None:
    show_base()
    assert 'href="/ask"' in get(signed_in("marketer"), "/why-they-stay")
    assert 'href="/ask"' not in get(signed_in("service"), "/why-they-stay")


def test_says_first_how_many_one_may_ask_and_why_not_the_others(
    signed_in: SignIn, at: datetime, anna: Customer, bram: Customer
) -> None:
    allow(anna, at=at)
    page = get(signed_in("marketer"), "/ask?question=nps")
    assert said(page) == "You may ask 1 of 2 customers one question."
    plain = text(page)
    assert "no permission to ask by e-mail: 1" in plain
    assert "How likely are you to recommend" in plain
    assert "No mail server is set up yet." in plain


def test_when_nobody_allowed_it_the_page_says_how_to_begin(
    signed_in: SignIn, anna: Customer
) -> None:
    page = get(signed_in("marketer"), "/ask")
    assert said(page) == "Nobody may be asked this now."
    assert "A customer may be asked once they said so" in text(page)
    assert "Ask them" not in text(page)


def test_links_are_a_list_to_send_oneself(asked: Client, anna: Customer) -> None:
    page = get(asked, f"/ask/nps/{ROUND}")
    assert said(page) == "0 of 2 customers answered."
    answer = asked.get(f"/ask/nps/{ROUND}/links")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Customer number,Name,E-mail,Language,Link"
    assert len(lines) == 3
    mine = next(line for line in lines if anna.email in line)
    token = mine.rpartition("/a/")[2]
    assert "Hoe waarschijnlijk is het" in get(asked, f"/a/{token}")  # in their language
    taken = Event.objects.get(kind="customers_exported")
    assert taken.facts["customers"] == 2


def test_who_answered_is_no_longer_on_the_list(asked: Client, at: datetime) -> None:
    answer_question(Answer.objects.order_by("pk")[0], score=9, at=at)
    page = get(asked, f"/ask/nps/{ROUND}")
    assert said(page) == "1 of 2 customers answered."
    assert "Take it back" not in text(page)
    answer = asked.get(f"/ask/nps/{ROUND}/links")
    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 2


def test_asking_can_be_undone_until_somebody_answers(asked: Client, at: datetime) -> None:
    page = undo(asked, f"/ask/nps/{ROUND}")
    assert "2 questions taken back; their links lead nowhere now." in text(page)
    assert not Answer.objects.exists()
    asked.post("/ask?question=nps", {"count": "1", "way": "list"})
    answer_question(Answer.objects.get(), score=9, at=at)
    page = asked.post(f"/ask/nps/{ROUND}/back", follow=True).content.decode()
    assert "This question was answered before." in text(page)
    assert Answer.objects.count() == 1


def test_with_mail_set_up_each_gets_a_message(
    signed_in: SignIn, at: datetime, anna: Customer
) -> None:
    allow(anna, at=at)
    change_brand(at=at, by=None, sender_address="shop@shop.example")
    change_mail_settings(at=at, by=None, host="127.0.0.1", public_address="https://shop.example")
    client = signed_in("marketer")
    assert "by e-mail from here" in get(client, "/ask?question=why_stay")
    client.post("/ask?question=why_stay", {"count": "1", "way": "mail"})
    message = Message.objects.get()
    assert message.customer == anna
    assert message.facts["answer_url"].startswith("https://shop.example/a/")
    assert set(message.content.document) == {"nl", "en"}
    undo(client, f"/ask/why_stay/{ROUND}")
    message.refresh_from_db()
    assert message.status == "withheld"


def test_more_than_may_be_asked_is_refused_beside_the_field(
    signed_in: SignIn, at: datetime, anna: Customer
) -> None:
    allow(anna, at=at)
    answer = signed_in("marketer").post("/ask?question=nps", {"count": "0", "way": "list"})
    assert answer.status_code == 422
    assert not Answer.objects.exists()


def test_a_round_that_is_not_there_has_no_page(signed_in: SignIn, at: datetime) -> None:
    client = signed_in("marketer")
    for address in ("/ask/nps/20200101T000000", "/ask/nps/never", f"/ask/weather/{ROUND}"):
        assert client.get(address).status_code == 404


def test_asked_before_is_listed_with_what_came_back(asked: Client, at: datetime) -> None:
    answer_question(Answer.objects.order_by("pk")[0], score=9, at=at + timedelta(hours=1))
    page = text(get(asked, "/ask"))
    assert "Would they recommend us? today" in page


def test_in_dutch_too(signed_in: SignIn, at: datetime, anna: Customer) -> None:
    allow(anna, at=at)
    page = get(signed_in("marketer", language="nl"), "/ask")
    assert said(page) == "U mag 1 van 1 klant één vraag stellen."
