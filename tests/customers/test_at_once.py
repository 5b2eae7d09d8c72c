"""The same thing told twice at the same moment is one thing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from cast import ANNA, meet
from stamgast.customers.actions import (
    add_interaction,
    add_task,
    record_consent,
    record_customer,
)
from stamgast.customers.models import Consent, Customer, Identity, Interaction, Task

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 6


def _all_at_once(act: Callable[[int], Any]) -> list[Any]:
    """Let several threads do this at the same moment; what each returned or raised."""
    start = threading.Barrier(CALLERS)
    results: list[Any] = [None] * CALLERS

    def run(caller: int) -> None:
        start.wait()
        try:
            results[caller] = act(caller)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[caller] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_new_customer_told_at_once_is_written_down_once(at: datetime) -> None:
    for attempt in range(5):
        facts = {**ANNA.facts, "key": f"K-{attempt}", "email": f"anna{attempt}@example.nl"}
        results = _all_at_once(lambda _, facts=facts: record_customer(at=at, **facts))
        assert len({customer.pk for customer, _ in results}) == 1
        assert sorted(outcome for _, outcome in results) == ["made"] + ["unchanged"] * 5
    assert Customer.objects.count() == 5
    assert Identity.objects.count() == 10


def test_a_guest_told_at_once_by_number_and_by_address_is_one_customer(at: datetime) -> None:
    record_customer(at=at, email="anna@example.nl")
    keys = ("C-1", None)
    results = _all_at_once(
        lambda n: record_customer(at=at, key=keys[n % 2], email="anna@example.nl", city=f"C{n}")
    )
    assert len({customer.pk for customer, _ in results}) == 1
    assert Customer.objects.get().key == "C-1"


@pytest.mark.parametrize(
    ("model", "act"),
    [
        (
            Consent,
            lambda customer, at: record_consent(
                customer,
                channel="sms",
                purpose="news",
                is_granted=True,
                source="shop",
                at=at,
                key="one",
            ),
        ),
        (
            Interaction,
            lambda customer, at: add_interaction(
                customer, kind="note", text="Likes blue", at=at, key="one"
            ),
        ),
        (Task, lambda customer, at: add_task(customer, title="Call", at=at, key="one")),
    ],
    ids=["consent", "interaction", "task"],
)
def test_one_key_at_once_is_one_row(
    model: Any, act: Callable[[Customer, datetime], Any], at: datetime
) -> None:
    anna = meet(ANNA)
    results = _all_at_once(lambda _: act(anna, at))
    assert len({row.pk for row in results}) == 1
    assert model.objects.filter(key="one").count() == 1
