"""Recording orders together with who placed them, as web shops tell it, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from stamgast.customers.actions import record_customer
from stamgast.database import bulk
from stamgast.kernel import Refusal
from stamgast.sales.actions.orders import OrderFacts, Outcome, RecordedOrder, record_order
from stamgast.sales.models import Order
from stamgast.staff.queries import Who

_AT_ONCE = 20  # orders in the first transaction; how long that took sets how many follow


class Placed(NamedTuple):
    """An order, and who placed it: `key` and facts of a customer, or None when nobody knows."""

    order: OrderFacts
    who: Mapping[str, Any] | None = None


def record_placed(placed: Placed, *, at: datetime, by: Who = None) -> tuple[Order, Outcome]:
    """Write down an order and who placed it; the same again changes nothing.

    Refuses what record_customer and record_order refuse, and then writes down neither.
    """
    with transaction.atomic():
        facts = placed.order
        if placed.who is not None:
            customer, _ = record_customer(at=at, by=by, **placed.who)
            facts = replace(facts, customer=customer)
        return record_order(facts, at=at, by=by)


def record_many_placed(
    many: Iterable[Placed], *, at: datetime, by: Who = None
) -> list[RecordedOrder]:
    """Write down many orders in portions; one that is refused stops no other."""
    results: list[RecordedOrder] = []
    pace = bulk.Pace(_AT_ONCE)
    for part in pace.cut(list(many)):
        with pace.portion(len(part)):
            results += [_record_one(placed, at=at, by=by) for placed in part]
    return results


def _record_one(placed: Placed, *, at: datetime, by: Who) -> RecordedOrder:
    try:
        return RecordedOrder(*record_placed(placed, at=at, by=by))
    except Refusal as refusal:
        return RecordedOrder(None, None, refusal)
