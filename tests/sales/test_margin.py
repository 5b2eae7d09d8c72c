"""Margin: revenue without VAT, less discount, returns, goods, shipping and payment."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.sales.actions import (
    OrderFacts,
    OrderLine,
    ProductFacts,
    ReturnFacts,
    record_order,
    record_product,
    record_return,
    set_margin_rates,
)
from stamgast.sales.errors import BadMarginRate, MoreReturnedThanBought
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def order(at: datetime, *lines: OrderLine, number: str = "1", **facts: Any) -> Order:
    told = {"currency": "EUR", "is_vat_included": False, "ordered_at": at - timedelta(days=9)}
    made, _ = record_order(OrderFacts(number=number, lines=lines, **{**told, **facts}), at=at)
    return made


def test_cost_of_the_line_comes_first(at: datetime) -> None:
    record_product(ProductFacts(sku="KB1", cost=Decimal("5")), at=at)
    made = order(at, OrderLine(Decimal(2), Decimal("10"), sku="KB1", cost=Decimal("6")))
    assert (made.revenue_minor, made.cost_minor, made.margin_minor) == (2000, 1200, 800)
    assert not made.is_margin_assumed


def test_else_the_cost_of_the_product(at: datetime) -> None:
    record_product(ProductFacts(sku="KB1", cost=Decimal("5")), at=at)
    made = order(at, OrderLine(Decimal(2), Decimal("10"), sku="KB1"))
    assert (made.margin_minor, made.is_margin_assumed) == (1000, False)


def test_else_the_rate_of_the_category_and_that_is_said(at: datetime) -> None:
    set_margin_rates({"": Decimal("0.40"), "Koffie": Decimal("0.25")}, at=at)
    made = order(at, OrderLine(Decimal(2), Decimal("10"), sku="KB1", category="Koffie"))
    assert (made.margin_minor, made.is_margin_assumed) == (500, True)


def test_else_the_rate_of_the_shop(at: datetime) -> None:
    set_margin_rates({"": Decimal("0.40")}, at=at)
    made = order(at, OrderLine(Decimal(2), Decimal("10"), sku="TH1", category="Thee"))
    assert (made.margin_minor, made.is_margin_assumed) == (800, True)


def test_vat_and_discount_are_taken_out(at: datetime) -> None:
    line = OrderLine(
        Decimal(1),
        Decimal("121"),
        cost=Decimal("50"),
        vat_rate=Decimal(21),
        discount=Decimal("12.10"),
    )
    made = order(at, line, is_vat_included=True)
    assert (made.revenue_minor, made.discount_minor, made.margin_minor) == (9000, 1000, 4000)


def test_shipping_that_is_charged_covers_what_it_costs_unless_told(at: datetime) -> None:
    lines = (
        OrderLine(Decimal(1), Decimal("20"), cost=Decimal("12")),
        OrderLine(Decimal(1), Decimal("5"), is_charge=True),
    )
    assert order(at, *lines).margin_minor == 800
    assert order(at, *lines, number="2", fees=Decimal("7")).margin_minor == 600


def test_a_return_takes_its_margin_back_and_never_more(at: datetime) -> None:
    anna = Customer.objects.create(key="anna", made_at=at, changed_at=at)
    line = OrderLine(Decimal(3), Decimal("10"), sku="KB1", cost=Decimal("6"))
    sold = order(at, line, customer=anna)
    some = ReturnFacts(
        number="r1",
        returned_at=at,
        lines=[OrderLine(Decimal(1), Decimal("10"), sku="KB1")],
        of_order="1",
        is_vat_included=False,
    )
    record_return(some, at=at)
    record_return(some, at=at)
    sold.refresh_from_db()
    assert (sold.returned_minor, sold.margin_minor) == (1000, 800)
    with pytest.raises(MoreReturnedThanBought):
        record_return(
            ReturnFacts(
                number="r2",
                returned_at=at,
                lines=[OrderLine(Decimal(3), Decimal("10"), sku="KB1")],
                of_order="1",
            ),
            at=at,
        )


def test_a_new_rate_works_out_anew_what_rests_on_it_and_nothing_else(at: datetime) -> None:
    set_margin_rates({"": Decimal("0.40")}, at=at)
    assumed = order(at, OrderLine(Decimal(1), Decimal("10"), sku="TH1"))
    known = order(
        at, OrderLine(Decimal(1), Decimal("10"), sku="KB1", cost=Decimal("9")), number="2"
    )
    set_margin_rates({"": Decimal("0.30")}, at=at)
    assumed.refresh_from_db()
    known.refresh_from_db()
    assert (assumed.margin_minor, known.margin_minor) == (300, 100)
    assert Event.objects.filter(kind="margins_recalculated").exists()


@pytest.mark.parametrize("share", ["-0.1", "1", "1.5"])
def test_refuses_a_rate_that_is_no_share(at: datetime, share: str) -> None:
    with pytest.raises(BadMarginRate):
        set_margin_rates({"": Decimal(share)}, at=at)


def test_an_order_of_nobody_counts_too(at: datetime) -> None:
    made = order(at, OrderLine(Decimal(1), Decimal("10"), cost=Decimal("4")))
    assert made.customer_id is None
    assert made.margin_minor == 600
    assert not Customer.objects.exists()
