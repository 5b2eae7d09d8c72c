"""From the feed's days to the radar's weeks: `insight.radar` on DuckDB, without Django."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight import engine
from stamgast.insight.radar import (
    Alarm,
    Watched,
    delays,
    event_effect,
    gather,
    shares,
    usual_holidays,
    watch,
    weekly_purchases,
)
from stamgast.insight.tables import DIMENSIONS
from stamgast.scoring.then import Then
from stamgast.scoring.touches import Touches
from stamgast.signals.rules import FoundAlarm

KEPT_WEEKS = 130  # of each series, for the pictures
PATHS = 100  # simulated futures behind the time in which a drop is noticed
MOST_UNKNOWN = 60
A_YEAR = timedelta(days=364)
LISTS = ("expected", "low", "high", "actual", "evidence")

# Margin of a purchase in minor units, and whether some of it rests on a rate; by facet and value.
Worth = dict[tuple[str, str], tuple[float, bool]]


@dataclass(frozen=True)
class Look:
    """What one look of the radar found, as plain values."""

    until: date
    facts: dict[str, Any]
    series: list[tuple[str, str, dict[str, Any]]]
    alarms: list[FoundAlarm]


def connect(folder: Path, *, memory: str, threads: int) -> Any:
    """Open an engine of set memory and threads that spills into the folder."""
    return engine.connect(memory=memory, threads=threads, scratch=folder)


def look(con: Any, folder: Path, *, last: date, currency: str) -> Look:
    """Watch the purchases in `folder`; `last` is the last day that may count.

    Reads purchases.parquet and categories.parquet. A day counts once an order of a later day is
    known, since the orders of the day itself may not all be there yet.
    """
    sold, categories = _typed(con, folder)
    ends = sold.aggregate(first=sold.day.min(), last=sold.day.max(where=sold.day <= last))
    first, newest = ends.to_pyarrow().to_pylist()[0].values()
    until = min(last, (newest or last) - timedelta(days=1))
    first = min(first, until)
    counts = weekly_purchases(sold, until=until).union(
        weekly_purchases(categories, until=until, facets=("category",), with_whole=False)
    )
    weeks = gather(counts, until=until, first=first)
    days = usual_holidays(range(first.year, until.year + 2))
    watched = watch(weeks, holidays=days)
    worth = _worth(sold, until, currency)
    return Look(
        until=until,
        facts=_facts(watched),
        series=[_series(watched, place, days) for place in range(len(watched.weeks.series))],
        alarms=[_found(alarm, worth) for alarm in watched.alarms],
    )


def _typed(con: Any, folder: Path) -> tuple[ir.Table, ir.Table]:
    """Type the feed's files: SQLite knows neither days nor booleans."""
    raw = con.read_parquet(folder / "purchases.parquet")
    sold = raw.select(
        *DIMENSIONS,
        "currency",
        day=_day(raw.day),
        is_first=raw.is_first.cast("boolean"),
        **{name: raw[name].cast("int64") for name in ("purchases", "margin_minor", "assumed")},
    )
    bought = con.read_parquet(folder / "categories.parquet")
    text = bought.category.cast("string")
    categories = bought.select(
        day=_day(bought.day), category=text, purchases=bought.purchases.cast("int64")
    )
    return con.create_table("sold", sold), con.create_table("sold_categories", categories)


def _day(column: ir.Value) -> ir.Value:
    """Read a day; a column without a single value arrives from SQLite as whole numbers."""
    return ibis.null("date") if column.type().is_integer() else column.cast("date")


def _facts(watched: Watched) -> dict[str, Any]:
    return {
        "limit": watched.limit,
        "weeks": len(watched.weeks.weeks),
        "has_season": watched.has_season,
        "gaps": [gap.isoformat() for gap in watched.gaps],
        "unknown": [asdict(one) for one in watched.unknown[:MOST_UNKNOWN]],
    }


