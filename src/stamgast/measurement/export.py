"""Every lot with what came of it as a file for analysts, with a data dictionary beside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight import engine
from stamgast.kernel import minor_digits
from stamgast.measurement.errors import NothingToJudge
from stamgast.measurement.feed import orders_sql
from stamgast.measurement.models import Lot
from stamgast.scoring.export import explain
from stamgast.scoring.feed import Reading, scratch_folder
from stamgast.scoring.tables import as_day
from stamgast.staff.queries import shop

_AMOUNT = "amount"
# Each column: its type, its meaning.
COLUMNS: dict[str, tuple[str, str]] = {
    "experiment_id": ("int64", "our own number of the effort"),
    "experiment": ("string", "its name"),
    "kind": ("string", "campaign, invitation, benefit or standing"),
    "customer_id": ("int64", "our own number of the customer"),
    "customer_key": ("string", "the shop's own id of the customer"),
    "unit": ("string", "digest of the household that drew the lot together"),
    "arm": ("string", "what the lot gave"),
    "is_control": ("boolean", "the arm gets nothing extra"),
    "probability": ("float64", "of getting this arm, 0 to 1"),
    "round": ("int64", "in which round the lot was drawn"),
    "is_standing": ("boolean", "in the standing control group: no part of this comparison"),
    "is_crossing": ("boolean", "the household held several arms already"),
    "day": ("date", "first day that counts"),
    "until": ("date", "first day after the window"),
    "followed_until": ("date", "first day after the time after it"),
    "orders": ("int64", "purchases in the window"),
    "revenue": (_AMOUNT, "revenue in the window, without VAT, after discount"),
    "discount": (_AMOUNT, "discount in the window"),
    "margin": (_AMOUNT, "margin in the window, after returns"),
    "margin_after": (_AMOUNT, "margin in the time after the window"),
    "margin_before": (_AMOUNT, "margin in the year before the lot"),
}
_LOTS = """
SELECT l.experiment_id, e.name AS experiment, e.kind, l.customer_id, COALESCE(c.key, '') AS customer_key,
       l.unit, a.code AS arm, CASE WHEN a.is_control THEN 1 ELSE 0 END AS is_control,
       CAST(l.probability AS DOUBLE PRECISION) AS probability, l.round,
       CASE WHEN l.is_standing THEN 1 ELSE 0 END AS is_standing,
       CASE WHEN l.is_crossing THEN 1 ELSE 0 END AS is_crossing,
       l.day, e.window_days, e.after_days
FROM stamgast_lot l
JOIN stamgast_experiment e ON e.id = l.experiment_id
JOIN stamgast_arm a ON a.id = l.arm_id
JOIN stamgast_customer c ON c.id = l.customer_id
ORDER BY l.id
"""


def write_lots_and_outcomes(file: Path, *, as_parquet: bool) -> int:
    """Write a row per lot with what its customer bought, and its columns to FILE.columns.json.

    Names and addresses are left out. Refuses when no lot was drawn yet. Returns the number of lots.
    """
    first = Lot.objects.order_by("day").values_list("day", flat=True).first()
    if first is None:
        raise NothingToJudge()
    currency = shop().currency
    folder = Path(tempfile.mkdtemp(dir=scratch_folder()))
    try:
        since = first - timedelta(days=365)
        statements = {"lots": _LOTS.strip(), "orders": orders_sql(since=since, currency=currency)}
        counts = Reading(folder, statements).wait()
        con = engine.connect(scratch=folder)
        table = _outcomes(con, folder, float(10 ** minor_digits(currency)))
        draft = folder / "out"
        (con.to_parquet if as_parquet else con.to_csv)(table, draft)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(draft, f"{file}.part")
        os.replace(f"{file}.part", file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    explain(file, {name: (name, *told) for name, told in COLUMNS.items()}, currency=currency)
    return counts["lots"]


def _outcomes(con: Any, folder: Path, unit: float) -> ir.Table:
    raw = con.read_parquet(folder / "lots.parquet")
    day = as_day(raw.day)
    until = (day + raw.window_days.as_interval("D")).cast("date")
    ends = (until + raw.after_days.as_interval("D")).cast("date")
    lots = con.create_table("lots", raw.mutate(day=day, until=until, followed_until=ends))
    bought = con.read_parquet(folder / "orders.parquet")
    bought = bought.mutate(
        day=as_day(bought.day),
        **{
            name: bought[f"{name}_minor"].cast("float64") / unit
            for name in ("margin", "revenue", "discount")
        },
    )
    both = lots.inner_join(bought, "customer_id", rname="sold_{name}")
    sold = both.sold_day
    before = (sold < both.day) & (sold >= (both.day - ibis.interval(days=365)).cast("date"))
    window = (sold >= both.day) & (sold < both.until)
    after = (sold >= both.until) & (sold < both.followed_until)
    sums = both.group_by("experiment_id", "customer_id").agg(
        orders=both.is_purchase.sum(where=window),
        revenue=both.revenue.sum(where=window),
        discount=both.discount.sum(where=window),
        margin=both.margin.sum(where=window),
        margin_after=both.margin.sum(where=after),
        margin_before=both.margin.sum(where=before),
    )
    found = lots.left_join(sums, ["experiment_id", "customer_id"])
    return found.select(**{name: _typed(found[name], kind) for name, (kind, _) in COLUMNS.items()})


def _typed(column: ir.Value, kind: str) -> ir.Value:
    if kind == _AMOUNT:
        return column.cast("float64").fill_null(0.0)
    return column.fill_null(0).cast("int64") if kind == "int64" else column.cast(kind)
