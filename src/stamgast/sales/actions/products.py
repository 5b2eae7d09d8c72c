"""Writing down products: what they are called, cost and whether they are products at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from stamgast.database import bulk
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.sales.actions.margins import recalculate_soon
from stamgast.sales.actions.rates import current_rates
from stamgast.sales.actions.returning import match_returns
from stamgast.sales.actions.writing import rework_order
from stamgast.sales.errors import BadProduct
from stamgast.sales.models import Order, PriceSeen, Product
from stamgast.staff.queries import Who, actor

Outcome = Literal["made", "changed", "unchanged"]
_LIMITS = {"sku": 80, "name": 200, "category": 120, "brand": 80, "url": 500}
_LARGEST = Decimal(10) ** 9
_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is told of a product; None: not told, so it stays as it is."""

    sku: str
    name: str | None = None
    category: str | None = None
    brand: str | None = None
    price: Decimal | None = None
    cost: Decimal | None = None
    vat_rate: Decimal | None = None
    is_charge: bool | None = None
    is_sole_source: bool | None = None
    is_consumable: bool | None = None
    is_platform: bool | None = None
    in_stock: bool | None = None
    url: str | None = None


class RecordedProduct(NamedTuple):
    """What became of one of many: the product, or why not."""

    product: Product | None
    outcome: Outcome | None
    refusal: Refusal | None = None


def record_product(facts: ProductFacts, *, at: datetime, by: Who = None) -> tuple[Product, Outcome]:
    """Write down a product by its code; the same again changes nothing.

    A cost that was unknown, or becoming a charge, changes the orders it is in. Refuses an empty code,
    texts that are too long, and amounts below nothing or beyond measure.
    """
    result = record_products([facts], at=at, by=by)[0]
    if result.refusal is not None:
        raise result.refusal
    assert result.product is not None and result.outcome is not None  # noqa: PT018
    return result.product, result.outcome


def record_products(
    many: Iterable[ProductFacts], *, at: datetime, by: Who = None, is_told: bool = True
) -> list[RecordedProduct]:
    """Write down many products in portions; a refused one does not stop the others.

    With `is_told` false no event is told of each: the file they came in is told of as a whole.
    """
    results: list[RecordedProduct] = []
    recosted, switched = False, []
    pace = bulk.Pace(50)
    for part in pace.cut(list(many)):
        with pace.portion(len(part)):
            held = {p.sku: p for p in Product.objects.filter(sku__in=[f.sku.strip() for f in part])}
            for facts in part:
                try:
                    news = _checked(facts)
                except BadProduct as refusal:
                    results.append(RecordedProduct(None, None, refusal))
                    continue
                before = held.get(str(news["sku"]))
                product, outcome, changed = _write(before, news)
                if "price" in changed and product.price is not None:
                    PriceSeen.objects.create(product=product, price=product.price, since=at)
                held[product.sku] = product
                results.append(RecordedProduct(product, outcome))
                if before is not None and "is_charge" in changed:
                    switched.append(product.pk)
                recosted = recosted or (before is not None and bool(changed & {"cost", "category"}))
            if is_told:
                _tell(results[-len(part) :], at=at, by=by)
    _switch_charges(switched)
    if recosted:
        recalculate_soon(at=at, by=by)
    return results


def _checked(facts: ProductFacts) -> dict[str, object]:
    news: dict[str, object] = {}
    for field, limit in _LIMITS.items():
        text = getattr(facts, field)
        if text is None:
            continue
        text = " ".join(str(text).replace("\x00", "").split())
        if len(text) > limit or (field == "sku" and not text):
            raise BadProduct(field=field)
        if field == "url" and text and not text.startswith(("https://", "http://")):
            raise BadProduct(field=field)
        news[field] = text
    for field in ("price", "cost", "vat_rate"):
        amount = getattr(facts, field)
        if amount is None:
            continue
        amount = Decimal(amount)
        most = Decimal(100) if field == "vat_rate" else _LARGEST
        if not amount.is_finite() or not 0 <= amount <= most:
            raise BadProduct(field=field)
        step = Decimal("0.01") if field == "vat_rate" else _MILLIONTH
        news[field] = amount.quantize(step, ROUND_HALF_UP)
    for field in ("is_charge", "is_sole_source", "is_consumable", "is_platform", "in_stock"):
        if (flag := getattr(facts, field)) is not None:
            news[field] = flag
    return news


def _write(product: Product | None, news: dict[str, object]) -> tuple[Product, Outcome, set[str]]:
    if product is None:
        product = Product(**news)
        product.save(force_insert=True)
        return product, "made", set(news)
    changed = {field for field, value in news.items() if getattr(product, field) != value}
    if not changed:
        return product, "unchanged", changed
    for field in changed:
        setattr(product, field, news[field])
    product.save(update_fields=sorted(changed))
    return product, "changed", changed


def _tell(results: Iterable[RecordedProduct], *, at: datetime, by: Who) -> None:
    for result in results:
        if result.product is not None and result.outcome != "unchanged":
            tell(
                "product_recorded",
                at=at,
                actor=actor(by),
                subject="product",
                subject_id=result.product.pk,
                facts={"outcome": result.outcome},
            )


def _switch_charges(products: list[int]) -> None:
    """Work out anew the orders with a product that became a charge, or is none any more."""
    if not products:
        return
    rates = current_rates()
    charges = dict(Product.objects.filter(pk__in=products).values_list("pk", "is_charge"))
    ids = list(
        Order.objects.filter(lines__product__in=products).distinct().values_list("pk", flat=True)
    )
    customers: set[int] = set()
    anonymous: set[int] = set()
    pace = bulk.Pace(50)
    for part in pace.cut(ids):
        with pace.portion(len(part)):
            for order in Order.objects.filter(pk__in=part):
                rework_order(order, rates, charges=charges)
                if order.customer_id is not None:
                    customers.add(order.customer_id)
                else:
                    anonymous.add(order.of_order_id or order.pk)
    match_returns(customers, rates, anonymous=anonymous)
