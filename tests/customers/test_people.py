"""Writing down who somebody is."""

from __future__ import annotations

from datetime import datetime

import pytest

from cast import ANNA
from stamgast.customers.actions import (
    allow_profiling,
    edit_customer,
    lift_erasure,
    object_to_profiling,
    record_customer,
    record_customers,
)
from stamgast.customers.errors import (
    BadCustomerField,
    CustomerErased,
    CustomerMerged,
    CustomerUnrecognisable,
)
from stamgast.customers.models import Customer, Identity
from stamgast.customers.tombstones import bury, erased_among
from stamgast.events.models import Event

pytestmark = pytest.mark.django_db


def test_writes_a_customer_down_in_one_spelling(anna: Customer) -> None:
    anna.refresh_from_db()
    assert anna.full_name == "Anna van der Berg"
    assert (anna.phone, anna.postcode) == ("+31612345678", "1234AB")
    assert set(anna.identities.values_list("kind", "value")) == {
        ("key", "C-1001"),
        ("email", "anna@example.nl"),
    }


def test_the_same_facts_again_change_nothing(anna: Customer, at: datetime) -> None:
    before = Event.objects.count()
    assert record_customer(at=at, **ANNA.facts) == (anna, "unchanged")
    assert Customer.objects.count() == 1
    assert Event.objects.count() == before


def test_other_facts_change_what_they_say_and_nothing_else(anna: Customer, at: datetime) -> None:
    _, outcome = record_customer(at=at, key="C-1001", city="Zwolle", first_name=None)
    anna.refresh_from_db()
    assert outcome == "changed"
    assert (anna.first_name, anna.city) == ("Anna", "Zwolle")


def test_an_empty_fact_empties_a_field(anna: Customer, at: datetime) -> None:
    record_customer(at=at, key="C-1001", city="")
    anna.refresh_from_db()
    assert anna.city == ""


def test_somebody_is_recognised_by_email_where_the_shop_gives_no_number(
    anna: Customer, at: datetime
) -> None:
    found, outcome = record_customer(at=at, email="ANNA@example.nl", city="Zwolle")
    assert (found, outcome) == (anna, "changed")


def test_a_guest_who_later_gets_a_number_stays_one_customer(at: datetime) -> None:
    guest, _ = record_customer(at=at, email="anna@example.nl")
    found, outcome = record_customer(at=at, key="C-1", email="anna@example.nl")
    assert (found, outcome) == (guest, "changed")
    guest.refresh_from_db()
    assert guest.key == "C-1"


def test_one_address_under_two_numbers_is_two_customers(anna: Customer, at: datetime) -> None:
    other, outcome = record_customer(at=at, key="C-2", email="anna@example.nl")
    assert outcome == "made"
    assert other.email == anna.email
    assert Identity.objects.get(kind="email", value="anna@example.nl").customer == anna


def test_a_phone_number_recognises_only_where_nothing_else_does(at: datetime) -> None:
    caller, _ = record_customer(at=at, phone="06-12345678", first_name="Anna")
    assert record_customer(at=at, phone="+31612345678")[0] == caller
    housemate, _ = record_customer(at=at, email="bram@example.nl", phone="06-12345678")
    assert housemate != caller


def test_a_former_address_is_still_known(anna: Customer, at: datetime) -> None:
    record_customer(at=at, key="C-1001", email="anna@new.example")
    assert record_customer(at=at, email="anna@example.nl", city="Ede")[0] == anna


def test_a_phone_number_that_cannot_be_read_leaves_the_old_one(
    anna: Customer, at: datetime
) -> None:
    assert record_customer(at=at, key="C-1001", phone="ask my mother")[1] == "unchanged"
    anna.refresh_from_db()
    assert anna.phone == "+31612345678"


def test_refuses_somebody_who_cannot_be_told_apart(at: datetime) -> None:
    with pytest.raises(CustomerUnrecognisable):
        record_customer(at=at, first_name="Anna", key="  ")


