"""Bringing a file in on the screens: upload, what is in it, what columns mean, and the result."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from stamgast.events.models import Job
from stamgast.importers.actions import import_batch
from stamgast.importers.fields import OF_KIND
from stamgast.importers.layouts import layouts
from stamgast.importers.models import Batch
from stamgast.sales.models import MarginRate, Order
from stamgast.web.marketer import import_words
from web.pages import get, said, section, text

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
ORDERS = (
    "Bestelnummer;Besteldatum;Klantnummer;Artikelnummer;Aantal;Prijs;Winkel\n"
    "1001;03-11-2026;K1;A1;2;12,50;Utrecht\n"
    "1002;14-11-2026;K2;A2;1;8,95;Utrecht\n"
    "1003;31-02-2026;K3;A2;1;8,95;Zwolle\n"
)
STRANGE = "a;b;c;d\n7001;03-11-2026;K1;9,95\n7002;20-11-2026;K2;5,00\n"


@pytest.fixture(autouse=True)
def uploads(home: Path) -> Path:
    """Files go to a home of this test's own."""
    return home / "uploads"


@pytest.fixture
def marketer(signed_in: SignIn) -> Client:
    """Somebody who may import files."""
    return signed_in("marketer")


def upload(client: Client, content: str | bytes, name: str = "orders.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/imports/upload", {"file": SimpleUploadedFile(name, data)})


def test_shows_what_is_in_an_upload_before_anything_is_read_in(
    marketer: Client, uploads: Path
) -> None:
    response = upload(marketer, ORDERS)
    batch = Batch.objects.get()
    assert response.headers["Location"] == f"/imports/{batch.pk}"
    assert (batch.status, batch.name) == ("draft", "orders.csv")
    page = get(marketer, f"/imports/{batch.pk}")
    assert said(page) == "orders.csv holds orders, and we know how to read it."
    holds = section(page, "What each column holds")
    assert "Bestelnummer 1001 · 1002 · 1003" in holds
    assert "7 of 7 columns are used." in text(page)
    assert "In which currency are the amounts?" in text(page)
    assert not Order.objects.exists()
    (kept,) = uploads.iterdir()
    assert kept.read_bytes() == ORDERS.encode()
    assert "orders" not in kept.name
    assert kept.stat().st_mode & 0o077 == 0


def test_brings_a_file_in_and_tells_what_it_brought(marketer: Client, at: datetime) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    answers = {"answer_currency": "EUR", "answer_vat": "included", "answer_margin": "35"}
    response = marketer.post(f"/imports/{batch.pk}", {**_as_proposed(marketer, batch), **answers})
    assert response.headers["Location"] == f"/imports/{batch.pk}"
    job = Job.objects.get(kind="import_batch")
    assert job.facts == {"batch": batch.pk}
    assert said(get(marketer, f"/imports/{batch.pk}")) == "orders.csv is being brought in."
    batch.refresh_from_db()
    assert batch.status == "waiting"

    import_batch(batch, at=at)
    page = get(marketer, f"/imports/{batch.pk}")
    assert said(page) == "Of 3 rows 2 came in, 1 is left to mend."
    brought = section(page, "What it brought")
    assert "2 orders, from 3 November 2026 to 14 November 2026." in brought
    assert "2 customers, of whom 2 new." in brought
    assert MarginRate.objects.get(category="").share == Decimal("0.35")
    history = get(marketer, "/imports")
    assert said(history).startswith("Last came in: 2 rows of orders.csv, ")


