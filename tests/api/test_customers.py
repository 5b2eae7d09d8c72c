"""Customers through the API: recorded, found again, one by one and many at once."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Program
from stamgast.customers.models import Customer
from stamgast.events.models import Event

ANNA = {"name": "Anna van der Berg", "email": "Anna@Example.com", "phone": "06-12345678"}


def test_makes_a_customer_and_tells_it_back(shop_program: Program) -> None:
    answer = shop_program.put(
        "/customers/C-1", {**ANNA, "postcode": "1234 ab", "since": "2024-02-29"}
    )
    assert (answer.status, answer.body["outcome"]) == (201, "made")
    told = answer.body["customer"]
    assert told["key"] == "C-1"
    assert (told["first_name"], told["infix"], told["last_name"]) == ("Anna", "van der", "Berg")
    assert (told["email"], told["phone"]) == ("anna@example.com", "+31612345678")
    assert (told["postcode"], told["since"]) == ("1234AB", "2024-02-29")
    assert shop_program.get("/customers/C-1").body == told


def test_the_same_again_changes_nothing_and_other_facts_do(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", ANNA)
    again = shop_program.put("/customers/C-1", ANNA)
    assert (again.status, again.body["outcome"]) == (200, "unchanged")
    other = shop_program.put("/customers/C-1", {"city": "Utrecht"})
    assert (other.status, other.body["outcome"]) == (200, "changed")
    assert other.body["customer"]["email"] == "anna@example.com"


def test_events_name_the_key_that_called(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", ANNA)
    told = Event.objects.get(kind="customer_recorded")
    assert told.actor == f"key:{shop_program.key.pk}"
    assert not told.is_historic


@pytest.mark.parametrize("key", ["C/1", "ü 1", "a?b", "bulk", "a#b%2F", "a/close"])
def test_a_key_may_hold_any_character(shop_program: Program, key: str) -> None:
    from urllib.parse import quote

    path = f"/customers/{quote(key, safe='')}"
    assert shop_program.put(path, ANNA).body["customer"]["key"] == key
    assert shop_program.get(path).body["key"] == key


def test_an_address_that_ends_a_line_is_read_too(shop_program: Program) -> None:
    assert shop_program.put("/products/a%0Ab", {}).wrong == {"sku": "unprintable"}


@pytest.mark.parametrize(
    "asked",
    [{"key": "C-1"}, {"email": "ANNA@example.com"}, {"phone": "+31 6 1234 5678"}],
    ids=lambda asked: next(iter(asked)),
)
def test_finds_a_customer_by(shop_program: Program, asked: dict[str, str]) -> None:
    shop_program.put("/customers/C-1", ANNA)
    shop_program.put("/customers/C-2", {"email": "bram@example.com", "phone": "0201234567"})
    found = shop_program.get("/customers", **asked).body
    assert [one["key"] for one in found["items"]] == ["C-1"]
    assert found["next"] is None


def test_lists_page_by_page_without_gaps(shop_program: Program) -> None:
    keys = [f"C-{i}" for i in range(5)]
    for key in keys:
        shop_program.put(f"/customers/{key}", {"city": "Utrecht"})
    first = shop_program.get("/customers", limit=2).body
    Customer.objects.filter(key="C-0").delete()  # a row that goes meanwhile shifts nothing
    second = shop_program.get("/customers", limit=2, cursor=first["next"]).body
    third = shop_program.get("/customers", limit=2, cursor=second["next"]).body
    seen = [one["key"] for page in (first, second, third) for one in page["items"]]
    assert seen == keys
    assert third["next"] is None


def test_lists_only_what_changed_since(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", ANNA)
    changed = shop_program.get("/customers/C-1").body["changed_at"]
    shop_program.put("/customers/C-2", {"email": "bram@example.com"})
    later = shop_program.get("/customers/C-2").body["changed_at"]
    assert len(shop_program.get("/customers", changed_since=changed).body["items"]) == 2
    since_later = shop_program.get("/customers", changed_since=later).body["items"]
    assert [one["key"] for one in since_later] == ["C-2"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"cursor": "bogus"}, "cursor"),
        ({"changed_since": "2024-11-20T09:00:00"}, "changed_since"),
        ({"phone": "abc"}, "phone"),
        ({"emial": "anna@example.com"}, "emial"),
    ],
)
def test_refuses_a_question_it_does_not_understand(
    shop_program: Program, asked: dict[str, Any], field: str
) -> None:
    answer = shop_program.get("/customers", **asked)
    assert (answer.status, list(answer.wrong)) == (422, [field])


def test_says_that_a_customer_is_not_there(shop_program: Program) -> None:
    answer = shop_program.get("/customers/C-9")
    assert (answer.status, answer.code) == (404, "no_such_customer")


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"email": "not an address"}, {"email": "not_an_address"}),
        ({"emial": "anna@example.com"}, {"emial": "extra_forbidden"}),
        ({"since": "29-02-2024"}, {"since": "day"}),
        ({"since": "2023-02-29"}, {"since": "day"}),
        ({"kind": "robot"}, {"kind": "literal_error"}),
        ({"first_name": 12}, {"first_name": "string_type"}),
        ({"city": "x" * 81}, {"city": "too_long"}),
    ],
)
def test_refuses_facts_it_cannot_keep(
    shop_program: Program, facts: dict[str, Any], wrong: dict[str, str]
) -> None:
    answer = shop_program.put("/customers/C-1", facts)
    assert (answer.status, answer.wrong) == (422, wrong)
    assert not Customer.objects.exists()


def test_characters_that_cannot_be_kept_are_left_out(shop_program: Program) -> None:
    answer = shop_program.put(
        "/customers/C-1", {"first_name": "An\u0000na", "city": "\u202eUtrecht"}
    )
    assert answer.body["customer"]["first_name"] == "An na"
    assert answer.body["customer"]["city"] == "Utrecht"


def test_each_of_many_is_answered_apart_and_good_ones_are_kept(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", ANNA)
    shop_program.put("/customers/C-2", {"email": "bram@example.com"})
    answer = shop_program.post(
        "/bulk/customers",
        {
            "items": [
                {"key": "C-1", **ANNA},
                {"key": "C-2", "email": "bram@example.com", "city": "Ede"},
                {"key": "C-3", "email": "no address"},
                {"key": "C-4", "emial": "daan@example.com"},
                {"city": "Ede"},
                {"email": "eva@example.com"},
                "nonsense",
            ]
        },
    )
    assert answer.status == 200
    assert [one["outcome"] for one in answer.body["items"]] == [
        "unchanged", "changed", "refused", "refused", "refused", "made", "refused",
    ]  # fmt: skip
    counts = {name: answer.body[name] for name in ("made", "changed", "unchanged", "refused")}
    assert counts == {"made": 1, "changed": 1, "unchanged": 1, "refused": 4}
    problems = [one["problem"] and one["problem"]["code"] for one in answer.body["items"]]
    assert problems == [
        None, None, "bad_customer_field", "invalid", "customer_unrecognisable", None, "invalid",
    ]  # fmt: skip
    assert answer.body["items"][3]["problem"]["fields"][0]["field"] == "emial"
    assert [one["key"] for one in answer.body["items"]][:5] == ["C-1", "C-2", "C-3", "C-4", None]
    assert set(Customer.objects.values_list("email", flat=True)) == {
        "anna@example.com", "bram@example.com", "eva@example.com",
    }  # fmt: skip


@pytest.mark.parametrize("items", [[], [{"key": "C"}] * 1001], ids=["none", "too many"])
def test_refuses_none_and_too_many_at_once(shop_program: Program, items: list[Any]) -> None:
    answer = shop_program.post("/bulk/customers", {"items": items})
    assert (answer.status, list(answer.wrong)) == (422, ["items"])
    assert not Customer.objects.exists()


def test_a_merged_customer_is_told_as_the_one_they_went_up_in(
    shop_program: Program, at: Any
) -> None:
    from stamgast.privacy.actions import merge_customers

    shop_program.put("/customers/C-1", ANNA)
    shop_program.put("/customers/C-2", {"email": "anna@work.example"})
    kept, gone = Customer.objects.get(key="C-1"), Customer.objects.get(key="C-2")
    merge_customers(kept, gone, at=at, by=None)
    assert shop_program.get("/customers/C-2").body["key"] == "C-1"
    assert [one["key"] for one in shop_program.get("/customers").body["items"]] == ["C-1"]
    assert shop_program.put("/customers/C-2", {"city": "Ede"}).body["customer"]["key"] == "C-1"


def test_who_was_erased_is_not_written_down_again(shop_program: Program, at: Any) -> None:
    from stamgast.privacy.actions import erase_person

    shop_program.put("/customers/C-1", ANNA)
    erase_person(Customer.objects.get(), at=at, by=None, reason="request")
    assert shop_program.get("/customers/C-1").status == 404
    again = shop_program.put("/customers/C-1", ANNA)
    assert (again.status, again.code) == (409, "customer_erased")
