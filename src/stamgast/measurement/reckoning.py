"""From the feed's files to what every arm of every experiment brought: the engine, without Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir

from stamgast.insight import engine
from stamgast.insight.effect import Followed, followed
from stamgast.scoring.tables import as_day

Of = TypeVar("Of")
BEFORE = timedelta(days=365)  # the time before the lot that noise is reduced by


@dataclass(frozen=True)
class ArmOf:
    """An arm as the lot planned it, and what was booked on it, in major units by kind."""

    code: str
    share: float
    is_control: bool
    costs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What an experiment promised before anything was sent."""

    experiment: int
    window_days: int
    after_days: int
    is_ongoing: bool
    is_drawing: bool  # lots are still drawn
    ends_together: date | None  # of the standing control: one end for whoever came when
    arms: Mapping[int, ArmOf]
    pool: str = ""
    rests_on_window: bool = False  # the time after it can only show that the gain was lost

    def by_code(self, found: Mapping[int, Of]) -> dict[str, Of]:
        """Name what was found per arm as the lot named the arms."""
        return {self.arms[number].code: one for number, one in found.items()}


@dataclass(frozen=True)
class Reckoned:
    """What the orders say of one experiment; arms by code.

    `window` and `whole` are the same for lots drawn on one day; of lots that keep being drawn they
    hold the households whose window, or whole time, is over. `value` is the margin a customer is
    expected to bring in a year, per arm.
    """

    first: date
    last: date
    units: Mapping[str, int]
    customers: int
    crossed: int
    window: Mapping[str, Followed]
    whole: Mapping[str, Followed]
    value: Mapping[str, float]


def reckon(
    folder: Path,
    plans: Mapping[int, Plan],
    *,
    as_of: date,
    unit: float,
    memory: str,
    threads: int,
) -> dict[int, Reckoned]:
    """Add up what each experiment's arms brought by the end of a day.

    Reads lots.parquet, orders.parquet, merged.parquet and, where there is one, values.parquet.
    Amounts come out in major units. An experiment without lots by then is left out.
    """
    con = engine.connect(memory=memory, threads=threads, scratch=folder)
    lots = con.create_table("lots", lots_of(con, folder, plans, as_of).drop("arm"))
    facts = {row["experiment_id"]: row for row in _facts(lots).to_pyarrow().to_pylist()}
    if not facts:
        return {}
    parts = followed(
        assigned(lots, as_of), _orders(con, folder, unit), as_of=as_of, is_trusted=True
    )
    units, values = _units(lots), _values(con, folder, lots, unit)
    found = {}
    for number, row in facts.items():
        plan = plans[number]
        window, whole = (
            plan.by_code(parts.get(lot, {})) for lot in (window_of(number), whole_of(number))
        )
        found[number] = Reckoned(
            first=row["first"],
            last=row["last"],
            units=plan.by_code(units.get(number, {}))
            or {code: arm.window.n for code, arm in window.items()},
            customers=row["customers"],
            crossed=row["crossed"],
            window=window,
            whole=whole if plan.is_ongoing else window,
            value=plan.by_code(values.get(number, {})),
        )
    return found


def lots_of(con: Any, folder: Path, plans: Mapping[int, Plan], as_of: date) -> ir.Table:
    """Return the lots that count, one per customer, with their arms and the bounds of their times."""
    raw = con.read_parquet(folder / "lots.parquet")
    lots = raw.select(
        "experiment_id",
        "customer_id",
        "arm_id",
        "number",
        unit_id=raw.unit.hash(),
        day=as_day(raw.day),
        crossed=raw.is_crossing.cast("int64"),
    )
    lots = _of_one_person(con, folder, lots)
    arms = con.create_table("arms", ibis.memtable(_arm_rows(plans)))
    both = lots.inner_join(arms, "arm_id")
    until = both.day + both.window_days.as_interval("D")
    until = ibis.ifelse(both.ends_together.isnull(), until, both.ends_together)
    ends = until + both.after_days.as_interval("D")
    return both.select(
        "experiment_id",
        "customer_id",
        "unit_id",
        "arm_id",
        "arm",
        "is_ongoing",
        "crossed",
        start=both.day,
        until=until.cast("date"),
        followed_until=ends.cast("date"),
    )


