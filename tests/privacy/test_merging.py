"""Two records that are one person, and are two again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import buy
from stamgast.customers.actions import (
    add_interaction,
    add_task,
    allow_profiling,
    edit_customer,
    object_to_profiling,
    record_consent,
    record_customer,
)
from stamgast.customers.errors import CustomerErased, CustomerMerged
from stamgast.customers.models import Customer, Merge
from stamgast.customers.queries import current, find, may_contact, search
from stamgast.events.models import Event
from stamgast.privacy.actions import merge_customers, unmerge_customers
from stamgast.privacy.errors import AlreadyUnmerged, MergedFurther, NotTwoCustomers
from stamgast.privacy.queries import merges_of
from stamgast.privacy.rooms import ROOMS
from stamgast.sales.actions import record_contract
from stamgast.sales.models import Order
from stamgast.scoring.models import Run, Score, Stage
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _score(customer: Customer, run: Run) -> Score:
    return Score.objects.create(
        run=run,
        customer=customer,
        stage=Stage.ACTIVE,
        orders=3,
        first_day=date(2025, 1, 2),
        revenue_minor=1234,
        margin_minor=567,
        p_alive=0.1 + customer.pk / 7,
        step="thank",
    )


def _everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables that hold something on persons, but for the trail."""
    tables: list[type[models.Model]] = [
        table for room in ROOMS.values() for table in room.HOLDS if table not in (Merge, Event)
    ]
    return {
        table.__name__: list(table._default_manager.order_by("pk").values()) for table in tables
    }


def test_what_one_record_holds_goes_to_the_other(anna: Customer, bram: Customer) -> None:
    order, task = buy(bram, "1001"), add_task(bram, title="Call", at=AT)
    add_interaction(bram, kind="note", text="Likes blue", at=AT)
    merge_customers(anna, bram, at=AT, by="user:1")
    assert list(anna.orders.all()) == [order]
    assert list(anna.tasks.all()) == [task]
    assert anna.interactions.count() == 1
    assert anna.consents.count() == 4
    assert set(anna.identities.values_list("value", flat=True)) == {
        "C-1001",
        "C-1002",
        "anna@example.nl",
        "bram@example.nl",
    }
    bram.refresh_from_db()
    assert current(bram) == anna


def test_the_kept_record_is_found_by_what_the_other_was_known_by(
    anna: Customer, bram: Customer
) -> None:
    merge_customers(anna, bram, at=AT, by="user:1")
    for text in (
        "jansen",
        "bram@",
        "bram@example.nl",
        "C-1002",
        "berg",
        "020 7654321",
        "2345bc 7a",
    ):
        assert search(text) == [anna.pk], text
    assert find("jansen") == [anna]


def test_what_the_kept_record_lacks_it_takes_over_and_gives_back(
    anna: Customer, daan: Customer
) -> None:
    merge = merge_customers(daan, anna, at=AT, by="user:1")
    daan.refresh_from_db()
    assert (daan.phone, daan.first_name, daan.postcode) == ("+31612345678", "Daan", "3456CD")
    assert daan.since == date(2024, 1, 12)
    unmerge_customers(merge, at=AT, by="user:1")
    daan.refresh_from_db()
    assert (daan.phone, daan.since) == ("", date(2026, 11, 14))


def test_an_objection_of_either_holds_for_both(anna: Customer, bram: Customer) -> None:
    object_to_profiling(bram, at=AT, by="user:1")
    merge = merge_customers(anna, bram, at=AT, by="user:1")
    assert Customer.objects.get(pk=anna.pk).objects_to_profiling
    unmerge_customers(merge, at=AT, by="user:1")
    assert not Customer.objects.get(pk=anna.pk).objects_to_profiling
    assert Customer.objects.get(pk=bram.pk).objects_to_profiling


@pytest.mark.parametrize("is_repeated", [True, False])
def test_an_objection_made_while_merged_stays(
    is_repeated: bool, anna: Customer, bram: Customer
) -> None:
    if is_repeated:
        object_to_profiling(bram, at=AT, by="user:1")
    merge = merge_customers(anna, bram, at=AT, by="user:1")
    object_to_profiling(anna, at=AT, by="user:1")
    unmerge_customers(merge, at=AT, by="user:1")
    assert Customer.objects.get(pk=anna.pk).objects_to_profiling


