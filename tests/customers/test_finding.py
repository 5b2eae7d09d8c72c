"""Finding people by whatever a colleague has at hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from stamgast.customers.actions import edit_customer, record_customer
from stamgast.customers.models import Customer
from stamgast.customers.queries import find, possible_duplicates, search

pytestmark = pytest.mark.django_db


@pytest.fixture
def first_names(
    anna: Customer, bram: Customer, carla: Customer, daan: Customer, eva: Customer
) -> dict[int, str]:
    return {c.pk: c.first_name for c in (anna, bram, carla, daan, eva)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # e-mail, whole or in part
        ("anna@example.nl", ["Anna"]),
        (" ANNA@Example.nl ", ["Anna"]),
        ("@example.be", ["Carla"]),
        # the shop's own number
        ("C-1003", ["Carla"]),
        # a phone number in any notation, whole or in part
        ("06-12345678", ["Anna"]),
        ("+31 6 1234 5678", ["Anna"]),
        ("0031 6 12345678", ["Anna"]),
        ("0612345678", ["Anna"]),
        ("020 7654321", ["Bram"]),
        ("+32470123456", ["Carla"]),
        ("061234", ["Anna"]),
        ("5678", ["Anna"]),
        # postcode with house number
        ("1234AB 12", ["Anna"]),
        ("1234 ab, 12", ["Anna"]),
        ("1234ab", ["Anna"]),
        ("2345BC 7", ["Bram"]),
        ("2345 bc 7a", ["Bram"]),
        ("2345 bc 7-A", ["Bram"]),
        ("9000 3", ["Carla"]),
        ("1234AB 1", []),
        ("4567DE 8", []),
        # parts of names, with or without accents, in any order
        ("berg", ["Anna"]),
        ("Berg Anna", ["Anna"]),
        ("van der", ["Anna"]),
        ("ansen", ["Bram"]),
        ("muller", ["Daan"]),
        ("MÜLLER", ["Daan"]),
        ("bakkerij ozdemir", ["Eva"]),
        ("a", ["Anna", "Bram", "Carla", "Daan", "Eva"]),
        # nothing and nobody
        ("", []),
        ("   ", []),
        ("Zebedeus", []),
        ("Anna Jansen", []),
        # signs that databases give a meaning
        ("%", []),
        ("_", []),
        ("a%n", []),
        ("\\", []),
        ("'; DROP TABLE", []),
    ],
)
def test_finds_whom_a_text_means(text: str, names: list[str], first_names: dict[int, str]) -> None:
    assert [first_names[pk] for pk in search(text)] == names
    assert [c.first_name for c in find(text)] == names


def test_gives_no_more_than_asked(first_names: dict[int, str]) -> None:
    assert len(find("a", limit=2)) == 2


def test_finds_a_changed_name_and_not_the_old_one(anna: Customer, at: datetime) -> None:
    edit_customer(anna, at=at, by="user:1", last_name="Bakker", infix="")
    assert search("bakker") == [anna.pk]
    assert search("berg") == []


def test_finds_everybody_with_an_address_the_first_owner_first(
    anna: Customer, at: datetime
) -> None:
    other, _ = record_customer(at=at, key="C-2", email="anna@example.nl")
    assert search("anna@example.nl") == [anna.pk, other.pk]


def test_finds_nobody_who_was_erased(anna: Customer, at: datetime) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=at, search="")
    assert find("06-12345678") == find("1234AB 12") == find("berg") == []


def test_points_at_records_that_may_be_the_same_person(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    by_mail, _ = record_customer(at=at, key="C-2", email="anna@example.nl")
    by_phone, _ = record_customer(at=at, key="C-3", phone="06 1234 5678")
    at_home, _ = record_customer(
        at=at, key="C-4", last_name="BERG", postcode="1234ab", house_number="12"
    )
    housemate, _ = record_customer(
        at=at, key="C-5", last_name="Smit", postcode="1234ab", house_number="12"
    )
    found = possible_duplicates(anna)
    assert found == [by_mail, by_phone, at_home]
    assert bram not in found
    assert housemate not in found
    assert possible_duplicates(housemate) == []
