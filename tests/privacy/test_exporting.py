"""Handing over everything we hold on somebody."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from typing import Any

import pytest

from cast import AT, buy
from stamgast.customers.actions import add_interaction, add_task
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.kernel import Money
from stamgast.privacy import rules
from stamgast.privacy.actions import export_person, merge_customers
from stamgast.sales.actions import record_contract
from stamgast.scoring.models import Run, Score, Stage
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db


def _open(packed: bytes) -> tuple[dict[str, Any], dict[str, list[dict[str, str]]]]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        whole = json.loads(archive.read("person.json"))
        tables = {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(archive.read(name).decode(), newline=""))
            )
            for name in archive.namelist()
            if name.endswith(".csv")
        }
    return whole, tables


def _buy(customer: Customer) -> None:
    buy(customer, "1001", cost="7.77")
    record_contract(
        customer,
        number="A-1",
        started_on=AT.date(),
        amount=Money(1000, "EUR"),
        margin=Money(555, "EUR"),
        at=AT,
    )


def test_everything_is_handed_over_as_json_and_as_csv(
    anna: Customer, colleague: User, at: datetime
) -> None:
    _buy(anna)
    add_interaction(anna, kind="note", text="Likes blue", at=at, by=colleague)
    add_task(anna, title="Call back", at=at, by=colleague)
    run = Run.objects.create(as_of=at.date(), started_at=at)
    Score.objects.create(
        run=run,
        customer=anna,
        stage=Stage.ACTIVE,
        orders=1,
        revenue_minor=1000,
        margin_minor=223,
        step="thank",
    )
    whole, tables = _open(export_person(anna, at=at, by=colleague))
    assert whole["about"] == {"shop": "", "exported_at": at.isoformat(), "records": 1}
    assert whole["customer"][0]["email"] == "anna@example.nl"
    assert whole["orders"][0]["ordered_at"] == "2026-11-20T09:00:00+00:00"
    assert whole["order_lines"][0]["product_name"] == "Coffee 1 kg"
    assert whole["interactions"][0]["text"] == "Likes blue"
    assert whole["scores"][0]["stage"] == "active"
    assert {kind for kind, rows in whole.items() if kind != "about" and rows} == set(tables)
    assert tables["identities"] == [
        {"kind": "key", "value": "C-1001"},
        {"kind": "email", "value": "anna@example.nl"},
    ]
    assert tables["tasks"][0]["title"] == "Call back"
    assert {row["kind"] for row in tables["events"]} >= {"customer_recorded", "consent_recorded"}


def test_nothing_of_colleagues_costs_or_other_customers_goes_with_it(
    anna: Customer, bram: Customer, colleague: User, at: datetime
) -> None:
    _buy(anna)
    add_interaction(anna, kind="note", text="Likes blue", at=at, by=colleague)
    add_interaction(bram, kind="note", text="Likes purple", at=at, by=colleague)
    packed = export_person(anna, at=at, by=colleague)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for word in ("777", "555", colleague.email, "bram", "purple"):
        assert word not in text, word


def test_of_a_merged_record_the_whole_person_is_handed_over(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    merge_customers(anna, bram, at=at, by="user:1")
    whole, _ = _open(export_person(bram, at=at, by="user:1"))
    assert [one["first_name"] for one in whole["customer"]] == ["Anna", "Bram"]
    assert whole["about"]["records"] == 2


def test_the_same_facts_give_the_same_bytes(anna: Customer, at: datetime) -> None:
    packed = [rules.pack({"a": [{"x": 1}]}, about={}, at=at) for _ in range(2)]
    assert packed[0] == packed[1]


def test_it_is_told_that_somebody_looked(anna: Customer, colleague: User, at: datetime) -> None:
    export_person(anna, at=at, by=colleague)
    event = Event.objects.get(kind="person_exported")
    assert (event.subject_id, event.actor, event.facts) == (anna.pk, f"user:{colleague.pk}", {})


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("+31612345678", "+31612345678"),
        ("-12.50", "-12.50"),
        (-5, "-5"),
        ("a=b", "a=b"),
        (None, ""),
        (True, "True"),
    ],
)
def test_no_cell_is_a_formula(value: Any, cell: str) -> None:
    assert rules.safe_cell(value) == cell
