"""From the feed's files to scores and summaries: `insight` on DuckDB, without Django.

Everything per customer stays in the engine, from Parquet file to Parquet file; Python sees the
summaries and the parameters of the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight import engine
from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import fit_rhythm, stages
from stamgast.insight.next_step import next_steps
from stamgast.insight.purchases import visits as visits_of
from stamgast.insight.rfm import rfm_scores
from stamgast.kernel import minor_digits
from stamgast.scoring.bonds import judge, write
from stamgast.scoring.bonds_summary import sum_up
from stamgast.scoring.errors import BeforeFirstOrder, EngineFull
from stamgast.scoring.experience import experience
from stamgast.scoring.followed import follow
from stamgast.scoring.forecast import Forecast, forecast
from stamgast.scoring.summaries import summarise
from stamgast.scoring.tables import FACETS, as_day, orders_of

Progress = Callable[[float, str], None]

# Facts that nothing here asks for, and that cost a sort of all intervals.
UNASKED = ("median_interval_days", "mean_interval_days", "last_interval_days")


@dataclass(frozen=True)
class Findings:
    """What one calculation found, beside the file of scores: summaries by (facet, value)."""

    as_of: date
    orders_until: datetime | None
    summaries: dict[tuple[str, str], dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict)


def warm_up() -> None:
    """Load what a calculation loads on the way, while the feed is still being read."""
    import scipy.optimize  # noqa: F401

    engine.connect().create_table("warm", ibis.memtable({"up": [1]})).to_pyarrow()


@contextmanager
def within(memory: str) -> Iterator[None]:
    """Run the block; refuses with EngineFull where the engine cannot do with this much memory."""
    from duckdb import OutOfMemoryException

    try:
        yield
    except OutOfMemoryException as error:
        raise EngineFull(memory=memory) from error


def calculate(
    folder: Path,
    *,
    as_of: date | None,
    today: date,
    currency: str,
    discount_rate: float,
    knows_consent: bool,
    memory: str,
    threads: int,
    progress: Progress,
    when_scored: Callable[[Path], object],
    read_later: Callable[[], object],
    when_judged: Callable[[Path], object],
) -> Findings:
    """Score the customers in `folder`; refuses a day before the first order.

    Reads orders.parquet, customers.parquet and contracts.parquet as `feed.extract` wrote them;
    writes scores.parquet beside them, with the columns of the table of scores, and says so to
    `when_scored`. Then it waits for the rest of the feed by `read_later`, writes why customers stay
    to bonds.parquet and says so to `when_judged`, and adds up the summaries.
    """
    progress(0.0, "understanding")
    con = engine.connect(memory=memory, threads=threads, scratch=folder)
    unit = float(10 ** minor_digits(currency))
    orders, people, known = _tables(con, folder, currency=currency, unit=unit)
    first, last = known["first"], known["last"]
    as_of = as_of or (min(last, today) if last else today)
    if first is not None and as_of < first:
        raise BeforeFirstOrder(as_of=as_of.isoformat(), first=first.isoformat())

    pool = ThreadPoolExecutor(1, "following")
    following = pool.submit(follow, engine.beside(con), as_of=as_of, currency=currency, unit=unit)
    pool.shutdown(wait=False)

    visits = con.create_table("visits", visits_of(orders, as_of=as_of))
    rhythm = fit_rhythm(orders, as_of, visits=visits)
    facts = customer_facts(orders, people, as_of=as_of, is_trusted=True, visits=visits)
    facts = con.create_table("facts", facts.drop(*UNASKED))
    stage = con.create_table("stage", stages(facts, rhythm, as_of))
    progress(0.3, "forecasting")
    outlook = forecast(con, orders, as_of=as_of, discount_rate=discount_rate)
    progress(0.6, "choosing_steps")
    if not knows_consent:  # nobody was ever asked on record: that restricts no advice yet
        facts = facts.drop("may_email", "may_phone")
    scored = _score(con, facts, stage, outlook, people, as_of)
    file = folder / "scores.parquet"
    con.to_parquet(_as_rows(scored, orders, as_of, unit), file)
    when_scored(file)
    progress(0.7, "judging_bonds")
    read_later()
    judgement = judge(con, folder, orders, scored, as_of=as_of, unit=unit)
    file = folder / "bonds.parquet"
    write(con, judgement, file, as_of=as_of, unit=unit)
    when_judged(file)
    progress(0.8, "adding_up")
    summaries = summarise(
        con,
        orders,
        scored,
        people,
        visits,
        rhythm=rhythm,
        outlook=outlook,
        as_of=as_of,
        unit=unit,
        followed=following.result,
    )
    summaries["", ""] |= {
        "loyalty": sum_up(con, folder, judgement, scored, as_of=as_of, unit=unit),
        "experience": experience(con, folder, orders, scored, as_of=as_of),
    }
    return Findings(
        as_of=as_of,
        orders_until=known["until"] and known["until"].replace(tzinfo=UTC),
        summaries=summaries,
        facts={
            "rhythm": rhythm.as_dict(),
            "forecast": outlook.facts,
            "orders": known["orders"],
            "orders_in_other_currencies": known["others"],
            "discount_rate": discount_rate,
            "knows_consent": knows_consent,
        },
    )


def _tables(
    con: Any, folder: Path, *, currency: str, unit: float
) -> tuple[ir.Table, ir.Table, dict[str, Any]]:
    """Bring the feed's files into the engine, and say what is known."""
    everything = con.create_table("orders", orders_of(con, folder, unit))
    known = everything.aggregate(
        orders=everything.count(),
        others=(everything.currency != currency).sum(),
        first=everything.day.min(),
        last=everything.day.max(),
        until=everything.ordered_at.max(),
    )
    facts = known.to_pyarrow().to_pylist()[0]
    people = con.create_table("people", _people(con, folder))
    return everything.filter(everything.currency == currency), people, facts


