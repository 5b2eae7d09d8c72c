"""What is bought again and again: how many days lie between, and for whom it runs out now."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from stamgast.insight.tables import BOUGHT, business_day, check

LEAST = 5  # customers who bought it again
LEAST_SHARE = 0.2  # of its buyers: else it is no product one buys again
SHORTEST = 7  # days; two orders in a week are one purchase that was split
PRIOR = 3.0  # gaps' worth of what is usual for the product


def _gaps(bought: ir.Table, as_of: date) -> ir.Table:
    """Return every purchase of a product by a customer with the days since the one before."""
    day = business_day(as_of)
    lines = check(bought, BOUGHT)
    days = lines.filter(lines.day <= day).select("customer_id", "product_id", "day").distinct()
    before = ibis.window(group_by=["customer_id", "product_id"], order_by="day")
    found = days.mutate(gap=days.day.delta(days.day.lag().over(before), unit="day"))
    return found.filter(found.gap.isnull() | (found.gap >= SHORTEST))


def usual_gaps(bought: ir.Table, *, as_of: date, least: int = LEAST) -> ir.Table:
    """Return per product that is bought again how many days usually lie between: the median.

    Takes lines as `tables.BOUGHT`. Columns: product_id, gap (days), buyers (who bought it again) and
    share (of all who bought it). Only products that `least` customers, and a fifth of all who bought
    them, bought again.
    """
    gaps = _gaps(bought, as_of)
    found = gaps.group_by("product_id").aggregate(
        gap=gaps.gap.median(),
        buyers=gaps.customer_id.nunique(where=gaps.gap.notnull()),
        everybody=gaps.customer_id.nunique(),
    )
    found = found.mutate(share=found.buyers / found.everybody)
    return found.filter(found.buyers >= least, found.share >= LEAST_SHARE).drop("everybody")


def runs_out(bought: ir.Table, *, as_of: date, least: int = LEAST) -> ir.Table:
    """Return when each customer usually buys again what they bought last.

    Takes lines as `tables.BOUGHT`. Columns: customer_id, product_id, last, days (that usually lie
    between) and due_on. A customer's own gaps count from the first on, beside three gaps as usual
    for the product: so the mean of those who bought it often is mostly their own.

    Repeat purchases are taken as in Bhagat, Muralidharan, Lobzhanidze and Vishwanath (2018): first
    which products are bought again at all, then when the next is due; instead of their Poisson-gamma
    rate its posterior mean interval with a fixed weight of the prior.
    """
    gaps = _gaps(bought, as_of)
    usual = usual_gaps(bought, as_of=as_of, least=least).select("product_id", usual="gap")
    own = gaps.group_by("customer_id", "product_id").aggregate(
        last=gaps.day.max(), total=gaps.gap.sum().fill_null(0), times=gaps.gap.count()
    )
    own = own.join(usual, "product_id")
    days = ((PRIOR * own.usual + own.total) / (PRIOR + own.times)).round().cast("int64")
    own = own.mutate(days=days)
    return own.select(
        "customer_id",
        "product_id",
        "last",
        "days",
        # The engine makes a moment of a day and an interval, whatever Ibis calls it.
        due_on=(own.last.cast("timestamp") + own.days.as_interval("D")).date(),
    )
