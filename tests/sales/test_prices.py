"""What "was" may say: the lowest price of the thirty days before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stamgast.sales.actions import ProductFacts, record_product
from stamgast.sales.errors import NoPriorPrice, NoReduction
from stamgast.sales.models import PriceSeen, Product
from stamgast.sales.prices import WasNow, lowest_before, prior_price, reduction_of, was_now

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prices", "lowest"),
    [
        ("-200: 10", "10"),
        ("-200: 10, -20: 8, -10: 12", "8"),
        ("-200: 5, -31: 10", "10"),  # what was lower before the thirty days does not count
        ("-200: 5, -30: 10", "10"),
        ("-200: 5, -29: 10", "5"),  # but it does when it still held on the first of them
        ("-29: 10", None),  # nobody knows what it was before
        ("", None),
        ("-200: 10, 0: 7", "10"),  # the reduction itself does not count
    ],
)
def test_the_lowest_price_of_the_thirty_days_before(prices: str, lowest: str | None) -> None:
    seen = [
        (AT + timedelta(days=int(days)), Decimal(price))
        for days, price in (one.split(":") for one in prices.split(",") if one)
    ]
    assert lowest_before(seen, at=AT) == (Decimal(lowest) if lowest else None)


def _priced(*prices: tuple[int, str]) -> Product:
    for days, price in prices:
        facts = ProductFacts("BEANS", name="Beans", price=Decimal(price))
        record_product(facts, at=AT + timedelta(days=days))
    return Product.objects.get()


@pytest.mark.django_db
def test_every_price_that_a_product_had_is_kept_once() -> None:
    product = _priced((-90, "10"), (-60, "10"), (-20, "8.50"), (-10, "12"))
    assert list(PriceSeen.objects.order_by("pk").values_list("price", flat=True)) == [
        Decimal(10),
        Decimal("8.50"),
        Decimal(12),
    ]
    assert prior_price(product, at=AT) == Decimal("8.50")


@pytest.mark.django_db
def test_was_names_the_lowest_and_refuses_what_is_no_reduction() -> None:
    product = _priced((-90, "10"), (-20, "8.50"), (-10, "12"))
    assert was_now(product, Decimal(7), at=AT).was == Decimal("8.50")
    with pytest.raises(NoReduction) as refused:
        was_now(product, Decimal(9), at=AT)
    assert refused.value.facts == {"sku": "BEANS", "lowest": Decimal("8.50")}


@pytest.mark.django_db
def test_refuses_was_and_now_when_the_earlier_prices_are_not_known() -> None:
    with pytest.raises(NoPriorPrice):
        was_now(_priced((-5, "10")), Decimal(7), at=AT)


@pytest.mark.django_db
def test_a_reduction_that_grows_may_name_the_price_before_its_first_step() -> None:
    product = _priced((-90, "10"), (-20, "9"), (-10, "8"))
    began = AT - timedelta(days=20)
    assert was_now(product, Decimal(7), at=AT, reduced_since=began).was == Decimal(10)
    assert was_now(product, Decimal(7), at=AT).was == Decimal(8)
    long_ago = AT - timedelta(days=93)  # no longer than three months
    assert was_now(product, Decimal(7), at=AT, reduced_since=long_ago).was == Decimal(8)


@pytest.mark.django_db
def test_a_price_that_went_down_is_a_reduction_for_thirty_days() -> None:
    product = _priced((-90, "10"), (-10, "8"))
    assert reduction_of(product, at=AT) == WasNow(Decimal(10), Decimal(8))
    assert reduction_of(product, at=AT + timedelta(days=21)) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "prices",
    [
        [(-90, "10"), (-10, "12")],  # it went up
        [(-90, "8"), (-12, "10"), (-10, "8")],  # it only came back to what it was
        [(-10, "8")],  # nobody knows what it was before
    ],
)
def test_refuses_to_call_a_reduction_what_is_none(prices: list[tuple[int, str]]) -> None:
    assert reduction_of(_priced(*prices), at=AT) is None