def _as_proposed(client: Client, batch: Batch) -> dict[str, str]:
    """Return the form as the page fills it in by itself."""
    import re

    page = get(client, f"/imports/{batch.pk}")
    filled = {}
    for name, options in re.findall(r'<select name="(column_\d+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        filled[name] = chosen[1] if chosen else ""
    assert filled
    return filled


@pytest.mark.django_db(transaction=True)  # the look is taken in another process
def test_asks_what_strange_columns_mean_and_remembers_it(marketer: Client) -> None:
    upload(marketer, STRANGE)
    batch = Batch.objects.get()
    page = get(marketer, f"/imports/{batch.pk}")
    assert said(page) == "Say what the columns of orders.csv hold."
    answers = {"answer_currency": "EUR", "answer_vat": "excluded", "answer_margin": "40"}
    nothing = marketer.post(f"/imports/{batch.pk}", answers)
    assert nothing.status_code == 422
    assert "Say which column holds the order number, order date and price per piece." in text(
        nothing.content.decode()
    )
    columns = {
        "column_0": "number",
        "column_1": "ordered_at",
        "column_2": "customer_key",
        "column_3": "amount",
    }
    assert marketer.post(f"/imports/{batch.pk}", {**columns, **answers}).status_code == 302
    batch.refresh_from_db()
    assert batch.mapping["amount"] == "d"
    upload(marketer, STRANGE + "7003;21-11-2026;K2;5,00\n", "next.csv")
    again = get(marketer, f"/imports/{Batch.objects.latest('pk').pk}")
    assert said(again) == "next.csv holds orders, and we know how to read it."


def test_refuses_two_columns_that_hold_the_same(marketer: Client) -> None:
    upload(marketer, STRANGE)
    batch = Batch.objects.get()
    response = marketer.post(
        f"/imports/{batch.pk}", {"column_0": "number", "column_1": "number", "column_3": "amount"}
    )
    assert response.status_code == 422
    assert "Two columns cannot both hold the order number." in text(response.content.decode())


def test_refuses_answers_that_make_no_sense(marketer: Client) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    answers = {"answer_currency": "EUR", "answer_vat": "included", "answer_margin": "40"}
    filled = {**_as_proposed(marketer, batch), **answers}
    for answer, value in (
        ("answer_currency", "EURO"),
        ("answer_margin", "140"),
        ("answer_margin", "much"),
        ("answer_vat", "perhaps"),
    ):
        response = marketer.post(f"/imports/{batch.pk}", {**filled, answer: value})
        assert response.status_code == 422, value
        assert f'id="id_{answer}_error"' in response.content.decode()
    assert not Job.objects.exists()


def test_checks_a_file_without_writing(marketer: Client) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    answers = {"answer_currency": "EUR", "answer_vat": "included", "answer_margin": "40"}
    filled = {**_as_proposed(marketer, batch), **answers, "check": "yes"}
    assert marketer.post(f"/imports/{batch.pk}", filled).status_code == 302
    job = Job.objects.get(kind="check_batch")
    assert "Checking" in section(get(marketer, f"/imports/{batch.pk}"), "Checking")
    job.status = Job.Status.DONE
    job.result = {
        "read": 3, "imported": 2, "unchanged": 0, "quarantined": 1, "new_customers": 2
    }  # fmt: skip
    job.save()
    found = section(get(marketer, f"/imports/{batch.pk}"), "If you bring it in now")
    assert (
        "3 rows are read: 2 would come in, 0 would change nothing, 1 would be left to mend. "
        "2 customers would be new." in found
    )
    batch.refresh_from_db()
    assert batch.status == "draft"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.csv", "This file holds no rows."),
        (bytes(range(256)) * 40, "noise.csv", "This is no text file"),
        (b"PK\x03\x04" + b"x" * 50, "broken.xlsx", "This file is damaged or breaks off."),
    ],
)
def test_says_at_once_when_a_file_cannot_be_read(
    marketer: Client, uploads: Path, content: bytes, name: str, sentence: str
) -> None:
    response = upload(marketer, content, name)
    assert response.status_code == 422
    assert sentence in text(response.content.decode())
    assert not Batch.objects.exists()
    assert list(uploads.iterdir()) == []


def test_speaks_the_readers_language_when_it_refuses(signed_in: SignIn) -> None:
    english = upload(signed_in("marketer"), b"", "empty.csv")
    dutch = upload(signed_in("admin", language="nl"), b"", "empty.csv")
    assert "This file holds no rows." in english.content.decode()
    assert "This file holds no rows." not in dutch.content.decode()


def test_asks_for_a_file_when_none_was_chosen(marketer: Client) -> None:
    response = marketer.post("/imports/upload", {})
    assert response.status_code == 422
    assert "Choose a file first." in response.content.decode()


