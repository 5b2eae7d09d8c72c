"""A canary, planted through every door there is, is not found anywhere after it was erased.

Anywhere is: in every column of every table, as bytes in SQLite's file and its log, in the files of
the home, and in what was logged meanwhile.
"""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cast import buy, employ
from stamgast.customers.actions import (
    add_interaction,
    add_task,
    record_answer,
    record_consent,
    record_customer,
)
from stamgast.customers.models import Customer
from stamgast.customers.queries import by_identity
from stamgast.database.scrub import scrub
from stamgast.events.actions import ask, fail
from stamgast.importers.models import Batch, RowToMend
from stamgast.loyalty.actions import (
    Basket,
    grant_points,
    join_programme,
    record_purchase,
    return_order,
    start_programme,
)
from stamgast.loyalty.models import Reply
from stamgast.loyalty.rules import BoughtLine
from stamgast.mail.actions import pause_mail, queue_message, save_template, suppress
from stamgast.mail.actions.conditions import note_trouble
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.models import Click, Message
from stamgast.mail.suppressed import suppression_of
from stamgast.privacy.actions import erase_person, export_person, merge_customers
from stamgast.staff.actions import note_call, save_filter

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = {
    "key": "KNR-90417",
    "first_name": "Kanariëtta",
    "infix": "van 't",
    "last_name": "Vogelzangh",
    "company": "Volièrebouw Zeldzaam",
    "email": "kanarie@kooi.example",
    "phone": "06-87650912",
    "street": "Trillerstraat",
    "house_number": "417",
    "postcode": "9731 QX",
    "city": "Zangerheide",
    "country": "NL",
}
# Whatever of her is unlike anybody else, in small letters; bytes are looked for in these forms.
TRACES = (
    "knr-90417",
    "kanari",
    "vogelzangh",
    "zeldzaam",
    "kooi.example",
    "87650912",
    "8765 0912",
    "trillerstraat",
    "9731qx",
    "9731 qx",
    "zangerheide",
    "piepmatz",
)


def _crowd(at: datetime, dice: random.Random, count: int = 150) -> None:
    """Write others down around her, so that pages of the tables fill, split and move."""
    for _ in range(count):
        number = dice.randrange(10**9)
        other, _ = record_customer(
            at=at,
            key=f"O-{number}",
            email=f"{'x' * dice.randrange(1, 60)}{number}@example.nl",
            last_name="Other" * dice.randrange(1, 9),
            city="Elsewhere",
        )
        add_interaction(other, kind="note", text="word " * dice.randrange(1, 400), at=at)


def _plant_by_actions(at: datetime) -> Customer:
    canary, _ = record_customer(at=at, **{**FACTS, "email": "former@kooi.example"})  # type: ignore[arg-type]
    canary, _ = record_customer(at=at, **FACTS)  # type: ignore[arg-type]
    record_consent(
        canary,
        channel="email",
        purpose="offers",
        is_granted=True,
        source="asked Kanariëtta van 't Vogelzangh",
        wording="Yes",
        at=at,
        key="consent-kanarie@kooi.example",
    )
    add_interaction(canary, kind="complaint", text="Cage of Piepmatz broke. " * 400, at=at)
    add_task(canary, title="Send Piepmatz a new cage", at=at, key="kanarie@kooi.example")
    record_answer(
        canary,
        question="nps",
        score=2,
        remark="Piepmatz fell ill",
        at=at,
        key="Kanarie@kooi.example",
    )
    _plant_points(canary, at)
    buy(canary, "9001", names=["Cage", "Sign: Kanariëtta van 't Vogelzangh"])
    return canary


def _plant_in_mail(canary: Customer, at: datetime) -> None:
    """Let mail to her wait, bounce and be followed, and name her in mail to others."""
    text = Block("text", text="Kanariëtta van 't Vogelzangh won the cage")
    names_her = Content.of(nl=Version(subject="Dag", blocks=(text,)))
    asked: dict[str, Any] = {"purpose": "", "kind": "service", "at": at}
    for key in ("kanarie@kooi.example", "another"):
        message = queue_message(
            canary, content=names_her, facts={"pet": "Piepmatz"}, key=key, to="", **asked
        )
    Message.objects.filter(pk=message.pk).update(
        status="sent", sent_to="kanarie@kooi.example", answer="250 for kanarie@kooi.example"
    )
    Click.objects.create(message=message, place=1, at=at)
    queue_message(
        None, content=names_her, facts={"of": "kanarie@kooi.example"}, key="x",
        to="kanarie@kooi.example", **asked,
    )  # fmt: skip
    save_template(None, name="For Kanariëtta van 't Vogelzangh", content=names_her, at=at)
    suppress("kanarie@kooi.example", reason="bounced", note="<kanarie@kooi.example>: no", at=at)
    pause_mail(canary, at=at)
    note_trouble("server_busy", words="421 kanarie@kooi.example", at=at)


