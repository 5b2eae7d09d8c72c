"""What scoring reads of customers, by plain SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from stamgast.customers.actions import (
    add_interaction,
    close_complaint,
    object_to_profiling,
    record_consent,
)
from stamgast.customers.feed import contact_sql
from stamgast.customers.models import Customer
from stamgast.customers.queries import may_contact

pytestmark = pytest.mark.django_db


def _read() -> dict[int, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(contact_sql())
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    by_id = {row.pop("customer_id"): row for row in rows}
    assert len(by_id) == len(rows)
    return by_id


def test_everyone_who_is_there_has_one_row(
    anna: Customer, bram: Customer, carla: Customer, eva: Customer, at: datetime
) -> None:
    Customer.objects.filter(pk=bram.pk).update(merged_into=anna)
    Customer.objects.filter(pk=carla.pk).update(erased_at=at)
    nothing = {
        "may_email": 0,
        "may_phone": 0,
        "has_open_complaint": 0,
        "last_contact": "",
        "objects_to_profiling": 0,
    }
    assert _read() == {anna.pk: {**nothing, "may_email": 1, "may_phone": 1}, eva.pk: nothing}


def test_consent_reads_as_it_does_on_the_screen(
    anna: Customer, daan: Customer, eva: Customer, at: datetime
) -> None:
    said = {"purpose": "offers", "source": "mail"}
    record_consent(anna, channel="email", is_granted=False, at=at, **said)
    record_consent(
        anna, channel="email", is_granted=True, at=at, given_at=at - timedelta(days=9), **said
    )
    record_consent(anna, channel="phone", is_granted=False, at=at, **said)
    record_consent(anna, channel="phone", is_granted=True, at=at, **said)
    record_consent(eva, channel="email", is_granted=True, at=at, purpose="news", source="mail")
    feed = _read()
    for customer in (anna, daan, eva):
        for channel in ("email", "phone"):
            may = may_contact(customer, channel=channel, purpose="offers").is_allowed
            assert feed[customer.pk][f"may_{channel}"] == int(may), (customer.first_name, channel)
    assert (feed[anna.pk]["may_email"], feed[anna.pk]["may_phone"]) == (0, 1)


def test_only_an_open_complaint_counts(anna: Customer, at: datetime) -> None:
    complaints = [
        add_interaction(anna, kind="complaint", text=text, at=at) for text in ("cup", "lid")
    ]
    close_complaint(complaints[0], outcome="", at=at)
    assert _read()[anna.pk]["has_open_complaint"] == 1
    close_complaint(complaints[1], outcome="", at=at)
    assert _read()[anna.pk]["has_open_complaint"] == 0


def test_only_our_own_reaching_out_is_contact(anna: Customer, at: datetime) -> None:
    for days, is_ours in ((1, False), (5, True), (9, True)):
        add_interaction(
            anna,
            kind="call",
            text="Hello",
            is_ours=is_ours,
            at=at,
            happened_at=at - timedelta(days=days),
        )
    assert str(_read()[anna.pk]["last_contact"]) == "2026-11-15"


def test_an_objection_to_profiling_is_passed_on(anna: Customer, at: datetime) -> None:
    object_to_profiling(anna, at=at, by="user:1")
    assert _read()[anna.pk]["objects_to_profiling"] == 1
