"""Rows to mend: in place, dropped, and as a file that goes out and comes in again."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest

from importers.files import COLUMNS, PLAIN, write_csv, write_xlsx
from importers.state import waiting
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.importers.actions import drop_row, import_file, mend_row, restore_row
from stamgast.importers.errors import RowClosed, RowStillBad, UnknownLayout
from stamgast.importers.files.source import guard, unguard
from stamgast.importers.models import RowToMend
from stamgast.importers.queries import rows_as_csv, rows_waiting
from stamgast.sales.models import Line, Order, Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def waits(tmp_path: Path, at: datetime) -> Path:
    """A file of which one row waits: how many cups Anna ordered."""
    rows = [PLAIN[0], (*PLAIN[1][:4], "a few", "12.00"), PLAIN[2]]
    file = write_csv(tmp_path / "orders.csv", rows)
    import_file(file, answers={"vat": "excluded"}, at=at)
    return file


def test_a_mended_row_comes_in_and_is_known_from_then_on(waits: Path, at: datetime) -> None:
    row = RowToMend.objects.get()
    assert (row.line, row.column, row.value, row.problem) == (3, "quantity", "a few", "number")
    mend_row(row, {"quantity": "3"}, at=at)
    assert Order.objects.get(number="1001").total_minor == 900 + 3600
    assert waiting() == []
    again = import_file(waits, at=at, answers={"vat": "excluded"})
    assert (again.read, again.imported, again.unchanged, again.quarantined) == (3, 0, 3, 0)
    assert Line.objects.filter(order__number="1001").count() == 2
    assert Event.objects.filter(kind="row_mended", subject_id=row.pk).exists()


def test_refuses_a_row_that_is_still_wrong_and_says_where(waits: Path, at: datetime) -> None:
    row = RowToMend.objects.get()
    with pytest.raises(RowStillBad) as refused:
        mend_row(row, {"quantity": "2", "price": "NaN"}, at=at)
    assert refused.value.facts == {"column": "price", "value": "NaN", "problem": "not_finite"}
    assert len(waiting()) == 1
    assert Line.objects.count() == 2


def test_refuses_to_mend_twice(waits: Path, at: datetime) -> None:
    row = RowToMend.objects.get()
    mend_row(row, {"quantity": "3"}, at=at)
    with pytest.raises(RowClosed):
        mend_row(row, {"quantity": "3"}, at=at)
    with pytest.raises(RowClosed):
        drop_row(row, at=at)
    assert Line.objects.count() == 3


def test_a_dropped_row_is_passed_over_until_it_is_taken_back(waits: Path, at: datetime) -> None:
    row = RowToMend.objects.get()
    drop_row(row, at=at)
    again = import_file(waits, at=at, answers={"vat": "excluded"})
    assert (again.unchanged, again.quarantined) == (3, 0)
    restore_row(row, at=at)
    assert len(waiting()) == 1
    with pytest.raises(RowClosed):
        restore_row(row, at=at)


def test_a_row_equal_to_one_that_is_there_is_a_line_of_its_own(
    tmp_path: Path, at: datetime
) -> None:
    rows = [PLAIN[0], (*PLAIN[0][:4], "x", "4.50")]
    file = write_csv(tmp_path / "a.csv", rows)
    import_file(file, at=at)
    mend_row(RowToMend.objects.get(), {"quantity": "2"}, at=at)
    assert Line.objects.count() == 2
    import_file(file, at=at)
    assert Line.objects.count() == 2
    import_file(write_csv(tmp_path / "right.csv", [PLAIN[0], PLAIN[0]]), at=at)
    assert Line.objects.count() == 2


def test_rows_that_only_lacked_the_day_come_in_with_the_one_that_tells_it(
    tmp_path: Path, at: datetime
) -> None:
    rows = [("1", "soon", "anna", "tea", "1", "2"), ("1", "", "", "cup", "1", "3")]
    import_file(write_csv(tmp_path / "a.csv", rows), at=at)
    assert len(waiting()) == 2
    mend_row(RowToMend.objects.get(line=2), {"date": "2025-01-01"}, at=at)
    assert waiting() == []
    order = Order.objects.get()
    assert (order.day, order.lines.count()) == (date(2025, 1, 1), 2)


def test_mending_needs_no_engine(
    waits: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    def refuse(*args: object, **facts: object) -> None:
        raise AssertionError("the engine never runs in the web process")

    monkeypatch.setattr(duckdb, "connect", refuse)
    mend_row(RowToMend.objects.get(), {"quantity": "3"}, at=at)
    assert waiting() == []


# --- as a file ---------------------------------------------------------------------------------

TROUBLE = ("=1+1", "+31 6 1234", "-5", "-5,00", "@home", "'quoted", "\tx", "2+2", "")


@pytest.mark.parametrize("cell", TROUBLE)
def test_what_goes_out_comes_in_as_it_was(cell: str) -> None:
    out = guard(cell)
    assert unguard(out) == cell
    assert out[:1] not in {"=", "+", "@", "\t"}


def test_the_file_of_rows_to_mend_is_safe_in_a_spreadsheet(tmp_path: Path, at: datetime) -> None:
    formula = '=HYPERLINK("http://example.com")'
    rows = [("1", "soon", formula, "-2", "1", "2")]
    batch = import_file(write_csv(tmp_path / "a.csv", rows), at=at)
    text = "".join(rows_as_csv(rows_waiting(batch), word=str.upper, expected=lambda p: f"a {p}"))
    (row,) = csv.DictReader(text.splitlines())
    assert row["customer"] == "'" + formula
    assert row["sku"] == "-2"
    assert (row["stamgast_line"], row["stamgast_column"]) == ("2", "date")
    assert (row["stamgast_problem"], row["stamgast_expected"]) == ("DATE", "a date")


def _carried(folder: Path, **mended: str) -> list[dict[str, str]]:
    text = "".join(rows_as_csv(rows_waiting()))
    return [{**row, **mended} for row in csv.DictReader(text.splitlines())]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_mended_rows_come_in_again_as_a_file(
    ending: str, waits: Path, tmp_path: Path, at: datetime
) -> None:
    rows = _carried(tmp_path, quantity="3")
    write = write_csv if ending == "csv" else write_xlsx
    file = write(tmp_path / f"mended.{ending}", [list(r.values()) for r in rows], list(rows[0]))
    batch = import_file(file, at=at)
    assert (batch.read, batch.imported) == (1, 1)
    assert Order.objects.get(number="1001").total_minor == 900 + 3600
    again = import_file(file, at=at)
    assert (again.imported, again.unchanged) == (0, 1)


def test_rows_still_wrong_stay_and_rows_nobody_knows_wait(
    waits: Path, tmp_path: Path, at: datetime
) -> None:
    known = _carried(tmp_path, quantity="some")[0]
    rows = [list(known.values()), list({**known, "stamgast_row": "99999"}.values())]
    batch = import_file(write_csv(tmp_path / "mended.csv", rows, list(known)), at=at)
    assert (batch.read, batch.imported, batch.quarantined) == (2, 0, 2)
    assert [(value, problem) for _, _, value, problem in waiting()] == [
        ("some", "number"),
        ("", "unknown_row"),
    ]


def test_a_dry_run_of_mended_rows_writes_nothing(waits: Path, tmp_path: Path, at: datetime) -> None:
    rows = _carried(tmp_path, quantity="3")
    file = write_csv(tmp_path / "mended.csv", [list(rows[0].values())], list(rows[0]))
    assert import_file(file, is_dry_run=True, at=at).imported == 1
    assert len(waiting()) == 1
    assert Line.objects.count() == 2


def test_refuses_a_file_of_rows_that_nobody_knows(tmp_path: Path, at: datetime) -> None:
    file = write_csv(tmp_path / "a.csv", [("7", *PLAIN[0])], ("stamgast_row", *COLUMNS))
    with pytest.raises(UnknownLayout):
        import_file(file, at=at)


# --- customers and products --------------------------------------------------------------------


def test_rows_of_customers_and_products_are_mended_too(tmp_path: Path, at: datetime) -> None:
    people = write_csv(
        tmp_path / "c.csv", [("", "not an address", "Anna")], ("id", "email", "voornaam")
    )
    import_file(people, at=at)
    mend_row(RowToMend.objects.get(), {"id": "7", "email": "anna@example.nl"}, at=at)
    assert Customer.objects.get(key="7").first_name == "Anna"
    goods = write_csv(tmp_path / "p.csv", [("tea", "dear")], ("sku", "kostprijs"))
    import_file(goods, at=at)
    mend_row(RowToMend.objects.get(mended_at=None), {"kostprijs": "1,25"}, at=at)
    assert str(Product.objects.get(sku="tea").cost) == "1.250000"
    assert waiting() == []
