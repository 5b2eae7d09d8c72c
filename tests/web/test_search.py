"""One search field: whom or what each kind of text opens."""

from __future__ import annotations

from datetime import datetime

import pytest

from stamgast.customers.models import Customer
from stamgast.privacy.actions import merge_customers
from web.pages import get, names, said
from web.scored_people import Visitor, buy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "10482",
        "#10482",
        "C-1001",
        "anna@example.nl",
        "ANNA@EXAMPLE.NL",
        "06-12345678",
        "+31 6 1234 5678",
        "0031612345678",
        "06 12 34 56 78",
        "1234AB 12",
        "1234 ab, 12",
        "van der berg",
        "Anna B",
        "nna@exam",
    ],
)
def test_opens_the_one_customer_that_is_meant(
    anna: Customer, bram: Customer, signed_in: Visitor, text: str
) -> None:
    buy(anna, "10482")
    response = signed_in("service").get("/search", {"q": text})
    assert response.headers["Location"] == f"/customers/{anna.pk}"


def test_shows_who_it_may_be_when_there_are_more(
    anna: Customer, bram: Customer, carla: Customer, signed_in: Visitor
) -> None:
    client = signed_in("service")
    response = client.get("/search", {"q": "example.nl"})
    assert response.headers["Location"] == "/customers?q=example.nl"
    assert set(names(get(client, "/customers?q=example.nl"))) == {
        "Anna van der Berg",
        "Bram Jansen",
    }


def test_opens_an_anonymous_order(db: None, signed_in: Visitor) -> None:
    order = buy(None, "77")
    client = signed_in("service")
    assert client.get("/search?q=77").headers["Location"] == f"/orders/{order.pk}"
    assert "Anonymous sale" in get(client, f"/orders/{order.pk}")


def test_opens_the_record_that_was_kept(
    anna: Customer, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    merge_customers(anna, bram, at=at, by=None)
    response = signed_in("service").get("/customer?email=bram@example.nl")
    assert response.headers["Location"] == f"/customers/{anna.pk}"


def test_says_so_when_nobody_is_known_and_offers_to_make_one(db: None, signed_in: Visitor) -> None:
    page = get(signed_in("service"), "/search?q=nobody@example.nl", status=404)
    assert said(page) == "We know nobody and no order by nobody@example.nl."
    assert 'href="/customers/new?email=nobody%40example.nl"' in page or (
        'href="/customers/new?email=nobody@example.nl"' in page
    )
    assert "/customers/new" not in get(signed_in("analyst"), "/search?q=x", status=404)


def test_lists_everyone_when_nothing_is_asked(db: None, signed_in: Visitor) -> None:
    assert signed_in("service").get("/search?q=+").headers["Location"] == "/customers"


@pytest.mark.parametrize("query", ["email=anna@example.nl", "email=Anna@Example.NL", "order=10482"])
def test_sends_a_helpdesk_to_the_customer(anna: Customer, signed_in: Visitor, query: str) -> None:
    buy(anna, "10482")
    response = signed_in("service").get(f"/customer?{query}")
    assert response.headers["Location"] == f"/customers/{anna.pk}"


@pytest.mark.parametrize("query", ["email=who@example.nl", "order=999", "", "email=&order="])
def test_tells_a_helpdesk_when_nothing_is_known(db: None, signed_in: Visitor, query: str) -> None:
    get(signed_in("service"), f"/customer?{query}", status=404)


def test_tells_a_helpdesk_of_somebody_without_an_address_of_their_own(
    anna: Customer, signed_in: Visitor
) -> None:
    """A mail program may send only part of the address; an @ must be in it."""
    assert signed_in("service").get("/customer?email=anna").status_code == 404


def test_a_text_that_no_database_can_hold_is_malformed(db: None, signed_in: Visitor) -> None:
    client = signed_in("service")
    for page in ("/search", "/customers", "/customer"):
        assert client.get(page, {"q": "\x00"}).status_code == 400


def test_does_not_trip_over_strange_texts(db: None, signed_in: Visitor) -> None:
    client = signed_in("service")
    for text in ("%", "_", "'", '"', "\\", "a" * 1000, "💶", "1" * 70, "()", "+"):
        assert client.get("/search", {"q": text}).status_code in {302, 404}
        assert client.get("/customers", {"q": text}).status_code == 200
        assert client.get("/customers", {"shop": text}).status_code == 200
        assert client.get("/customer", {"email": text, "order": text}).status_code == 404
