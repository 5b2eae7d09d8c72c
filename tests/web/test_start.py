"""The guide to one's real shop, and the page of words."""

from __future__ import annotations

from datetime import datetime

from stamgast.staff.actions import change_shop
from stamgast.web.terms import TERMS
from web.base_in_figures import show_base
from web.conftest import SignIn
from web.pages import get, text


def test_in_the_example_shop_it_says_how_to_begin_without_it(
    signed_in: SignIn, at: datetime
) -> None:
    change_shop(at=at, is_demo=True)
    page = text(get(signed_in("admin"), "/start"))
    assert "This example stays as it is." in page
    assert "./stamgast user add you@shop.example --role admin --language en" in page
    assert "./stamgast serve" in page


def test_counts_what_is_done(signed_in: SignIn, at: datetime) -> None:
    client = signed_in("admin")
    assert "0 of 5 done" in text(get(client, "/start"))
    change_shop(at=at, name="Koffiehuis De Brug")
    show_base()
    page = text(get(client, "/start"))
    assert "2 of 5 done" in page
    assert "Name your shop and its currency done" in page


def test_leaves_the_menu_when_asked_and_comes_back_when_undone(signed_in: SignIn) -> None:
    client = signed_in("admin")
    assert "Start your real shop" in client.get("/words").content.decode()
    client.post("/start/end")
    page = client.get("/words").content.decode()
    assert "The guide is gone from the menu." in page
    assert 'action="/start/show"' in page
    assert "Start your real shop" not in client.get("/words").content.decode()
    client.post("/start/show")
    assert "Start your real shop" in client.get("/words").content.decode()


def test_is_not_for_who_cannot_change_settings(signed_in: SignIn) -> None:
    assert "Start your real shop" not in signed_in("marketer").get("/words").content.decode()


def test_every_word_has_a_place_to_link_to(signed_in: SignIn) -> None:
    page = signed_in("service").get("/words").content.decode()
    assert all(f'id="{code}"' in page for code in TERMS)
