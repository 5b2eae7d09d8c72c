"""Real order histories: a wholesaler's two years, and a part of them as Shopify exports it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, Q, Sum

from importers.messy import rolled_back
from stamgast.customers.models import Customer
from stamgast.importers.actions import import_file
from stamgast.importers.layouts.online_retail import CHARGES
from stamgast.sales.models import Line, Order, Product

pytestmark = pytest.mark.django_db
RETAIL, SHOPIFY = "online_retail_ii.parquet", "shopify_orders_export.csv"


@pytest.fixture
def retail(shared_data: Path) -> Path:
    if not (shared_data / RETAIL).exists():
        pytest.skip(f"{RETAIL} is absent")
    return shared_data / RETAIL


@pytest.fixture
def shopify(shared_data: Path) -> Path:
    if not (shared_data / SHOPIFY).exists():
        pytest.skip(f"{SHOPIFY} is absent")
    return shared_data / SHOPIFY


def asked(sql: str, file: Path) -> Any:
    """Return the one row of a direct query on a Parquet file."""
    import duckdb

    return duckdb.connect().execute(sql.replace("FILE", f"'{file}'")).fetchone()


@pytest.mark.long
def test_two_years_of_a_wholesaler(retail: Path, at: datetime) -> None:
    batch = import_file(retail, at=at)
    lines, amount, anonymous, orders = asked(
        "SELECT count(*), sum(quantity * unit_price::DECIMAL(18,6)), count(*) - count(customer_id), "
        "count(DISTINCT invoice_no) FROM FILE",
        retail,
    )
    assert (batch.read, batch.imported, batch.unchanged, batch.quarantined) == (
        1044847,
        1044847,
        0,
        0,
    )
    assert Line.objects.count() == lines
    assert Order.objects.count() == orders == 53628
    assert Customer.objects.count() == batch.result["customers"] == 5942
    assert batch.result["anonymous_rows"] == anonymous == 235287
    assert Decimal(batch.result["amount_total"]["GBP"]) == amount
    kept = Decimal(Order.objects.aggregate(total=Sum("total_minor"))["total"]) / 100
    assert amount - kept == Decimal(batch.result["rounding_difference"]["GBP"]) == Decimal("0.018")
    _nobody_returns_more_than_was_bought()
    _purchases_are_those_of_products(retail)
    again = import_file(retail, at=at)
    assert (again.imported, again.unchanged) == (0, 1044847)


def _nobody_returns_more_than_was_bought() -> None:
    back = dict(
        Line.objects.exclude(of_line=None)
        .values_list("of_line")
        .annotate(pieces=Sum("quantity"))
        .values_list("of_line", "pieces")
    )
    assert len(back) > 10_000
    sold = Line.objects.filter(pk__in=list(back)[:20_000]).values_list("pk", "quantity")
    assert all(-back[pk] <= quantity for pk, quantity in sold)
    sales = Order.objects.filter(kind="sale")
    assert not sales.filter(returned_minor__gt=F("revenue_minor")).exists()
    assert not sales.filter(~Q(returned_minor=0), returned_minor__lt=0).exists()


def _purchases_are_those_of_products(retail: Path) -> None:
    charges = ", ".join(f"'{code}'" for code in sorted(CHARGES))
    (buyers,) = asked(
        "SELECT count(DISTINCT customer_id) FROM FILE WHERE quantity > 0 AND unit_price > 0 "
        f"AND upper(trim(stock_code)) NOT IN ({charges}) "
        "AND NOT regexp_matches(invoice_no, '^[CA]')",
        retail,
    )
    bought = Order.objects.filter(is_purchase=True).exclude(customer=None)
    assert bought.values("customer").distinct().count() == buyers
    assert Product.objects.filter(is_charge=True).exists()


def _bought() -> dict[str, tuple[Any, ...]]:
    """Return per order number who bought when, for how much, and how many lines and pieces."""
    rows = Order.objects.values_list(
        "number", "customer__key", "customer__email", "day", "total_minor", "currency"
    )
    lines = dict(Order.objects.annotate(n=Sum("lines__quantity")).values_list("number", "n"))
    return {
        number: (key or email.split("@")[0][1:], day, total, currency, lines[number])
        for number, key, email, day, total, currency in rows
    }


def test_shopify_gives_the_same_customers_and_orders_as_the_wholesalers_own_file(
    shopify: Path, retail: Path, tmp_path: Path, at: datetime
) -> None:
    import duckdb

    with rolled_back():
        batch = import_file(shopify, at=at)
        assert batch.layout == "shopify"
        assert (batch.read, batch.imported) == (30_000, 30_000)
        from_shopify = _bought()
    part = tmp_path / "part.parquet"
    con = duckdb.connect()
    con.execute(
        f"COPY (SELECT * FROM '{retail}' WHERE invoice_no IN (SELECT ltrim(Name, '#') FROM "
        f"read_csv('{shopify}', all_varchar=true))) TO '{part}' (FORMAT parquet)"
    )
    with rolled_back():
        batch = import_file(part, at=at)
        assert batch.layout == "online_retail"
        from_retail = _bought()
    last = max(from_retail)  # the export breaks off within this order
    del from_retail[last], from_shopify[last]
    assert len(from_retail) == 1565
    assert from_shopify == from_retail