@pytest.mark.parametrize(
    ("facts", "field", "problem"),
    [
        ({"email": "anna"}, "email", "not_an_address"),
        ({"key": "x" * 101}, "key", "too_long"),
        ({"key": "1", "last_name": "x" * 101}, "last_name", "too_long"),
        ({"key": "1", "kind": "dog"}, "kind", "not_a_choice"),
    ],
)
def test_refuses_a_fact_that_cannot_be_kept(
    facts: dict[str, str], field: str, problem: str, at: datetime
) -> None:
    with pytest.raises(BadCustomerField) as refusal:
        record_customer(at=at, **facts)  # type: ignore[arg-type]
    assert refusal.value.facts == {"field": field, "problem": problem}
    assert not Customer.objects.exists()


def test_an_event_holds_ids_and_nothing_of_the_person(anna: Customer) -> None:
    event = Event.objects.get(kind="customer_recorded")
    assert (event.subject, event.subject_id) == ("customer", anna.pk)
    assert event.facts == {"on": "api", "outcome": "made"}


def test_one_refused_customer_does_not_stop_the_others(at: datetime) -> None:
    many = [{"key": str(n), "email": f"c{n}@example.nl"} for n in range(45)]
    many[21]["email"] = "nobody"
    results = record_customers(many, at=at)
    assert [r.outcome for r in results].count("made") == 44
    refusal = results[21].refusal
    assert refusal is not None
    assert refusal.facts == {"field": "email", "problem": "not_an_address"}
    assert {r.outcome for r in record_customers(many, at=at)} == {"unchanged", None}


def test_a_correction_replaces_the_address_one_is_known_by(
    anna: Customer, colleague: object, at: datetime
) -> None:
    edit_customer(anna, at=at, by="user:1", email="anna@right.example", city="Ede")
    assert set(anna.identities.filter(kind="email").values_list("value", flat=True)) == {
        "anna@right.example"
    }
    assert Event.objects.get(kind="customer_edited").facts == {"fields": ["city", "email"]}


def test_a_correction_that_says_nothing_new_is_not_told(anna: Customer, at: datetime) -> None:
    edit_customer(anna, at=at, by="user:1", city="Utrecht")
    assert not Event.objects.filter(kind="customer_edited").exists()


def test_staff_are_told_when_a_phone_number_cannot_be_read(anna: Customer, at: datetime) -> None:
    with pytest.raises(BadCustomerField) as refusal:
        edit_customer(anna, at=at, by="user:1", phone="12")
    assert refusal.value.facts == {"field": "phone", "problem": "too_short"}


def test_refuses_to_edit_who_is_not_there(anna: Customer, bram: Customer, at: datetime) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=at)
    with pytest.raises(CustomerErased):
        edit_customer(anna, at=at, by="user:1", city="Ede")
    Customer.objects.filter(pk=anna.pk).update(erased_at=None, merged_into=bram)
    with pytest.raises(CustomerMerged) as refusal:
        edit_customer(anna, at=at, by="user:1", city="Ede")
    assert refusal.value.facts["into"] == bram.pk


def test_an_objection_to_profiling_stays_until_it_is_taken_back(
    anna: Customer, at: datetime
) -> None:
    assert object_to_profiling(anna, at=at, by="user:1").objects_to_profiling
    assert not allow_profiling(anna, at=at, by="user:1").objects_to_profiling
    kinds = Event.objects.filter(kind__startswith="profiling").values_list("kind", flat=True)
    assert sorted(kinds) == ["profiling_allowed", "profiling_objected"]


@pytest.mark.usefixtures("home")
def test_whoever_was_erased_is_not_written_down_again(at: datetime) -> None:
    bury([("email", "anna@example.nl"), ("key", "C-1001")], at=at)
    for facts in ({"email": "anna@example.nl"}, {"key": "C-1001", "email": "new@example.nl"}):
        with pytest.raises(CustomerErased):
            record_customer(at=at, **facts)  # type: ignore[arg-type]
    asked = [("email", "anna@example.nl"), ("email", "bram@example.nl"), ("phone", "")]
    assert erased_among(asked) == {("email", "anna@example.nl")}


@pytest.mark.usefixtures("home")
def test_who_comes_back_is_written_down_after_the_erasure_is_lifted(at: datetime) -> None:
    bury([("email", "anna@example.nl")], at=at)
    assert lift_erasure(kind="email", value="anna@example.nl", at=at, by="user:1")
    assert not lift_erasure(kind="email", value="anna@example.nl", at=at, by="user:1")
    assert record_customer(at=at, email="anna@example.nl")[1] == "made"
