"""Consents through the API: only ever added, and safe to send twice."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Program
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import may_contact

MAIL = {
    "key": "optin-1",
    "customer": {"key": "C-1"},
    "channel": "email",
    "purpose": "offers",
    "is_granted": True,
    "source": "checkout",
    "wording": "Yes, mail me offers.",
    "given_at": "2024-11-20T10:30:00+01:00",
}


@pytest.fixture(autouse=True)
def _anna(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", {"email": "anna@example.com"})


def test_a_consent_is_added_and_counts(shop_program: Program) -> None:
    answer = shop_program.post("/consents", MAIL)
    assert (answer.status, answer.body["outcome"]) == (201, "made")
    told = answer.body["consent"]
    assert told["given_at"] == "2024-11-20T09:30:00Z"
    assert told["wording"] == "Yes, mail me offers."
    assert may_contact(Customer.objects.get(), channel="email", purpose="offers").is_allowed


def test_the_same_consent_again_changes_nothing(shop_program: Program) -> None:
    first = shop_program.post("/consents", MAIL)
    again = shop_program.post("/consents", MAIL)
    assert (again.status, again.body["outcome"]) == (200, "unchanged")
    assert again.body["consent"] == first.body["consent"]


def test_the_same_key_with_other_facts_is_refused(shop_program: Program) -> None:
    shop_program.post("/consents", MAIL)
    answer = shop_program.post("/consents", {**MAIL, "is_granted": False})
    assert (answer.status, answer.code) == (409, "key_reused")
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("who", [{"key": "C-1"}, {"email": "Anna@Example.com"}, "id"])
def test_the_customer_may_be_named_by(shop_program: Program, who: Any) -> None:
    pk = Customer.objects.get().pk
    answer = shop_program.post(
        "/consents", {**MAIL, "customer": {"id": pk} if who == "id" else who}
    )
    assert answer.body["consent"]["customer_id"] == pk


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ({"key": "C-9"}, 404, "no_such_customer"),
        ({"id": 999}, 404, "no_such_customer"),
        ({"email": "no address"}, 404, "no_such_customer"),
        ({}, 422, "nobody_named"),
    ],
)
def test_refuses_a_customer_nobody_knows(
    shop_program: Program, who: dict[str, Any], status: int, code: str
) -> None:
    answer = shop_program.post("/consents", {**MAIL, "customer": who})
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    ("change", "code", "wrong"),
    [
        ({"channel": "pigeon"}, "invalid", {"channel": "literal_error"}),
        ({"is_granted": "yes"}, "invalid", {"is_granted": "bool_type"}),
        ({"source": " "}, "invalid", {"source": "empty"}),
        ({"given_at": "2024-11-20T10:30:00"}, "invalid", {"given_at": "moment"}),
        ({"given_at": "2126-11-20T10:30:00Z"}, "in_the_future", {}),
        ({"basis": "soft_opt_in"}, "soft_opt_in_refused", {}),
    ],
)
def test_refuses_a_consent_that_is_none(
    shop_program: Program, change: dict[str, Any], code: str, wrong: dict[str, str]
) -> None:
    answer = shop_program.post("/consents", {**MAIL, **change})
    assert (answer.status, answer.code, answer.wrong) == (422, code, wrong)
    assert not Consent.objects.exists()


def test_lists_what_one_customer_said(shop_program: Program) -> None:
    shop_program.put("/customers/C-2", {"email": "bram@example.com"})
    shop_program.post("/consents", MAIL)
    shop_program.post("/consents", {**MAIL, "key": "optin-2", "customer": {"key": "C-2"}})
    later = {"key": "optin-3", "is_granted": False, "given_at": "2024-11-21T09:00:00Z"}
    shop_program.post("/consents", {**MAIL, **later})
    said = shop_program.get("/consents", customer="C-1").body["items"]
    assert [(one["key"], one["is_granted"]) for one in said] == [
        ("optin-1", True), ("optin-3", False),
    ]  # fmt: skip
    since = shop_program.get("/consents", since="2024-11-21T00:00:00Z").body["items"]
    assert [one["key"] for one in since] == ["optin-3"]
    assert shop_program.get("/consents", customer="C-9").status == 404
