"""Adding rows to orders that are not whole in their file: rows that were mended, or came later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from stamgast.database import bulk
from stamgast.importers.orders import OrderTables
from stamgast.sales.actions.rates import Rates
from stamgast.sales.actions.writing import LineDraft, OrderDraft, write_order
from stamgast.sales.models import Order

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Addition:
    """Rows for one order that is there."""

    order: int
    draft: OrderDraft


def drafts_of(tables: OrderTables) -> list[Addition]:
    """Return what the file adds to open orders."""
    rows = tables.added_rows()
    owners = dict(tables.rows("SELECT ox, o.id FROM person_of p JOIN owner o USING (px)"))
    heads = {row["ox"]: row for row in tables.records("SELECT * FROM state WHERE state = 'open'")}
    additions = []
    for ox, own in groupby(sorted(rows, key=lambda r: (r["ox"], r["line"])), lambda r: r["ox"]):
        head = heads[ox]
        draft = order_draft(
            head,
            customer=owners.get(ox),
            currency=head["money"],
            is_vat_included=tables.is_vat_included,
        )
        draft.lines = [line_draft(row) for row in own]
        additions.append(Addition(head["id"], draft))
    return additions


def add_rows(additions: Sequence[Addition], *, batch: int, rates: Rates) -> None:
    """Write the rows that orders lack."""
    pace = bulk.Pace(20)
    for part in pace.cut(additions):
        with pace.portion(len(part)):
            for addition in part:
                there = Order.objects.select_for_update().get(pk=addition.order)
                write_order(addition.draft, there=there, mode="add", rates=rates, batch=batch)


def order_draft(
    head: Mapping[str, Any], *, customer: int | None, currency: str, is_vat_included: bool
) -> OrderDraft:
    """Return an order as it was read, without its lines."""
    moment: datetime = head["moment"]
    return OrderDraft(
        number=head["number"],
        shop=head.get("shop") or "",
        kind=head["kind"],
        ordered_at=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        day=_day(head["day"]),
        currency=currency,
        is_vat_included=is_vat_included,
        customer=customer,
        brand=head.get("brand") or "",
        country=head.get("country") or "",
        channel=head.get("channel") or "",
        discount_code=head.get("discount_code") or "",
        discount=head.get("order_discount"),
        charges=head.get("shipping"),
        refund=head.get("refund"),
        fees=head.get("fees"),
        is_cancelled=head.get("cancelled"),
        promised_on=head.get("promised_on"),
        delivered_on=head.get("delivered_on"),
        derives_kind=bool(head.get("derives_kind")),
    )


def _day(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def line_draft(row: Mapping[str, Any]) -> LineDraft:
    """Return a line as it was read: the same as `OrderTables._bulk_lines` makes of it."""
    pieces: Decimal = row["pieces"]
    price, amount = row.get("unit_price"), row.get("amount")
    exact = None
    if price is None and amount is not None:
        exact = -abs(amount) if row["is_return_said"] else amount
        price = (exact / pieces).quantize(_MILLIONTH)
    discount = row.get("discount") or Decimal(0)
    return LineDraft(
        quantity=pieces,
        unit_price=price or Decimal(0),
        content=row["content"],
        sku=row.get("sku") or "",
        name=row.get("product_name") or "",
        category=row.get("category") or "",
        exact=exact,
        discount=abs(discount) if pieces > 0 else -abs(discount),
        cost=row.get("cost"),
        vat_rate=row.get("vat_rate"),
        is_charge=row["is_charge"],
    )
