"""Signing in and out, and one's own account."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cast import PASSWORD
from stamgast.staff.actions import deactivate_user, make_user, set_password
from stamgast.staff.models import User
from web.conftest import SignIn

EMAIL = "sanne@shop.example"


@pytest.fixture
def sanne(db: None, at: datetime) -> User:
    return make_user(
        email=EMAIL, name="Sanne", role="marketer", language="nl", password=PASSWORD, at=at
    )


def _try(client: Client, password: str, to: str = "/sign-in") -> int:
    return client.post(to, {"email": EMAIL, "password": password}).status_code


def test_the_right_password_opens_the_door(client: Client, sanne: User) -> None:
    answer = client.post("/sign-in?next=/words", {"email": EMAIL.upper(), "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/words")
    assert client.get("/words").status_code == 200


def test_never_leads_to_another_site(client: Client, sanne: User) -> None:
    answer = client.post(
        "/sign-in?next=https://elsewhere.example/", {"email": EMAIL, "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/"


def test_says_the_same_for_an_unknown_name_and_a_wrong_password(
    client: Client, sanne: User
) -> None:
    wrong = client.post("/sign-in", {"email": EMAIL, "password": "not this one"})
    unknown = client.post("/sign-in", {"email": "nobody@shop.example", "password": PASSWORD})
    sentence = "This e-mail address and password do not go together."
    assert wrong.status_code == unknown.status_code == 400
    assert sentence in wrong.content.decode()
    assert sentence in unknown.content.decode()


def test_five_wrong_passwords_close_the_name_for_a_while(
    client: Client, sanne: User, monkeypatch: pytest.MonkeyPatch, at: datetime
) -> None:
    assert [_try(client, "not this one") for _ in range(5)] == [400] * 5
    assert _try(client, PASSWORD) == 400
    later = at + timedelta(minutes=16)
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: later)
    assert _try(client, PASSWORD) == 302


def test_a_closed_account_is_out_at_once(client: Client, sanne: User, at: datetime) -> None:
    make_user(email="boss@shop.example", name="Boss", role="admin", at=at)
    client.force_login(sanne)
    assert client.get("/me").status_code == 200
    deactivate_user(sanne, at=at)
    assert client.get("/me").status_code == 302


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    client: Client, sanne: User
) -> None:
    other = Client()
    assert _try(client, PASSWORD) == _try(other, PASSWORD) == 302
    answer = client.post(reverse("password"), {"now": PASSWORD, "new": "another horse entirely"})
    assert answer.status_code == 302
    assert client.get("/me").status_code == 200
    assert other.get("/me").status_code == 302


@pytest.mark.parametrize(
    ("now", "new", "sentence"),
    [
        ("not this one", "another horse entirely", "Dit is niet uw wachtwoord."),
        (PASSWORD, "short", "Kies een ander wachtwoord"),
        (PASSWORD, "sanne@shop.example", "lijkt te veel op"),
    ],
)
def test_refuses_a_password_with_a_reason(
    client: Client, sanne: User, now: str, new: str, sentence: str
) -> None:
    client.force_login(sanne)
    answer = client.post(reverse("password"), {"now": now, "new": new})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_a_weak_password_does_not_lock_the_door(client: Client, sanne: User, at: datetime) -> None:
    set_password(sanne, password=PASSWORD, at=at)
    client.force_login(sanne)
    client.post(reverse("password"), {"now": PASSWORD, "new": "short"})
    assert _try(Client(), PASSWORD) == 302


def test_signing_out_takes_a_post(signed_in: SignIn) -> None:
    client = signed_in("service")
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/words").status_code == 302


def test_speaks_the_language_that_was_chosen(signed_in: SignIn) -> None:
    client = signed_in("service", language="en")
    answer = client.post("/language", {"language": "nl", "next": "/words"})
    assert answer.headers["Location"] == "/words"
    page = client.get("/words")
    assert page.headers["Content-Language"] == "nl"
    assert 'lang="nl"' in page.content.decode()


def test_a_stranger_chooses_a_language_too(client: Client, db: None) -> None:
    client.post("/language", {"language": "nl"})
    assert "Inloggen" in client.get("/sign-in").content.decode()


def test_does_not_learn_a_language_it_does_not_speak(signed_in: SignIn) -> None:
    client = signed_in("service", language="en")
    client.post("/language", {"language": "fr"})
    assert client.get("/words").headers["Content-Language"] == "en"


def test_says_how_to_begin_where_nobody_works_yet(client: Client, db: None, sanne: User) -> None:
    assert "stamgast user add" not in client.get("/sign-in").content.decode()
    User.objects.all().delete()
    assert "stamgast user add" in client.get("/sign-in").content.decode()


def test_changes_ones_own_name_and_language(signed_in: SignIn) -> None:
    client = signed_in("service", language="en")
    client.post("/me", {"name": "Sanne de Wit", "language": "nl"})
    page = client.get("/me").content.decode()
    assert "Sanne de Wit" in page
    assert "Uw account is gewijzigd." in page


def test_the_language_changes_on_a_page_that_refused_a_form(signed_in: SignIn) -> None:
    client = signed_in()
    refused = client.post("/me/password", {"now": "wrong", "new": "short"}).content.decode()
    assert '<input type="hidden" name="next" value="/me/password">' in refused
    answer = client.post("/language", {"language": "nl", "next": "/me/password"}, follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/me"
    assert answer.headers["Content-Language"] == "nl"
