"""Interactions through the API: written down once, listed, complaints brought to their end."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Program
from stamgast.customers.actions import add_interaction
from stamgast.customers.models import Customer, Interaction
from stamgast.events.models import Event

COMPLAINT = {
    "key": "ticket-7",
    "customer": {"key": "C-1"},
    "kind": "complaint",
    "text": "The parcel came open.\nTwice.",
    "order_number": "1001",
    "due": "2024-12-01",
}


@pytest.fixture(autouse=True)
def _anna(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", {"email": "anna@example.com"})


def test_a_complaint_is_written_down(shop_program: Program) -> None:
    answer = shop_program.post("/interactions", COMPLAINT)
    assert (answer.status, answer.body["outcome"]) == (201, "made")
    told = answer.body["interaction"]
    assert (told["text"], told["due"], told["closed_at"]) == (
        "The parcel came open.\nTwice.", "2024-12-01", None,
    )  # fmt: skip
    assert Event.objects.filter(kind="interaction_added").count() == 1


def test_the_same_again_changes_nothing_and_other_facts_are_refused(shop_program: Program) -> None:
    first = shop_program.post("/interactions", COMPLAINT)
    again = shop_program.post("/interactions", COMPLAINT)
    assert (again.status, again.body["outcome"]) == (200, "unchanged")
    assert again.body["interaction"] == first.body["interaction"]
    other = shop_program.post("/interactions", {**COMPLAINT, "text": "Something else"})
    assert (other.status, other.code) == (409, "key_reused")


def test_a_complaint_is_closed_once(shop_program: Program) -> None:
    pk = shop_program.post("/interactions", COMPLAINT).body["interaction"]["id"]
    ending = {"outcome": "Sent a new one"}
    closed = shop_program.post(f"/interactions/{pk}/close", ending)
    assert (closed.status, closed.body["outcome"]) == (200, "changed")
    assert closed.body["interaction"]["outcome"] == "Sent a new one"
    assert closed.body["interaction"]["closed_at"].endswith("Z")
    again = shop_program.post(f"/interactions/{pk}/close", ending)
    assert (again.status, again.body["outcome"]) == (200, "unchanged")
    other = shop_program.post(f"/interactions/{pk}/close", {"outcome": "Money back"})
    assert (other.status, other.code) == (409, "already_closed")


def test_what_is_no_complaint_has_no_end(shop_program: Program) -> None:
    note = {**COMPLAINT, "kind": "note", "due": None}
    pk = shop_program.post("/interactions", note).body["interaction"]["id"]
    answer = shop_program.post(f"/interactions/{pk}/close", {})
    assert (answer.status, answer.code) == (409, "not_a_complaint")


@pytest.mark.parametrize("pk", [999, 2**63, 10**30, 0])
def test_there_is_nothing_to_close_under_a_strange_number(shop_program: Program, pk: int) -> None:
    assert shop_program.post(f"/interactions/{pk}/close", {}).status in {404, 422}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"text": ""}, 422, "invalid"),
        ({"text": "x" * 10_001}, 422, "invalid"),
        ({"kind": "rumour"}, 422, "invalid"),
        ({"kind": "note"}, 409, "not_a_complaint"),  # a note has no deadline
        ({"happened_at": "2126-01-01T00:00:00Z"}, 422, "in_the_future"),
        ({"customer": {"key": "C-9"}}, 404, "no_such_customer"),
    ],
)
def test_refuses_what_it_cannot_write_down(
    shop_program: Program, change: dict[str, Any], status: int, code: str
) -> None:
    answer = shop_program.post("/interactions", {**COMPLAINT, **change})
    assert (answer.status, answer.code) == (status, code)
    assert not Interaction.objects.exists()


def test_lists_by_customer_kind_and_whether_it_is_open(shop_program: Program, at: Any) -> None:
    shop_program.post("/interactions", COMPLAINT)
    shop_program.post("/interactions", {**COMPLAINT, "key": "n1", "kind": "note", "due": None})
    pk = shop_program.post("/interactions", {**COMPLAINT, "key": "t8"}).body["interaction"]["id"]
    shop_program.post(f"/interactions/{pk}/close", {})
    shop_program.put("/customers/C-2", {"email": "bram@example.com"})
    bram = Customer.objects.get(key="C-2")
    add_interaction(bram, kind="call", text="Rang.", at=at)  # by an employee: without a key

    def keys(**asked: Any) -> list[str | None]:
        return [one["key"] for one in shop_program.get("/interactions", **asked).body["items"]]

    assert keys() == ["ticket-7", "n1", "t8", None]
    assert keys(customer="C-2") == [None]
    assert keys(customer_id=bram.pk) == [None]
    assert keys(kind="note") == ["n1"]
    assert keys(is_open=True) == ["ticket-7"]
    assert keys(is_open=False) == ["t8"]
    assert keys(key="t8") == ["t8"]
