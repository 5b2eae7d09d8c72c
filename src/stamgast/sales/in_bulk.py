"""The arithmetic of `rules.py` for many orders at once, as SQL for the engine that reads files.

It works on tables (or views) of that engine:

    bulk_lines   ox, line (its place in the file), content, is_charge, quantity DECIMAL(12,3),
                 unit_price DECIMAL(18,6), exact DECIMAL(30,9) (quantity times price), discount (of its sign),
                 unit_cost DECIMAL or NULL, vat_rate DECIMAL, margin (share, ten-thousandths)
    bulk_orders  ox, kind, currency, factor (minor units in one), is_vat_included, vat_rate
                 (hundredths of a per cent, for what is stated for the whole),
                 discount, charges, refund, fees: stated for the whole, as DECIMAL; NULL when not;
                 they are kept as stated, and count on sales only

and makes `worked_lines` and `worked_orders` from them. `ox` numbers the orders of one file.
"""

from __future__ import annotations


def _round(value: str) -> str:
    """Return a decimal rounded half away from zero to a whole number."""
    return f"round({value})::BIGINT"


def _part_of(whole: str, numerator: str, denominator: str) -> str:
    """Return `rules.part_of`; whole numbers throughout."""
    product = f"({whole})::HUGEINT * ({numerator})"
    half = f"(2 * abs({product}) + ({denominator})) // (2 * ({denominator}))"
    return f"(sign({product})::BIGINT * ({half})::BIGINT)"


def _share(whole: str, numerator: str, denominator: str) -> str:
    """Return `_part_of` for a share: both parts at most 20,000, so most need no 128 bits."""
    twice = f"2 * ({whole}) * ({numerator})"
    up = f"({twice} + ({denominator})) // (2 * ({denominator}))"
    down = f"-((({denominator}) - {twice}) // (2 * ({denominator})))"
    return (
        f"CASE WHEN ({whole}) BETWEEN 0 AND {_SMALL} THEN {up} "
        f"WHEN ({whole}) BETWEEN -{_SMALL} AND 0 THEN {down} "
        f"ELSE {_part_of(whole, numerator, denominator)} END"
    )


_SMALL = 10**14


def _without_vat(minor: str, rate: str) -> str:
    return (
        f"CASE WHEN is_vat_included THEN {_share(minor, '10000', f'10000 + {rate}')} "
        f"ELSE {minor} END"
    )


def amounts_sql(*, has_discount: bool, has_whole_discount: bool, has_vat: bool) -> list[str]:
    """Return the statements that work out all lines and orders.

    What no row of the file has is left out: a million lines without VAT need no taking out.
    """
    own = _round("coalesce(l.discount, 0) * o.factor") if has_discount else "0::BIGINT"
    share = "coalesce(s.share, 0)" if has_whole_discount else "0"
    shares = (
        "LEFT JOIN bulk_shares s ON s.ox = m.ox AND s.line = m.line" if has_whole_discount else ""
    )
    net = _without_vat("paid", "vat") if has_vat else "paid"
    listed = _without_vat("amount", "vat") if has_vat else "amount"
    # Read once it need not be kept; shares of a discount read it twice.
    minor = f"""
        CREATE {"TABLE" if has_whole_discount else "VIEW"} bulk_minor AS
        SELECT l.*, o.is_vat_included, {_round("l.exact * o.factor")} AS amount, {own} AS own,
            {_round("l.unit_cost * l.quantity * o.factor")} AS cost,
            (l.vat_rate * 100)::INTEGER AS vat
        FROM bulk_lines l JOIN bulk_orders o USING (ox)
    """
    worked = f"""
        CREATE TABLE worked_lines AS
        SELECT * EXCLUDE (paid, unit_cost, discount), {net} AS net, {listed} AS listed
        FROM (SELECT m.*, m.amount - m.own - {share} AS paid FROM bulk_minor m {shares})
    """
    return [
        minor,
        *([_SHARES] if has_whole_discount else []),
        worked,
        f"DROP {'TABLE' if has_whole_discount else 'VIEW'} bulk_minor",
        _SUMS,
        _ORDERS,
    ]


