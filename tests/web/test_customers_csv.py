"""Taking a selection along: what stands in the file, for whom, and that spreadsheets stay safe."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.scoring.models import Run
from stamgast.web.marketer.customers_csv import harmless
from web.scored_people import NOON, Visitor, run, score

__all__ = ["run"]
pytestmark = pytest.mark.django_db


def download(client: Client, query: str = "", *, delimiter: str = ",") -> list[list[str]]:
    """Return the rows of the file."""
    response = client.get(f"/customers/export.csv?{query}")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="customers-2026-11-20.csv"'
    )
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[call-overload]
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def test_holds_the_selection_of_the_list(
    run: Run, anna: Customer, bram: Customer, signed_in: Visitor
) -> None:
    score(run, anna)
    score(run, bram, stage="drifting", step="ask_why")
    heading, row = download(signed_in("marketer"), "stage=drifting")
    found = dict(zip(heading, row, strict=True))
    assert found["Surname"] == "Jansen"
    assert found["Stage"] == "drifting"
    assert found["Next step"] == "Ask why"
    assert found["Margin coming year"] == "200.00"
    assert found["Last purchase"] == "2026-11-09"


def test_speaks_dutch_as_a_dutch_spreadsheet_reads_it(
    run: Run, anna: Customer, signed_in: Visitor
) -> None:
    score(run, anna)
    heading, row = download(signed_in("marketer", language="nl"), delimiter=";")
    assert row[heading.index(heading[-3])] == "200,00"
    assert len(heading) == 22


def test_leaves_margin_out_for_who_may_not_see_it(
    run: Run, anna: Customer, signed_in: Visitor
) -> None:
    score(run, anna)
    client = signed_in("service")
    assert client.get("/customers/export.csv").status_code == 403
    assert "Download as CSV" not in client.get("/customers").content.decode()


def test_writes_down_who_took_what_along(run: Run, anna: Customer, signed_in: Visitor) -> None:
    score(run, anna)
    download(signed_in("analyst"), "stage=active&q=anna")
    event = Event.objects.get(kind="customers_exported")
    assert event.actor.startswith("user:")
    assert event.facts == {"filters": "stage=active", "customers": 1}  # no personal data


def test_lets_no_cell_begin_a_formula(run: Run, signed_in: Visitor) -> None:
    evil = ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
    for text in evil:
        person = Customer.objects.create(
            last_name=text, company=text, email=text, city=text, made_at=NOON, changed_at=NOON
        )
        score(run, person)
    rows = download(signed_in("marketer"))[1:]
    assert len(rows) == len(evil)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


@pytest.mark.parametrize("text", ["", "Anna", "a=b", "1234AB", "'s-Gravenhage"])
def test_leaves_harmless_cells_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_streams_a_large_selection_in_the_readers_language(run: Run, signed_in: Visitor) -> None:
    people = Customer.objects.bulk_create(
        Customer(last_name=f"Nr {i}", made_at=NOON, changed_at=NOON) for i in range(2500)
    )
    for person in people:
        score(run, person)
    client = signed_in("marketer", language="nl")
    response = client.get("/customers/export.csv")
    assert response.streaming
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig")), delimiter=";"))  # type: ignore[call-overload]
    assert len(rows) == 2501