def test_an_objection_taken_back_while_merged_stays_taken_back(
    anna: Customer, bram: Customer
) -> None:
    object_to_profiling(anna, at=AT, by="user:1")
    merge = merge_customers(anna, bram, at=AT, by="user:1")
    allow_profiling(anna, at=AT, by="user:1")
    unmerge_customers(merge, at=AT, by="user:1")
    assert not Customer.objects.get(pk=anna.pk).objects_to_profiling


def test_the_last_thing_either_said_counts(anna: Customer, bram: Customer) -> None:
    record_consent(bram, channel="email", purpose="offers", is_granted=False, source="mail", at=AT)
    merge_customers(anna, bram, at=AT, by="user:1")
    assert may_contact(anna, channel="email", purpose="offers").reason == "withdrawn"


def test_what_came_in_the_meantime_stays_with_the_kept_record(
    anna: Customer, bram: Customer
) -> None:
    merge = merge_customers(anna, bram, at=AT, by="user:1")
    note = add_interaction(anna, kind="note", text="One person", at=AT)
    order = buy(anna, "1002")
    edit_customer(anna, at=AT, by="user:1", city="Ede")
    unmerge_customers(merge, at=AT, by="user:1")
    assert list(anna.interactions.all()) == [note]
    assert list(anna.orders.all()) == [order]
    assert Customer.objects.get(pk=anna.pk).city == "Ede"


def test_a_program_that_knows_the_gone_record_keeps_that_up_to_date(
    anna: Customer, bram: Customer
) -> None:
    merge = merge_customers(anna, bram, at=AT, by="user:1")
    found, outcome = record_customer(at=AT, key="C-1002", last_name="Bakker")
    assert (found, outcome) == (anna, "changed")
    assert record_customer(at=AT, key="C-1002", last_name="Bakker") == (anna, "unchanged")
    assert find("bakker") == [anna]
    unmerge_customers(merge, at=AT, by="user:1")
    assert find("bakker") == [bram]
    assert Customer.objects.get(pk=anna.pk).last_name == "Berg"


def test_orders_by_the_gone_records_address_find_the_kept_one(
    anna: Customer, bram: Customer
) -> None:
    merge_customers(anna, bram, at=AT, by="user:1")
    assert record_customer(at=AT, email="bram@example.nl")[0] == anna


def test_scores_of_the_gone_record_come_back_while_their_run_is_there(
    anna: Customer, bram: Customer
) -> None:
    runs = [Run.objects.create(as_of=date(2026, 11, d), started_at=AT) for d in (18, 19)]
    for run in runs:
        _score(anna, run), _score(bram, run)
    merge = merge_customers(anna, bram, at=AT, by="user:1")
    assert set(Score.objects.values_list("customer", flat=True)) == {anna.pk}
    Score.objects.filter(run=runs[0]).delete()
    runs[0].delete()
    unmerge_customers(merge, at=AT, by="user:1")
    back = Score.objects.get(customer=bram)
    assert (back.run, back.first_day) == (runs[1], date(2025, 1, 2))


def test_refuses_what_is_no_merge(anna: Customer, bram: Customer, carla: Customer) -> None:
    with pytest.raises(NotTwoCustomers):
        merge_customers(anna, anna, at=AT, by="user:1")
    merge_customers(anna, bram, at=AT, by="user:1")
    with pytest.raises(CustomerMerged):
        merge_customers(bram, carla, at=AT, by="user:1")
    with pytest.raises(CustomerMerged):
        merge_customers(carla, bram, at=AT, by="user:1")
    Customer.objects.filter(pk=carla.pk).update(erased_at=AT)
    with pytest.raises(CustomerErased):
        merge_customers(anna, carla, at=AT, by="user:1")
    assert Merge.objects.count() == 1


def test_refuses_to_undo_twice_or_out_of_order(
    anna: Customer, bram: Customer, carla: Customer
) -> None:
    first = merge_customers(bram, carla, at=AT, by="user:1")
    second = merge_customers(anna, bram, at=AT, by="user:1")
    with pytest.raises(MergedFurther) as refusal:
        unmerge_customers(first, at=AT, by="user:1")
    assert refusal.value.facts["into"] == anna.pk
    carla.refresh_from_db()
    assert current(carla) == anna
    unmerge_customers(second, at=AT, by="user:1")
    with pytest.raises(AlreadyUnmerged):
        unmerge_customers(second, at=AT, by="user:1")
    unmerge_customers(first, at=AT, by="user:1")


