"""Merging and erasing while others do the same, or write about the same person."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from cast import ANNA, BRAM, meet
from stamgast.customers.actions import add_interaction, record_customer
from stamgast.customers.errors import CustomerErased, CustomerMerged
from stamgast.customers.models import Customer, Interaction, Merge
from stamgast.kernel import Refusal
from stamgast.privacy.actions import erase_person, merge_customers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home")]


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment; what each returned or was refused."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = act()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_merged_into_each_other_at_once_are_merged_once(at: datetime) -> None:
    anna, bram = meet(ANNA), meet(BRAM)
    results = _at_once(
        lambda: merge_customers(anna, bram, at=at, by="user:1"),
        lambda: merge_customers(bram, anna, at=at, by="user:2"),
        lambda: merge_customers(anna, bram, at=at, by="user:3"),
    )
    assert sorted(type(result) is Merge for result in results) == [False, False, True]
    assert all(isinstance(result, Merge | CustomerMerged) for result in results)
    assert Customer.objects.exclude(merged_into=None).count() == 1


def test_a_program_that_writes_during_a_merge_loses_nothing(at: datetime) -> None:
    anna, bram = meet(ANNA), meet(BRAM)
    _at_once(
        lambda: merge_customers(anna, bram, at=at, by="user:1"),
        lambda: record_customer(at=at, key="C-1002", city="Ede"),
        lambda: record_customer(at=at, key="C-1001", city="Gent"),
    )
    assert Customer.objects.get(pk=bram.pk).city == "Ede"
    assert Customer.objects.get(pk=anna.pk).city == "Gent"
    assert record_customer(at=at, email="bram@example.nl")[0] == anna


def test_what_is_written_while_somebody_is_erased_is_refused_or_erased(at: datetime) -> None:
    anna = meet(ANNA)

    def note() -> Interaction:
        return add_interaction(anna, kind="note", text="Anna van der Berg likes blue", at=at)

    results = _at_once(note, lambda: erase_person(anna, at=at, by="user:1"), note, note)
    refused = [result for result in results if isinstance(result, CustomerErased)]
    assert Interaction.objects.count() == 3 - len(refused)
    assert set(Interaction.objects.values_list("text", flat=True)) <= {""}