def test_stops_reading_beyond_the_limit(marketer: Client, uploads: Path, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 1024
    response = upload(marketer, b"a;b\n" * 100_000)
    assert response.status_code == 422
    assert "larger than" in response.content.decode()
    assert list(uploads.iterdir()) == []


def test_takes_no_upload_without_the_token_of_our_own_page(signed_in: SignIn) -> None:
    careful = signed_in("marketer")
    careful.handler.enforce_csrf_checks = True
    assert upload(careful, ORDERS).status_code == 403
    assert not Batch.objects.exists()


def test_keeps_a_name_harmless(marketer: Client, uploads: Path) -> None:
    upload(marketer, ORDERS, "../../etc/<b>passwd</b>.php")
    batch = Batch.objects.get()
    assert "/" not in batch.name
    (kept,) = uploads.iterdir()
    assert kept.suffix == ".upload"
    assert "<b>passwd" not in get(marketer, f"/imports/{batch.pk}").split("<h1>")[1][:60]


def test_hands_the_file_back_as_a_download_only(marketer: Client, uploads: Path) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    response = marketer.get(f"/imports/{batch.pk}/file")
    assert b"".join(response) == ORDERS.encode()  # type: ignore[call-overload]
    assert response.headers["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    Batch.objects.update(file="uploads/../secret.key")
    (uploads.parent / "secret.key").write_text("x")
    assert marketer.get(f"/imports/{batch.pk}/file").status_code == 404


def test_throws_a_draft_away_with_its_file(marketer: Client, uploads: Path, at: datetime) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    marketer.post(f"/imports/{batch.pk}/drop")
    assert not Batch.objects.exists()
    assert list(uploads.iterdir()) == []


def test_does_not_throw_away_what_came_in(marketer: Client, at: datetime) -> None:
    upload(marketer, ORDERS)
    batch = import_batch(Batch.objects.get(), at=at)
    assert marketer.post(f"/imports/{batch.pk}/drop").status_code == 409
    assert marketer.post(f"/imports/{batch.pk}/retry").status_code == 409


def test_offers_a_file_again_that_broke_off(marketer: Client) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    Batch.objects.update(status="running")
    page = get(marketer, f"/imports/{batch.pk}")
    assert said(page) == "orders.csv broke off half-way."
    marketer.post(f"/imports/{batch.pk}/retry")
    assert Job.objects.filter(kind="import_batch", facts__batch=batch.pk).exists()
    batch.refresh_from_db()
    assert batch.status == "waiting"
    assert marketer.post(f"/imports/{batch.pk}/retry").status_code == 409


def test_says_why_a_file_did_not_come_in(marketer: Client) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    Batch.objects.update(status="failed", error={"code": "file_damaged", "kind": "xlsx"})
    page = get(marketer, f"/imports/{batch.pk}")
    assert said(page) == "orders.csv did not come in."
    assert "This file is damaged or breaks off." in text(page)


def test_says_so_when_the_file_is_gone(marketer: Client, uploads: Path) -> None:
    upload(marketer, ORDERS)
    batch = Batch.objects.get()
    for kept in uploads.iterdir():
        kept.unlink()
    page = get(marketer, f"/imports/{batch.pk}", status=410)
    assert said(page) == "orders.csv cannot be read any more."


def test_reads_a_file_as_another_kind_when_asked(marketer: Client) -> None:
    upload(
        marketer,
        "Klantnummer;E-mail;Voornaam;Achternaam\nK1;anna@example.nl;Anna;Smit\n",
        "people.csv",
    )
    batch = Batch.objects.get()
    assert "people.csv holds customers" in said(get(marketer, f"/imports/{batch.pk}"))
    page = get(marketer, f"/imports/{batch.pk}?layout=generic")
    assert 'value="generic" selected' in page
    assert said(page) == "Say what the columns of people.csv hold."


def test_reads_parquet_and_workbooks(marketer: Client) -> None:
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = {"order_id": ["1", "2"], "order_date": ["2026-11-03", "2026-11-04"], "price": [9.5, 1.0]}
    parquet = io.BytesIO()
    pq.write_table(pa.table(rows), parquet)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in [list(rows), *zip(*rows.values(), strict=True)]:
        sheet.append(line)
    workbook = io.BytesIO()
    book.save(workbook)
    for content, name in ((parquet, "a.parquet"), (workbook, "a.xlsx")):
        assert upload(marketer, content.getvalue(), name).status_code == 302
        page = get(marketer, f"/imports/{Batch.objects.latest('pk').pk}")
        assert said(page) == f"{name} holds orders, and we know how to read it."


@pytest.mark.parametrize("role", ["service", "analyst", "privacy"])
def test_is_for_nobody_else(signed_in: SignIn, role: str) -> None:
    client = signed_in(role)
    assert client.get("/imports").status_code == 403
    assert upload(client, ORDERS).status_code == 403


def test_has_words_for_every_field_and_layout() -> None:
    fields = {field.name for kind in OF_KIND.values() for field in kind}
    assert fields <= set(import_words.FIELDS)
    assert set(layouts()) <= set(import_words.LAYOUTS)
    assert set(Batch.Status.values) == set(import_words.STATUSES)
