"""Writing the products and orders of a file: in portions of whole orders, past the ORM.

The engine that read the file worked the amounts out (`in_bulk.py`); here they are only written. An
order and its lines are one transaction, so that whoever kills an import leaves whole orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection

from stamgast.database import bulk
from stamgast.sales.actions.rates import Rates
from stamgast.sales.actions.returning import match_returns
from stamgast.sales.models import Line, Order, Product

ORDER_COLUMNS = (
    "id", "shop", "number", "kind", "customer_id", "ordered_at", "day", "currency", "total_minor",
    "revenue_minor", "charges_minor", "discount_minor", "cost_minor", "fees_minor",
    "whole_discount_minor", "whole_charges_minor", "whole_refund_minor", "is_vat_included",
    "returned_minor", "returned_margin_minor", "margin_minor", "is_margin_assumed", "is_purchase",
    "is_cancelled", "units", "brand", "country", "channel", "discount_code", "of_order_id",
    "promised_on", "delivered_on", "content",
)  # fmt: skip
LINE_COLUMNS = (
    "id", "order_id", "position", "product_id", "name", "is_charge", "quantity", "unit_price",
    "amount_minor", "discount_minor", "net_minor", "cost_minor", "vat_rate", "content",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product a file names for the first time."""

    sku: str
    name: str
    category: str
    is_charge: bool


def load_products(products: Sequence[NewProduct]) -> int:
    """Write down new products and return the id of the first; the others follow in order."""
    if not products:
        return 0
    first = bulk.reserve_ids(Product, len(products))
    rows = [(first + i, p.sku, p.name, p.category, p.is_charge) for i, p in enumerate(products)]
    pace = bulk.Pace(1000)
    same = {"brand": "", "price": None, "cost": None, "vat_rate": None, "url": ""}
    for part in pace.cut(rows):
        with pace.portion(len(part)):
            bulk.insert(Product, ("id", "sku", "name", "category", "is_charge"), part, same=same)
    return first


def fill_products(known: Sequence[tuple[int, str, str]]) -> None:
    """Give products that have no name or category yet the one a file tells."""
    pace = bulk.Pace(200)
    for part in pace.cut(known):
        with pace.portion(len(part)), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE stamgast_product SET name = CASE WHEN name = '' THEN %s ELSE name END, "
                "category = CASE WHEN category = '' THEN %s ELSE category END WHERE id = %s",
                [(name, category, pk) for pk, name, category in part],
            )


def load_orders(
    orders: Iterable[tuple[Sequence[Any], int]],
    next_lines: Callable[[int], list[tuple[Any, ...]]],
    *,
    alike_heads: Mapping[str, Any],
    alike: Mapping[str, Any],
    batch: int | None,
) -> Iterator[int]:
    """Write new orders with their lines; yields the number of lines written after each portion.

    `orders` are values for ORDER_COLUMNS, each with how many lines are its own; `next_lines` gives so
    many lines as values for LINE_COLUMNS. `alike_heads` and `alike` hold the columns of orders and
    lines that are the same in all of them, which are left out of the values.
    """
    head_columns = [name for name in ORDER_COLUMNS if name not in alike_heads]
    columns = [name for name in LINE_COLUMNS if name not in alike]
    every_head, every_line = {**alike_heads, "batch": batch}, {"of_line": None, **alike}
    pace = bulk.Pace(4000)
    waiting = iter(orders)
    done = 0
    while True:
        heads: list[Sequence[Any]] = []
        count = 0
        for head, own in waiting:
            heads.append(head)
            count += own
            if count >= pace.size:
                break
        if not heads:
            return
        rows = next_lines(count)
        with pace.portion(len(rows) + len(heads)):
            bulk.insert(Order, head_columns, heads, same=every_head)
            bulk.insert(Line, columns, rows, same=every_line)
        done += len(rows)
        yield done


@dataclass(slots=True)
class Replacement:
    """An order that a file tells anew: its head, which lines go, change and come."""

    head: Sequence[Any]  # ORDER_COLUMNS
    gone: list[int]
    kept: list[Sequence[Any]]  # LINE_COLUMNS
    new: list[Sequence[Any]]  # LINE_COLUMNS
    had_customer: int | None = None


def replace_orders(
    changes: Iterable[Replacement], *, batch: int | None, rates: Rates
) -> Iterator[int]:
    """Write orders that a file tells anew; yields how many are written after each portion.

    What came back of them stays as it is: `returning.match_returns` goes over their customers
    afterwards. Whoever an order is taken from is no customer of the file, so that is done here.
    """
    pace = bulk.Pace(200)
    waiting = iter(changes)
    done = 0
    while some := list(islice(waiting, max(1, pace.size))):
        with pace.portion(len(some)):
            _replace(some, batch)
            match_returns(_left(some), rates)
        done += len(some)
        yield done


