"""Rows to mend: what stood there, what was expected, mending in place, leaving out and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from stamgast.importers.actions import import_file
from stamgast.importers.models import Batch, RowToMend
from stamgast.sales.models import Order
from stamgast.web.marketer.import_words import EXPECTED
from web.pages import get, names, said, text, undo

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
ORDERS = """Bestelnummer;Besteldatum;Klantnummer;Artikelnummer;Aantal;Prijs;Opmerking
1001;03-11-2026;K1;A1;2;12,50;fijn
1002;31-02-2026;K2;A2;1;8,95;<b>haast</b>
1003;04-11-2026;K3;A2;een;8,95;=1+1
;05-11-2026;K1;A1;1;12,50;
"""


@pytest.fixture
def batch(db: None, tmp_path: Path, home: Path, at: datetime) -> Batch:
    """A file of which three rows cannot be read."""
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, "utf-8")
    answers = {"currency": "EUR", "vat": "included", "margin": "0.4"}
    return import_file(file, answers=answers, at=at)


@pytest.fixture
def marketer(signed_in: SignIn) -> Client:
    """Somebody who may mend rows."""
    return signed_in("marketer")


def test_tells_of_each_row_where_it_stood_and_what_was_expected(
    batch: Batch, marketer: Client
) -> None:
    page = get(marketer, f"/imports/{batch.pk}/rows")
    assert said(page) == "3 rows of orders.csv wait to be mended."
    shown = text(page)
    assert "3 Besteldatum 31-02-2026 a date, such as 31-12-2026" in shown
    assert "4 Aantal een a number" in shown
    assert "5 Bestelnummer – an order number" in shown
    everything = get(marketer, "/rows")
    assert said(everything) == "3 rows wait to be mended."
    assert "orders.csv" in everything
    assert names(page) == ["Mend", "Mend", "Mend"]


def test_mends_a_row_in_place(batch: Batch, marketer: Client) -> None:
    bad = RowToMend.objects.get(line=3)
    page = get(marketer, f"/rows/{bad.pk}")
    assert said(page) == (
        "Line 3 of orders.csv has 31-02-2026 as Besteldatum; "
        "expected was a date, such as 31-12-2026."
    )
    assert page.index("Besteldatum</label>") < page.index("Bestelnummer</label>")
    assert "<b>haast" not in page
    columns = ORDERS.splitlines()[0].split(";")
    cells = {f"cell_{place}": bad.row[column] or "" for place, column in enumerate(columns)}
    still = marketer.post(f"/rows/{bad.pk}", {**cells, "cell_1": "32-01-2026"})
    assert still.status_code == 422
    assert "Expected: a date, such as 31-12-2026." in text(still.content.decode())
    assert not Order.objects.filter(number="1002").exists()
    mended = marketer.post(f"/rows/{bad.pk}", {**cells, "cell_1": "28-02-2026"}, follow=True)
    assert "Row mended: it came in." in text(mended.content.decode())
    assert Order.objects.get(number="1002").day.isoformat() == "2026-02-28"
    assert said(get(marketer, f"/imports/{batch.pk}/rows")).startswith("2 rows")
    assert said(get(marketer, f"/rows/{bad.pk}")) == "Line 3 of orders.csv is settled."
    assert marketer.post(f"/rows/{bad.pk}", cells).status_code == 422


def test_leaves_a_row_out_and_takes_that_back(batch: Batch, marketer: Client) -> None:
    bad = RowToMend.objects.get(line=5)
    marketer.post(f"/rows/{bad.pk}/drop", {"next": "/rows"})
    bad.refresh_from_db()
    assert bad.dropped_at is not None
    undo(marketer, "/rows")
    bad.refresh_from_db()
    assert bad.dropped_at is None
    assert marketer.post(f"/rows/{bad.pk}/restore").status_code == 409


def test_hands_the_rows_over_as_a_file_that_is_safe_to_open(batch: Batch, marketer: Client) -> None:
    response = marketer.get(f"/imports/{batch.pk}/rows.csv")
    assert response.headers["Content-Disposition"].startswith("attachment")
    content = b"".join(response).decode("utf-8-sig")  # type: ignore[call-overload]
    everything = marketer.get("/rows.csv")
    assert b"".join(everything).decode("utf-8-sig") == content  # type: ignore[call-overload]
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["Bestelnummer"] for row in rows] == ["1002", "1003", ""]
    assert rows[1]["Opmerking"] == "'=1+1"
    assert rows[0]["stamgast_expected"] == "a date, such as 31-12-2026"


def test_says_that_nothing_waits(db: None, marketer: Client) -> None:
    assert said(get(marketer, "/rows")) == "Every row is in; there is nothing to mend."


def test_counts_what_waits_in_the_menu(batch: Batch, marketer: Client) -> None:
    assert "Rows to mend 3" in text(get(marketer, "/customers"))


@pytest.mark.parametrize("role", ["service", "analyst", "privacy"])
def test_is_for_nobody_else(batch: Batch, signed_in: SignIn, role: str) -> None:
    client = signed_in(role)
    bad = RowToMend.objects.first()
    assert bad is not None
    for address in ("/rows", f"/rows/{bad.pk}", f"/imports/{batch.pk}/rows"):
        assert client.get(address).status_code == 403
    assert client.post(f"/rows/{bad.pk}/drop").status_code == 403


def test_has_words_for_every_problem(repository: Path) -> None:
    """Every code that the importers write stands in their source as Problem or Bad."""
    import re

    source = "".join(
        file.read_text("utf-8") for file in (repository / "src/stamgast/importers").rglob("*.py")
    )
    codes = set(re.findall(r"Problem\(\"(\w+)\"\)", source))
    codes |= set(re.findall(r"Bad\([^()]*?\"(\w+)\"\)", source))
    assert len(codes) > 8
    assert codes <= set(EXPECTED)
