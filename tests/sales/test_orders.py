"""Orders, returns, products and contracts as programs tell them: safe to repeat, never half."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from stamgast.customers.actions import record_customer
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.kernel import Money, Refusal
from stamgast.sales.actions import (
    OrderFacts,
    OrderLine,
    ProductFacts,
    ReturnFacts,
    cancel_order,
    record_contract,
    record_order,
    record_orders,
    record_product,
    record_products,
    record_return,
    set_margin_rates,
)
from stamgast.sales.errors import (
    BadContract,
    BadLine,
    BadOrderNumber,
    BadProduct,
    MoreReturnedThanBought,
    NoSuchOrder,
    OrderWithoutLines,
    ReturnedBeforeSold,
    UnknownCurrency,
)
from stamgast.sales.feed import contracts_sql, orders_sql
from stamgast.sales.models import Line, Order, Product
from stamgast.sales.queries import customer_spending, latest_order_at, orders_of

pytestmark = pytest.mark.django_db
TEA = OrderLine(Decimal(2), Decimal("10.00"), sku="tea", name="Tea")
POT = OrderLine(Decimal(1), Decimal("25.00"), sku="pot", name="Pot", cost=Decimal("12.50"))


@pytest.fixture
def anna(at: datetime) -> Customer:
    return record_customer(key="anna", first_name="Anna", at=at)[0]


@pytest.fixture
def facts(anna: Customer, at: datetime) -> OrderFacts:
    return OrderFacts(
        number="1001",
        ordered_at=at - timedelta(days=30),
        currency="EUR",
        lines=[TEA, POT],
        customer=anna,
        is_vat_included=False,
    )


def back(facts: OrderFacts, pieces: int, *, number: str = "R1", days: int = 9) -> ReturnFacts:
    return ReturnFacts(
        number=number,
        returned_at=facts.ordered_at + timedelta(days=days),
        lines=[OrderLine(Decimal(pieces), Decimal("10.00"), sku="tea")],
        of_order=facts.number,
    )


def test_the_same_order_again_changes_nothing(facts: OrderFacts, at: datetime) -> None:
    order, outcome = record_order(facts, at=at)
    assert (outcome, order.revenue_minor, order.units) == ("made", 4500, 3)
    told = Event.objects.count()
    again, outcome = record_order(facts, at=at)
    assert (outcome, again.pk) == ("unchanged", order.pk)
    assert Event.objects.count() == told
    assert Line.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [TEA]},
        {"lines": [TEA, TEA, POT]},
        {"channel": "shop"},
        {"discount": Decimal("5")},
        {"is_cancelled": True},
        {"customer": None},
        {"delivered_on": date(2026, 11, 1)},
        {"is_vat_included": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_order_told_otherwise_is_as_if_told_so_at_once(
    change: dict[str, object], facts: OrderFacts, at: datetime
) -> None:
    told = replace(facts, **change)  # type: ignore[arg-type]
    record_order(facts, at=at)
    order, outcome = record_order(told, at=at)
    assert outcome == "changed"
    fresh, _ = record_order(replace(told, number="1002"), at=at)
    for name in ("revenue_minor", "margin_minor", "units", "is_purchase", "customer_id", "content"):
        assert getattr(order, name) == getattr(fresh, name)
    assert order.lines.count() == fresh.lines.count() == len(told.lines)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"currency": "XYZ"}, UnknownCurrency),
        ({"number": "  "}, BadOrderNumber),
        ({"number": "9" * 65}, BadOrderNumber),
        ({"lines": []}, OrderWithoutLines),
        ({"lines": [replace(TEA, quantity=Decimal(0))]}, BadLine),
        ({"lines": [replace(TEA, quantity=Decimal("0.0001"))]}, BadLine),
        ({"lines": [replace(TEA, quantity=Decimal("1e7"))]}, BadLine),
        ({"lines": [replace(TEA, quantity=Decimal("NaN"))]}, BadLine),
        ({"lines": [replace(TEA, unit_price=Decimal("Infinity"))]}, BadLine),
        ({"lines": [replace(TEA, vat_rate=Decimal(101))]}, BadLine),
        ({"lines": [replace(TEA, sku="x" * 81)]}, BadLine),
        ({"refund": Decimal("1e10")}, BadLine),
        ({"ordered_at": datetime.fromisoformat("2027-01-01T00:00:00Z")}, InTheFuture),
    ],
)
def test_refuses_an_order_that_cannot_be(
    change: dict[str, object], refusal: type[Refusal], facts: OrderFacts, at: datetime
) -> None:
    with pytest.raises(refusal):
        record_order(replace(facts, **change), at=at)  # type: ignore[arg-type]
    assert not Order.objects.exists()
    assert not Product.objects.exists()


def test_one_refused_order_stops_no_other(facts: OrderFacts, at: datetime) -> None:
    results = record_orders(
        [facts, replace(facts, currency="XYZ"), replace(facts, number="2")], at=at
    )
    assert [r.outcome for r in results] == ["made", None, "made"]
    assert isinstance(results[1].refusal, UnknownCurrency)


def test_a_return_reduces_its_order(facts: OrderFacts, at: datetime) -> None:
    order, _ = record_order(facts, at=at)
    record_return(back(facts, 1), at=at)
    order.refresh_from_db()
    assert (order.returned_minor, order.returned_margin_minor) == (1000, 400)
    assert order.margin_minor == 800 + 1250 - 400
    _, outcome = record_return(back(facts, 1), at=at)
    assert outcome == "unchanged"
    record_return(back(facts, 2), at=at)  # told otherwise: two pieces in all, not three
    order.refresh_from_db()
    assert order.returned_minor == 2000


def test_a_return_reduces_the_anonymous_sale_that_it_names(facts: OrderFacts, at: datetime) -> None:
    sold = replace(facts, customer=None)
    sale, _ = record_order(sold, at=at)
    full, margin = sale.revenue_minor, sale.margin_minor
    back = ReturnFacts("R1", at - timedelta(days=2), [TEA], of_order="1001")
    for outcome in ("made", "unchanged"):
        returned, what = record_return(back, at=at)
        sale.refresh_from_db()
        assert (what, returned.customer_id, returned.of_order_id) == (outcome, None, sale.pk)
        assert sale.returned_minor == -returned.revenue_minor > 0
        assert (sale.revenue_minor, sale.margin_minor < margin) == (full, True)
    cancel_order(sale, at=at)
    sale.refresh_from_db()
    assert sale.returned_minor == 0


def test_who_brings_an_anonymous_sale_back_reduces_that_sale_and_no_own_purchase(
    facts: OrderFacts, anna: Customer, at: datetime
) -> None:
    sale, _ = record_order(replace(facts, customer=None), at=at)
    own, _ = record_order(replace(facts, number="1002"), at=at)
    back = ReturnFacts("R1", at - timedelta(days=2), [TEA], of_order="1001", customer=anna)
    record_return(back, at=at)
    for order in (sale, own):
        order.refresh_from_db()
    assert (sale.returned_minor > 0, own.returned_minor) == (True, 0)


def test_refuses_a_return_of_more_than_is_left(facts: OrderFacts, at: datetime) -> None:
    record_order(facts, at=at)
    record_return(back(facts, 1), at=at)
    with pytest.raises(MoreReturnedThanBought) as refused:
        record_return(back(facts, 2, number="R2"), at=at)
    assert refused.value.facts == {"sku": "tea", "left": "1"}
    with pytest.raises(MoreReturnedThanBought):
        record_return(replace(back(facts, 1, number="R3"), lines=[replace(TEA, sku="cup")]), at=at)
    assert Order.objects.filter(kind="return").count() == 1


def test_refuses_a_return_before_its_order_or_of_none(facts: OrderFacts, at: datetime) -> None:
    with pytest.raises(NoSuchOrder):
        record_return(back(facts, 1), at=at)
    record_order(facts, at=at)
    with pytest.raises(ReturnedBeforeSold):
        record_return(back(facts, 1, days=-1), at=at)


def test_a_cancelled_order_is_no_purchase(facts: OrderFacts, anna: Customer, at: datetime) -> None:
    order, _ = record_order(facts, at=at)
    assert customer_spending(anna)[0].purchases == 1
    cancel_order(order, at=at)
    cancel_order(order, at=at)
    assert customer_spending(anna) == []
    assert Event.objects.filter(kind="order_cancelled").count() == 1


def test_spending_and_the_latest_order(facts: OrderFacts, anna: Customer, at: datetime) -> None:
    assert latest_order_at() is None
    record_order(facts, at=at)
    record_order(replace(facts, number="2", ordered_at=at - timedelta(days=3)), at=at)
    record_return(back(facts, 1), at=at)
    (spent,) = customer_spending(anna)
    assert (spent.purchases, spent.revenue_minor, spent.returned_minor) == (2, 8000, 1000)
    assert spent.is_margin_assumed
    assert latest_order_at() == at - timedelta(days=3)
    assert [order.number for order in orders_of(anna)] == ["2", "R1", "1001"]


# --- products ----------------------------------------------------------------------------------


def test_a_cost_that_becomes_known_changes_what_rested_on_a_rate(
    facts: OrderFacts, at: datetime
) -> None:
    order, _ = record_order(facts, at=at)
    assert (order.margin_minor, order.is_margin_assumed) == (800 + 1250, True)
    _, outcome = record_product(ProductFacts("tea", cost=Decimal("4.00")), at=at)
    order.refresh_from_db()
    assert outcome == "changed"
    assert (order.margin_minor, order.is_margin_assumed) == (1200 + 1250, False)
    assert record_product(ProductFacts("tea", cost=Decimal("4.00")), at=at)[1] == "unchanged"


def test_a_rate_of_a_category_counts_for_its_products(facts: OrderFacts, at: datetime) -> None:
    record_product(ProductFacts("tea", category="drinks"), at=at)
    order, _ = record_order(facts, at=at)
    record_return(back(facts, 1), at=at)
    set_margin_rates({"drinks": Decimal("0.75")}, at=at)
    order.refresh_from_db()
    assert order.returned_margin_minor == 750
    assert order.margin_minor == 1500 - 750 + 1250


def test_what_becomes_a_charge_is_a_purchase_no_more(facts: OrderFacts, at: datetime) -> None:
    order, _ = record_order(replace(facts, lines=[TEA]), at=at)
    assert order.is_purchase
    record_product(ProductFacts("tea", is_charge=True), at=at)
    order.refresh_from_db()
    assert (order.is_purchase, order.revenue_minor, order.charges_minor) == (False, 0, 2000)
    record_product(ProductFacts("tea", is_charge=False), at=at)
    order.refresh_from_db()
    assert (order.is_purchase, order.revenue_minor, order.charges_minor) == (True, 2000, 0)


def test_one_refused_product_stops_no_other(at: datetime) -> None:
    results = record_products(
        [
            ProductFacts("a", name="A"),
            ProductFacts("  "),
            ProductFacts("b", cost=Decimal("-1")),
            ProductFacts("c", vat_rate=Decimal("NaN")),
            ProductFacts("d", name="n" * 201),
            ProductFacts("a", name="A"),
        ],
        at=at,
    )
    assert [result.outcome for result in results] == ["made", None, None, None, None, "unchanged"]
    assert {type(r.refusal) for r in results if r.refusal} == {BadProduct}


# --- contracts ---------------------------------------------------------------------------------


def test_a_contract_again_changes_nothing(anna: Customer, at: datetime) -> None:
    told = {"number": "C1", "started_on": date(2026, 1, 1), "amount": Money(1250, "EUR")}
    contract, outcome = record_contract(anna, at=at, **told)  # type: ignore[arg-type]
    assert (outcome, contract.amount_minor, contract.currency) == ("made", 1250, "EUR")
    assert record_contract(anna, at=at, **told)[1] == "unchanged"  # type: ignore[arg-type]
    changed, outcome = record_contract(anna, at=at, notice_on=date(2026, 6, 1), **told)  # type: ignore[arg-type]
    assert (outcome, changed.pk) == ("changed", contract.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""},
        {"ends_on": date(2025, 1, 1)},
        {"months": 0},
        {"margin": Money(1, "USD"), "amount": Money(1, "EUR")},
    ],
)
def test_refuses_a_contract_that_cannot_be(
    wrong: dict[str, object], anna: Customer, at: datetime
) -> None:
    with pytest.raises(BadContract):
        record_contract(anna, at=at, **{"number": "C1", "started_on": date(2026, 1, 1), **wrong})  # type: ignore[arg-type]


# --- the feed ----------------------------------------------------------------------------------


def test_the_feed_holds_sales_that_were_not_cancelled(facts: OrderFacts, at: datetime) -> None:
    record_order(facts, at=at)
    record_order(replace(facts, number="2", is_cancelled=True), at=at)
    record_order(replace(facts, number="3", customer=None), at=at)
    record_return(back(facts, 1), at=at)
    with connection.cursor() as cursor:
        cursor.execute(orders_sql())
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(contracts_sql())
        assert cursor.fetchall() == []
    assert sorted((row["customer_id"] is None, row["returned_minor"]) for row in rows) == [
        (False, 1000),
        (True, 0),
    ]
    assert {row["revenue_minor"] for row in rows} == {4500}