def _left(changes: Iterable[Replacement]) -> set[int]:
    """Return the customers that lose an order."""
    now = ORDER_COLUMNS.index("customer_id")
    return {
        c.had_customer
        for c in changes
        if c.had_customer is not None and c.had_customer != c.head[now]
    }


_KEPT = {"id", "returned_minor", "returned_margin_minor", "of_order_id"}
_HEAD = [c for c in ORDER_COLUMNS if c not in _KEPT]
_UPDATE_ORDER = (
    "UPDATE stamgast_order SET "
    + ", ".join(
        f"{c} = %s - returned_margin_minor" if c == "margin_minor" else f"{c} = %s" for c in _HEAD
    )
    + ", batch = %s WHERE id = %s"
)
_LINE = [c for c in LINE_COLUMNS if c not in {"id", "order_id"}]
_UPDATE_LINE = (
    "UPDATE stamgast_line SET " + ", ".join(f"{c} = %s" for c in _LINE) + " WHERE id = %s"
)


def _replace(changes: Sequence[Replacement], batch: int | None) -> None:
    order_at = [ORDER_COLUMNS.index(c) for c in _HEAD]
    line_at = [LINE_COLUMNS.index(c) for c in _LINE]
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM stamgast_line WHERE id = %s", [(pk,) for c in changes for pk in c.gone]
        )
        cursor.executemany(
            _UPDATE_ORDER, [(*(c.head[i] for i in order_at), batch, c.head[0]) for c in changes]
        )
        cursor.executemany(
            _UPDATE_LINE,
            [(*(line[i] for i in line_at), line[0]) for c in changes for line in c.kept],
        )
    bulk.insert(
        Line, LINE_COLUMNS, [line for c in changes for line in c.new], same={"of_line": None}
    )


def link_returns(named: Sequence[tuple[int, str, str]]) -> set[int]:
    """Let returns point at the sale they name by (id, number, shop); one that is not there cannot.

    Returns the sales they point at.
    """
    columns = {"id": "bigint", "number": "varchar(64)", "shop": "varchar(60)"}
    with bulk.keys_table("asked_returns", columns, named, key="id"):
        found = bulk.select(
            "SELECT o.id, a.id FROM asked_returns a JOIN stamgast_order o "
            "ON o.number = a.number AND o.shop = a.shop AND o.kind = 'sale' "
            "JOIN stamgast_order r ON r.id = a.id WHERE r.of_order_id IS NULL"
        )
    pace = bulk.Pace(500)
    for part in pace.cut(found):
        with pace.portion(len(part)), connection.cursor() as cursor:
            cursor.executemany("UPDATE stamgast_order SET of_order_id = %s WHERE id = %s", part)
    return {sale for sale, _ in found}


def count_matched(returns: Iterable[int]) -> int:
    """Return how many lines of these returns reduce a sale."""
    with bulk.keys_table("asked_orders", {"id": "bigint"}, ((pk,) for pk in returns), key="id"):
        rows = bulk.select(
            "SELECT COUNT(*) FROM asked_orders a JOIN stamgast_line l ON l.order_id = a.id "
            "WHERE l.of_line IS NOT NULL"
        )
    return int(rows[0][0])


def existing_orders(numbers: Iterable[tuple[str, str]]) -> list[tuple[Any, ...]]:
    """Return what is known of orders by (number, shop): id, number, shop, kind, digest, customer."""
    if not Order.objects.exists():
        return []
    columns = {"number": "varchar(64)", "shop": "varchar(60)"}
    with bulk.keys_table("asked_orders", columns, numbers):
        return bulk.select(
            "SELECT o.id, o.number, o.shop, o.kind, o.content, o.customer_id FROM asked_orders a "
            "JOIN stamgast_order o ON o.number = a.number AND o.shop = a.shop"
        )


def existing_lines(orders: Iterable[int]) -> list[tuple[int, int, int]]:
    """Return the lines of orders: id, order, digest."""
    with bulk.keys_table("asked_orders", {"id": "bigint"}, ((pk,) for pk in orders), key="id"):
        return bulk.select(
            "SELECT l.id, l.order_id, l.content FROM asked_orders a "
            "JOIN stamgast_line l ON l.order_id = a.id ORDER BY l.id"
        )


def as_stored(at: datetime) -> str:
    """Return a moment as plain SQL takes it."""
    if connection.vendor == "postgresql":
        return at.isoformat()
    return connection.ops.adapt_datetimefield_value(at) or ""


def known_products() -> list[tuple[int, str, bool, Decimal | None, Decimal | None, str, str]]:
    """Return every product: id, sku, whether it is a charge, cost, VAT rate, category, name."""
    rows = Product.objects.values_list(
        "id", "sku", "is_charge", "cost", "vat_rate", "category", "name"
    )
    return list(rows)
