"""What judging reads: portable statements for a process that never opens Django's connection.

See `scoring.reader`, which gives days as days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

# Members of the standing control group are no part of an effort's own comparison.
_LOTS = """
SELECT l.experiment_id, l.customer_id, l.unit, l.arm_id, l.id AS number, l.day,
       CASE WHEN l.is_crossing THEN 1 ELSE 0 END AS is_crossing
FROM stamgast_lot l
WHERE NOT l.is_standing AND l.experiment_id IN ({experiments}) AND l.day <= '{until}'
"""

# Those of somebody erased count too: a record without a name, in sums over an arm.
_ORDERS = """
SELECT o.customer_id, o.day, o.margin_minor, o.revenue_minor, o.returned_minor, o.discount_minor,
       CASE WHEN o.is_purchase THEN 1 ELSE 0 END AS is_purchase,
       CASE WHEN o.is_margin_assumed THEN 1 ELSE 0 END AS is_margin_assumed
FROM stamgast_order o
WHERE o.kind = 'sale' AND NOT o.is_cancelled AND o.customer_id IS NOT NULL
  AND o.currency = '{currency}' AND o.ordered_at >= '{since}'
"""

_MERGED = "SELECT id, merged_into_id AS into_id FROM stamgast_customer WHERE merged_into_id > 0"

_VALUES = """
SELECT customer_id, margin_365_minor FROM stamgast_score
WHERE run_id = {run} AND margin_365_minor IS NOT NULL
"""


def lots_sql(experiments: Iterable[int], *, until: date) -> str:
    """Return the statement for the lots of these experiments, drawn up to this day."""
    numbers = ", ".join(str(int(one)) for one in experiments)
    return _LOTS.format(experiments=numbers, until=until.isoformat()).strip()


def orders_sql(*, since: date, currency: str) -> str:
    """Return the statement for the orders of customers since this day, without returns' own rows."""
    # A business day may begin up to a day before its date does in UTC.
    moment = datetime.combine(since - timedelta(days=1), time(0), UTC)
    return _ORDERS.format(currency=currency, since=f"{moment:%Y-%m-%d %H:%M:%S}").strip()


def merged_sql() -> str:
    """Return the statement for records that went up in another."""
    return _MERGED


def values_sql(run: int) -> str:
    """Return the statement for the margin expected of each customer in the coming year."""
    return _VALUES.format(run=int(run)).strip()
