"""What came after a day: later answers, referrals, and who left once a bond had ended.

A day in the past divides the shop's own data: what was seen until then explains, what came after it
teaches. `fit_weights` and `fit_recommendation` learn from these tables.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from ..engine import as_table
from ..purchases import known_orders
from ..tables import TableError, business_day
from .contract import ATTITUDE, OUTCOMES, checked_evidence
from .indicators import INDICATORS, Indicator

QUIET_DAYS = 90  # without a purchase after the end of a bond: left


def later_outcomes(*outcomes: ir.Table) -> ir.Table:
    """Return all outcomes as one table; refuses none at all with ValueError."""
    if not outcomes:
        raise ValueError("give at least one table of outcomes")
    return reduce(lambda one, other: one.union(other), outcomes)


def later_answers(evidence: Any, *, after: date, until: date, indicator: str = "nps") -> ir.Table:
    """Return, as OUTCOMES, how warmly customers answered after one day and up to another.

    `evidence` is what `from_answers` returned for `until`; of one customer the mean counts. Refuses
    days that are the wrong way round with ValueError. Lazy.
    """
    _refuse_no_time(after, until)
    table = checked_evidence(evidence)
    asked = table.filter(
        table.indicator == indicator, table.day > after, table.day <= business_day(until)
    )
    people = asked.group_by("customer_id").agg(said=asked.value.cast("float64").mean())
    return _outcomes(people, ibis.literal(ATTITUDE), "answer", people.said)


def later_referrals(customers: Any, *, after: date, until: date) -> ir.Table:
    """Return, as OUTCOMES, who of those known by a day brought somebody after it.

    `customers` has customer_id, referred_by and since (the first purchase). Those who brought
    nobody are among them, with 0. Refuses a table without these columns with TableError, and days
    that are the wrong way round with ValueError. Lazy.
    """
    _refuse_no_time(after, until)
    table = as_table(customers)
    missing = {"customer_id", "referred_by", "since"} - set(table.columns)
    if missing:
        raise TableError(f"the customers lack {', '.join(sorted(missing))}")
    new = table.filter(table.since > after, table.since <= business_day(until))
    brought = new.filter(new.referred_by.notnull()).select(by=new.referred_by).distinct()
    known = table.filter(table.since <= business_day(after)).select("customer_id").distinct()
    both = known.left_join(brought, known.customer_id == brought.by)
    return _outcomes(
        both, ibis.literal(ATTITUDE), "referral", ibis.ifelse(both.by.notnull(), 1.0, 0.0)
    )


def left_when_ended(
    evidence: Any,
    orders: Any,
    *,
    after: date,
    until: date,
    quiet_days: int = QUIET_DAYS,
    indicators: tuple[Indicator, ...] = INDICATORS,
) -> ir.Table:
    """Return, as OUTCOMES, whether customers left when a bond of theirs had ended.

    `evidence` is that of `after`; every bond other than the emotional of which some evidence ended
    after that day, `quiet_days` or more before `until`, counts once, by its last end. Who bought
    nothing in `quiet_days` after it has left: 1. `orders` are those of `tables.ORDERS`. Refuses
    days that are the wrong way round, or no quiet days, with ValueError. Lazy.
    """
    _refuse_no_time(after, until)
    if quiet_days < 1:
        raise ValueError("quiet_days is one or more")
    table = checked_evidence(evidence)
    bonds = {one.code: one.bond for one in indicators if one.bond != ATTITUDE}
    ended = table.filter(
        table.indicator.isin(list(bonds)),
        table.day <= business_day(after),
        table.ends_on > after,
        table.ends_on <= date.fromordinal(business_day(until).toordinal() - quiet_days),
    )
    ended = ended.mutate(bond=ended.indicator.cases(*bonds.items()))
    ended = ended.group_by("customer_id", "bond").agg(end=ended.ends_on.max())
    known = known_orders(orders, as_of=until)
    bought = known.filter(known.is_purchase).select("customer_id", "day").distinct()
    rows = ended.left_join(bought, "customer_id").drop("customer_id_right")
    waited = rows.day.delta(rows.end, unit="day")
    came = ((waited >= 0) & (waited < quiet_days)).fill_null(False)
    people = rows.mutate(came=came).group_by("customer_id", "bond").agg(came=lambda t: t.came.any())
    return _outcomes(people, people.bond, "left", ibis.ifelse(people.came, 0.0, 1.0))


def _outcomes(table: ir.Table, bond: Any, kind: str, value: Any) -> ir.Table:
    columns = {"bond": bond, "kind": ibis.literal(kind), "value": value.cast("float64")}
    found = table.select(customer_id=table.customer_id, **columns)
    return found.select(*(column.name for column in OUTCOMES))


def _refuse_no_time(after: date, until: date) -> None:
    if business_day(after) >= business_day(until):
        raise ValueError("there is no time between the two days")