def _plant_points(canary: Customer, at: datetime) -> None:
    """Let her take part, under her own number, with points whose reasons and keys name her."""
    start_programme(at=at, by="test", since=at - timedelta(days=1))
    member, _ = join_programme(canary, at=at, ref=FACTS["key"])
    key, reason = "grant-kanarie@kooi.example", "Sorry, Kanariëtta van 't Vogelzangh"
    grant_points(member, 50, at=at, key=key, by="test", reason=reason)
    lines = [BoughtLine("Sign: Kanariëtta van 't Vogelzangh", "", Decimal(1), 1_000)]
    told = Basket("kanarie@kooi.example/1", "EUR", lines, ["KANARIE@kooi.example"])
    record_purchase(told, member, at=at, points=10)
    return_order(told.ref, return_ref="back-kanarie@kooi.example", at=at)
    body = json.dumps({"member": FACTS["key"], "reason": reason})
    Reply.objects.create(key=f"k-{key}", digest="d", status=201, body=body, member=member, at=at)


def _plant_with_others(at: datetime) -> None:
    other, _ = record_customer(at=at, key="O-1", email="other@example.nl")
    for text in ("Friend of Kanarietta van 't Vogelzangh", "Or call +31 6 87650912"):
        add_interaction(other, kind="call", text=text, at=at)
    add_task(other, title="Mail KANARIE@kooi.example as well", at=at)
    note_call(
        None,
        at=at,
        method="PUT",
        path="/api/v1/customers/kanarie%40kooi.example?q=Vogelzangh",
        status=422,
        took_ms=1,
        problem={"errors": [{"input": "Kanariëtta van 't Vogelzangh"}]},
    )
    save_filter(employ("analyst"), name="Hers", query="q=kanarie%40kooi.example", at=at)
    fail(ask("score", at=at), at=at, error="ValueError: 'kanarie@kooi.example'")


def _plant_files(home: Path, at: datetime) -> None:
    row = {"Name": "Vogelzangh, Kanariëtta van 't", "Email": FACTS["email"], "Price": "x"}
    (home / "uploads" / "orders.csv").write_text(",".join(row.values()), "utf-8")
    (home / "uploads" / "orders.xlsx").write_bytes(b"PK" + FACTS["email"].encode())
    batch = Batch.objects.create(
        name="kanarie@kooi.example.csv",
        file="uploads/orders.csv",
        status=Batch.Status.DONE,
        made_at=at,
        error={"value": "Kanariëtta van 't Vogelzangh"},
    )
    RowToMend.objects.create(batch=batch, line=2, problem="bad", row=row, content=1, value="x")


def _plant_on_screens(canary: Customer) -> None:
    """Search her, correct her, write about her and keep a selection, as a colleague does."""
    client = Client()
    client.force_login(employ("admin"))
    here = [canary.pk]
    forms: list[tuple[str, list[int], dict[str, Any]]] = [
        ("edit_customer", here, {**FACTS, "email": "kanarie@kooi.example", "city": "Zangerheide"}),
        ("note", here, {"text": "Piepmatz sings"}),
        ("talk", here, {"kind": "call", "is_ours": "yes", "text": "Piepmatz sings still"}),
        ("task", here, {"title": "Ask after Piepmatz"}),
        ("keep_selection", [], {"name": "Hers", "q": "kanarie@kooi.example"}),
    ]
    for name, where, fields in forms:
        assert client.post(reverse(name, args=where), fields).status_code in {302, 422}, name
    for address in ("search", "customers"):
        client.get(reverse(address), {"q": "kanarie@kooi.example"})
    client.get(reverse("lookup"), {"email": "kanarie@kooi.example"})
    client.get(reverse("customer", args=here))


def _import(home: Path, name: str, text: str, at: datetime) -> None:
    from stamgast.importers.actions import import_file

    file = home / name
    file.write_text(text, "utf-8")
    import_file(file, at=at, progress=lambda *_: None)
    file.unlink()


def _everywhere_in_tables() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, json.dumps(row, default=str, ensure_ascii=False)


