"""How customers fared with a shop, and whether they bought again afterwards.

Promised against actual delivery, complaints until their end, returns, and scores, by month; and the
share that buys again within their usual time after a good and after a bad experience. That last is
an association: who orders more also meets more late parcels, and nobody drew lots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import ibis
import ibis.expr.types as ir

from .engine import as_table
from .tables import Column, business_day, check

DELIVERIES = (
    Column("customer_id", "id", "who ordered; empty for an anonymous sale"),
    Column("promised_on", "day", "promised day of delivery"),
    Column("delivered_on", "day", "day on which it came; empty while it did not"),
)
COMPLAINTS = (
    Column("customer_id", "id", "who"),
    Column("day", "day", "business day of the complaint"),
    Column("due_on", "day", "to be closed by; empty without a deadline"),
    Column("closed_on", "day", "empty while open"),
)
RETURNS = (
    Column("order_id", "id", "the order that something came back of"),
    Column("day", "day", "business day on which it came back"),
)
ORDERED = (
    Column("order_id", "id", "the order"),
    Column("day", "day", "business day of the order"),
)
SCORES = (
    Column("question", "text", "which question"),
    Column("day", "day", "business day of the answer"),
    Column("score", "number", "on the scale of the question"),
    Column("band", "text", "good, middling or poor"),
)
MOMENTS = (
    Column("customer_id", "id", "who"),
    Column("kind", "text", "what kind of experience"),
    Column("day", "day", "business day of it"),
    Column("is_good", "flag", "as promised, or as hoped"),
)
FEWEST = 20  # moments of either sort, and customers, before a difference is told


def deliveries_by_month(deliveries: Any, *, as_of: date) -> ir.Table:
    """Return by month of the promised day how many came late, and by how many days. Lazy.

    Deliveries promised after as_of are left out; one that did not come counts as late from the day
    after it was promised. Columns: month, due, late, share_late, days_late (mean of those that came
    late, NULL without). Refuses missing columns with TableError.
    """
    table = check(as_table(deliveries), DELIVERIES)
    day = ibis.literal(business_day(as_of))
    due = table.filter(table.promised_on.notnull(), table.promised_on <= day)
    came = due.mutate(came=ibis.ifelse(due.delivered_on <= day, due.delivered_on, None))
    is_late = (came.came > came.promised_on) | (came.came.isnull() & (came.promised_on < day))
    told = came.mutate(is_late=is_late.fill_null(False))
    grouped = told.group_by(month=told.promised_on.truncate("M").cast("date")).agg(
        due=told.count(),
        late=told.is_late.sum(),
        share_late=told.is_late.cast("float64").mean(),
        days_late=told.came.delta(told.promised_on, unit="day")
        .cast("float64")
        .mean(where=told.is_late),
    )
    return grouped.order_by("month")


def complaints_by_month(complaints: Any, *, as_of: date) -> ir.Table:
    """Return by month of the complaint how many were closed, in time, and after how long. Lazy.

    Columns: month, complaints, closed, due (with a deadline that has passed, or closed with one),
    in_time (of those), share_in_time, days_to_close (mean), still_open. Refuses missing columns
    with TableError.
    """
    table = check(as_table(complaints), COMPLAINTS)
    day = ibis.literal(business_day(as_of))
    told = table.filter(table["day"] <= day)
    closed = ibis.ifelse(told.closed_on <= day, told.closed_on, None)
    told = told.mutate(ended=closed)
    is_due = told.due_on.notnull() & (told.ended.notnull() | (told.due_on < day))
    is_in_time = is_due & (told.ended <= told.due_on).fill_null(False)
    told = told.mutate(is_due=is_due.fill_null(False), is_in_time=is_in_time.fill_null(False))
    grouped = told.group_by(month=told["day"].truncate("M").cast("date")).agg(
        complaints=told.count(),
        closed=told.ended.notnull().sum(),
        due=told.is_due.sum(),
        in_time=told.is_in_time.sum(),
        days_to_close=told.ended.delta(told["day"], unit="day").cast("float64").mean(),
        still_open=told.ended.isnull().sum(),
    )
    share = grouped.in_time / grouped.due.nullif(0)
    return grouped.mutate(share_in_time=share).order_by("month")


def returns_by_month(orders: Any, returns: Any, *, as_of: date) -> ir.Table:
    """Return by month of the order how many saw something come back, and after how many days. Lazy.

    Columns: month, orders, returned, share_returned, days_to_return (mean to the first return, NULL
    without). Young months will still see returns. Refuses missing columns with TableError.
    """
    ordered = check(as_table(orders), ORDERED)
    back = check(as_table(returns), RETURNS)
    day = ibis.literal(business_day(as_of))
    back = back.filter(back["day"] <= day)
    first = back.group_by("order_id").agg(back_on=back["day"].min())
    told = ordered.filter(ordered["day"] <= day).select("order_id", "day")
    told = told.left_join(first, "order_id").drop("order_id_right")
    grouped = told.group_by(month=told["day"].truncate("M").cast("date")).agg(
        orders=told.count(),
        returned=told.back_on.notnull().sum(),
        share_returned=told.back_on.notnull().cast("float64").mean(),
        days_to_return=told.back_on.delta(told["day"], unit="day").cast("float64").mean(),
    )
    return grouped.order_by("month")


def scores_by_month(scores: Any, *, as_of: date) -> ir.Table:
    """Return by month and question how many answered, their mean, and both ends of the scale. Lazy.

    Columns: month, question, answers, mean, good, poor (shares), and net = good - poor with its
    standard error: of the question whether they recommend the shop, that is the Net Promoter Score
    as a share. Refuses missing columns with TableError.
    """
    table = check(as_table(scores), SCORES)
    told = table.filter(table["day"] <= business_day(as_of), table.score.notnull())
    month = told["day"].truncate("M").cast("date")
    grouped = told.group_by("question", month=month).agg(
        answers=told.count(),
        mean=told.score.cast("float64").mean(),
        good=(told.band == "good").cast("float64").mean(),
        poor=(told.band == "poor").cast("float64").mean(),
    )
    net = grouped.good - grouped.poor
    error = ((grouped.good + grouped.poor - net * net) / grouped.answers).sqrt()
    grouped = grouped.mutate(net=net, standard_error=error)
    return grouped.order_by("question", "month")


@dataclass(frozen=True)
class BuyingAgain:
    """The share that bought again in their usual time, after a good and after a bad experience.

    `low` and `high` bound the difference (bad less good); they are None while too few were seen.
    """

    kind: str
    good_moments: int
    good_share: float | None
    bad_moments: int
    bad_share: float | None
    customers: int
    difference: float | None
    low: float | None
    high: float | None
    level: float


def buying_again(
    purchases: Any, moments: Any, intervals: Any, *, as_of: date, level: float = 0.95
) -> list[BuyingAgain]:
    """Compare, per kind of moment, who bought again after a good and after a bad one.

    `purchases` has customer_id and day, `moments` the columns of MOMENTS, `intervals` customer_id
    and usual_interval (days; customers without one are left out). Buying again is a purchase after
    the day of the moment, within that time; moments whose time has not passed are left out. The
    interval of the difference allows for several moments of one customer. Executes one aggregate.
    Refuses missing columns with TableError, and a level outside 0..1 with ValueError.
    """
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    told = _whether_again(check(as_table(moments), MOMENTS), purchases, intervals, as_of)
    good, bad = told.is_good, ~told.is_good
    per = told.group_by("kind", "customer_id").agg(
        ng=good.sum().cast("float64"),
        yg=(good & told.is_again).sum().cast("float64"),
        nb=bad.sum().cast("float64"),
        yb=(bad & told.is_again).sum().cast("float64"),
    )
    names = ("ng", "yg", "nb", "yb")
    products = {
        f"{one}_{other}": (per[one] * per[other]).sum()
        for place, one in enumerate(names)
        for other in names[place:]
    }
    sums = {name: per[name].sum() for name in names}
    grouped = per.group_by("kind").agg(customers=per.count(), **sums, **products)
    rows = grouped.order_by("kind").to_pyarrow().to_pylist()
    return [_compared(row, level) for row in rows]


def _whether_again(moments: ir.Table, purchases: Any, intervals: Any, as_of: date) -> ir.Table:
    """Return the moments whose time has passed, each with whether a purchase came within it."""
    usual = as_table(intervals).select("customer_id", "usual_interval")
    known = moments.inner_join(usual.filter(usual.usual_interval.notnull()), "customer_id")
    span = known.usual_interval.cast("float64").ceil().cast("int64")
    known = known.select("customer_id", "kind", "day", "is_good", span=span)
    age = ibis.literal(business_day(as_of)).delta(known["day"], unit="day")
    known = known.filter(known.kind.notnull(), known.is_good.notnull(), age >= known.span)
    bought = as_table(purchases).select("customer_id", "day").semi_join(known, "customer_id")
    # In one row of time, backwards: of each moment the purchase seen last is the next one.
    empty = {"kind": "string", "is_good": "boolean", "span": "int64"}
    rows = bought.mutate(
        bought_on=bought["day"], **{name: ibis.null(kind) for name, kind in empty.items()}
    )
    both = known.mutate(bought_on=ibis.null("date")).select(
        "customer_id", "day", "bought_on", "kind", "is_good", "span"
    )
    both = both.union(rows.select(*both.columns))
    own = ibis.cumulative_window(
        group_by="customer_id", order_by=[both["day"].desc(), both.kind.notnull().desc()]
    )
    both = both.mutate(next_on=both.bought_on.min().over(own))
    told = both.filter(both.kind.notnull())
    gap = told.next_on.delta(told["day"], unit="day")
    return told.select(
        "customer_id", "kind", "is_good", is_again=(gap <= told.span).fill_null(False)
    )


def _compared(row: dict[str, Any], level: float) -> BuyingAgain:
    """Turn the sums of one kind into two shares and the interval of their difference.

    Each customer adds e = (y - p n) / N to a share p = Y / N; the variance of the difference is the
    sum over customers of the squared difference of both, times c / (c - 1).
    """
    good, bad, customers = row["ng"], row["nb"], row["customers"]
    share_good = row["yg"] / good if good else None
    share_bad = row["yb"] / bad if bad else None
    difference = low = high = None
    if share_good is not None and share_bad is not None:
        difference = share_bad - share_good
        if min(good, bad, customers) >= FEWEST:
            reach = NormalDist().inv_cdf(0.5 + level / 2) * _error(row, share_good, share_bad)
            low, high = max(difference - reach, -1.0), min(difference + reach, 1.0)
    return BuyingAgain(
        kind=row["kind"],
        good_moments=int(good),
        good_share=share_good,
        bad_moments=int(bad),
        bad_share=share_bad,
        customers=customers,
        difference=difference,
        low=low,
        high=high,
        level=level,
    )


def _error(row: dict[str, Any], share_good: float, share_bad: float) -> float:
    weights = {
        "yb": 1 / row["nb"],
        "nb": -share_bad / row["nb"],
        "yg": -1 / row["ng"],
        "ng": share_good / row["ng"],
    }
    names = ("ng", "yg", "nb", "yb")
    variance = sum(
        (1 if one == other else 2) * weights[one] * weights[other] * row[f"{one}_{other}"]
        for place, one in enumerate(names)
        for other in names[place:]
    )
    customers = row["customers"]
    return math.sqrt(max(variance, 0.0) * customers / (customers - 1))