def _arm_rows(plans: Mapping[int, Plan]) -> Any:
    import pyarrow as pa

    rows = [
        {
            "arm_id": number,
            "arm": arm.code,
            "window_days": plan.window_days,
            "after_days": plan.after_days,
            "is_ongoing": plan.is_ongoing,
            "ends_together": plan.ends_together,
        }
        for plan in plans.values()
        for number, arm in plan.arms.items()
    ]
    kinds = [
        ("arm_id", pa.int64()),
        ("arm", pa.string()),
        ("window_days", pa.int32()),
        ("after_days", pa.int32()),
        ("is_ongoing", pa.bool_()),
        ("ends_together", pa.date32()),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def _of_one_person(con: Any, folder: Path, lots: ir.Table) -> ir.Table:
    """Let records that went up in another count as that one, and of its lots only the first."""
    rows = con.read_parquet(folder / "merged.parquet").to_pyarrow().to_pylist()
    into = {row["id"]: row["into_id"] for row in rows}
    if not into:
        return lots
    tops = con.create_table("tops", ibis.memtable([(one, _top(into, one)) for one in into],
                                                  columns=["customer_id", "top"]))  # fmt: skip
    known = lots.left_join(tops, "customer_id")
    moved = known.mutate(customer_id=known.top.fill_null(known.customer_id)).drop("top")
    moved = moved.select(*lots.columns)
    is_met = moved.customer_id.isin(tops.top)
    own = ibis.window(group_by=["experiment_id", "customer_id"], order_by="number")
    met = moved.filter(is_met)
    met = met.mutate(
        nth=ibis.row_number().over(own),
        arms=met.arm_id.nunique().over(ibis.window(group_by=["experiment_id", "customer_id"])),
    )
    first = met.filter(met.nth == 0)
    first = first.mutate(crossed=first.crossed + (first.arms > 1).cast("int64"))
    return moved.filter(~is_met).union(first.select(*lots.columns))


def _top(into: Mapping[int, int], one: int) -> int:
    while one in into:
        one = into[one]
    return one


def _facts(lots: ir.Table) -> ir.Table:
    return lots.group_by("experiment_id").agg(
        first=lots.start.min(),
        last=lots.start.max(),
        customers=lots.count(),
        crossed=lots.crossed.sum(),
    )


def window_of(experiment: Any) -> Any:
    """Return under which number `assigned` has an experiment."""
    return experiment * 2


def whole_of(experiment: Any) -> Any:
    """Return under which number `assigned` has the whole time of one whose lots keep coming."""
    return experiment * 2 + 1


def assigned(lots: ir.Table, as_of: date) -> ir.Table:
    """Return the lots in the contract of `followed`: one lot, or two for those that keep coming.

    Lots and arms go by number: text would take longer to bring over than all that is counted.
    """
    named = lots.mutate(
        lot=window_of(lots.experiment_id),
        arm=lots.arm_id,
        before_from=(lots.start - ibis.interval(days=BEFORE.days)).cast("date"),
    )
    columns = (
        "lot",
        "unit_id",
        "customer_id",
        "arm",
        "before_from",
        "start",
        "until",
        "followed_until",
    )
    tomorrow = as_of + timedelta(days=1)
    window = named.filter(~named.is_ongoing | (named.until <= tomorrow))
    ends = ibis.ifelse(window.is_ongoing, window.until, window.followed_until)
    whole = named.filter(named.is_ongoing, named.followed_until <= tomorrow)
    whole = whole.mutate(lot=whole_of(whole.experiment_id))
    return window.mutate(followed_until=ends).select(*columns).union(whole.select(*columns))


def _orders(con: Any, folder: Path, unit: float) -> ir.Table:
    raw = con.read_parquet(folder / "orders.parquet")
    amounts = {
        name: raw[f"{name}_minor"].cast("float64") / unit
        for name in ("margin", "revenue", "discount")
    }
    return raw.select(
        "customer_id",
        day=as_day(raw.day),
        is_purchase=raw.is_purchase.cast("boolean"),
        is_margin_assumed=raw.is_margin_assumed.cast("boolean"),
        **amounts,
    )


def _units(lots: ir.Table) -> dict[int, dict[int, int]]:
    """Return how many households each arm drew, of experiments whose lots keep coming."""
    coming = lots.filter(lots.is_ongoing)
    return _per_arm(coming.group_by("experiment_id", "arm_id").agg(it=coming.unit_id.nunique()))


def _values(con: Any, folder: Path, lots: ir.Table, unit: float) -> dict[int, dict[int, float]]:
    file = folder / "values.parquet"
    if not file.exists():
        return {}
    both = lots.inner_join(con.read_parquet(file), "customer_id")
    value = both.margin_365_minor.cast("float64").mean() / unit
    return _per_arm(both.group_by("experiment_id", "arm_id").agg(it=value))


def _per_arm(table: ir.Table) -> dict[int, dict[int, Any]]:
    found: dict[int, dict[int, Any]] = {}
    for row in table.to_pyarrow().to_pylist():
        found.setdefault(row["experiment_id"], {})[row["arm_id"]] = row["it"]
    return found
