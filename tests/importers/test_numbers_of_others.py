"""Two shops that count through the same customer numbers: their customers stay two persons."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from importers.files import write_csv
from stamgast.customers.models import Customer
from stamgast.importers.actions import import_file, mend_row
from stamgast.importers.models import RowToMend
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db
PEOPLE = ("klantnummer", "email", "voornaam", "achternaam")
ORDERS = ("order", "date", "customer", "email", "sku", "quantity", "price")
ANNA = ("7", "anna@example.nl", "Anna", "Berg")
BRAM = ("8", "bram@example.nl", "Bram", "Bos")
OTHERS = ("7", "xena@elders.nl", "Xena", "Zee")


def order(number: str, customer: str, email: str) -> tuple[str, ...]:
    return (number, "2025-03-01 10:00:00", customer, email, "tea", "1", "4.50")


@pytest.fixture
def ours(tmp_path: Path, at: datetime) -> None:
    import_file(write_csv(tmp_path / "ours.csv", [ANNA, BRAM], PEOPLE), at=at)


@pytest.mark.usefixtures("ours")
def test_a_known_number_with_another_name_and_address_is_another_person(
    tmp_path: Path, at: datetime
) -> None:
    batch = import_file(write_csv(tmp_path / "a.csv", [OTHERS], PEOPLE), at=at)
    assert (batch.result["numbers_of_others"], batch.result["new_customers"]) == (1, 1)
    anna = Customer.objects.get(key="7")
    assert (anna.full_name, anna.email) == ("Anna Berg", "anna@example.nl")
    xena = Customer.objects.get(email="xena@elders.nl")
    assert (xena.full_name, xena.key) == ("Xena Zee", None)


@pytest.mark.usefixtures("ours")
def test_orders_from_another_shop_do_not_land_on_who_has_the_number_here(
    tmp_path: Path, at: datetime
) -> None:
    rows = [order("1", "7", "xena@elders.nl"), order("2", "8", "yara@elders.nl")]
    file = write_csv(tmp_path / "a.csv", rows, ORDERS)
    for new in (2, 0):
        batch = import_file(file, at=at)
        assert (batch.result["numbers_of_others"], batch.result["new_customers"]) == (2, new)
    owners = Order.objects.order_by("number").values_list("customer__email", flat=True)
    assert list(owners) == ["xena@elders.nl", "yara@elders.nl"]
    assert not Order.objects.filter(customer__key__isnull=False).exists()
    assert Customer.objects.count() == 4


@pytest.mark.usefixtures("ours")
def test_the_same_name_with_another_address_has_moved_to_it(tmp_path: Path, at: datetime) -> None:
    moved = ("7", "anna@nieuw.nl", "Anna", "BERG")
    batch = import_file(write_csv(tmp_path / "a.csv", [moved], PEOPLE), at=at)
    assert "numbers_of_others" not in batch.result
    assert Customer.objects.get(key="7").email == "anna@nieuw.nl"
    assert Customer.objects.count() == 2


@pytest.mark.usefixtures("ours")
def test_without_names_a_file_that_mostly_agrees_has_our_numbers_and_a_new_address(
    tmp_path: Path, at: datetime
) -> None:
    rows = [order("1", "7", "anna@nieuw.nl"), order("2", "8", "bram@example.nl")]
    batch = import_file(write_csv(tmp_path / "a.csv", rows, ORDERS), at=at)
    assert "numbers_of_others" not in batch.result
    owners = Order.objects.order_by("number").values_list("customer__key", flat=True)
    assert list(owners) == ["7", "8"]
    assert Customer.objects.count() == 2


@pytest.mark.usefixtures("ours")
def test_somebody_who_shows_the_known_address_once_is_who_we_know(
    tmp_path: Path, at: datetime
) -> None:
    rows = [order("1", "7", "anna@example.nl"), order("2", "7", "a.berg@werk.nl")]
    batch = import_file(write_csv(tmp_path / "a.csv", rows, ORDERS), at=at)
    assert "numbers_of_others" not in batch.result
    assert Order.objects.filter(customer__key="7").count() == 2


def test_a_number_without_a_known_address_tells_enough(tmp_path: Path, at: datetime) -> None:
    import_file(write_csv(tmp_path / "a.csv", [("7", "", "Anna", "Berg")], PEOPLE), at=at)
    batch = import_file(write_csv(tmp_path / "b.csv", [ANNA], PEOPLE), at=at)
    assert "numbers_of_others" not in batch.result
    assert Customer.objects.get().email == "anna@example.nl"


@pytest.mark.usefixtures("ours")
def test_a_dry_run_tells_of_them_and_changes_nobody(tmp_path: Path, at: datetime) -> None:
    file = write_csv(tmp_path / "a.csv", [OTHERS], PEOPLE)
    batch = import_file(file, is_dry_run=True, at=at)
    assert (batch.result["numbers_of_others"], batch.result["new_customers"]) == (1, 1)
    assert Customer.objects.count() == 2


@pytest.mark.usefixtures("ours")
def test_a_mended_row_goes_by_address_too(tmp_path: Path, at: datetime) -> None:
    bad = ("1", "31-02-2025", "7", "xena@elders.nl", "tea", "1", "4.50")
    import_file(write_csv(tmp_path / "a.csv", [bad], ORDERS), at=at)
    mend_row(RowToMend.objects.get(), {"date": "2025-03-01"}, at=at)
    assert Order.objects.get().customer.email == "xena@elders.nl"  # type: ignore[union-attr]


def test_keeps_no_number_in_what_came_of_the_file(tmp_path: Path, at: datetime) -> None:
    anna = ("K-1042", *ANNA[1:])
    import_file(write_csv(tmp_path / "ours.csv", [anna], PEOPLE), at=at)
    batch = import_file(write_csv(tmp_path / "a.csv", [("K-1042", *OTHERS[1:])], PEOPLE), at=at)
    assert batch.result["numbers_of_others"] == 1
    assert "K-1042" not in str(batch.result)
