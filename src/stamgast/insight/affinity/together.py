"""Which products go together: who bought the one, bought the other more often than others did."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from stamgast.insight.tables import BOUGHT, business_day, check

WITHIN = timedelta(days=730)
MOST_EACH = 30  # products of one customer that are paired, the latest first
LEAST = 5  # customers who bought both
PRIOR = 20.0  # customers' worth of "as everybody"
LEAST_LIFT = 1.5
BEST = 20  # that go with one product


def bought_together(
    bought: ir.Table, *, as_of: date, least: int = LEAST, prior: float = PRIOR
) -> ir.Table:
    """Return for each product those that go with it, the likeliest first.

    Takes lines as `tables.BOUGHT`; counts customers, not orders, within two years. Columns:
    product_id, other_id, buyers (of both), share (of the buyers of the one who buy the other) and
    lift (that share against the share of everybody). A pair needs `least` customers, and a share
    half as large again as everybody's.

    Support and confidence follow Agrawal, Imieliński and Swami (1993), lift Brin, Motwani, Ullman
    and Tsur (1997). A pair of few customers says little: its share is drawn towards everybody's as
    if `prior` more customers had bought like everybody, the m-estimate of Cestnik (1990). Pairs are
    made per customer of their latest thirty products, so that work and memory grow with the number
    of customers and not with the square of what a wholesaler bought.
    """
    day = business_day(as_of)
    lines = check(bought, BOUGHT)
    lines = lines.filter(lines.day <= day, lines.day > day - WITHIN)
    owned = lines.group_by("customer_id", "product_id").aggregate(last=lines.day.max())
    latest = ibis.window(group_by=owned.customer_id, order_by=[owned.last.desc(), owned.product_id])
    owned = owned.mutate(nth=ibis.row_number().over(latest)).filter(ibis._.nth < MOST_EACH)
    buyers = owned.group_by("product_id").aggregate(n=owned.count())
    other = owned.view()
    pairs = owned.join(
        other,
        [owned.customer_id == other.customer_id, owned.product_id != other.product_id],
    ).select(product_id=owned.product_id, other_id=other.product_id)
    both = pairs.group_by("product_id", "other_id").aggregate(buyers=pairs.count())
    both = both.filter(both.buyers >= least)
    theirs = buyers.rename(other_id="product_id", other_n="n")
    counted = both.join(buyers, "product_id").join(theirs, "other_id")
    counted = counted.cross_join(owned.aggregate(everybody=owned.customer_id.nunique()))
    usual = counted.other_n / counted.everybody
    share = (counted.buyers + prior * usual) / (counted.n + prior)
    found = counted.select("product_id", "other_id", "buyers", share=share, lift=share / usual)
    found = found.filter(found.lift >= LEAST_LIFT)
    best = ibis.window(group_by=found.product_id, order_by=[found.share.desc(), found.other_id])
    found = found.mutate(nth=ibis.row_number().over(best)).filter(ibis._.nth < BEST)
    return found.drop("nth")
