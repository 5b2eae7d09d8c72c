"""The page behind a link: open to whoever has it, once, and without a word about anybody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from stamgast.customers.actions import ask_question, record_consent
from stamgast.customers.links import token_of
from stamgast.customers.models import Answer, Customer, Task
from stamgast.customers.questions import CHOICES, QUESTIONS
from stamgast.staff.actions import change_shop
from stamgast.web.member import question_words

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def linde(db: None, at: datetime) -> None:
    """A Dutch shop with a name."""
    change_shop(at=at, by="test", name="Linde", language="nl")


def ask(customer: Customer, at: datetime, question: str = "nps") -> Answer:
    record_consent(
        customer, channel="email", purpose="survey", is_granted=True, source="shop", at=at
    )
    return ask_question(customer, question=question, at=at)


def open_page(asked: Answer) -> str:
    response = Client().get(f"/a/{token_of(asked)}")
    assert response.status_code == 200
    return unescape(response.content.decode())


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_looking_stores_nothing(anna: Customer, at: datetime) -> None:
    asked = ask(anna, at)
    address = f"/a/{token_of(asked)}"
    for _ in range(2):
        Client().get(address, {"answer": "9"})
        Client().head(address)
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_an_answer_is_kept_and_thanked_for(anna: Customer, at: datetime) -> None:
    asked = ask(anna, at)
    client = Client(enforce_csrf_checks=True)  # the browser in a mail program keeps no cookie
    response = client.post(f"/a/{token_of(asked)}", {"answer": "9", "remark": "Lekkere koffie"})
    assert response.status_code == 302
    asked.refresh_from_db()
    assert (asked.score, asked.remark, asked.answered_at) == (9, "Lekkere koffie", at)
    thanks = words(open_page(asked))
    assert "Dank u wel, Anna." in thanks
    assert "radio" not in open_page(asked)


def test_a_link_takes_one_answer(anna: Customer, at: datetime) -> None:
    asked = ask(anna, at)
    address = f"/a/{token_of(asked)}"
    Client().post(address, {"answer": "9"})
    second = Client().post(address, {"answer": "1"})
    assert second.status_code == 409
    asked.refresh_from_db()
    assert asked.score == 9


def test_after_sixty_days_it_says_that_it_is_closed(anna: Customer, at: datetime) -> None:
    asked = ask(anna, at - 60 * DAY)
    for response in (
        Client().get(f"/a/{token_of(asked)}"),
        Client().post(f"/a/{token_of(asked)}", {"answer": "9"}),
    ):
        assert response.status_code == 410
        assert "Deze vraag is gesloten." in unescape(response.content.decode())
    asked.refresh_from_db()
    assert asked.answered_at is None


@pytest.mark.parametrize("token", ["x", "1", "1.wrong", "999999.abc"])
def test_a_link_that_is_not_ours_shows_nothing(anna: Customer, at: datetime, token: str) -> None:
    ask(anna, at)
    for response in (Client().get(f"/a/{token}"), Client().post(f"/a/{token}", {"answer": "9"})):
        assert response.status_code == 404
        assert "Anna" not in response.content.decode()


@pytest.mark.parametrize("given", ["", "11", "-1", "9.5", "negen", "9" * 5000])
def test_says_what_is_missing_and_keeps_the_explanation(
    anna: Customer, at: datetime, given: str
) -> None:
    asked = ask(anna, at)
    response = Client().post(f"/a/{token_of(asked)}", {"answer": given, "remark": "omdat"})
    assert response.status_code == 422
    page = unescape(response.content.decode())
    assert "Kies een van de antwoorden." in page
    assert ">omdat</textarea>" in page
    asked.refresh_from_db()
    assert asked.answered_at is None


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_can_be_answered_with_each_of_its_options(
    anna: Customer, at: datetime, question: str
) -> None:
    asked = ask(anna, at, question)
    page = open_page(asked)
    assert str(question_words.QUESTIONS[question]) not in page, "the shop is filled in, in Dutch"
    options = re.findall(r'type="radio" name="answer" value="([^"]+)"', page)
    assert options == [one.value for one in question_words.options(question, asked.out_of)]
    for option in (options[0], options[-1]):
        Answer.objects.filter(pk=asked.pk).update(answered_at=None)
        response = Client().post(f"/a/{token_of(asked)}", {"answer": option})
        assert response.status_code == 302
        asked.refresh_from_db()
        assert option in {asked.choice, str(asked.score)}


def test_every_choice_has_its_words() -> None:
    assert question_words.QUESTIONS.keys() == set(QUESTIONS)
    assert {name: tuple(texts) for name, texts in question_words.ANSWERS.items()} == dict(CHOICES)


def test_speaks_the_customers_language_else_the_shops(
    anna: Customer, carla: Customer, at: datetime
) -> None:
    Customer.objects.filter(pk=anna.pk).update(language="en-GB")
    anna.refresh_from_db()
    english, dutch = open_page(ask(anna, at)), open_page(ask(carla, at))
    assert '<html lang="en">' in english
    assert "How likely are you to recommend Linde" in english
    assert '<html lang="nl">' in dutch
    assert "Hoe waarschijnlijk is het dat u Linde aanbeveelt" in dutch


def test_shows_no_more_of_them_than_a_first_name(anna: Customer, at: datetime) -> None:
    page = open_page(ask(anna, at))
    assert "Anna" in page
    for secret in ("Berg", "anna@example.nl", "12345678", "1234AB", "C-1001", "Kerkstraat"):
        assert secret not in page


def test_the_page_is_kept_out_of_caches_search_engines_and_referrers(
    anna: Customer, at: datetime
) -> None:
    headers = Client().get(f"/a/{token_of(ask(anna, at))}").headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Content-Language"] == "nl"


def test_needs_no_script(anna: Customer, at: datetime) -> None:
    page = open_page(ask(anna, at))
    assert "<script" not in page
    assert " hx-" not in page


def test_an_unhappy_answer_asks_a_colleague_to_look_into_it(anna: Customer, at: datetime) -> None:
    asked = ask(anna, at)
    Client().post(f"/a/{token_of(asked)}", {"answer": "2", "remark": "Te laat"})
    task = Task.objects.get()
    assert (task.reason, task.answer, task.owner) == ("low_score", asked, None)


def test_who_is_gone_is_asked_nothing(anna: Customer, at: datetime) -> None:
    from stamgast.privacy.actions import erase_person

    token = token_of(ask(anna, at))
    erase_person(anna, at=at, by="user:1")
    assert Client().get(f"/a/{token}").status_code == 404
