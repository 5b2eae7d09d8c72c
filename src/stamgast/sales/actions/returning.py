"""Finding which sale a return reduces: worked out from what is in the database, and from nothing else.

So it may run any number of times, after any import in any order, and comes to the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection

from stamgast.database import bulk
from stamgast.sales import rules
from stamgast.sales.actions.rates import Rates
from stamgast.sales.models import Order
from stamgast.sales.rules import ReturnedLine, SoldLine

_AT_ONCE = 5_000  # customers looked at together

# Moments as texts: they only have to be compared, and both databases write them so that they can be.
_RETURNED = """
SELECT l.id, o.customer_id, l.product_id, CAST(o.ordered_at AS TEXT), l.quantity, l.net_minor, l.cost_minor,
       o.of_order_id, o.number, l.content, l.of_line, o.is_cancelled
FROM asked_customers a
JOIN stamgast_order o ON o.customer_id = a.customer_id AND o.kind = 'return'
JOIN stamgast_line l ON l.order_id = o.id
LEFT JOIN stamgast_order s ON s.id = o.of_order_id
WHERE NOT l.is_charge AND l.product_id IS NOT NULL AND l.quantity < 0
  AND (s.id IS NULL OR s.customer_id IS NOT NULL)
"""

# An anonymous sale is a customer of its own here: less than nothing, so that it is nobody else.
_RETURNED_OF_NOBODY = """
SELECT l.id, -s.id, l.product_id, CAST(o.ordered_at AS TEXT), l.quantity, l.net_minor, l.cost_minor,
       o.of_order_id, o.number, l.content, l.of_line, o.is_cancelled
FROM asked_sales a
JOIN stamgast_order s ON s.id = a.id AND s.customer_id IS NULL
JOIN stamgast_order o ON o.of_order_id = s.id AND o.kind = 'return'
JOIN stamgast_line l ON l.order_id = o.id
WHERE NOT l.is_charge AND l.product_id IS NOT NULL AND l.quantity < 0
"""

_SOLD_TO_NOBODY = """
SELECT l.id, o.id, k.customer_id, l.product_id, CAST(o.ordered_at AS TEXT), l.quantity, l.net_minor, l.cost_minor,
       o.number, l.content, p.category
FROM asked_pairs k
JOIN stamgast_order o ON o.id = -k.customer_id AND o.kind = 'sale' AND NOT o.is_cancelled
JOIN stamgast_line l ON l.order_id = o.id AND l.product_id = k.product_id
JOIN stamgast_product p ON p.id = l.product_id
WHERE k.customer_id < 0 AND NOT l.is_charge AND l.quantity > 0
"""

# In this order of reading SQLite goes from customer to orders to lines, and looks the pair up last.
_SOLD = """
SELECT l.id, o.id, o.customer_id, l.product_id, CAST(o.ordered_at AS TEXT), l.quantity, l.net_minor, l.cost_minor,
       o.number, l.content, p.category
FROM (SELECT DISTINCT customer_id FROM asked_pairs) a
CROSS JOIN stamgast_order o
CROSS JOIN stamgast_line l
CROSS JOIN asked_pairs k
CROSS JOIN stamgast_product p
WHERE o.customer_id = a.customer_id AND o.kind = 'sale' AND NOT o.is_cancelled
  AND l.order_id = o.id AND NOT l.is_charge AND l.quantity > 0
  AND k.customer_id = o.customer_id AND k.product_id = l.product_id AND p.id = l.product_id
"""

# Sales that something is taken off, or must be: stated refunds, and what was matched before.
_REDUCED = """
SELECT o.id, o.returned_minor, o.returned_margin_minor, o.revenue_minor, o.cost_minor,
       o.whole_refund_minor, o.is_vat_included
