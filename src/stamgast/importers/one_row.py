"""Reading a single row in plain Python, to the same values the engine reads from a whole file.

`read_row` does what `staging` does, `said_of` what `orders.OrderTables` says of every line; a test
holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stamgast.importers import reading
from stamgast.importers.fields import EMAIL, OF_KIND, Field
from stamgast.importers.layouts import Layout
from stamgast.importers.reading import Reader
from stamgast.importers.values import Moment, Problem


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong with a row, and in which field."""

    field: str
    problem: str


def fields_of(layout: Layout, mapping: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the mapped fields in their fixed order."""
    return tuple(f for f in OF_KIND[layout.kind] if f.name in mapping)


def read_row(
    cells: Mapping[str, str | None], *, layout: Layout, mapping: Mapping[str, str], reader: Reader
) -> dict[str, Any] | Bad:
    """Return field to value of a row, with its digest as `content`; or its first problem."""
    fields = fields_of(layout, mapping)
    texts = {f.name: cells.get(mapping[f.name]) for f in fields}
    row: dict[str, Any] = {}
    email_problem: Bad | None = None
    for f in fields:
        if reading.is_broken(texts[f.name] or ""):
            return Bad(f.name, "encoding")
        text = reading.bare(f, texts[f.name])
        if text is None:
            continue
        if f.name == "number" and layout.number_prefix:
            text = text.lstrip(layout.number_prefix)
            if not text:
                continue
        value = reader.value(f, text)
        if not isinstance(value, Problem):
            row[f.name] = value
        elif f.kind == EMAIL and "customer_key" in mapping:
            email_problem = Bad(f.name, value.code)
        else:
            return Bad(f.name, value.code)
    if email_problem and "customer_key" not in row:
        return email_problem
    missing = _missing(layout, mapping, row)
    if missing:
        return missing
    row["content"] = reading.content(fields, row)
    return row


def _missing(layout: Layout, mapping: Mapping[str, str], row: Mapping[str, Any]) -> Bad | None:
    """Return what every row must say and this one does not."""
    if layout.kind == "customers":
        keys = [name for name in ("customer_key", "email") if name in mapping]
        return None if any(k in row for k in keys) else Bad(keys[0], "customer_number")
    if layout.kind == "products":
        return None if "sku" in row else Bad("sku", "product_number")
    if "number" in mapping and "number" not in row:
        return Bad("number", "order_number")
    if "quantity" in mapping and "quantity" not in row:
        return Bad("quantity", "quantity")
    prices = [name for name in ("unit_price", "amount") if name in mapping]
    return None if any(p in row for p in prices) else Bad(prices[0], "number")


def said_of(
    row: Mapping[str, Any], layout: Layout, mapping: Mapping[str, str]
) -> dict[str, Any] | Bad:
    """Return what a row of orders says of its order and of itself."""
    moment: Moment | None = row.get("ordered_at")
    number = row.get("number")
    if "number" not in mapping:
        who = row.get("customer_key") or row.get("email")
        if who is None or moment is None:
            return Bad("customer_key" if who is None else "ordered_at", "order_number")
        number = f"{who}-{moment.day:%Y%m%d}"[:64]
    word = row.get("kind")
    is_return = word == "return"
    if layout.return_prefix:
        is_return = str(number).upper().startswith(layout.return_prefix)
    pieces = _pieces(row, mapping, is_return=is_return)
    is_charge = (
        str(row.get("sku") or "").upper() in layout.charges
        or word == "charge"
        or bool(layout.charge_prefix and str(number).upper().startswith(layout.charge_prefix))
    )
    is_back = is_return or (pieces < 0 and word != "sale" and not layout.return_prefix)
    days = {
        name: told.day
        for name in ("promised_on", "delivered_on")
        if isinstance(told := row.get(name), Moment)
    }
    return {
        **row,
        **days,
        "number": number,
        "shop": row.get("shop") or "",
        "moment": moment.at if moment else None,
        "day": moment.day if moment else None,
        "is_return_said": is_return,
        "is_charge": is_charge,
        "pieces": pieces,
        "kind": "return" if is_back else "sale",
        "derives_kind": not (layout.return_prefix or is_return or word == "sale"),
    }


def _pieces(row: Mapping[str, Any], mapping: Mapping[str, str], *, is_return: bool) -> Decimal:
    if "quantity" in mapping:
        quantity = Decimal(row["quantity"])
        return -abs(quantity) if is_return and "kind" in mapping else quantity
    if "amount" in mapping and "unit_price" not in mapping and row["amount"] < 0:
        return Decimal(-1)
    return Decimal(1)
