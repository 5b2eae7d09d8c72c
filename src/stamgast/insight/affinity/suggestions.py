"""What to suggest to each customer, at most two of a kind, each with the product that is the reason."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from stamgast.insight.affinity.again import runs_out
from stamgast.insight.affinity.step_up import one_step_up, prices
from stamgast.insight.affinity.together import bought_together
from stamgast.insight.tables import PRODUCTS, check

MOST = 2  # of one kind, for one customer
RECENT = timedelta(days=180)  # what they bought lately is the reason to suggest what goes with it
A_YEAR = timedelta(days=365)
SOON, LATE = timedelta(days=30), timedelta(days=14)  # around the day on which something runs out


def suggest(bought: ir.Table, products: ir.Table, *, as_of: date, least: int = 5) -> ir.Table:
    """Return what may suit each customer, ranked by the margin to expect of it.

    Takes lines as `tables.BOUGHT` and products as `tables.PRODUCTS`. Columns: customer_id, kind
    (again, together, step_up), place (1 is best), product_id, because_id (what they bought), worth
    (share that buys it times its margin), and of what runs out due_on and days. Nothing that is not
    for sale; nothing that they have, but for what is bought again.
    """
    sold = prices(bought, as_of=as_of)
    on_sale = check(products, PRODUCTS)
    on_sale = on_sale.filter(on_sale.is_for_sale).select("product_id")
    every = (
        _again(bought, sold, as_of, least)
        .union(_together(bought, sold, as_of, least))
        .union(_better(bought, products, as_of, least))
    )
    every = every.semi_join(on_sale, "product_id")
    best = ibis.window(
        group_by=[every.customer_id, every.kind],
        order_by=[every.worth.desc(), every.product_id],
    )
    ranked = every.mutate(place=ibis.row_number().over(best) + 1)
    return ranked.filter(ranked.place <= MOST)


def _again(bought: ir.Table, sold: ir.Table, as_of: date, least: int) -> ir.Table:
    due = runs_out(bought, as_of=as_of, least=least)
    due = due.filter(due.due_on >= as_of - LATE, due.due_on <= as_of + SOON)
    found = due.join(sold, "product_id")
    return found.select(
        "customer_id",
        kind=ibis.literal("again"),
        product_id=found.product_id,
        because_id=found.product_id,
        worth=found.margin,
        due_on=found.due_on,
        days=found.days,
    )


def _together(bought: ir.Table, sold: ir.Table, as_of: date, least: int) -> ir.Table:
    pairs = bought_together(bought, as_of=as_of, least=least)
    worth = sold.select(other_id="product_id", margin="margin")
    pairs = pairs.join(worth, "other_id")
    found = _lately(bought, as_of, RECENT).join(pairs, "product_id")
    return _not_owned(
        bought, found, other=found.other_id, kind="together", worth=found.share * found.margin
    )


def _better(bought: ir.Table, products: ir.Table, as_of: date, least: int) -> ir.Table:
    steps = one_step_up(bought, products, as_of=as_of, least=least)
    found = _lately(bought, as_of, A_YEAR).join(steps, "product_id")
    return _not_owned(
        bought, found, other=found.better_id, kind="step_up", worth=found.share * found.margin
    )


def _lately(bought: ir.Table, as_of: date, within: timedelta) -> ir.Table:
    lately = bought.filter(bought.day <= as_of, bought.day > as_of - within)
    return lately.select("customer_id", "product_id").distinct()


def _not_owned(
    bought: ir.Table, found: ir.Table, *, other: ir.Value, kind: str, worth: ir.Value
) -> ir.Table:
    """Leave out what a customer has; of several reasons for one product the best is told."""
    rows = found.select("customer_id", product_id=other, because_id=found.product_id, worth=worth)
    owned = bought.select("customer_id", "product_id").distinct()
    rows = rows.anti_join(owned, ["customer_id", "product_id"])
    best = ibis.window(
        group_by=[rows.customer_id, rows.product_id],
        order_by=[rows.worth.desc(), rows.because_id],
    )
    rows = rows.mutate(nth=ibis.row_number().over(best)).filter(ibis._.nth == 0)
    return rows.select(
        "customer_id",
        kind=ibis.literal(kind),
        product_id=rows.product_id,
        because_id=rows.because_id,
        worth=rows.worth,
        due_on=ibis.null("date"),
        days=ibis.null("int64"),
    )
