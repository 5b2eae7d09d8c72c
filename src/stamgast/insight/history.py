"""How many customers were in each stage, month by month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stamgast.insight.engine import as_table
from stamgast.insight.lifecycle import CONTRACT, DEFAULTS, Thresholds, decide_stage
from stamgast.insight.purchases import visits as visits_of
from stamgast.insight.rhythm import Rhythm, fit_rhythm, silence_share
from stamgast.insight.tables import CUSTOMERS, business_day, check


def stage_history(
    orders: Any,
    customers: Any = None,
    *,
    as_of: date,
    months: int = 12,
    rhythm: Rhythm | None = None,
    thresholds: Thresholds = DEFAULTS,
    visits: ir.Table | None = None,
) -> ir.Table:
    """Count the customers per stage at the last `months` month ends up to as_of.

    The same rule as `stages`, with only the orders known at each month end, and one rhythm for all
    (fitted at as_of when none is given): a line then moves because customers do, not because the
    yardstick did. Customers count from their first purchase; the second table adds contracts,
    whose customers count from its start. `visits` is what `purchases.visits` returned for the same
    orders and day, if it is there already. Refuses fewer than one month with ValueError.

    Columns: month_end (date), stage (one of STAGES, never `none`), customers. A stage without
    customers has no row.
    """
    rhythm = rhythm or fit_rhythm(orders, as_of)
    ends = month_ends(as_of, months)
    rows = visits_of(orders, as_of=as_of) if visits is None else visits
    moments = _at_month_ends(_with_comebacks(rows, rhythm, thresholds, ends[0]), ends)
    if customers is not None:
        moments = _with_contracts(moments, check(as_table(customers), CUSTOMERS), ends)
    silence = moments.month_end.delta(moments.last_day, unit="day")
    since = moments.month_end.delta(moments.comeback_day, unit="day")
    moments = moments.mutate(
        silence_share=silence_share(silence, moments.gaps, moments.elapsed_days, rhythm),
        is_back=(since < thresholds.won_back_days).fill_null(False),
    )
    stage = decide_stage(moments, moments.is_back, moments.month_end, thresholds)
    counts = moments.group_by(month_end=moments.month_end, stage=stage)
    return counts.agg(customers=moments.count()).order_by("month_end", "stage")


def month_ends(as_of: date, months: int) -> list[date]:
    """Return the last days of the latest `months` months that are over at the end of as_of."""
    if months < 1:
        raise ValueError("months must be at least 1")
    ends: list[date] = []
    day = business_day(as_of) + timedelta(days=1)
    while len(ends) < months:
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends[::-1]


def _with_comebacks(
    rows: ir.Table, rhythm: Rhythm, thresholds: Thresholds, first: date
) -> ir.Table:
    """Add to each purchase day the latest one, up to it, that ended a silence counted as lost.

    Those too old to matter at the first month end are passed over: the share is dear to compute.
    """
    before = rows.previous_day.delta(rows.first_day, unit="day")
    share = silence_share(rows.interval_days, rows.gaps - 1, before, rhythm)
    forgotten = first - timedelta(days=thresholds.won_back_days)
    ended = ibis.cases(
        (rows.day <= forgotten, None), (share < thresholds.lost_share, rows.day), else_=None
    ).cast("date")
    own = ibis.window(group_by="customer_id", order_by="day", preceding=None, following=0)
    return rows.mutate(comeback_day=ended.max().over(own))


def _at_month_ends(rows: ir.Table, ends: list[date]) -> ir.Table:
    """Repeat each purchase day at the month ends at which it was the customer's latest.

    Month ends are counted (year times twelve plus month), so that the rows to make are a range of
    whole numbers: much cheaper than joining on "latest before".
    """
    first, beyond = _count(ibis.literal(ends[0])), _count(ibis.literal(ends[-1])) + 1
    until = _count(rows.next_day).fill_null(beyond)
    months = ibis.range(ibis.greatest(_count(rows.day), first), ibis.least(until, beyond))
    rows = rows.filter(until > first).select(
        "customer_id",
        "gaps",
        "comeback_day",
        last_day=rows.day,
        elapsed_days=rows.day.delta(rows.first_day, unit="day"),
        month=months.unnest(),
    )
    return rows.join(_calendar(ends), "month").drop("month")


def _count(day: ir.DateValue) -> ir.IntegerValue:
    return day.year().cast("int64") * 12 + day.month()


def _calendar(ends: list[date]) -> ir.Table:
    months = [12 * end.year + end.month for end in ends]
    return as_table(pa.table({"month": pa.array(months, pa.int64()), "month_end": ends}))


def _with_contracts(moments: ir.Table, people: ir.Table, ends: list[date]) -> ir.Table:
    """Add the contracts that had begun at each month end, with or without a purchase.

    A notice or end that lay ahead at the month end takes care of itself: the rule looks at dates.
    """
    columns = [name for name in CONTRACT if name in people.columns]
    if not columns:
        return moments
    contracts = people.select("customer_id", *columns).cross_join(_calendar(ends).drop("month"))
    contracts = contracts.filter(ibis.or_(*(contracts[name].notnull() for name in columns)))
    if "contract_start" in columns:
        is_ahead = contracts.contract_start > contracts.month_end
        contracts = contracts.filter(~is_ahead.fill_null(False))
    both = moments.outer_join(contracts, ["customer_id", "month_end"])
    return both.mutate(
        customer_id=both.customer_id.coalesce(both.customer_id_right),
        month_end=both.month_end.coalesce(both.month_end_right),
    ).drop("customer_id_right", "month_end_right")
