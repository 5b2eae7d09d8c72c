"""What is in the database after an import, without what may differ: ids, batches, positions."""

from __future__ import annotations

from typing import Any

from stamgast.customers.models import Consent, Customer
from stamgast.importers.models import RowToMend
from stamgast.sales.models import Line, Order, Product

_ORDER = (
    "shop", "number", "kind", "customer__key", "customer__email", "ordered_at", "day", "currency",
    "total_minor", "revenue_minor", "charges_minor", "discount_minor", "cost_minor", "fees_minor",
    "whole_discount_minor", "whole_charges_minor", "whole_refund_minor", "is_vat_included",
    "returned_minor", "returned_margin_minor", "margin_minor", "is_margin_assumed", "is_purchase",
    "is_cancelled", "units", "brand", "country", "channel", "discount_code", "of_order__number",
    "promised_on", "delivered_on", "content",
)  # fmt: skip
_LINE = (
    "order__number", "order__shop", "order__kind", "product__sku", "is_charge", "quantity",
    "unit_price", "amount_minor", "discount_minor", "net_minor", "cost_minor", "vat_rate",
    "content",
)  # fmt: skip


def state() -> dict[str, list[Any]]:
    """Return everything an import leaves behind."""
    orders = Order.objects.order_by("number", "shop", "kind").values_list(*_ORDER)
    sold = dict(Line.objects.values_list("pk", "order__number"))
    lines = [
        (*values, sold.get(of_line, "" if of_line is None else "gone"))
        for *values, of_line in Line.objects.values_list(*_LINE, "of_line")
    ]
    customers = Customer.objects.values_list(
        "key", "email", "since", "first_name", "last_name", "country"
    )
    identities = Customer.objects.values_list("key", "identities__kind", "identities__value")
    return {
        "orders": list(orders),
        "lines": sorted(lines, key=str),
        "customers": sorted(customers, key=str),
        "identities": sorted(identities, key=str),
        "consents": sorted(
            Consent.objects.values_list("customer__key", "channel", "is_granted"), key=str
        ),
        "products": sorted(Product.objects.values_list("sku", "is_charge", "category")),
    }


def differences(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """Say where two states differ, column by column."""
    names = {"orders": _ORDER, "lines": (*_LINE, "of_line")}
    found = []
    for table in one:
        if len(one[table]) != len(other[table]):
            found.append(f"{table}: {len(one[table])} rows, {len(other[table])} rows")
        for left, right in zip(one[table], other[table], strict=False):
            columns = names.get(table, range(len(left)))
            for column, a, b in zip(columns, left, right, strict=False):
                if a != b:
                    found.append(f"{table} {left[:3]} {column}: {a!r} {b!r}")
    return found


def waiting() -> list[tuple[int, str, str, str]]:
    """Return the rows that wait: line, column, value, problem."""
    rows = RowToMend.objects.filter(mended_at=None, dropped_at=None).order_by("line")
    return list(rows.values_list("line", "column", "value", "problem"))
