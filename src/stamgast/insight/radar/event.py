"""How purchases moved after an outside event: customers it touches against all others.

Who bought something in the past year buys less of it in the weeks after, whatever happens: that is
how they were chosen. So the same question is asked at earlier dates, when nothing happened: the
customers who were exposed then, their purchases in as many weeks after. What the event's own date
shows beyond those dates is what came with the event. It is an association: whatever else began in
those weeks and touched the same customers is in it.

Comparing with earlier dates is known as a placebo in time: Heckman and Hotz (1989), JASA 84,
862-874; Abadie, Diamond and Hainmueller (2015), American Journal of Political Science 59, 495-510.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy.stats import t as student

from stamgast.insight.engine import as_table
from stamgast.insight.tables import ORDERS, Column, business_day, check

LONGEST, SHORTEST = 8, 2  # weeks after the start that are looked at
EARLIER, FEWEST_EARLIER = 12, 4  # dates to compare with
FEWEST_PURCHASES = 20  # per group, at every date
YEAR = timedelta(days=364)
LEVEL = 0.95
EVERYONE = ("", "")

TOUCHED = (*ORDERS, Column("is_touched", "flag", "of what the event is about"))
GroupsOn = Callable[[date], Any]


@dataclass(frozen=True)
class Moved:
    """How the purchases of exposed customers moved, in one group or of everyone (both empty).

    `exposed` and `rest` are purchases over what earlier dates made expect; `difference` is how much
    the first lies above the second, as a share (-0.2: a fifth fewer purchases), with an interval of
    95 %. All are None where `reason` says why it is not known: `too_early`, `history_too_short`,
    `too_few_purchases`.
    """

    facet: str  # how customers were grouped, by the caller's name: "stage", "kind"
    group: str
    customers: int
    purchases: int
    expected: float | None
    exposed: float | None
    rest: float | None
    difference: float | None
    low: float | None
    high: float | None
    reason: str
    weeks: int
    earlier: int  # dates compared with


@dataclass(frozen=True)
class _Group:
    customers: int = 0
    before: int = 0
    after: int = 0


_Key = tuple[str, str]  # facet and group
_Counts = dict[tuple[_Key, bool], _Group]  # by group and whether exposed


def event_effect(
    orders: Any, *, starts_on: date, until: date, groups_on: Mapping[str, GroupsOn] | None = None
) -> list[Moved]:
    """Measure how purchases moved after an event; refuses nothing, but says what is not known.

    `orders` is the table of orders with the flag is_touched; `until` is the last day known. A
    purchase is an order with a product. `groups_on` says by facet how customers stood at the end of
    a day: `groups_on["stage"](day)` returns customer_id and group. Each group gets a row of its
    own. It is asked for the evening before the event and before each earlier date, so that a group
    is chosen on that date in the same way. Raises TableError when columns are missing.
    """
    asked = groups_on or {}
    table = _purchases(orders, until)
    weeks = min(LONGEST, (until + timedelta(days=1) - starts_on).days // 7)
    if weeks < SHORTEST:
        return [_unknown(EVERYONE, _count(table, starts_on, max(weeks, 0), {}), "too_early", 0)]
    span = timedelta(weeks=weeks)
    first: date | None = table.day.min().to_pyarrow().as_py()
    dates = [starts_on - span * n for n in range(1, EARLIER + 1)]
    dates = [day for day in dates if first is not None and day - YEAR >= first]
    if len(dates) < FEWEST_EARLIER:
        at_start = _count(table, starts_on, weeks, {})
        return [_unknown(EVERYONE, at_start, "history_too_short", weeks, len(dates))]
    at_start = _count(table, starts_on, weeks, asked)
    before = [_count(table, day, weeks, asked) for day in dates]
    groups = sorted({group for group, _ in at_start} | {EVERYONE})
    return [_moved(group, at_start, before, weeks) for group in groups]


def _purchases(orders: Any, until: date) -> ir.Table:
    table = check(as_table(orders), TOUCHED)
    bought = table.is_purchase.fill_null(True) if "is_purchase" in table.columns else True
    table = table.filter(bought, table.customer_id.notnull(), table.day <= business_day(until))
    return table.select("customer_id", "day", is_touched=table.is_touched.fill_null(False))


def _count(table: ir.Table, day: date, weeks: int, groups_on: Mapping[str, GroupsOn]) -> _Counts:
    """Count customers of the year before a day, and their purchases then and in the weeks after."""
    start, end = day - YEAR, day + timedelta(weeks=weeks)
    near = table.filter(table.day >= start, table.day < end)
    was = near.day < ibis.literal(day)
    people = near.group_by("customer_id").agg(
        before=was.sum(), after=(~was).sum(), is_exposed=(near.is_touched & was).any()
    )
    people = people.filter(people.before > 0)
    counts = _grouped(people.mutate(group=ibis.literal("")), "")
    for facet, stood_on in groups_on.items():
        groups = as_table(stood_on(day - timedelta(days=1))).select("customer_id", "group")
        counts |= _grouped(people.inner_join(groups, "customer_id"), facet)
    return counts


def _grouped(people: ir.Table, facet: str) -> _Counts:
    groups = people.group_by("group", "is_exposed").agg(
        customers=people.count(), before=people.before.sum(), after=people.after.sum()
    )
    return {
        ((facet, row["group"]), row["is_exposed"]): _Group(
            row["customers"], row["before"], row["after"]
        )
        for row in groups.to_pyarrow().to_pylist()
    }


def _moved(key: _Key, at_start: _Counts, earlier: list[_Counts], weeks: int) -> Moved:
    """Compare the event's own date with the earlier ones, in one group."""
    everyone = [at_start, *earlier]
    pairs = [[counts.get((key, side), _Group()) for counts in everyone] for side in (True, False)]
    if min(group.after for side in pairs for group in side) < FEWEST_PURCHASES:
        return _unknown(key, at_start, "too_few_purchases", weeks, len(earlier))
    after = np.array([[group.after for group in side] for side in pairs], dtype=float)
    before = np.array([[group.before for group in side] for side in pairs], dtype=float)
    kept = np.log(after / before)
    usual = kept[:, 1:].mean(axis=1)
    gap = kept[0] - kept[1]
    chance = (1 / after).sum(axis=0).mean()  # what counting alone would make the gaps differ
    spread = np.sqrt(max(gap[1:].var(ddof=1), chance) * (1 + 1 / len(earlier)))
    reach = student.ppf((1 + LEVEL) / 2, len(earlier) - 1) * spread
    moved = gap[0] - gap[1:].mean()
    expected = np.exp(usual) * before[:, 0]
    return Moved(
        facet=key[0],
        group=key[1],
        customers=pairs[0][0].customers,
        purchases=pairs[0][0].after,
        expected=float(expected[0]),
        exposed=float(after[0, 0] / expected[0]),
        rest=float(after[1, 0] / expected[1]),
        difference=float(np.expm1(moved)),
        low=float(np.expm1(moved - reach)),
        high=float(np.expm1(moved + reach)),
        reason="",
        weeks=weeks,
        earlier=len(earlier),
    )


def _unknown(key: _Key, counts: _Counts, reason: str, weeks: int, earlier: int = 0) -> Moved:
    group = counts.get((key, True), _Group())
    nothing = (None,) * 6
    return Moved(*key, group.customers, group.after, *nothing, reason, weeks, earlier)
