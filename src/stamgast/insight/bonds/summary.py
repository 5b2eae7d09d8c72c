"""The base as a whole: attitude against buying, how much is known, and which bonds end when."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ..engine import as_table
from ..tables import business_day
from .contract import ATTITUDE
from .two_axes import ENOUGH, KINDS

UNSEEN = 0.1  # coverage


def matrix(loyalty: Any, *, enough: float = ENOUGH) -> ir.Table:
    """Return attitude against buying: up to nine cells with customers and margin.

    `loyalty` is what the function of that name returned. An axis is `high` for a customer when its
    chance reaches `enough`, `low` when the opposite does, and `unclear` between. Lazy.

    Columns: attitude, buying (low, unclear or high); customers; margin_365 (NULL when unknown of
    all); and what is expected whether clear or not: the sums of the chances true, latent, spurious
    and none. Cells without customers have no row.
    Raises TableError when columns are missing or of another type.
    """
    table = as_table(loyalty)
    cells = table.mutate(
        attitude=_level(table.p_attitude, enough), buying=_level(table.p_buying, enough)
    )
    grouped = cells.group_by("attitude", "buying").agg(
        customers=cells.count(),
        margin_365=cells.margin_365.sum(),
        **{kind: cells[f"p_{kind}"].sum() for kind in KINDS[:-1]},
    )
    return grouped.order_by("attitude", "buying")


def kinds(loyalty: Any) -> ir.Table:
    """Return the kinds of loyalty in the base, the most customers first. Lazy.

    Columns: kind, subtype (NULL but for spurious), customers, share (of all customers), margin_365,
    ending (customers with a bond whose end is known). The row of kind `unknown` is what we do not
    know yet; the chances of its customers are in `matrix`.
    Raises TableError when columns are missing or of another type.
    """
    table = as_table(loyalty)
    grouped = table.group_by("kind", "subtype").agg(
        customers=table.count(),
        margin_365=table.margin_365.sum(),
        ending=table.ends_on.notnull().sum(),
    )
    whole = ibis.window()
    shares = grouped.mutate(
        share=grouped.customers.cast("float64") / grouped.customers.sum().over(whole)
    )
    shares = shares.select("kind", "subtype", "customers", "share", "margin_365", "ending")
    return shares.order_by(shares.customers.desc(), "kind", "subtype")


def knowledge(loyalty: Any) -> ir.Table:
    """Return one row on how much is known: what a page on the whole base begins with. Lazy.

    Columns: customers; known (a kind is named); known_share; attitude_unseen (less than a tenth of
    what could be seen of their attitude was: no answer that still counts); true_share, the mean
    chance of true loyalty over all customers.
    Raises TableError when columns are missing or of another type.
    """
    table = as_table(loyalty)
    is_known = table.kind != "unknown"
    return table.aggregate(
        customers=table.count(),
        known=is_known.sum(),
        known_share=is_known.sum().cast("float64") / table.count().nullif(0),
        attitude_unseen=(table.attitude_coverage < UNSEEN).sum(),
        true_share=table.p_true.mean(),
    )


def endings(posteriors: Any, loyalty: Any, *, as_of: date) -> ir.Table:
    """Return which bonds end in which month, with whom and what margin goes with them. Lazy.

    Takes what the functions of those names returned, for the same day. The emotional bond has no
    end of its own and is left out. Columns: month (its first day), bond, customers, not_loyal (of
    those, who stay but are not loyal), margin_365, margin_not_loyal. A customer whose two bonds end
    in a month counts in both rows.
    Raises TableError when columns are missing or of another type.
    """
    bonds, people = as_table(posteriors), as_table(loyalty)
    ending = bonds.filter(bonds.ends_on > business_day(as_of), bonds.bond != ATTITUDE)
    known = people.select("customer_id", "kind", "margin_365")
    rows = ending.select("customer_id", "bond", "ends_on").left_join(known, "customer_id")
    is_not_loyal = (rows.kind == "spurious").fill_null(False)
    grouped = rows.group_by(month=rows.ends_on.truncate("M").cast("date"), bond=rows.bond).agg(
        customers=rows.count(),
        not_loyal=is_not_loyal.sum(),
        margin_365=rows.margin_365.sum(),
        margin_not_loyal=rows.margin_365.sum(where=is_not_loyal),
    )
    return grouped.order_by("month", "bond")


def _level(chance: ir.FloatingColumn, enough: float) -> ir.StringColumn:
    return ibis.cases((chance >= enough, "high"), (chance <= 1 - enough, "low"), else_="unclear")
