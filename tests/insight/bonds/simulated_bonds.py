"""The tables of a simulated shop in the shapes that bonds read, and what its customers expect.

The flags on products are those a merchant would set by hand: the machine is the platform, what only
works with it the consumables.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.insight.bonds import (
    collect,
    from_answers,
    from_contracts,
    from_customers,
    from_interactions,
    from_lines,
    from_orders,
)
from stamgast.insight.simulation import SimulatedShop
from stamgast.insight.value import MBGNBD, CustomerBase

REASONS = {
    "nearby_or_habit": "situational",
    "price_or_points": "economic",
    "contract": "legal",
    "fits_my_device": "technical",
    "i_like_this_shop": "emotional",
}


def evidence_of(shop: SimulatedShop, as_of: date, *, without: tuple[str, ...] = ()) -> ir.Table:
    """Return everything the shop's own tables tell up to a day, but for sources left out."""
    orders = shop.valued_orders()
    sources: dict[str, Any] = {
        "orders": lambda: from_orders(orders, as_of=as_of),
        "lines": lambda: from_lines(_lines(shop), orders, _products(shop), as_of=as_of),
        "contracts": lambda: from_contracts(
            _contracts(shop, as_of), customers=_people(shop, as_of), as_of=as_of
        ),
        "answers": lambda: from_answers(answers_of(shop), choices=REASONS, as_of=as_of),
        "interactions": lambda: from_interactions(_interactions(shop), orders, as_of=as_of),
        "customers": lambda: from_customers(_people(shop, as_of), as_of=as_of),
    }
    return collect(*(make() for name, make in sources.items() if name not in without))


def behaviour_of(shop: SimulatedShop, as_of: date) -> pa.Table:
    """Return what the model of purchases expects of each customer, by orders up to that day."""
    base = CustomerBase.from_orders(shop.valued_orders(), until=as_of, unit="day")
    model = MBGNBD().fit(base)
    expected = model.predict(base, 365, intervals=False, allow_not_identified=True)
    days = ibis.memtable(base.customers.select("customer_id", "x").to_pyarrow())
    joined = ibis.memtable(expected).inner_join(days, "customer_id")
    return joined.select(
        "customer_id",
        "p_alive",
        purchases_365=joined.expected_purchases,
        purchase_days=joined.x + 1,
        margin_365=joined.value,
    ).to_pyarrow()


def answers_of(shop: SimulatedShop) -> ir.Table:
    table = ibis.memtable(shop.answers)
    question = ibis.ifelse(table.question == "reason", "why_stay", table.question)
    return table.select(
        "customer_id", "score", "choice", question=question, day=table.answered_at.date()
    )


def _lines(shop: SimulatedShop) -> ir.Table:
    lines = ibis.memtable(shop.lines)
    sold = lines.filter(lines.kind == "product")
    return sold.select("sku", order_id=sold.order_number)


def _products(shop: SimulatedShop) -> ir.Table:
    table = ibis.memtable(shop.products)
    fits = table.works_with.notnull()
    is_machine = table.category.lower().contains("apparat") | (table.price >= 90)
    return table.select("sku", is_platform=fits & is_machine, is_consumable=fits & ~is_machine)


def _contracts(shop: SimulatedShop, as_of: date) -> ir.Table:
    """What was known on that day: a notice given later, and the end it brings, was not."""
    table = ibis.memtable(shop.contracts)
    notice = ibis.ifelse(table.notice_on <= as_of, table.notice_on, None)
    is_fixed = table.term_days.notnull()
    end = ibis.ifelse(is_fixed | notice.notnull(), table.ends_on, None)
    return table.select("customer_id", "started_on", ends_on=end, notice_on=notice)


def _interactions(shop: SimulatedShop) -> ir.Table:
    table = ibis.memtable(shop.interactions)
    return table.select(
        "customer_id",
        "kind",
        "due_on",
        "outcome",
        day=table["at"].date(),
        closed_on=table.closed_at.date(),
    )


def _people(shop: SimulatedShop, as_of: date) -> ir.Table:
    table = ibis.memtable(shop.customers)
    return table.filter(table.since <= as_of).select("customer_id", "referred_by", "since")


def later_referrals(shop: SimulatedShop, after: date) -> set[int]:
    """Return who brought somebody after that day."""
    since = shop.customers["since"]
    brought = shop.customers.filter(pc.greater(since, pa.scalar(after)))
    return set(brought["referred_by"].drop_null().to_pylist())


def later_buyers(shop: SimulatedShop, after: date, days: int) -> set[int]:
    """Return who bought in so many days after that day."""
    day = shop.orders["day"]
    until = pa.scalar(after + timedelta(days=days))
    kept = shop.orders.filter(pc.and_(pc.greater(day, pa.scalar(after)), pc.less_equal(day, until)))
    return set(kept["customer_id"].drop_null().to_pylist())
