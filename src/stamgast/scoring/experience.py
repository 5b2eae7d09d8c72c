"""How customers fared with us, as the page on their experience shows it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.experience import (
    buying_again,
    complaints_by_month,
    deliveries_by_month,
    returns_by_month,
    scores_by_month,
)
from stamgast.scoring.bonds_evidence import OUR_SCALES, answers_of, contacts_of, has_rows
from stamgast.scoring.tables import as_day

Facts = dict[str, Any]
MONTHS = 25  # two whole years to compare, and the month that runs
DAYS = 730  # in which experiences are looked at


def experience(con: Any, folder: Path, orders: ir.Table, scored: ir.Table, *, as_of: date) -> Facts:
    """Return the facts "experience" of a summary, described in the README.

    `orders` are those of the feed in one currency, `scored` the table of scores with usual_interval
    of those who may be judged. What a shop does not record is an empty list.
    """
    since = as_of - timedelta(days=DAYS)
    bought = orders.filter(orders.is_purchase, orders.customer_id.notnull())
    found: Facts = {name: [] for name in ("deliveries", "complaints", "returns", "scores")}
    moments = []
    if has_rows(folder, "deliveries"):
        deliveries = con.create_table("deliveries", _deliveries(con, folder, orders))
        found["deliveries"] = _months(deliveries_by_month(deliveries, as_of=as_of))
        moments.append(_deliveries_told(deliveries))
    if has_rows(folder, "contacts"):
        contacts = contacts_of(con, folder)
        complaints = contacts.filter(contacts.kind == "complaint")
        found["complaints"] = _months(complaints_by_month(complaints, as_of=as_of))
        moments.append(_complaints_told(complaints))
    if has_rows(folder, "answers"):
        answers = _banded(answers_of(con, folder))
        scores = scores_by_month(answers, as_of=as_of)
        found["scores"] = _months(scores, per=len(OUR_SCALES))
        moments.append(_answers_told(answers))
    if has_rows(folder, "returns"):
        found["returns"] = _returns(con, folder, bought, as_of)
    found["buying_again"] = []
    if moments:
        told = reduce(lambda one, other: one.union(other), moments)
        told = con.create_table("moments", told.filter(told["day"] > since))
        intervals = scored.select("customer_id", usual_interval=scored.usual_interval_days)
        days = bought.select("customer_id", "day")
        again = buying_again(days, told, intervals, as_of=as_of)
        found["buying_again"] = [_rounded(asdict(one)) for one in again]
    return found


def _deliveries(con: Any, folder: Path, orders: ir.Table) -> ir.Table:
    raw = con.read_parquet(folder / "deliveries.parquet")
    told = raw.select(
        "order_id", promised_on=as_day(raw.promised_on), delivered_on=as_day(raw.delivered_on)
    )
    ours = orders.select("order_id", "customer_id")
    return told.inner_join(ours, "order_id").select("customer_id", "promised_on", "delivered_on")


def _returns(con: Any, folder: Path, bought: ir.Table, as_of: date) -> list[Facts]:
    raw = con.read_parquet(folder / "returns.parquet")
    returns = raw.select("order_id", day=as_day(raw.day))
    return _months(returns_by_month(bought, returns, as_of=as_of))


def _banded(answers: ir.Table) -> ir.Table:
    """Return the scores with the band each is in; satisfaction on ten points counts as on five."""
    told = answers.filter(answers.question.isin(list(OUR_SCALES)), answers.score.notnull())
    bands = [
        (
            told.question == question,
            ibis.cases(
                (told.score >= scale.good_from, "good"),
                (told.score >= scale.middling_from, "middling"),
                else_="poor",
            ),
        )
        for question, scale in OUR_SCALES.items()
    ]
    is_ten = told.question == "csat_10"
    return told.select(
        "customer_id",
        "day",
        question=ibis.ifelse(is_ten, "csat", told.question),
        score=ibis.ifelse(is_ten, told.score / 2, told.score),
        band=ibis.cases(*bands, else_=None),
    )


# What one may have fared well or badly with, each on the day on which that was known.


def _deliveries_told(deliveries: ir.Table) -> ir.Table:
    came = deliveries.filter(deliveries.delivered_on.notnull())
    return _of_kind(came, "delivery", came.delivered_on, came.delivered_on <= came.promised_on)


def _complaints_told(complaints: ir.Table) -> ir.Table:
    closed = complaints.filter(complaints.closed_on.notnull())
    in_time = (closed.closed_on <= closed.due_on).fill_null(True)
    return _of_kind(closed, "complaint", closed.closed_on, in_time & (closed.outcome != "none"))


def _answers_told(answers: ir.Table) -> ir.Table:
    clear = answers.filter(answers.band != "middling")
    return _of_kind(clear, clear.question + "_score", clear["day"], clear.band == "good")


def _of_kind(table: ir.Table, kind: Any, day: ir.Value, is_good: ir.Value) -> ir.Table:
    name = ibis.literal(kind) if isinstance(kind, str) else kind
    told = table.select(
        customer_id=table.customer_id.cast("int64"), kind=name, day=day, is_good=is_good
    )
    return told.filter(told.customer_id.notnull())


def _months(table: ir.Table, *, per: int = 1) -> list[Facts]:
    rows = table.order_by(table.month.desc()).limit(MONTHS * per).to_pyarrow().to_pylist()
    return [_rounded({**row, "month": f"{row['month']:%Y-%m}"}) for row in reversed(rows)]


def _rounded(row: Facts) -> Facts:
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in row.items()}
