"""The current scores as a file for analysts, with a data dictionary beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from stamgast.insight import engine
from stamgast.kernel import minor_digits
from stamgast.scoring.errors import NothingScored
from stamgast.scoring.feed import Reading, scratch_folder
from stamgast.scoring.queries import current_run
from stamgast.scoring.tables import as_day

# Each column: how it is read from the tables of scores (s), customers (c) and bonds (b), its type,
# its meaning.
_AMOUNT = "amount"
COLUMNS: dict[str, tuple[str, str, str]] = {
    "customer_id": ("s.customer_id", "int64", "our own number of the customer"),
    "customer_key": ("c.key", "string", "the shop's own id of the customer"),
    "stage": ("s.stage", "string", "none, new, active, drifting, lost, won_back or withheld"),
    "orders": ("s.orders", "int64", "orders with at least one product"),
    "first_day": ("s.first_day", "date", "day of the first purchase"),
    "last_day": ("s.last_day", "date", "day of the latest purchase"),
    "days_silent": ("s.days_silent", "int64", "days since the latest purchase"),
    "usual_interval": ("s.usual_interval", "float64", "days between purchases usual for them"),
    "silence_share": ("s.silence_share", "float64", "share of such gaps that last longer, 0 to 1"),
    "revenue": ("s.revenue_minor", _AMOUNT, "revenue to date, without VAT, before returns"),
    "margin": ("s.margin_minor", _AMOUNT, "margin to date, after returns and costs"),
    "is_margin_assumed": ("s.is_margin_assumed", "boolean", "some margin rests on a rate"),
    "discount_share": ("s.discount_share", "float64", "discount as a share of list prices, 0 to 1"),
    "returns_rate": ("s.returns_rate", "float64", "returned as a share of revenue, 0 to 1"),
    "p_alive": ("s.p_alive", "float64", "probability that they will buy again, 0 to 1"),
    "purchases_90": ("s.purchases_90", "float64", "purchase days expected in 90 days"),
    "purchases_365": ("s.purchases_365", "float64", "purchase days expected in a year"),
    "margin_90": ("s.margin_90_minor", _AMOUNT, "margin expected in 90 days, discounted"),
    "margin_365": ("s.margin_365_minor", _AMOUNT, "margin expected in a year, discounted"),
    "margin_365_low": ("s.margin_365_low_minor", _AMOUNT, "lower end of the 80 % interval"),
    "margin_365_high": ("s.margin_365_high_minor", _AMOUNT, "upper end of the 80 % interval"),
    "rfm": ("s.rfm", "string", "classes 1 to 5 of recency, frequency and margin"),
    "step": ("s.step", "string", "the next step, by rule of thumb"),
    "reason": ("s.reason", "string", "why this step"),
    "shop": ("s.shop", "string", "shop of the latest order"),
    "brand": ("s.brand", "string", "brand of the latest order"),
    "country": ("s.country", "string", "country of the latest order"),
    "channel": ("s.channel", "string", "sales channel of the latest order"),
    "loyalty": (
        "COALESCE(b.kind, 'unknown')",
        "string",
        "true, latent, spurious (stays but is not loyal), none or unknown",
    ),
    "loyalty_subtype": (
        "COALESCE(b.subtype, '')",
        "string",
        "of spurious: captive, bought, habit or no_alternative",
    ),
    **{
        f"p_{kind}": (f"b.p_{kind}", "float64", f"probability of loyalty of kind {kind}, 0 to 1")
        for kind in ("true", "latent", "spurious", "none")
    },
    **{
        f"{bond}{part}": (f"b.{bond}{part}", "float64", f"{bond} bond: {meaning}, 0 to 1")
        for bond in ("situational", "economic", "legal", "technical", "emotional")
        for part, meaning in (
            ("", "mean"),
            ("_low", "lower end of the 80 % interval"),
            ("_high", "upper end of the 80 % interval"),
            ("_coverage", "share of the possible evidence that was seen"),
        )
    },
    "recommend": ("b.recommend", "float64", "likelihood to recommend the shop, 0 to 1"),
    "bond_ends_on": ("b.ends_on", "date", "day on which the first bond with an end ends"),
    "bond_ends": ("COALESCE(b.ends_bond, '')", "string", "which bond that is"),
}


def write_scores(file: Path, *, as_parquet: bool) -> int:
    """Write the current scores to a file, and what its columns mean to FILE.columns.json.

    Refuses when nothing is scored yet. Returns the number of customers. Names and addresses are
    left out: an analyst needs the shop's own ids.
    """
    run = current_run()
    if run is None:
        raise NothingScored()
    folder = Path(tempfile.mkdtemp(dir=scratch_folder()))
    try:
        picked = ", ".join(f"{_read(name)} AS {name}" for name in COLUMNS)
        counts = Reading(
            folder,
            {
                "scores": f"SELECT {picked} FROM stamgast_score s "  # noqa: S608 - fixed names
                f"JOIN stamgast_customer c ON c.id = s.customer_id "
                f"LEFT JOIN stamgast_bondscore b "
                f"ON b.run_id = s.run_id AND b.customer_id = s.customer_id "
                f"WHERE s.run_id = {int(run.pk)} ORDER BY s.customer_id"
            },
        ).wait()
        con = engine.connect(scratch=folder)
        raw = con.read_parquet(folder / "scores.parquet")
        unit = float(10 ** minor_digits(run.currency))
        typed = raw.select(
            **{name: _typed(raw[name], kind, unit) for name, (_, kind, _) in COLUMNS.items()}
        )
        draft = folder / "out"
        (con.to_parquet if as_parquet else con.to_csv)(typed, draft)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(draft, f"{file}.part")
        os.replace(f"{file}.part", file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    explain(file, COLUMNS, currency=run.currency, as_of=run.as_of.isoformat())
    return counts["scores"]


# What stands for nothing: a column of SQLite that begins with many NULLs would be taken for one of
# whole numbers. No figure of ours is below zero but the margin, which is an amount.
_NO_NUMBER, _NO_DAY = -1.0, ""


def _read(name: str) -> str:
    source, kind, _ = COLUMNS[name]
    if kind == "float64":
        return f"COALESCE({source}, {_NO_NUMBER})"
    return f"COALESCE(CAST({source} AS VARCHAR(10)), '{_NO_DAY}')" if kind == "date" else source


def _typed(column: ir.Value, kind: str, unit: float) -> ir.Value:
    if kind == _AMOUNT:
        return column.cast("float64") / unit
    if kind == "float64":
        return column.cast("float64").nullif(_NO_NUMBER)
    return as_day(column) if kind == "date" else column.cast(kind)


def explain(
    file: Path, columns: Mapping[str, tuple[str, str, str]], *, currency: str, as_of: str = ""
) -> None:
    """Write what the columns of a file mean beside it: per column its source, type and meaning."""
    dictionary: dict[str, Any] = {"as_of": as_of} if as_of else {}
    dictionary["columns"] = [
        {
            "name": name,
            "type": "float64" if kind == _AMOUNT else kind,
            "unit": currency if kind == _AMOUNT else "",
            "meaning": meaning,
        }
        for name, (_, kind, meaning) in columns.items()
    ]
    text = json.dumps(dictionary, indent=2, ensure_ascii=False)
    file.with_name(f"{file.name}.columns.json").write_text(text, "utf-8")
