"""The base by kind of loyalty, as the page on why customers stay shows it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from stamgast.insight.bonds import (
    NetPromoterScore,
    answers_needed,
    endings,
    kinds,
    matrix,
    measured_score,
)
from stamgast.scoring.bonds import Judgement
from stamgast.scoring.bonds_evidence import answers_of

Facts = dict[str, Any]


def sum_up(
    con: Any, folder: Path, judgement: Judgement, scored: ir.Table, *, as_of: date, unit: float
) -> Facts:
    """Return the facts "loyalty" of a summary, described in the README. Amounts are minor units."""
    whole = scored.semi_join(judgement.people, "customer_id")
    unseen = whole.anti_join(judgement.kinds, "customer_id")
    everybody, others = _counted(whole, unit), _counted(unseen, unit)
    score = measured_score(answers_of(con, folder), as_of=as_of)
    of_kind = _kinds(judgement.kinds, others, unit)
    known = sum(one["customers"] for one in of_kind if one["kind"] != "unknown")
    return {
        "customers": everybody["customers"],
        "seen": everybody["customers"] - others["customers"],
        "known": known,
        "unknown": everybody["customers"] - known,
        "kinds": of_kind,
        "matrix": [_in_minor(row, unit) for row in _list(matrix(judgement.kinds))],
        "unseen": others,
        "nps": _score(score),
        "answers_needed": _needed(judgement, score, _there(whole)),
        "ends": [
            {**_in_minor(row, unit), "month": f"{row['month']:%Y-%m}"}
            for row in _list(endings(judgement.held, judgement.kinds, as_of=as_of))
        ],
        "usual": {bond: round(mean, 4) for bond, mean in judgement.priors.means.items()},
    }


def _counted(people: ir.Table, unit: float) -> Facts:
    found = people.aggregate(customers=people.count(), margin=people.margin_365.sum())
    row = _list(found)[0]
    return {"customers": row["customers"], "margin_minor": _minor(row["margin"], unit)}


def _kinds(judged: ir.Table, others: Facts, unit: float) -> list[Facts]:
    """Return customers and margin per kind; of whom nothing was seen, the kind is unknown too."""
    found = [
        {
            "kind": row["kind"],
            "subtype": row["subtype"] or "",
            "customers": row["customers"],
            "margin_minor": _minor(row["margin_365"], unit),
            "ending": row["ending"],
        }
        for row in _list(kinds(judged))
    ]
    unknown = next((one for one in found if one["kind"] == "unknown"), None)
    if unknown is None:
        unknown = {"kind": "unknown", "subtype": "", "customers": 0, "margin_minor": None}
        unknown["ending"] = 0
        found.append(unknown)
    unknown["customers"] += others["customers"]
    amounts = [one["margin_minor"] for one in (unknown, others) if one["margin_minor"] is not None]
    unknown["margin_minor"] = sum(amounts) if amounts else None
    return sorted(found, key=lambda one: (-one["customers"], one["kind"], one["subtype"]))


def _score(score: NetPromoterScore | None) -> Facts | None:
    """Return the score in points, as it is usually told."""
    if score is None:
        return None
    points = ("score", "standard_error", "low", "high")
    told = {name: round(100 * getattr(score, name), 1) for name in points}
    shares = {name: round(getattr(score, name), 4) for name in ("promoters", "detractors")}
    return {"answers": score.answers, **shares, **told, "level": score.level}


def _there(whole: ir.Table) -> int:
    """Count the customers who are still there: the base that answers should tell of."""
    there = whole.filter(whole.stage.isin(["new", "active", "drifting", "won_back"]))
    return int(there.count().execute())


def _needed(judgement: Judgement, score: NetPromoterScore | None, there: int) -> list[Facts]:
    """Return how many answers are still needed before the base is known."""
    if not there:
        return []
    asked = judgement.evidence.filter(judgement.evidence.indicator == "nps")
    answered = judgement.kinds.semi_join(asked, "customer_id")
    share = answered.p_true.mean().execute() if score else None
    share = None if share is None or share != share else float(share)  # NaN: nothing is known
    customers = max(there, score.answers if score else 0)
    return [asdict(one) for one in answers_needed(score, customers=customers, true_share=share)]


def _in_minor(row: Facts, unit: float) -> Facts:
    told: Facts = {}
    for name, value in row.items():
        if name.startswith("margin"):
            told[f"{name.removesuffix('_365')}_minor"] = _minor(value, unit)
        else:
            told[name] = round(value, 2) if isinstance(value, float) else value
    return told


def _minor(amount: float | None, unit: float) -> int | None:
    return None if amount is None else round(amount * unit)


def _list(table: ir.Table) -> list[Facts]:
    rows: list[Facts] = table.to_pyarrow().to_pylist()
    return rows
