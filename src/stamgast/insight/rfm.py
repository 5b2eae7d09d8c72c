"""Recency, frequency and margin in five classes each: the rule of thumb many marketers know."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.engine import as_table
from stamgast.insight.facts import FACTS
from stamgast.insight.tables import business_day, check

CLASSES = 5
_NEEDED = ("last_day", "purchase_days", "margin", "revenue")


def rfm_scores(facts: Any, as_of: date) -> ir.Table:
    """Score the customers with a purchase from 1 (least) to 5 (best) on three counts.

    `facts` is what `customer_facts` returned; without its columns the table is refused with
    TableError. A score says how many fifths of the customers do strictly worse, so equal customers
    always share a class: with many one-time buyers the classes are of unequal size, and none is
    cut in two. Customers without a purchase are left out.

    Columns: customer_id, recency_score (latest day), frequency_score (purchase days), margin_score
    (margin so far, or revenue where margin is unknown), rfm (the three digits as text, as 545).
    The last two are NULL when neither margin nor revenue is known.
    """
    facts = check(as_table(facts), FACTS, need=_NEEDED)
    buyers = facts.filter(facts.last_day.notnull(), facts.last_day <= business_day(as_of))
    worth = buyers.margin.fill_null(buyers.revenue)
    scored = buyers.select(
        "customer_id",
        recency_score=_fifth(buyers.last_day),
        frequency_score=_fifth(buyers.purchase_days),
        margin_score=ibis.ifelse(worth.notnull(), _fifth(worth), None),
    )
    digits = [scored[name].cast("string") for name in scored.columns[1:]]
    return scored.mutate(rfm=digits[0] + digits[1] + digits[2])


def _fifth(value: ir.Value) -> ir.IntegerValue:
    """Turn the share of known values that are strictly smaller into a class from 1 to 5."""
    known = value.count().over(ibis.window())
    smaller = ibis.rank().over(ibis.window(order_by=value.asc(nulls_first=False)))
    return ((smaller * CLASSES) // known.nullif(0) + 1).cast("int64")
