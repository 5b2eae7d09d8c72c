"""What contracts tell: who is bound, how tightly, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...tables import Column, business_day, check
from .rows import collect, rows

CONTRACTS = (
    Column("customer_id", "id", "whose"),
    Column("started_on", "day", "first day"),
    Column("ends_on", "day", "agreed end, first day without it; empty: open", is_optional=True),
    Column("notice_on", "day", "day on which the customer gave notice", is_optional=True),
)
FIXED, OPEN, NOTICE = 0.9, 0.6, 0.25  # bound to a date, bound to a notice, on the way out


def from_contracts(contracts: Any, *, as_of: date, customers: Any = None) -> ir.Table:
    """Return evidence of the indicator `contract` from those that run on that day.

    Value 0.9 for an agreed end still to come, 0.6 for an open contract, 0.25 once notice was given;
    a contract that has ended or not yet begun is no bond. With `customers` (customer_id), for a
    shop whose register of contracts is complete, everybody else counts as seen to have none: 0.
    Refuses missing columns with TableError. Lazy.
    """
    table = check(as_table(contracts), CONTRACTS)
    day = ibis.literal(business_day(as_of))
    end, notice = (
        table[name] if name in table.columns else ibis.null("date")
        for name in ("ends_on", "notice_on")
    )
    table = table.select("customer_id", "started_on", ends_on=end, notice_on=notice)
    running = table.filter(table.started_on <= day, table.ends_on.isnull() | (table.ends_on > day))
    state = ibis.cases(
        (running.notice_on <= day, "notice"), (running.ends_on.notnull(), "fixed"), else_="open"
    )
    found = rows(
        running,
        "contract",
        value=state.cases(("notice", NOTICE), ("fixed", FIXED), else_=OPEN),
        day=day,
        ends_on=running.ends_on,
        detail=state,
    )
    if customers is None:
        return found
    free = as_table(customers).select("customer_id").distinct().anti_join(running, "customer_id")
    return collect(found, rows(free, "contract", value=0.0, day=day, detail="none"))
