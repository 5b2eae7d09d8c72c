"""Reads of sales that need a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from stamgast.customers.models import Customer, Interaction
from stamgast.database.prepared import first, prepared
from stamgast.sales.models import Category, Order, Product


def orders_of(customer: Customer) -> QuerySet[Order]:
    """Return a customer's orders and returns with lines and products, newest first."""
    return (
        Order.objects.filter(customer=customer)
        .prefetch_related("lines__product")
        .order_by("-ordered_at", "-id")
    )


def with_order_doubt(rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """Add to interactions, as `order_doubt`, what is odd about the order number they were written with.

    "unknown": no sale of that number is known (yet); "of_another": it is somebody else's; else empty.
    """
    sales = Order.objects.filter(number=OuterRef("order_number"), kind="sale")
    return rows.annotate(
        order_doubt=Case(
            When(order_number="", then=Value("")),
            When(Exists(sales.filter(customer=OuterRef("customer"))), then=Value("")),
            When(Exists(sales), then=Value("of_another")),
            default=Value("unknown"),
        )
    )


def latest_order_at() -> datetime | None:
    """Return the moment of the newest order we know, or None."""
    return first(_latest())


@prepared
def _latest() -> QuerySet[Order, datetime]:
    return Order.objects.order_by("-ordered_at").values_list("ordered_at", flat=True)[:1]


@dataclass(frozen=True, slots=True)
class ProductGroup:
    """A category as products name it, what it says of them, and how many say otherwise."""

    name: str
    products: int
    is_sole_source: bool
    is_consumable: bool
    is_platform: bool
    exceptions: int  # products with a flag of their own


def product_groups() -> list[ProductGroup]:
    """Return the categories of products by name, with the flags that their products inherit."""
    flags = {row.name: row for row in Category.objects.all()}
    own = Q(is_sole_source__isnull=False) | Q(is_consumable__isnull=False)
    own |= Q(is_platform__isnull=False)
    rows = (
        Product.objects.filter(is_charge=False)
        .exclude(category="")
        .values("category")
        .annotate(products=Count("pk"), exceptions=Count("pk", filter=own))
        .order_by("category")
    )
    return [
        ProductGroup(
            name=row["category"],
            products=row["products"],
            is_sole_source=bool(said and said.is_sole_source),
            is_consumable=bool(said and said.is_consumable),
            is_platform=bool(said and said.is_platform),
            exceptions=row["exceptions"],
        )
        for row in rows
        for said in (flags.get(row["category"]),)
    ]


def flagged_products() -> QuerySet[Product]:
    """Return the products that tie their buyers to us, with what holds for each.

    `sole_source`, `consumable` and `platform` are a product's own flag, else its category's.
    """
    of_category = Category.objects.filter(name=OuterRef("category"))
    holds = {
        flag.removeprefix("is_"): Coalesce(
            flag, Subquery(of_category.values(flag)[:1]), Value(False), output_field=BooleanField()
        )
        for flag in ("is_sole_source", "is_consumable", "is_platform")
    }
    rows = Product.objects.filter(is_charge=False).annotate(**holds)
    return rows.filter(Q(sole_source=True) | Q(consumable=True) | Q(platform=True))


@dataclass(frozen=True, slots=True)
class Spending:
    """What a customer bought in one currency; revenue and margin are after returns."""

    currency: str
    purchases: int
    revenue_minor: int
    margin_minor: int
    returned_minor: int
    first_at: datetime
    last_at: datetime
    is_margin_assumed: bool


def customer_spending(customer: Customer) -> list[Spending]:
    """Return what a customer bought, per currency, the most used first."""
    sales = Order.objects.filter(customer=customer, is_purchase=True, is_cancelled=False)
    rows = (
        sales.values("currency")
        .annotate(
            times=Count("pk"),
            revenue=Sum("revenue_minor"),
            margin=Sum("margin_minor"),
            returned=Sum("returned_minor"),
            first=Min("ordered_at"),
            last=Max("ordered_at"),
        )
        .order_by("-times", "currency")
    )
    assumed = set(sales.filter(is_margin_assumed=True).values_list("currency", flat=True))
    return [
        Spending(
            currency=row["currency"],
            purchases=row["times"],
            revenue_minor=row["revenue"] - row["returned"],
            margin_minor=row["margin"],
            returned_minor=row["returned"],
            first_at=row["first"],
            last_at=row["last"],
            is_margin_assumed=row["currency"] in assumed,
        )
        for row in rows
    ]