def _database_files() -> list[Path]:
    if connection.vendor != "sqlite":
        return []  # PostgreSQL's own files: see docs/howto/privacy.md
    name = str(connection.settings_dict["NAME"])
    return [file for end in ("", "-wal", "-shm") if (file := Path(name + end)).exists()]


def _bytes_of_open(file: Path) -> bytes:
    """Read a file of the database in a process of its own.

    A process that closes such a file loses its locks on it, and with them its database.
    """
    copy = "import pathlib, sys; sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())"
    told = subprocess.run([sys.executable, "-c", copy, str(file)], capture_output=True, check=True)
    return told.stdout


def _forms(trace: str) -> set[bytes]:
    return {trace.encode(), trace.encode("utf-16-le"), trace.replace(" ", "+").encode()}


def _found_in_bytes(content: bytes) -> list[str]:
    small = content.lower()
    return [trace for trace in TRACES if any(form in small for form in _forms(trace))]


def _found(home: Path, logged: str) -> list[tuple[str, str]]:
    found = [
        (table, trace)
        for table, text in _everywhere_in_tables()
        for trace in TRACES
        if trace in text.lower()
    ]
    for file in _database_files():
        found += [(file.name, trace) for trace in _found_in_bytes(_bytes_of_open(file))]
    for file in home.rglob("*"):
        if file.is_file():
            found += [(file.name, trace) for trace in _found_in_bytes(file.read_bytes())]
    return found + [("log", trace) for trace in TRACES if trace in logged.lower()]


def test_nothing_of_her_is_left(
    home: Path, at: datetime, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    dice = random.Random(7)
    _crowd(at, dice)
    canary = _plant_by_actions(at)
    _plant_in_mail(canary, at)
    _plant_with_others(at)
    _crowd(at, dice)
    twin, _ = record_customer(at=at, key="KNR-90417-B", email="twin@kooi.example")
    merge_customers(canary, twin, at=at, by="user:1")
    _plant_on_screens(canary)
    export_person(canary, at=at, by="user:1")
    _plant_files(home, at)
    _crowd(at, dice)
    planted = _found(home, "")
    spelt = {"8765 0912", "9731 qx"}  # as people write them; kept in one spelling
    assert {trace for _, trace in planted} >= set(TRACES) - spelt, "she was not planted well"
    in_files = {trace for name, trace in planted if name in {f.name for f in _database_files()}}
    assert connection.vendor != "sqlite" or in_files >= set(TRACES) - spelt

    erase_person(canary, at=at, by="user:1")

    logged = caplog.text + "".join(capfd.readouterr())
    assert _found(home, logged) == []
    assert Customer.objects.get(pk=canary.pk).erased_at == at
    assert suppression_of("kanarie@kooi.example") is not None, "the list outlives her"
    assert Customer.objects.filter(city="Elsewhere").count() == 450


def test_no_file_brings_her_back(home: Path, at: datetime) -> None:
    heading = "Order number,Date,Customer number,Name,Email,Phone,SKU,Quantity,Price,Currency"
    her = "KNR-90417,Kanariëtta van 't Vogelzangh,kanarie@kooi.example,06-87650912"
    rows = [
        f"7001,2026-01-05,{her},COF-1,2,6.50,EUR",
        f"7002,no day,{her},COF-1,2,6.50,EUR",  # to mend
        "7003,2026-01-06,O-2,Other,other@example.nl,,COF-1,1,6.50,EUR",
    ]
    _import(home, "orders.csv", "\n".join([heading, *rows]), at)
    canary = by_identity("email", "kanarie@kooi.example")
    assert canary is not None
    assert RowToMend.objects.exists()
    erase_person(canary, at=at, by="user:1")
    assert _found(home, "") == []
    later = [*rows, f"7004,2026-02-01,{her},COF-1,1,6.50,EUR"]
    _import(home, "orders.csv", "\n".join([heading, *later]), at)
    _import(home, "customers.csv", "Customer number,Name,Email\n" + her.rpartition(",")[0], at)
    assert by_identity("email", "kanarie@kooi.example") is None
    assert Customer.objects.exclude(erased_at=None).count() == 1
    again = "7005,no day,,Kanariëtta van 't Vogelzangh,Kanarie@Kooi.example,,COF-1,1,6.50,EUR"
    _import(home, "more.csv", f"{heading}\n{again}", at)
    assert not RowToMend.objects.filter(mended_at=None, dropped_at=None).exists()
    scrub()
    assert _found(home, "") == []