def _people(con: Any, folder: Path) -> ir.Table:
    people = con.read_parquet(folder / "customers.parquet")
    people = people.select(
        "customer_id",
        last_contact=as_day(people.last_contact),
        **{
            name: people[name].cast("boolean")
            for name in ("may_email", "may_phone", "has_open_complaint", "objects_to_profiling")
        },
    )
    contracts = con.read_parquet(folder / "contracts.parquet")
    dated = contracts.select(
        "customer_id",
        contract_start=as_day(contracts.started_on),
        contract_end=as_day(contracts.ends_on),
        contract_notice=as_day(contracts.notice_on),
    )
    newest = dated.group_by("customer_id").agg(
        **{
            name: dated[name].argmax(dated.contract_start)
            for name in ("contract_start", "contract_end", "contract_notice")
        }
    )
    return people.left_join(newest, "customer_id").drop("customer_id_right")


def _score(
    con: Any, facts: ir.Table, stage: ir.Table, outlook: Forecast, people: ir.Table, as_of: date
) -> ir.Table:
    """Join what is known, the stage, the forecast and the next step: one row per customer."""
    joined = facts.left_join(stage.drop("days_silent"), "customer_id").drop("customer_id_right")
    joined = joined.left_join(outlook.table, "customer_id").drop("customer_id_right")
    objects = people.select("customer_id", "objects_to_profiling")
    joined = joined.left_join(objects, "customer_id").drop("customer_id_right")
    joined = con.create_table("joined", joined)
    steps = next_steps(joined, as_of)
    classes = rfm_scores(facts, as_of).select("customer_id", "rfm")
    scored = joined.left_join(steps.select("customer_id", "step", "reason"), "customer_id")
    scored = scored.drop("customer_id_right").left_join(classes, "customer_id")
    return con.create_table("scored", scored.drop("customer_id_right"))


def _as_rows(scored: ir.Table, orders: ir.Table, as_of: date, unit: float) -> ir.Table:
    """Shape the rows as the table of scores has them: whole minor units, days as text.

    Of a customer who objects to profiling only facts are written, no judgement. The most valuable
    come first: rows that are near each other in most indexes are then written, and later deleted,
    together.
    """
    assumed = (
        orders.filter(orders.day <= as_of)
        .group_by("customer_id")
        .agg(is_margin_assumed=orders.is_margin_assumed.any())
    )
    rows = scored.left_join(assumed, "customer_id").drop("customer_id_right")
    withheld = rows.objects_to_profiling.fill_null(False)

    def minor(column: ir.Value) -> ir.Value:
        return (column * unit).round().cast("int64")

    def judged(column: ir.Value) -> ir.Value:
        return ibis.ifelse(withheld, None, column)

    shaped = rows.select(
        customer_id=rows.customer_id,
        stage=ibis.ifelse(withheld, "withheld", rows.stage),
        orders=rows.orders.cast("int64"),
        first_day=rows.first_day.cast("string"),
        last_day=rows.last_day.cast("string"),
        days_silent=rows.days_silent,
        usual_interval=judged(rows.usual_interval_days),
        silence_share=judged(rows.silence_share),
        revenue_minor=minor(rows.revenue.fill_null(0.0)),
        margin_minor=minor(rows.margin.fill_null(0.0)),
        is_margin_assumed=rows.is_margin_assumed.fill_null(False),
        discount_share=rows.discount_share,
        returns_rate=rows.returns_rate,
        p_alive=judged(rows.p_alive),
        purchases_90=judged(rows.purchases_90),
        purchases_365=judged(rows.purchases_365),
        margin_90_minor=judged(minor(rows.margin_90)),
        margin_365_minor=judged(minor(rows.margin_365)),
        margin_365_low_minor=judged(minor(rows.margin_365_low)),
        margin_365_high_minor=judged(minor(rows.margin_365_high)),
        rfm=judged(rows.rfm).fill_null(""),
        step=ibis.ifelse(withheld, "nothing", rows.step),
        reason=ibis.ifelse(withheld, "objects_to_profiling", rows.reason),
        **{name: rows[f"last_{name}"].fill_null("") for name in FACETS},
    )
    return shaped.order_by(shaped.margin_365_minor.desc(), "customer_id")
