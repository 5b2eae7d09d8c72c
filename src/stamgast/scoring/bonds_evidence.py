"""From the feed to evidence of why customers stay: one row for everything that was seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.bonds import (
    SCALES,
    Scale,
    collect,
    from_answers,
    from_contracts,
    from_customers,
    from_interactions,
    from_orders,
)
from stamgast.insight.bonds.contract import refuse_broken_evidence
from stamgast.insight.bonds.indicators import INDICATORS
from stamgast.insight.bonds.sources.line_totals import from_flagged_lines
from stamgast.insight.tables import TableError
from stamgast.scoring.evidence import EvidenceError
from stamgast.scoring.tables import as_day

# Satisfaction on ten points, in the same three bands as on five.
OUR_SCALES: Mapping[str, Scale] = {**SCALES, "csat_10": Scale("csat", 1, 7, 9, 10)}

# What almost every customer has some of, and what therefore tells of few what holds them.
ORDINARY = ("same_weekday", "default_reorder", "no_offer_needed", "early_full_price")
SHARES = ("discount_share", "consumables_bought", "sole_source_share")
MOST = 0.5  # of what they buy
LATELY = 365  # days


def gather(
    con: Any, folder: Path, orders: ir.Table, people: ir.Table, *, as_of: date, unit: float
) -> ir.Table:
    """Return the evidence of all customers in `people` (customer_id), as one table of the engine.

    `orders` are those of the feed in one currency. Refuses what another room tells when it is no
    evidence, with EvidenceError.
    """
    bought = orders.filter(orders.customer_id.notnull())
    # One by one: putting the question together grows faster than the question.
    parts = [from_orders(bought, as_of=as_of)]
    if has_rows(folder, "answers"):
        answers = answers_of(con, folder)
        parts.append(from_answers(answers, as_of=as_of, scales=OUR_SCALES))
    if has_rows(folder, "contacts"):
        contacts = contacts_of(con, folder)
        parts.append(from_interactions(contacts, bought, as_of=as_of))
        parts.append(from_customers(_brought(contacts, bought), as_of=as_of))
    if has_rows(folder, "contracts"):
        parts.append(from_contracts(_contracts(con, folder), as_of=as_of, customers=people))
    if has_rows(folder, "flagged"):
        parts.append(_of_lines(con, folder, bought, as_of, unit))
    parts += _of_rooms(con, folder)
    for place, part in enumerate(parts):
        found = collect(part)
        found = found.filter(found["day"] <= as_of).semi_join(people, "customer_id")
        if place:
            con.insert("evidence", found)
        else:
            con.create_table("evidence", found, overwrite=True)
    return con.table("evidence")


def has_rows(folder: Path, name: str) -> bool:
    """Say whether the feed brought anything under this name."""
    import pyarrow.parquet as parquet

    file = folder / f"{name}.parquet"
    return file.exists() and parquet.read_metadata(file).num_rows > 0


def telling(evidence: ir.Table, *, as_of: date) -> ir.Table:
    """Return the customers of whom something was seen that few others show (customer_id).

    That is an answer, a complaint, a review, a referral, a contract, a system, or what a room above
    tells; and of shares in what they bought lately, those above a half.
    """
    day = ibis.literal(as_of)
    is_share = evidence.indicator.isin(SHARES)
    is_most = (evidence["value"] > MOST) & (day.delta(evidence["day"], unit="day") <= LATELY)
    is_contract = evidence.indicator == "contract"
    is_special = ~evidence.indicator.isin([*ORDINARY, *SHARES, "contract"])
    seen = is_special | (is_contract & (evidence["value"] > 0)) | (is_share & is_most)
    return evidence.filter(seen).select("customer_id").distinct()


def answers_of(con: Any, folder: Path) -> ir.Table:
    """Return what customers answered, with the columns that `insight.bonds` asks for."""
    raw = con.read_parquet(folder / "answers.parquet")
    return raw.select(
        "customer_id",
        question=raw.question.cast("string"),
        day=as_day(raw.day),
        score=raw.score.cast("float64"),
        choice=raw.choice.cast("string").nullif(""),
    )


def contacts_of(con: Any, folder: Path) -> ir.Table:
    """Return complaints, reviews and referrals, with the columns that `insight.bonds` asks for."""
    raw = con.read_parquet(folder / "contacts.parquet")
    return raw.select(
        "customer_id",
        kind=raw.kind.cast("string"),
        day=as_day(raw.day),
        due_on=as_day(raw.due_on),
        closed_on=as_day(raw.closed_on),
        outcome=raw.outcome.cast("string"),
        score=raw.score.cast("float64"),
        referred_id=raw.referred_id.cast("int64"),
    )


def _brought(contacts: ir.Table, bought: ir.Table) -> ir.Table:
    """Return who brought whom, and since when those buy; who never bought brought us nobody yet."""
    told = contacts.filter(
        contacts.kind == "referral", contacts.referred_id != contacts.customer_id
    )
    first = (
        bought.filter(bought.is_purchase).group_by("customer_id").agg(since=lambda t: t.day.min())
    )
    pairs = told.select(customer_id=told.referred_id, referred_by=told.customer_id).distinct()
    return pairs.inner_join(first, "customer_id").select("customer_id", "referred_by", "since")


def _contracts(con: Any, folder: Path) -> ir.Table:
    """Return all contracts: who keeps them here keeps all, so others are seen to have none."""
    raw = con.read_parquet(folder / "contracts.parquet")
    return raw.select(
        "customer_id",
        started_on=as_day(raw.started_on),
        ends_on=as_day(raw.ends_on),
        notice_on=as_day(raw.notice_on),
    )


def _of_lines(con: Any, folder: Path, bought: ir.Table, as_of: date, unit: float) -> ir.Table:
    lines = con.read_parquet(folder / "flagged.parquet")
    flags = con.read_parquet(folder / "flags.parquet")
    named = flags.select(
        "product_id",
        **{
            name: flags[name].cast("boolean")
            for name in ("is_platform", "is_consumable", "is_sole_source")
        },
    )
    flagged = lines.inner_join(named, "product_id")
    flagged = flagged.mutate(amount=flagged.net_minor.cast("float64") / unit)
    sales = bought.filter(bought.is_purchase).select("order_id", "customer_id", "day", "revenue")
    return from_flagged_lines(sales, flagged, as_of=as_of)


def _of_rooms(con: Any, folder: Path) -> list[ir.Table]:
    codes = tuple(indicator.code for indicator in INDICATORS)
    found = []
    for file in sorted(folder.glob("evidence-*.parquet")):
        try:
            table = _typed(con.read_parquet(file))
            refuse_broken_evidence(table, codes)
        except (TableError, AttributeError) as error:
            raise EvidenceError(f"{file.stem.removeprefix('evidence-')}: {error}") from error
        found.append(table)
    return found


def _typed(raw: ir.Table) -> ir.Table:
    """Give a room's rows the types of the contract, whatever its statement made of them."""
    given = raw.columns
    days = {name: as_day(raw[name]) for name in ("day", "ends_on") if name in given}
    strength = raw.strength.cast("float64") if "strength" in given else ibis.literal(1.0)
    return raw.select(
        customer_id=raw.customer_id.cast("int64"),
        indicator=raw.indicator.cast("string"),
        value=raw["value"].cast("float64"),
        day=days["day"] if "day" in days else raw["day"],
        strength=strength.fill_null(1.0),
        ends_on=days.get("ends_on", ibis.null("date")),
        detail=raw.detail.cast("string").nullif("") if "detail" in given else ibis.null("string"),
    )
