"""What is one step better: dearer within the same category, within reach, and worth more to us."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from stamgast.insight.tables import BOUGHT, PRODUCTS, business_day, check

WITHIN = timedelta(days=365)
LEAST = 5  # customers who bought it
LOWEST, HIGHEST = 1.1, 2.0  # times the price of what they have
BEST = 5  # for one product


def prices(bought: ir.Table, *, as_of: date) -> ir.Table:
    """Return per product its buyers, and the price and margin of one piece, over the last year."""
    day = business_day(as_of)
    lines = check(bought, BOUGHT)
    lines = lines.filter(lines.day <= day, lines.day > day - WITHIN, lines.quantity > 0)
    found = lines.group_by("product_id").aggregate(
        buyers=lines.customer_id.nunique(),
        price=lines.revenue.sum() / lines.quantity.sum().cast("float64"),
        margin=lines.margin.sum() / lines.quantity.sum().cast("float64"),
    )
    return found.filter(found.price > 0)


def one_step_up(
    bought: ir.Table, products: ir.Table, *, as_of: date, least: int = LEAST
) -> ir.Table:
    """Return for each product the better ones of its category, the most likely margin first.

    Takes lines as `tables.BOUGHT` and products as `tables.PRODUCTS`. Columns: product_id, better_id,
    share (of the buyers in the category who bought the better one) and margin (of one piece). The
    better one costs a tenth more to twice as much, brings more margin, and was bought by `least`
    customers in the last year.

    One step and not the top: people take the option in between sooner than the extreme (Simonson
    1989, the compromise effect).
    """
    sold = prices(bought, as_of=as_of).join(check(products, PRODUCTS), "product_id")
    sold = sold.filter(sold.category != "")
    sold = sold.mutate(
        share=sold.buyers / sold.buyers.sum().over(ibis.window(group_by=sold.category))
    )
    better = sold.view()
    pairs = sold.join(
        better,
        [
            sold.category == better.category,
            better.price >= sold.price * LOWEST,
            better.price <= sold.price * HIGHEST,
            better.margin > sold.margin,
            better.buyers >= least,
        ],
    ).select(
        product_id=sold.product_id,
        better_id=better.product_id,
        share=better.share,
        margin=better.margin,
    )
    best = ibis.window(
        group_by=pairs.product_id,
        order_by=[(pairs.share * pairs.margin).desc(), pairs.better_id],
    )
    pairs = pairs.mutate(nth=ibis.row_number().over(best)).filter(ibis._.nth < BEST)
    return pairs.drop("nth")