# The discount on the whole order over its products (without any: over its charges), as
# `rules._share_discount`: whole parts first, then one more for the largest remainders.
_SHARES = """
    CREATE TABLE bulk_shares AS
    WITH worth AS (
        SELECT ox, line, content, is_charge, amount - own AS worth,
            bool_or(NOT is_charge) OVER (PARTITION BY ox) AS has_products
        FROM bulk_minor WHERE amount - own > 0
    ), wanted AS (
        SELECT w.*, sum(worth) OVER (PARTITION BY ox)::BIGINT AS total,
            round(abs(o.discount) * o.factor)::BIGINT AS stated
        FROM worth w JOIN bulk_orders o USING (ox)
        WHERE o.discount <> 0 AND o.kind = 'sale' AND is_charge = NOT has_products
    ), exact AS (
        SELECT *, least(stated, total) AS discount,
            least(stated, total)::HUGEINT * worth // total AS whole,
            least(stated, total)::HUGEINT * worth % total AS remainder
        FROM wanted
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY ox ORDER BY remainder DESC, content, line) AS place,
            discount - sum(whole) OVER (PARTITION BY ox) AS odd
        FROM exact
    )
    SELECT ox, line, (whole + (place <= odd)::BIGINT)::BIGINT AS share FROM ranked
"""

_ASSUMED = f"net - ({_share('net', 'margin', '10000')})"

_SUMS = f"""
    CREATE TABLE bulk_sums AS
    SELECT ox, sum(amount)::BIGINT AS total, sum(exact) AS exact,
        coalesce(sum(net) FILTER (NOT is_charge), 0)::BIGINT AS revenue,
        coalesce(sum(net) FILTER (is_charge), 0)::BIGINT AS charges,
        coalesce(sum(listed - net) FILTER (NOT is_charge), 0)::BIGINT AS discount,
        coalesce(sum(coalesce(cost, {_ASSUMED})) FILTER (NOT is_charge), 0)::BIGINT AS cost,
        coalesce(bool_or(NOT is_charge AND cost IS NULL AND net <> 0), false) AS is_assumed,
        coalesce(bool_or(NOT is_charge AND quantity > 0 AND unit_price > 0), false) AS is_bought,
        round(coalesce(sum(quantity) FILTER (NOT is_charge), 0))::BIGINT AS units,
        count(*) AS lines
    FROM worked_lines GROUP BY ox
"""

_ORDERS = f"""
    CREATE TABLE worked_orders AS
    WITH stated AS (
        SELECT s.*, o.kind, o.is_vat_included, o.vat_rate,
            {_round("coalesce(abs(o.discount), 0) * o.factor")} AS whole_discount,
            {_round("coalesce(o.charges, 0) * o.factor")} AS whole_charges,
            {_round("coalesce(abs(o.refund), 0) * o.factor")} AS whole_refund,
            {_round("o.fees * o.factor")} AS fees
        FROM bulk_sums s JOIN bulk_orders o USING (ox)
    ), net AS (
        SELECT * EXCLUDE (charges), charges + CASE WHEN kind = 'sale' THEN
                {_without_vat("whole_charges", "vat_rate")} ELSE 0 END AS charges,
            CASE WHEN kind = 'sale' THEN
                greatest(0, least({_without_vat("whole_refund", "vat_rate")}, revenue))
                ELSE 0 END AS returned
        FROM stated
    )
    SELECT *, revenue + charges - cost
            - CASE WHEN kind = 'sale' THEN coalesce(fees, charges) ELSE charges END AS margin,
        CASE WHEN returned = 0 THEN 0
            ELSE returned - {_part_of("cost", "returned", "greatest(revenue, 1)")}
        END AS returned_margin,
        kind = 'sale' AND is_bought AS is_purchase
    FROM net
"""
