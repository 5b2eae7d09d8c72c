"""What scoring reads from this room: one portable statement per table, for a process of its own.

The reader has no Django and perhaps a SQLite of its own, so these are plain texts that SQLite and
PostgreSQL both understand, without parameters. On SQLite days arrive as `YYYY-MM-DD`, moments as
`YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, and flags as 0 and 1.
"""

from __future__ import annotations

_ORDERS = """
SELECT o.id AS order_id,
       CASE WHEN c.erased_at IS NULL THEN o.customer_id END AS customer_id, o.ordered_at, o.day, o.currency,
       o.revenue_minor, o.margin_minor, o.discount_minor, o.returned_minor,
       o.is_purchase, o.is_margin_assumed, o.shop, o.brand, o.country, o.channel
FROM stamgast_order o
LEFT JOIN stamgast_customer c ON c.id = o.customer_id
WHERE o.kind = 'sale' AND NOT o.is_cancelled
"""

_CONTRACTS = """
SELECT k.id AS contract_id, k.customer_id, k.started_on, k.ends_on, k.notice_on, k.months,
       k.amount_minor, k.margin_minor, k.currency
FROM stamgast_contract k
JOIN stamgast_customer c ON c.id = k.customer_id
WHERE c.erased_at IS NULL AND c.merged_into_id IS NULL
"""


def orders_sql() -> str:
    """Return the statement for all sales that were not cancelled.

    Amounts are minor units of the row's currency; `margin_minor` is after returns, and
    `returned_minor` is revenue that came back. Returns are no rows of their own. The customer is
    empty for anonymous sales and for those of erased persons: they count in revenue, and are nobody
    to understand. An order without a product (`is_purchase` false) is in.
    """
    return _ORDERS.strip()


def contracts_sql() -> str:
    """Return the statement for all contracts of customers that still exist."""
    return _CONTRACTS.strip()
