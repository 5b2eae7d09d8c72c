"""What scoring reads from this room: one portable statement per table, for a process of its own.

The reader has no Django and perhaps a SQLite of its own, so these are plain texts that SQLite and
PostgreSQL both understand, without parameters. `day` and `ordered_at` arrive as days and moments;
on SQLite other days as `YYYY-MM-DD`, and flags as 0 and 1. A day that may be empty is an empty text
then: a column of SQLite that begins with tens of thousands of NULLs would be taken for one of whole
numbers.
"""

from __future__ import annotations

from stamgast.sales.rules import DEFAULT_MARGIN

# The few who were erased are looked up in a list: a join would fetch the customer of every order.
_ORDERS = """
SELECT o.id AS order_id,
       CASE WHEN o.customer_id NOT IN (SELECT id FROM stamgast_customer WHERE erased_at IS NOT NULL)
            THEN o.customer_id END AS customer_id,
       o.ordered_at, o.day, o.currency,
       o.revenue_minor, o.margin_minor, o.discount_minor, o.returned_minor,
       o.is_purchase, o.is_margin_assumed, o.shop, o.brand, o.country, o.channel
FROM stamgast_order o
WHERE o.kind = 'sale' AND NOT o.is_cancelled
"""

_CONTRACTS = """
SELECT k.id AS contract_id, k.customer_id, k.started_on,
       COALESCE(CAST(k.ends_on AS VARCHAR(10)), '') AS ends_on,
       COALESCE(CAST(k.notice_on AS VARCHAR(10)), '') AS notice_on, k.months,
       k.amount_minor, k.margin_minor, k.currency
FROM stamgast_contract k
JOIN stamgast_customer c ON c.id = k.customer_id
WHERE c.erased_at IS NULL AND c.merged_into_id IS NULL
"""

_DELIVERIES = """
SELECT o.id AS order_id, CAST(o.promised_on AS VARCHAR(10)) AS promised_on,
       COALESCE(CAST(o.delivered_on AS VARCHAR(10)), '') AS delivered_on
FROM stamgast_order o
WHERE o.promised_on IS NOT NULL AND o.kind = 'sale' AND NOT o.is_cancelled
"""

_RETURNS = """
SELECT o.of_order_id AS order_id, CAST(o.day AS VARCHAR(10)) AS day
FROM stamgast_order o
WHERE o.of_order_id IS NOT NULL AND o.kind = 'return' AND NOT o.is_cancelled
"""

_FLAGS = """
SELECT p.id AS product_id,
       CASE WHEN COALESCE(p.is_sole_source, k.is_sole_source, FALSE) THEN 1 ELSE 0 END
         AS is_sole_source,
       CASE WHEN COALESCE(p.is_consumable, k.is_consumable, FALSE) THEN 1 ELSE 0 END
         AS is_consumable,
       CASE WHEN COALESCE(p.is_platform, k.is_platform, FALSE) THEN 1 ELSE 0 END AS is_platform
FROM stamgast_product p
LEFT JOIN stamgast_category k ON k.name = p.category
WHERE NOT p.is_charge AND (COALESCE(p.is_sole_source, k.is_sole_source, FALSE)
   OR COALESCE(p.is_consumable, k.is_consumable, FALSE)
   OR COALESCE(p.is_platform, k.is_platform, FALSE))
"""

# Of millions of lines only those of flagged products leave the database; nothing is sorted there.
_FLAGGED = f"""
SELECT l.order_id, l.product_id, l.net_minor
FROM stamgast_line l
WHERE l.product_id IN (SELECT product_id FROM ({_FLAGS.strip()}) f) AND l.quantity > 0
"""  # noqa: S608 - fixed names


