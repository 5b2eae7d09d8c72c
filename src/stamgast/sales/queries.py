"""Reads of sales that need a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, QuerySet, Sum

from stamgast.customers.models import Customer
from stamgast.sales.models import Order


def orders_of(customer: Customer) -> QuerySet[Order]:
    """Return a customer's orders and returns with lines and products, newest first."""
    return (
        Order.objects.filter(customer=customer)
        .prefetch_related("lines__product")
        .order_by("-ordered_at", "-id")
    )


def latest_order_at() -> datetime | None:
    """Return the moment of the newest order we know, or None."""
    return Order.objects.order_by("-ordered_at").values_list("ordered_at", flat=True).first()


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
