"""What this room holds on a person: what they bought, and what they agreed to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from stamgast.database.mentions import redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.sales.models import Contract, Line, Order, Product

HOLDS = (Order, Line, Contract, Product)

_ORDER = (
    "shop", "number", "kind", "ordered_at", "currency", "total_minor", "revenue_minor",
    "discount_minor", "returned_minor", "is_cancelled", "brand", "country", "channel",
    "discount_code", "promised_on", "delivered_on",
)  # fmt: skip
_CONTRACT = (
    "number", "name", "started_on", "ends_on", "notice_on", "months", "amount_minor", "currency",
)  # fmt: skip


def export(person: Person) -> Held:
    """Return orders, their lines and contracts, oldest first; our costs and margins are our own."""
    lines = Line.objects.filter(order__customer__in=person.ids).order_by("order", "position")
    orders = Order.objects.filter(customer__in=person.ids).order_by("ordered_at", "pk")
    contracts = Contract.objects.filter(customer__in=person.ids).order_by("started_on", "pk")
    return {
        "orders": list(orders.values(*_ORDER)),
        "order_lines": list(
            lines.values(
                "position",
                "quantity",
                "unit_price",
                "amount_minor",
                "discount_minor",
                order_number=F("order__number"),
                sku=F("product__sku"),
                line_name=F("name"),
                product_name=F("product__name"),
            )
        ),
        "contracts": list(contracts.values(*_CONTRACT)),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in what was sold: a mug with their name on it, their code.

    Orders themselves stay, without a name to them: the books need them, and so do the figures.
    """
    orders = Order.objects.filter(customer__in=person.ids)
    lines = Line.objects.filter(order__customer__in=person.ids)
    contracts = Contract.objects.filter(customer__in=person.ids)
    return {
        "orders": redact(orders, person, texts=["discount_code", "brand", "channel", "shop"]),
        "order_lines": redact(lines, person, texts=["name"]),
        "contracts": redact(contracts, person, texts=["name"]),
        "products": redact(Product.objects.all(), person, texts=["name"]),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Keep orders and contracts: the customer they point at has no name any more."""
    return {}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Give the orders and contracts of one record to the other; returns which."""
    moved: dict[str, Any] = {}
    for name, model in (("orders", Order), ("contracts", Contract)):
        rows = model._default_manager.filter(customer=gone)
        moved[name] = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(customer=kept)
    return moved


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give back what was moved; what came since stays with the record that was kept."""
    Order.objects.filter(pk__in=moved["orders"], customer=kept).update(customer=gone)
    Contract.objects.filter(pk__in=moved["contracts"], customer=kept).update(customer=gone)
