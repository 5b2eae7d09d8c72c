"""Weekly purchases per series: the whole shop, and its parts by what an order tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from stamgast.insight.engine import as_table
from stamgast.insight.radar.expectation import Array
from stamgast.insight.radar.year import monday, whole_weeks
from stamgast.insight.tables import DIMENSIONS, Column, business_day, check

PURCHASES = (
    Column("day", "day", "business day of the purchases"),
    Column("purchases", "count", "how many; without it each row is one", is_optional=True),
    Column("is_first", "flag", "the first purchase of that customer", is_optional=True),
    Column("category", "text", "of the products bought", is_optional=True),
)
WHOLE_SHOP = ("", "")
BUYING = "buying"  # the facet of first purchases against those of known customers
# So many parts per facet are worth an alarm of their own, and only if they are neither nearly
# nothing nor nearly everything: what says the same as the whole would only cost alertness.
PARTS_PER_FACET = 6
LEAST_SHARE, GREATEST_SHARE = 0.02, 0.9
FEWEST_A_WEEK = 4.0
SHORTEST = 52  # weeks before anything can be said
TWO_YEARS = 104  # weeks before a season can be told from a trend
_RECENT = 104


@dataclass(frozen=True)
class Weeks:
    """Purchases per week (rows, oldest first) and series (columns); NaN before a series began."""

    weeks: list[date]  # Mondays
    series: list[tuple[str, str]]  # facet and value; the whole shop first
    purchases: Array


@dataclass(frozen=True)
class Unknown:
    """A series of which nothing can be said yet, and why.

    Reasons: `no_purchases`, `history_too_short`, `too_few_purchases`, `too_small_a_share`,
    `nearly_everything`, `too_many_parts`.
    """

    facet: str
    value: str
    reason: str
    weeks: int
    per_week: float


def weekly_purchases(
    table: Any, *, until: date, facets: Sequence[str] = DIMENSIONS, with_whole: bool = True
) -> ir.Table:
    """Add purchases up per week, for the whole and per value of each facet the table has.

    `table` has a row per purchase or, with the column purchases, per group of them. A facet of two
    flags, is_first, becomes `buying` with the values first and again. Only whole weeks up to the
    end of `until` count, from the first whole week on.

    Columns: facet and value (both empty for the whole), week (its Monday), purchases.
    Raises TableError when columns are missing or of another type.
    """
    table = check(as_table(table), (*PURCHASES, *(Column(n, "text", "", True) for n in facets)))
    table = table.filter(table.day <= business_day(until))
    many = table.purchases if "purchases" in table.columns else ibis.literal(1)
    rows = table.mutate(week=table.day.truncate("W"), purchases=many.cast("int64"))
    parts = [rows.mutate(facet=ibis.literal(""), value=ibis.literal(""))] if with_whole else []
    if "is_first" in table.columns:
        named = rows.filter(rows.is_first.notnull())
        word = ibis.ifelse(named.is_first, "first", "again")
        parts.append(named.mutate(facet=ibis.literal(BUYING), value=word))
    parts += [
        rows.mutate(facet=ibis.literal(name), value=rows[name].fill_null(""))
        for name in facets
        if name in table.columns
    ]
    if not parts:
        raise ValueError("the table has none of the facets")
    chosen = [part.select("facet", "value", "week", "purchases") for part in parts]
    together = ibis.union(*chosen) if len(chosen) > 1 else chosen[0]
    return together.group_by("facet", "value", "week").agg(purchases=together.purchases.sum())


def gather(counts: Any, *, until: date, first: date | None = None) -> Weeks:
    """Bring weekly purchases to one row per week and one column per series, without gaps.

    `first` is the first day known; by default the first week counts as whole. The whole shop comes
    first, then the parts by facet and by size. Raises TableError when columns are missing.
    """
    table = as_table(counts)
    rows = table.select("facet", "value", "week", "purchases").to_pyarrow().to_pylist()
    for row in rows:
        row["week"] = _as_date(row["week"])
    begun = first or min((row["week"] for row in rows), default=until)
    weeks = whole_weeks(begun, until)
    place = {week: n for n, week in enumerate(weeks)}
    found: dict[tuple[str, str], Array] = {}
    for row in rows:
        series = found.setdefault((row["facet"], row["value"]), np.zeros(len(weeks)))
        if row["week"] in place:
            series[place[row["week"]]] += row["purchases"]
    names = sorted(found, key=lambda name: (name[0], -found[name].sum(), name[1]))
    known = [_known(name, found[name]) for name in names]
    purchases = np.array(known).T.reshape(len(weeks), len(names))
    return Weeks(weeks, names, purchases)


def choose(weeks: Weeks) -> tuple[Weeks, list[Unknown]]:
    """Keep the series that can be watched; of the others say why nothing is known yet.

    Refuses nothing: a shop of which nothing can be said keeps no series. The whole shop stays first.
    """
    reasons = _reasons(weeks)
    if reasons.get(WHOLE_SHOP, "no_purchases"):
        left = Unknown(*WHOLE_SHOP, reasons.get(WHOLE_SHOP, "no_purchases"), len(weeks.weeks), 0.0)
        return Weeks(weeks.weeks, [], weeks.purchases[:, :0]), [left]
    kept = [n for n, name in enumerate(weeks.series) if not reasons[name]]
    unknown = [
        Unknown(*name, reasons[name], *_size(weeks.purchases[:, n]))
        for n, name in enumerate(weeks.series)
        if reasons[name] and name[1]
    ]
    chosen = Weeks(weeks.weeks, [weeks.series[n] for n in kept], weeks.purchases[:, kept])
    return chosen, unknown


def _reasons(weeks: Weeks) -> Mapping[tuple[str, str], str]:
    """Return per series why it cannot be watched; empty when it can."""
    recent = np.nansum(weeks.purchases[-_RECENT:], axis=0)
    whole = recent[weeks.series.index(WHOLE_SHOP)] if WHOLE_SHOP in weeks.series else 0.0
    found: dict[tuple[str, str], str] = {}
    parts: dict[str, int] = {}
    for n, (facet, value) in enumerate(weeks.series):
        long, per_week = _size(weeks.purchases[:, n])
        share = recent[n] / whole if whole else 0.0
        reason = ""
        if not recent[n]:
            reason = "no_purchases"
        elif long < SHORTEST:
            reason = "history_too_short"
        elif per_week < FEWEST_A_WEEK:
            reason = "too_few_purchases"
        elif facet and share < LEAST_SHARE:
            reason = "too_small_a_share"
        elif facet and share > GREATEST_SHARE:
            reason = "nearly_everything"
        elif facet and (not value or parts.get(facet, 0) >= PARTS_PER_FACET):
            reason = "too_many_parts"
        elif facet:
            parts[facet] = parts.get(facet, 0) + 1
        found[facet, value] = reason
    return found


def _size(series: Array) -> tuple[int, float]:
    """Return how many weeks a series is known, and its purchases a week in the last two years."""
    known = series[np.isfinite(series)]
    return len(known), float(known[-_RECENT:].mean()) if len(known) else 0.0


def _known(name: tuple[str, str], series: Array) -> Array:
    """Mark the weeks before the first purchase as not known.

    In the first year of a history nobody can tell a first purchase from the first one we know.
    """
    sold = np.flatnonzero(series)
    start = sold[0] if len(sold) else len(series)
    if name[0] == BUYING:
        start = max(start, SHORTEST)
    return np.where(np.arange(len(series)) < start, np.nan, series)


def _as_date(week: Any) -> date:
    return monday(week.date() if hasattr(week, "date") else week)