def test_merges_that_can_be_undone_are_listed_with_who_did_them(
    anna: Customer, bram: Customer, carla: Customer, colleague: User
) -> None:
    first = merge_customers(anna, bram, at=AT, by=colleague)
    second = merge_customers(anna, carla, at=AT + timedelta(days=1), by=colleague)
    assert [(m.pk, m.by) for m in merges_of(anna)] == [
        (second.pk, colleague),
        (first.pk, colleague),
    ]
    unmerge_customers(second, at=AT, by=colleague)
    assert list(merges_of(anna)) == [first]
    kinds = Event.objects.filter(kind__startswith="customers_").values_list("kind", "subject_id")
    assert list(kinds.order_by("pk")) == [
        ("customers_merged", anna.pk),
        ("customers_merged", anna.pk),
        ("customers_unmerged", anna.pk),
    ]


def test_what_a_merge_remembers_says_nothing_of_the_person(anna: Customer, daan: Customer) -> None:
    remembered = str(merge_customers(daan, anna, at=AT, by="user:1").moved)
    for word in ("Anna", "Berg", "example", "612345678", "1234AB", "Kerkstraat"):
        assert word not in remembered


def _persons() -> st.SearchStrategy[dict[str, Any]]:
    """Customers who know more or less about themselves, and did more or less."""
    facts = st.fixed_dictionaries(
        {},
        optional={
            "first_name": st.sampled_from(["Anna", "Bram"]),
            "last_name": st.sampled_from(["Berg", "Jansen"]),
            "company": st.just("Bakkerij"),
            "phone": st.sampled_from(["0612345678", "0687654321"]),
            "city": st.sampled_from(["Ede", "Gent"]),
            "postcode": st.sampled_from(["1234AB", "2345BC"]),
            "language": st.sampled_from(["nl", "en"]),
            "since": st.dates(date(2015, 1, 1), date(2026, 1, 1)),
        },
    )
    return st.fixed_dictionaries(
        {
            "facts": facts,
            "has_email": st.booleans(),
            "objects": st.booleans(),
            "orders": st.integers(0, 3),
            "contracts": st.integers(0, 2),
            "consents": st.integers(0, 2),
            "talks": st.integers(0, 2),
            "tasks": st.integers(0, 2),
            "scores": st.integers(0, 2),
        }
    )


def _make(number: int, person: dict[str, Any], runs: list[Run]) -> Customer:
    email = f"person{number}@example.nl" if person["has_email"] else None
    customer, _ = record_customer(at=AT, key=f"K{number}", email=email, **person["facts"])
    if person["objects"]:
        customer = object_to_profiling(customer, at=AT, by="user:1")
    for n in range(person["orders"]):
        buy(customer, f"{number}-{n}")
    for n in range(person["contracts"]):
        record_contract(customer, number=f"{number}-{n}", started_on=AT.date(), at=AT)
    for n in range(person["consents"]):
        record_consent(
            customer, channel="email", purpose="news", is_granted=bool(n), source="shop", at=AT
        )
    for _ in range(person["talks"]):
        add_interaction(customer, kind="complaint", text="Broken", at=AT)
    for _ in range(person["tasks"]):
        add_task(customer, title="Call", at=AT)
    for run in runs[: person["scores"]]:
        _score(customer, run)
    return customer


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people=st.lists(_persons(), min_size=2, max_size=5), data=st.data())
def test_merges_undone_in_reverse_leave_everything_as_it_was(
    people: list[dict[str, Any]], data: st.DataObject
) -> None:
    with transaction.atomic():
        runs = [Run.objects.create(as_of=date(2026, 11, d), started_at=AT) for d in (18, 19)]
        there = [_make(number, person, runs) for number, person in enumerate(people)]
        before = _everything()
        merges = []
        while len(there) > 1 and (not merges or data.draw(st.booleans())):
            kept, gone = data.draw(st.permutations(there))[:2]
            merges.append(merge_customers(kept, gone, at=AT, by="user:1"))
            there.remove(gone)
            orders = sum(len(list(one.orders.all())) for one in there)
            assert orders == Order.objects.count()  # nothing hangs on who is gone
        for merge in reversed(merges):
            unmerge_customers(merge, at=AT, by="user:1")
        assert _everything() == before
        transaction.set_rollback(True)