FROM asked_customers a
JOIN stamgast_order o ON o.customer_id = a.customer_id AND o.kind = 'sale'
WHERE o.returned_minor <> 0 OR o.returned_margin_minor <> 0 OR o.whole_refund_minor <> 0
"""
_REDUCED_OF_NOBODY = _REDUCED.replace(
    "asked_customers a\nJOIN stamgast_order o ON o.customer_id = a.customer_id",
    "asked_sales a\nJOIN stamgast_order o ON o.id = a.id AND o.customer_id IS NULL",
)


@dataclass(slots=True)
class Matched:
    """How many return lines were looked at, and how many found their sale."""

    returned: int = 0
    matched: int = 0


def match_returns(
    customers: Iterable[int], rates: Rates, *, anonymous: Iterable[int] = ()
) -> Matched:
    """Let every return of these customers reduce the line of the sale it belongs to.

    The customer's latest earlier sale of the product that has enough left; never more than bought.
    Of `anonymous` sales (orders without a customer; others are passed over) it are the returns that
    name them, whoever brought them.
    """
    total = Matched()
    for ids, match in ((customers, _match_customers), (anonymous, _match_anonymous)):
        every = iter(sorted(set(ids)))
        while some := list(islice(every, _AT_ONCE)):
            part = match(some, rates)
            total.returned += part.returned
            total.matched += part.matched
    return total


def _match_customers(customers: Collection[int], rates: Rates) -> Matched:
    columns = {"customer_id": "bigint"}
    with bulk.keys_table("asked_customers", columns, [(c,) for c in customers], key="customer_id"):
        rows = bulk.select(_RETURNED)
        reduced = bulk.select(_REDUCED)
    return _match(rows, reduced, rates)


def _match_anonymous(sales: Collection[int], rates: Rates) -> Matched:
    with bulk.keys_table("asked_sales", {"id": "bigint"}, [(pk,) for pk in sales], key="id"):
        rows = bulk.select(_RETURNED_OF_NOBODY)
        reduced = bulk.select(_REDUCED_OF_NOBODY)
    return _match(rows, reduced, rates)


def _match(rows: list[tuple[Any, ...]], reduced: list[tuple[Any, ...]], rates: Rates) -> Matched:
    if not rows and not reduced:
        return Matched()
    returned = [_returned(row) for row in rows if not row[11]]
    before = {row[0]: row[10] for row in rows}
    sold = _sold({(line.customer, line.product) for line in returned}, rates)
    matches = rules.match_returns(returned, sold)
    taken = rules.returned_of(matches, returned, sold)
    changed = [(of, pk) for pk, was in before.items() if (of := matches.get(pk)) != was]
    _write_matches(changed)
    _write_reduced(taken, reduced, rates)
    return Matched(len(returned), sum(of is not None for of in matches.values()))


def _returned(row: tuple[Any, ...]) -> ReturnedLine:
    pk, customer, product, at, quantity, net, cost, of_order, number, content, _, _ = row
    return ReturnedLine(
        id=pk,
        customer=customer,
        product=product,
        at=at,
        quantity=-_thousandths(quantity),
        refund_minor=-net,
        saved_minor=None if cost is None else -cost,
        of_order=of_order,
        sort=(number, content),
    )


def _sold(pairs: Collection[tuple[int, int]], rates: Rates) -> list[SoldLine]:
    if not pairs:
        return []
    columns = {"customer_id": "bigint", "product_id": "bigint"}
    with bulk.keys_table("asked_pairs", columns, pairs, key="customer_id, product_id"):
        rows = bulk.select(_SOLD)
        if any(customer < 0 for customer, _ in pairs):
            rows += bulk.select(_SOLD_TO_NOBODY)
    return [
        SoldLine(
            id=pk,
            order=order,
            customer=customer,
            product=product,
            at=at,
            quantity=_thousandths(quantity),
            net_minor=net,
            cost_minor=cost,
            margin=rates.of(category),
            sort=(number, content),
        )
        for pk, order, customer, product, at, quantity, net, cost, number, content, category in rows
    ]


def _thousandths(quantity: float) -> int:
    return round(quantity * rules.THOUSAND)


def _write_matches(changed: list[tuple[int | None, int]]) -> None:
    pace = bulk.Pace(1000)
    for part in pace.cut(changed):
        with pace.portion(len(part)), connection.cursor() as cursor:
            cursor.executemany("UPDATE stamgast_line SET of_line = %s WHERE id = %s", part)


def _write_reduced(
    taken: Mapping[int, tuple[int, int]], reduced: Iterable[tuple[Any, ...]], rates: Rates
) -> None:
    """Bring what came back of sales, and so their margin, to what was worked out."""
    now: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0), taken)
    was: dict[int, tuple[int, int]] = {}
    refunds = {}
    for pk, returned, margin, revenue, cost, refund, is_included in reduced:
        was[pk] = returned, margin
        refunds[pk] = revenue, cost, refund, is_included
    unseen = [pk for pk in now if pk not in was]
    fields = ("id", "returned_minor", "returned_margin_minor")
    for start in range(0, len(unseen), 500):
        part = Order.objects.filter(pk__in=unseen[start : start + 500])
        was.update({pk: (a, b) for pk, a, b in part.values_list(*fields)})
    changes = []
    for pk, before in was.items():
        returned, margin = now[pk]
        if pk in refunds:
            returned, margin = _with_refund(returned, margin, *refunds[pk], rates)
        if (returned, margin) != before:
            changes.append((returned, margin, margin, pk))
    pace = bulk.Pace(1000)
    for portion in pace.cut(changes):
        with pace.portion(len(portion)), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE stamgast_order SET returned_minor = %s, "
                "margin_minor = margin_minor + returned_margin_minor - %s, "
                "returned_margin_minor = %s WHERE id = %s",
                portion,
            )


def _with_refund(
    returned: int,
    margin: int,
    revenue: int,
    cost: int,
    refund: int,
    is_included: bool,
    rates: Rates,
) -> tuple[int, int]:
    """Add what was paid back for the order as a whole, as far as lines do not account for it."""
    if not refund:
        return returned, margin
    net = rules.without_vat(refund, rates.vat) if is_included else refund
    rest = max(0, min(net, revenue) - returned)
    return returned + rest, margin + rest - (rules.part_of(cost, rest, revenue) if rest else 0)
