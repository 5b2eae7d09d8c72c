"""Whoever came in by the API and was erased is not found in any table, nor in the log."""

from __future__ import annotations

import json
import logging
from datetime import datetime

import pytest
from django.db import connection

from api.conftest import Program
from api.test_orders import ORDER
from stamgast.customers.models import Customer
from stamgast.privacy.actions import erase_person

CANARY = {
    "name": "Kanariëtta van 't Vogelzangh",
    "email": "kanarie@kooi.example",
    "phone": "06-87650912",
    "street": "Trillerstraat",
    "city": "Zangerheide",
}
TRACES = ("knr-90417", "kanari", "vogelzangh", "kooi.example", "87650912", "triller", "zangerheide")


def _plant(program: Program) -> None:
    who = {"key": "KNR-90417"}
    program.put("/customers/KNR-90417", CANARY)
    program.put("/orders/9001", {**ORDER, "customer": {**who, **CANARY}})
    program.post(
        "/consents",
        {
            "key": "optin-kanarie@kooi.example", "customer": who, "channel": "email",
            "purpose": "offers", "is_granted": True, "source": "asked Kanariëtta",
        },
    )  # fmt: skip
    program.post(
        "/interactions",
        {"key": "ticket-1", "customer": who, "kind": "complaint", "text": "Vogelzangh is angry"},
    )
    program.put(
        "/contracts/K-1",
        {"customer": who, "started_on": "2024-01-01", "amount": "10", "currency": "EUR"},
    )


def _fail(program: Program) -> None:
    """Call with her everywhere where a call goes wrong."""
    program.get("/customers/KNR-90417-not-there")
    program.get("/customers", email="kanarie@kooi.example", kanarie="yes")
    program.get("/kanarie@kooi.example")
    program.put("/customers/KNR-90417", {"kanarie@kooi.example": 1, "kind": "Vogelzangh"})
    program.post("/bulk/customers", {"items": [{"key": "KNR-90417", "email": "Vogelzangh"}]})
    program.put("/orders/9002", {**ORDER, "customer": {"email": "Kanariëtta"}})


def test_nothing_of_her_is_left(
    shop_program: Program, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    _plant(shop_program)
    _fail(shop_program)
    assert _found() >= {"stamgast_customer", "stamgast_consent", "stamgast_interaction"}
    erase_person(Customer.objects.get(), at=at, by=None)
    assert _found() == set()
    assert not [trace for trace in TRACES if trace in caplog.text.lower()]


def _found() -> set[str]:
    """Return the tables in which something of her stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            text = json.dumps(cursor.fetchall(), default=str, ensure_ascii=False).lower()
            found |= {table for trace in TRACES if trace in text}
    return found
