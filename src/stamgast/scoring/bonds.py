"""Why customers stay and whether that is loyalty: evidence, judgement, rows and figures of a run.

Only customers of whom something telling was seen are judged; of the others the kind of loyalty is
unknown, and they have no row. Everything per customer stays in the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.bonds import (
    BONDS,
    Priors,
    evidence_lines,
    fit_priors,
    loyalty,
    posteriors,
)
from stamgast.scoring.bonds_evidence import gather, telling

LINES = 3  # of evidence told per bond


@dataclass(frozen=True)
class Judgement:
    """What was seen and concluded, as tables of the engine."""

    evidence: ir.Table
    people: ir.Table  # customer_id of everybody who may be judged
    held: ir.Table  # the five bonds of those of whom something telling was seen
    kinds: ir.Table  # and their kind of loyalty
    priors: Priors


def judge(
    con: Any, folder: Path, orders: ir.Table, scored: ir.Table, *, as_of: date, unit: float
) -> Judgement:
    """Gather the evidence and judge whom it tells of; nobody who objects to profiling.

    Asked for another day on the same connection, its tables take the place of those before.
    `orders` are those of the feed in one currency, `scored` the table of scores with p_alive,
    purchases_365, margin_365 (in major units) and objects_to_profiling.
    """
    judged = scored.filter(~scored.objects_to_profiling.fill_null(False))
    people = con.create_table("judged_people", judged.select("customer_id"), overwrite=True)
    evidence = gather(con, folder, orders, people, as_of=as_of, unit=unit)
    priors = fit_priors(evidence, as_of=as_of)
    seen = con.create_table("seen", telling(evidence, as_of=as_of), overwrite=True)
    told = con.create_table("told", evidence.semi_join(seen, "customer_id"), overwrite=True)
    held = posteriors(told, customers=seen, as_of=as_of, priors=priors, is_trusted=True)
    held = con.create_table("held", held, overwrite=True)
    behaviour = judged.select(
        "customer_id", "p_alive", "purchases_365", "margin_365", purchase_days=judged.orders
    )
    kinds = con.create_table("kinds", _named(loyalty(held, behaviour, as_of=as_of)), overwrite=True)
    return Judgement(told, people, held, kinds, priors)


def _named(kinds: ir.Table) -> ir.Table:
    """Name no kind where nothing was seen of what they think of us: a prior is no judgement."""
    is_seen = kinds.attitude_coverage > 0
    return kinds.mutate(
        kind=ibis.ifelse(is_seen, kinds.kind, "unknown"),
        subtype=ibis.ifelse(is_seen, kinds.subtype, None),
        p_attitude=ibis.ifelse(is_seen, kinds.p_attitude, None),
        is_subtype_assumed=is_seen & kinds.is_subtype_assumed,
    )


def write(con: Any, judgement: Judgement, file: Path, *, as_of: date, unit: float) -> None:
    """Write the rows of BondScore as a file: days as text, amounts in minor units."""
    kinds, held = judgement.kinds, judgement.held
    wide = held.group_by("customer_id").agg(
        **{
            name if part == "mean" else f"{name}_{part}": held[part].max(where=held.bond == name)
            for name in BONDS
            for part in ("mean", "low", "high", "coverage")
        }
    )
    rows = kinds.inner_join(wide, "customer_id")
    rows = rows.left_join(_lines(judgement.evidence, as_of), "customer_id")
    kept = ("p_true", "p_latent", "p_spurious", "p_none", "buying", "buying_low", "buying_high")
    bonds = [column for column in wide.columns if column != "customer_id"]
    told = rows.select(
        "customer_id",
        "kind",
        "is_subtype_assumed",
        *(_rounded(rows, name) for name in (*kept, *bonds)),
        *(_rounded(rows, name) for name in ("recommend", "recommend_low", "recommend_high")),
        subtype=rows.subtype.fill_null(""),
        held_by=rows.held_by.fill_null(""),
        ends_on=rows.ends_on.cast("string"),
        ends_bond=rows.ends_bond.fill_null(""),
        margin_365_minor=(rows.margin_365 * unit).round().cast("int64"),
        evidence=rows.evidence.fill_null("[]"),
    )
    con.to_parquet(told, file)


def _rounded(rows: ir.Table, name: str) -> ir.Value:
    return rows[name].round(4).name(name)


def _lines(evidence: ir.Table, as_of: date) -> ir.Table:
    """Return the weightiest evidence of each customer as one document, the weightiest first."""
    told = evidence_lines(evidence, as_of=as_of, top=LINES)
    line = ibis.struct(
        {
            "code": told.indicator,
            "bond": told.bond,
            "direction": told.direction,
            "value": told["value"].round(3),
            "day": told["day"].cast("string"),
            "ends_on": told.ends_on.cast("string"),
            "detail": told.detail,
            "rows": told.rows,
        }
    )
    told = told.mutate(one=line)
    order = [told.push.abs().desc(), told.weight.desc(), told.indicator]
    lines = told.group_by("customer_id").agg(lines=told.one.collect(order_by=order))
    return lines.select("customer_id", evidence=lines.lines.cast("json").cast("string"))
