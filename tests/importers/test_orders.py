"""What an import of orders leaves behind, and that nothing is lost or counted twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from importers.files import COLUMNS, PLAIN, write_csv
from importers.state import state, waiting
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.importers.actions import import_file
from stamgast.importers.models import Batch, RowToMend
from stamgast.sales.models import Line, MarginRate, Order, Product
from stamgast.staff.queries import shop

pytestmark = pytest.mark.django_db


def counts(batch: Batch) -> tuple[int, int, int, int]:
    assert batch.read == batch.imported + batch.unchanged + batch.quarantined
    return batch.read, batch.imported, batch.unchanged, batch.quarantined


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "orders.csv", PLAIN)


def test_brings_in_orders_lines_customers_and_products(plain: Path, at: datetime) -> None:
    batch = import_file(plain, answers={"vat": "excluded"}, at=at)
    assert counts(batch) == (5, 5, 0, 0)
    assert batch.result["orders"] == 4
    assert batch.result["customers"] == batch.result["new_customers"] == 2
    assert batch.result["anonymous_rows"] == 1
    assert batch.result["amount_total"] == {"EUR": "50.25"}
    order = Order.objects.get(number="1001")
    assert (order.total_minor, order.revenue_minor, order.units) == (2100, 2100, 3)
    assert order.margin_minor == 840  # four tenths, as nobody told a cost
    assert order.is_margin_assumed
    assert order.is_purchase
    assert order.ordered_at == datetime(2025, 3, 1, 9, 0, tzinfo=UTC)  # ten o'clock in Amsterdam
    assert order.day == date(2025, 3, 1)
    assert Order.objects.get(number="1004").customer is None
    assert Customer.objects.get(key="anna").since == date(2025, 3, 1)
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["cup", "tea"]


def test_the_same_file_twice_changes_nothing(plain: Path, at: datetime) -> None:
    import_file(plain, at=at)
    before = state()
    again = import_file(plain, at=at)
    assert counts(again) == (5, 0, 5, 0)
    assert state() == before


def test_a_history_is_one_event_and_no_news(plain: Path, at: datetime) -> None:
    batch = import_file(plain, at=at)
    told = Event.objects.filter(is_historic=True)
    assert [(event.kind, event.subject_id) for event in told] == [("history_imported", batch.pk)]
    assert not Event.objects.filter(kind__in=["order_recorded", "customer_recorded"]).exists()


def test_a_dry_run_counts_the_same_and_writes_nothing(plain: Path, at: datetime) -> None:
    batch = import_file(plain, is_dry_run=True, at=at)
    assert counts(batch) == (5, 5, 0, 0)
    assert batch.pk is None
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert not Batch.objects.exists()
    assert not MarginRate.objects.exists()
    assert import_file(plain, at=at).result["amount_total"] == batch.result["amount_total"]


def test_exact_duplicates_are_lines_of_their_own(tmp_path: Path, at: datetime) -> None:
    file = write_csv(tmp_path / "orders.csv", [PLAIN[0], PLAIN[0], PLAIN[0]])
    assert counts(import_file(file, at=at)) == (3, 3, 0, 0)
    assert Order.objects.get().units == 6
    assert counts(import_file(file, at=at)) == (3, 0, 3, 0)
    assert Line.objects.count() == 3


def test_a_corrected_file_replaces_the_order(plain: Path, tmp_path: Path, at: datetime) -> None:
    import_file(plain, at=at)
    kept = set(Line.objects.filter(order__number="1001", product__sku="tea").values_list("pk"))
    changed = [PLAIN[0], ("1001", PLAIN[1][1], "anna", "pot", "1", "20.00"), *PLAIN[2:]]
    batch = import_file(write_csv(tmp_path / "again.csv", changed), at=at)
    assert counts(batch) == (5, 1, 4, 0)
    lines = Line.objects.filter(order__number="1001")
    assert sorted(lines.values_list("product__sku", flat=True)) == ["pot", "tea"]
    assert kept == set(lines.filter(product__sku="tea").values_list("pk"))
    assert Order.objects.get(number="1001").total_minor == 2900


def test_a_correction_ends_as_if_it_had_been_right_at_once(
    plain: Path, tmp_path: Path, at: datetime
) -> None:
    wrong = [(*row[:2], "carla", *row[3:]) if row[0] == "1003" else row for row in PLAIN]
    import_file(write_csv(tmp_path / "wrong.csv", wrong), at=at)
    import_file(plain, at=at)
    corrected = state()
    Line.objects.all().delete()
    Order.objects.all().delete()
    import_file(plain, at=at)
    assert state()["orders"] == corrected["orders"]
    assert state()["lines"] == corrected["lines"]


def test_the_first_file_sets_the_shops_currency(tmp_path: Path, at: datetime) -> None:
    rows = [(*row, "gbp") for row in PLAIN]
    batch = import_file(write_csv(tmp_path / "a.csv", rows, (*COLUMNS, "currency")), at=at)
    assert shop().currency == "GBP"
    assert batch.result["shop_currency_set"] == "GBP"
    rows = [("2" + row[0], *row[1:], "USD") for row in PLAIN]
    batch = import_file(write_csv(tmp_path / "b.csv", rows, (*COLUMNS, "currency")), at=at)
    assert shop().currency == "GBP"
    assert "shop_currency_set" not in batch.result


def test_vat_comes_out_of_prices_that_include_it(tmp_path: Path, at: datetime) -> None:
    rows = [
        ("1", "2025-01-01", "anna", "tea", "1", "10.90", "9"),
        ("2", "2025-01-02", "anna", "cup", "1", "12.10", ""),
    ]
    file = write_csv(tmp_path / "a.csv", rows, (*COLUMNS, "vat"))
    import_file(file, answers={"vat": "included"}, at=at)
    assert Order.objects.get(number="1").revenue_minor == 1000  # the line's own nine per cent
    assert Order.objects.get(number="2").revenue_minor == 1000  # the shop's twenty-one
    assert Order.objects.get(number="1").total_minor == 1090


def test_charges_are_kept_and_are_no_purchase(tmp_path: Path, at: datetime) -> None:
    rows = [
        ("1", "2025-01-01", "anna", "tea", "1", "10"),
        ("1", "2025-01-01", "anna", "VERZENDKOSTEN", "1", "4.95"),
        ("2", "2025-01-02", "bram", "verzendkosten", "1", "4.95"),
    ]
    batch = import_file(write_csv(tmp_path / "a.csv", rows), answers={"vat": "excluded"}, at=at)
    assert batch.result["charges_rows"] == 2
    bought, posted = Order.objects.order_by("number")
    assert (bought.revenue_minor, bought.charges_minor, bought.is_purchase) == (1000, 495, True)
    assert (posted.revenue_minor, posted.charges_minor, posted.is_purchase) == (0, 495, False)
    assert Product.objects.get(sku="verzendkosten").is_charge


def test_a_cost_in_the_file_makes_the_margin_known(tmp_path: Path, at: datetime) -> None:
    rows = [(*PLAIN[0], "1.50"), (*PLAIN[2], "")]
    file = write_csv(tmp_path / "a.csv", rows, (*COLUMNS, "inkoopprijs"))
    import_file(file, answers={"vat": "excluded", "margin": "0.5"}, at=at)
    known, assumed = Order.objects.order_by("number")
    assert (known.margin_minor, known.is_margin_assumed) == (600, False)
    assert (assumed.margin_minor, assumed.is_margin_assumed) == (225, True)
    assert MarginRate.objects.get(category="").share == Decimal("0.5")


def test_a_discount_on_the_order_loses_no_cent(tmp_path: Path, at: datetime) -> None:
    rows = [(*row, "1.00") for row in (PLAIN[0], PLAIN[1], (*PLAIN[1][:3], "pot", "1", "7.77"))]
    file = write_csv(tmp_path / "a.csv", rows, (*COLUMNS, "orderkorting"))
    import_file(file, answers={"vat": "excluded"}, at=at)
    order = Order.objects.get()
    assert order.total_minor == 2877
    assert order.revenue_minor == 2777
    assert order.discount_minor == 100
    assert sum(order.lines.values_list("net_minor", flat=True)) == 2777


def test_without_order_numbers_a_day_of_a_customer_is_an_order(
    tmp_path: Path, at: datetime
) -> None:
    rows = [("7", "2025-01-01", "10"), ("7", "2025-01-01", "5"), ("7", "2025-01-03", "5")]
    batch = import_file(write_csv(tmp_path / "a.csv", rows, ("customer", "date", "amount")), at=at)
    assert batch.result["orders"] == 2
    assert sorted(Order.objects.values_list("number", "total_minor")) == [
        ("7-20250101", 1500),
        ("7-20250103", 500),
    ]


def test_whoever_has_only_an_address_is_who_showed_it_with_a_number(
    tmp_path: Path, at: datetime
) -> None:
    columns = ("order", "date", "klantnummer", "email", "price")
    rows = [
        ("1", "2025-01-01", "", "Anna@Example.nl", "10"),
        ("2", "2025-01-02", "7", "anna@example.nl", "10"),
        ("3", "2025-01-03", "8", "anna@example.nl", "10"),
    ]
    import_file(write_csv(tmp_path / "a.csv", rows, columns), at=at)
    owners = dict(Order.objects.values_list("number", "customer__key"))
    assert owners == {"1": "7", "2": "7", "3": "8"}


def test_a_return_reduces_the_latest_earlier_sale_that_has_enough(
    tmp_path: Path, at: datetime
) -> None:
    rows = [
        ("1", "2025-01-01", "anna", "tea", "5", "4.00"),
        ("2", "2025-02-01", "anna", "tea", "2", "4.00"),
        ("3", "2025-03-01", "anna", "tea", "1", "4.00"),
        ("4", "2025-02-15", "anna", "tea", "-2", "4.00"),
        ("5", "2025-04-01", "anna", "tea", "-2", "4.00"),
        ("6", "2025-04-02", "anna", "tea", "-9", "4.00"),
        ("7", "2024-04-02", "anna", "tea", "-1", "4.00"),
    ]
    file = write_csv(tmp_path / "a.csv", rows)
    batch = import_file(file, answers={"vat": "excluded"}, at=at)
    assert (batch.result["returns_rows"], batch.result["returns_matched"]) == (4, 2)
    sales = {
        o.number: (o.returned_minor, o.margin_minor) for o in Order.objects.filter(kind="sale")
    }
    # the second sale came back whole, then two of the five of the first
    assert sales == {"1": (800, 480), "2": (800, 0), "3": (0, 160)}
    before = state()
    assert counts(import_file(file, at=at, answers={"vat": "excluded"})) == (7, 0, 7, 0)
    assert state() == before


def test_returns_find_their_sale_in_whatever_file_it_came(tmp_path: Path, at: datetime) -> None:
    sale, back = (
        ("1", "2025-01-01", "anna", "tea", "5", "4.00"),
        ("2", "2025-02-01", "anna", "tea", "-2", "4.00"),
    )
    import_file(write_csv(tmp_path / "b.csv", [back]), at=at)
    assert Line.objects.get(order__number="2").of_line is None
    import_file(write_csv(tmp_path / "a.csv", [sale]), at=at)
    assert Line.objects.get(order__number="2").of_line == Line.objects.get(order__number="1").pk


def test_bad_rows_wait_and_good_rows_stay(tmp_path: Path, at: datetime) -> None:
    rows = [
        PLAIN[0],
        ("1001", "not a day", "anna", "cup", "1", "12"),
        ("", "2025-03-02", "bram", "tea", "1", "4.50"),
        ("1005", "2025-03-02", "bram", "tea", "0", "4.50"),
        ("1006", "2025-03-02", "bram", "tea", "2", "NaN"),
        ("1007", "2025-03-02", "bram", "tea", "2", "four"),
        ("1008", "2025-03-02", "bram", "tea", "99999999", "4"),
        PLAIN[2],
    ]
    file = write_csv(tmp_path / "a.csv", rows)
    batch = import_file(file, at=at)
    assert counts(batch) == (8, 2, 0, 6)
    assert waiting() == [
        (3, "date", "not a day", "date"),
        (4, "order", "", "order_number"),
        (5, "quantity", "0", "quantity"),
        (6, "price", "NaN", "not_finite"),
        (7, "price", "four", "number"),
        (8, "quantity", "99999999", "quantity"),
    ]
    again = import_file(file, at=at)
    assert counts(again) == (8, 0, 2, 6)
    assert len(waiting()) == 6
    assert set(RowToMend.objects.values_list("batch_id", flat=True)) == {again.pk}


def test_a_corrected_file_closes_rows_that_waited(tmp_path: Path, at: datetime) -> None:
    bad = [PLAIN[0], ("1001", "2025-03-01", "anna", "cup", "none", "12")]
    import_file(write_csv(tmp_path / "a.csv", bad), at=at)
    assert len(waiting()) == 1
    good = [PLAIN[0], ("1001", "2025-03-01", "anna", "cup", "1", "12")]
    assert counts(import_file(write_csv(tmp_path / "b.csv", good), at=at)) == (2, 1, 1, 0)
    assert waiting() == []


def test_an_order_that_is_not_whole_in_a_file_loses_no_line(tmp_path: Path, at: datetime) -> None:
    import_file(write_csv(tmp_path / "a.csv", PLAIN[:2]), at=at)
    torn = [PLAIN[0], ("1001", "2025-03-01", "anna", "cup", "one", "12.00")]
    assert counts(import_file(write_csv(tmp_path / "b.csv", torn), at=at)) == (2, 0, 1, 1)
    assert Line.objects.filter(order__number="1001").count() == 2