def _series(
    watched: Watched, place: int, holidays: Mapping[str, list[date]]
) -> tuple[str, str, dict[str, Any]]:
    """Return the weeks of one series as plain lists, and how soon a drop would be noticed."""
    facet, value = watched.weeks.series[place]
    long = len(watched.weeks.weeks)
    kept = min(long, KEPT_WEEKS)
    rows = watched.table.slice((place + 1) * long - kept, kept)
    lists = {name: [_plain(one) for one in rows[name].to_pylist()] for name in LISTS}
    assert watched.bank is not None
    noticed = delays(
        watched.bank,
        place,
        share=float(shares(len(watched.weeks.series))[place]),
        last_week=watched.weeks.weeks[-1],
        holidays=holidays,
        limit=watched.limit,
        paths=PATHS,
    )
    first = rows["week"][0].as_py().isoformat()
    return facet, value, {"first": first, **lists, "delays": [asdict(one) for one in noticed]}


def _plain(number: float) -> float | None:
    """Return a figure as it is kept; what is not known is None."""
    return None if math.isnan(number) else round(number, 2)


def _worth(sold: ir.Table, until: date, currency: str) -> Worth:
    """Return the margin of a purchase in the year before, per part of the shop and as a whole."""
    year = sold.filter(sold.day > until - A_YEAR, sold.day <= until, sold.currency == currency)
    found: Worth = {}
    for facet in ("", *DIMENSIONS):
        groups = year.mutate(value=year[facet] if facet else ibis.literal("")).group_by("value")
        rows = groups.agg(
            margin=year.margin_minor.sum(),
            purchases=year.purchases.sum(),
            guessed=year.assumed.sum(),
        )
        for row in rows.to_pyarrow().to_pylist():
            if row["purchases"]:
                found[facet, row["value"]] = (
                    row["margin"] / row["purchases"],
                    bool(row["guessed"]),
                )
    return found


def _found(alarm: Alarm, worth: Worth) -> FoundAlarm:
    """Return an alarm as it is kept, with what the purchases missed were worth on average."""
    of_shop = worth.get(("", ""), (0.0, False))
    margin, is_assumed = worth.get((alarm.facet, alarm.value), of_shop)
    loss = {name: round(one, 4) for name, one in asdict(alarm.loss).items()}
    facts = {**loss, "margin_minor": round(margin), "is_margin_assumed": is_assumed}
    return FoundAlarm(alarm.facet, alarm.value, alarm.raised, alarm.since, facts)


def measure(
    con: Any, folder: Path, touches: Touches, *, until: date, currency: str
) -> list[dict[str, Any]]:
    """Measure how purchases moved after an event: everyone first, then per kind of loyalty and stage.

    Reads orders.parquet, objectors.parquet and what tells of bonds, and products.parquet for an
    event about products. Customers who object to profiling are counted among everyone, and are in
    no group.
    """
    orders = _purchases(con, folder, touches)
    starts_on = touches.starts_on
    groups: dict[str, Callable[[date], ir.Table]] = {}
    if orders.filter(orders.day < ibis.literal(starts_on)).count().execute():
        then = Then.of(con, folder, before=starts_on, currency=currency)
        groups = {"stage": then.stages_on, "kind": then.kinds_on}
    moved = event_effect(orders, starts_on=starts_on, until=until, groups_on=groups)
    return [asdict(one) for one in moved]


def _purchases(con: Any, folder: Path, touches: Touches) -> ir.Table:
    """Return the purchases of named customers, and whether each is what the event is about."""
    raw = con.read_parquet(folder / "orders.parquet")
    raw = raw.filter(raw.is_purchase.cast("boolean"), raw.customer_id.notnull())
    orders = raw.select("order_id", "customer_id", "country", day=_day(raw.day))
    is_held = ibis.literal(True)
    if touches.skus or touches.categories:
        lines = con.read_parquet(folder / "products.parquet")
        wanted = lines.filter(
            lines.sku.isin(touches.skus or [""]) | lines.category.isin(touches.categories or [""])
        )
        held = wanted.select("order_id").distinct().mutate(is_held=True)
        orders = orders.left_join(held, "order_id").drop("order_id_right")
        is_held = orders.is_held.fill_null(False)
    in_country = orders.country.isin(touches.countries) if touches.countries else ibis.literal(True)
    table = orders.mutate(is_touched=is_held & in_country)
    table = table.select("customer_id", "day", "is_touched")
    return con.create_table("touched_orders", table, overwrite=True)
