"""Files of customers and of products: brought up to date by number, never wiped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from importers.files import PLAIN, write_csv
from importers.state import waiting
from stamgast.customers.models import Consent, Customer, Identity
from stamgast.customers.tombstones import bury
from stamgast.importers.actions import import_file, look_at
from stamgast.importers.models import Batch
from stamgast.sales.models import Order, Product

pytestmark = pytest.mark.django_db
PEOPLE = (
    "klantnummer", "email", "voornaam", "tussenvoegsel", "achternaam", "telefoon", "postcode",
    "huisnummer", "klant sinds", "nieuwsbrief",
)  # fmt: skip
ANNA = (
    "7",
    "Anna@Example.nl",
    "Anna",
    "van der",
    "Berg",
    "06-12345678",
    "1234 ab",
    "12 a",
    "01-02-2024",
    "ja",
)
BRAM = ("8", "bram@example.nl", "Bram", "", "Bos", "", "", "", "", "nee")


def counts(batch: Batch) -> tuple[int, int, int, int]:
    assert batch.read == batch.imported + batch.unchanged + batch.quarantined
    return batch.read, batch.imported, batch.unchanged, batch.quarantined


def test_customers_come_in_once_and_in_one_spelling(tmp_path: Path, at: datetime) -> None:
    file = write_csv(tmp_path / "a.csv", [ANNA, BRAM], PEOPLE)
    assert counts(import_file(file, at=at)) == (2, 2, 0, 0)
    anna = Customer.objects.get(key="7")
    assert (anna.full_name, anna.email) == ("Anna van der Berg", "anna@example.nl")
    assert (anna.phone, anna.postcode, anna.house_number) == ("+31612345678", "1234AB", "12A")
    assert anna.since == date(2024, 2, 1)
    assert set(Identity.objects.filter(customer=anna).values_list("kind", "value")) == {
        ("key", "7"),
        ("email", "anna@example.nl"),
    }
    assert counts(import_file(file, at=at)) == (2, 0, 2, 0)
    assert Customer.objects.count() == 2


def test_what_a_list_leaves_empty_stays_and_what_it_tells_counts(
    tmp_path: Path, at: datetime
) -> None:
    import_file(write_csv(tmp_path / "a.csv", [ANNA, BRAM], PEOPLE), at=at)
    moved = (*ANNA[:2], "", "", "", "", "4321ZZ", "", "", "")
    batch = import_file(write_csv(tmp_path / "b.csv", [moved, BRAM], PEOPLE), at=at)
    assert counts(batch) == (2, 1, 1, 0)
    anna = Customer.objects.get(key="7")
    assert (anna.postcode, anna.last_name, anna.phone) == ("4321ZZ", "Berg", "+31612345678")


def test_consents_are_added_once_and_only_when_they_are_news(tmp_path: Path, at: datetime) -> None:
    file = write_csv(tmp_path / "a.csv", [ANNA, BRAM], PEOPLE)
    import_file(file, at=at)
    import_file(file, at=at)
    rows = Consent.objects.order_by("customer__key")
    assert [(r.customer.key, r.channel, r.is_granted, r.source) for r in rows] == [
        ("7", "email", True, "import"),
        ("8", "email", False, "import"),
    ]
    assert rows[0].wording == "nieuwsbrief"


def test_a_history_fills_gaps_and_wipes_nothing(tmp_path: Path, at: datetime) -> None:
    import_file(write_csv(tmp_path / "a.csv", [BRAM], PEOPLE), at=at)
    columns = ("order", "date", "customer", "sku", "price", "voornaam", "plaats")
    rows = [("1", "2023-05-01", "8", "tea", "2", "Abraham", "Utrecht")]
    import_file(write_csv(tmp_path / "b.csv", rows, columns), at=at)
    bram = Customer.objects.get(key="8")
    assert (bram.first_name, bram.city, bram.since) == ("Bram", "Utrecht", date(2023, 5, 1))


def test_erased_persons_stay_erased_and_their_orders_are_anonymous(
    tmp_path: Path, at: datetime
) -> None:
    bury([("key", "anna")], at=at)
    batch = import_file(write_csv(tmp_path / "a.csv", PLAIN), at=at)
    assert counts(batch) == (5, 5, 0, 0)
    assert batch.result["anonymous_rows"] == 4
    assert not Customer.objects.filter(key="anna").exists()
    assert Order.objects.get(number="1001").customer is None
    bury([("email", "anna@example.nl")], at=at)
    batch = import_file(write_csv(tmp_path / "b.csv", [ANNA, BRAM], PEOPLE), at=at)
    assert batch.result["new_customers"] == 1
    assert not Customer.objects.filter(email="anna@example.nl").exists()


def test_the_shops_own_list_names_who_a_history_knew_by_number(
    tmp_path: Path, at: datetime
) -> None:
    import_file(write_csv(tmp_path / "a.csv", [("1", "2025-01-01", "7", "tea", "1", "2")]), at=at)
    import_file(write_csv(tmp_path / "b.csv", [ANNA], PEOPLE), at=at)
    assert Customer.objects.get().full_name == "Anna van der Berg"


# --- products ----------------------------------------------------------------------------------

GOODS = ("artikelnummer", "omschrijving", "categorie", "inkoopprijs", "btw")


def test_products_come_in_and_costs_reach_the_orders(tmp_path: Path, at: datetime) -> None:
    import_file(write_csv(tmp_path / "a.csv", PLAIN), answers={"vat": "excluded"}, at=at)
    goods = write_csv(
        tmp_path / "p.csv",
        [("tea", "Tea", "drinks", "1,50", "9%"), ("cup", "Cup", "", "", "21%")],
        GOODS,
        delimiter=";",
    )
    assert look_at(goods).layout == "products"
    assert counts(import_file(goods, at=at)) == (2, 2, 0, 0)
    assert counts(import_file(goods, at=at)) == (2, 0, 2, 0)
    tea = Product.objects.get(sku="tea")
    assert (tea.name, tea.category, tea.cost, tea.vat_rate) == ("Tea", "drinks", Decimal("1.5"), 9)
    known = Order.objects.get(number="1002")
    assert (known.margin_minor, known.is_margin_assumed) == (300, False)
    assert Order.objects.get(number="1001").is_margin_assumed  # nobody knows what a cup costs


def test_rows_without_a_code_or_number_wait(tmp_path: Path, at: datetime) -> None:
    goods = write_csv(tmp_path / "p.csv", [("", "Tea", "", "1.50", "")], GOODS)
    assert counts(import_file(goods, at=at)) == (1, 0, 0, 1)
    people = write_csv(tmp_path / "c.csv", [("", "nowhere", *ANNA[2:])], PEOPLE)
    assert counts(import_file(people, at=at)) == (1, 0, 0, 1)
    assert [(column, problem) for _, column, _, problem in waiting()] == [
        ("artikelnummer", "product_number"),
        ("email", "email"),
    ]


def test_a_dry_run_of_lists_writes_nothing(tmp_path: Path, at: datetime) -> None:
    people = write_csv(tmp_path / "c.csv", [ANNA], PEOPLE)
    goods = write_csv(tmp_path / "p.csv", [("tea", "Tea", "", "1.50", "")], GOODS)
    assert import_file(people, is_dry_run=True, at=at).imported == 1
    assert import_file(goods, is_dry_run=True, at=at).imported == 1
    assert not Customer.objects.exists()
    assert not Product.objects.exists()


def test_a_list_of_products_tells_what_is_in_stock_and_where_it_stands(
    tmp_path: Path, at: datetime
) -> None:
    head = ("sku", "naam", "prijs", "op voorraad", "link")
    rows = [
        ("K-1", "Koffie", "12,50", "ja", "https://shop.example/k-1"),
        ("K-2", "Filters", "3,50", "nee", ""),
        ("K-3", "Molen", "89,00", "", "shop.example/k-3"),
    ]
    import_file(write_csv(tmp_path / "p.csv", rows, head), at=at)
    found = Product.objects.order_by("sku").values_list("sku", "in_stock", "url")
    assert list(found) == [("K-1", True, "https://shop.example/k-1"), ("K-2", False, "")]