# So many purchases a day, with what tells them apart; the first of a customer on its own.
_PURCHASES_BY_DAY = """
SELECT o.day, o.currency, o.shop, o.brand, o.country, o.channel,
       CASE WHEN f.first_day IS NULL THEN NULL WHEN o.day = f.first_day THEN 1 ELSE 0 END
       AS is_first,
       COUNT(*) AS purchases, SUM(o.margin_minor) AS margin_minor,
       SUM(CASE WHEN o.is_margin_assumed THEN 1 ELSE 0 END) AS assumed
FROM stamgast_order o
LEFT JOIN (
    SELECT customer_id, MIN(day) AS first_day
    FROM stamgast_order
    WHERE kind = 'sale' AND NOT is_cancelled AND is_purchase AND customer_id IS NOT NULL
    GROUP BY customer_id
) f ON f.customer_id = o.customer_id
WHERE o.kind = 'sale' AND NOT o.is_cancelled AND o.is_purchase
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

_CATEGORIES_BY_DAY = """
SELECT o.day, p.category, COUNT(DISTINCT o.id) AS purchases
FROM stamgast_order o
JOIN stamgast_line l ON l.order_id = o.id
JOIN stamgast_product p ON p.id = l.product_id
WHERE o.kind = 'sale' AND NOT o.is_cancelled AND o.is_purchase
  AND NOT l.is_charge AND l.quantity > 0 AND p.category <> ''
GROUP BY 1, 2
"""

_ORDERED_PRODUCTS = """
SELECT l.order_id, p.sku, p.category
FROM stamgast_line l
JOIN stamgast_product p ON p.id = l.product_id
JOIN stamgast_order o ON o.id = l.order_id
WHERE o.kind = 'sale' AND NOT o.is_cancelled AND o.is_purchase AND NOT l.is_charge
"""


# Where no cost is known, margin rests on the rate of the category, else of the shop.
_BOUGHT = f"""
SELECT o.customer_id, l.product_id, o.day, o.currency,
       CAST(l.quantity AS DOUBLE PRECISION) AS quantity,
       CAST(l.net_minor AS DOUBLE PRECISION) AS revenue,
       CAST(l.net_minor AS DOUBLE PRECISION) - COALESCE(
         CAST(l.cost_minor AS DOUBLE PRECISION),
         CAST(l.net_minor AS DOUBLE PRECISION)
           * (1 - CAST(COALESCE(k.share, s.share, {DEFAULT_MARGIN}) AS DOUBLE PRECISION))
       ) AS margin
FROM stamgast_line l
JOIN stamgast_order o ON o.id = l.order_id
JOIN stamgast_product p ON p.id = l.product_id
JOIN stamgast_customer c ON c.id = o.customer_id
LEFT JOIN stamgast_marginrate k ON k.category = p.category AND p.category <> ''
LEFT JOIN stamgast_marginrate s ON s.category = ''
WHERE o.kind = 'sale' AND NOT o.is_cancelled AND o.is_purchase AND NOT l.is_charge
  AND l.quantity > 0 AND c.erased_at IS NULL AND c.merged_into_id IS NULL
  AND NOT c.objects_to_profiling
"""  # noqa: S608 - fixed names

_PRODUCTS = """
SELECT p.id AS product_id, p.category,
       CASE WHEN COALESCE(p.in_stock, TRUE) AND NOT p.is_charge THEN 1 ELSE 0 END AS is_for_sale
FROM stamgast_product p
"""


def bought_sql() -> str:
    """Return the statement for every line that a customer who may be judged bought.

    Columns: customer_id, product_id, day, currency, quantity, revenue and margin (minor units, without
    VAT, after discount; margin by the assumed rate where no cost is known).
    """
    return _BOUGHT.strip()


def products_sql() -> str:
    """Return the statement for all products: product_id, category and is_for_sale (0 or 1)."""
    return _PRODUCTS.strip()


def purchases_by_day_sql() -> str:
    """Return the statement for purchases per day, shop, brand, country and channel.

    `is_first` is 1 on the day of a customer's first purchase and empty for anonymous sales;
    `assumed` counts purchases whose margin rests on a rate. Small: a row per day and combination.
    """
    return _PURCHASES_BY_DAY.strip()


def categories_by_day_sql() -> str:
    """Return the statement for purchases per day that hold a product of each category."""
    return _CATEGORIES_BY_DAY.strip()


def ordered_products_sql() -> str:
    """Return the statement for which products each purchase holds: order_id, sku, category."""
    return _ORDERED_PRODUCTS.strip()


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


def deliveries_sql() -> str:
    """Return the statement for sales with a promised day of delivery, and when they came."""
    return _DELIVERIES.strip()


def returns_sql() -> str:
    """Return the statement for returns that name their order, with their day."""
    return _RETURNS.strip()


def flags_sql() -> str:
    """Return the statement for products that tie their buyers to us, with their flags."""
    return _FLAGS.strip()


def flagged_lines_sql() -> str:
    """Return the statement for the lines of those products: order, product, amount without VAT."""
    return _FLAGGED.strip()
