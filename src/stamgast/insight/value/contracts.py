"""Contract customers: how many periods each stayed, and whether that was the end of it.

Where a contract runs per month or year, leaving is seen: a customer ends it or renews. The models
of contracts work on counted durations, whole periods since the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..engine import as_table
from ..tables import CUSTOMERS, check
from .errors import ValueRefusal
from .states import DAYS_PER, Floats

MONTHS_PER: Mapping[str, int] = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Durations:
    """How many customers stayed that many whole periods and then ended, or are still there.

    For an ended contract `periods` is the one it ended with (1: never renewed). For one that still
    runs it is the number of periods completed, each followed by a renewal.
    """

    periods: Floats
    has_ended: NDArray[np.bool_]
    weight: Floats
    unit: str
    covariates: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def customers(self) -> float:
        """How many contracts there are in all."""
        return float(self.weight.sum())

    @classmethod
    def of(
        cls,
        periods: ArrayLike,
        has_ended: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        unit: str,
        covariates: Mapping[str, ArrayLike] | None = None,
    ) -> Self:
        """Check arrays and return them as durations; refuse what cannot be.

        Refused: arrays of different length, numbers that are not finite, negative durations or
        weights, and an ended contract of no duration.
        """
        length = np.atleast_1d(np.asarray(periods, dtype=np.float64))
        ended = np.atleast_1d(np.asarray(has_ended, dtype=np.bool_))
        count = np.ones(len(length)) if weight is None else np.asarray(weight, dtype=np.float64)
        extra = {k: np.asarray(v, dtype=np.float64) for k, v in (covariates or {}).items()}
        arrays = (length, count, *extra.values())
        if len({len(a) for a in (*arrays, ended)}) != 1:
            raise ValueRefusal("lengths_differ", "the arrays differ in length")
        if not all(np.isfinite(a).all() for a in arrays):
            raise ValueRefusal("not_finite", "the arrays hold NaN or infinite numbers")
        if (length < 0).any() or (count < 0).any() or (length[ended] <= 0).any():
            raise ValueRefusal("impossible_history", "durations and weights are not negative")
        return cls(length, ended, count, unit, extra)

    @classmethod
    def from_customers(
        cls, customers: Any, *, until: date, unit: str = "month", covariates: Sequence[str] = ()
    ) -> Self:
        """Count durations in the engine, from rows with contract_start and contract_end.

        Contracts that start after `until` are left out, those that end after it still run. A
        contract counts its nearest whole number of periods, at least one. Customers without a
        contract are left out. Refused: an unknown unit, an end before the start, no contract at
        all, and a covariate that is missing or not a number.
        """
        if unit not in DAYS_PER:
            raise ValueRefusal("unknown_unit", f"unit {unit!r} is none of {', '.join(DAYS_PER)}")
        if isinstance(until, datetime) or not isinstance(until, date):
            raise ValueRefusal("until_not_a_day", "`until` must be a date", until=str(until))
        need = ["contract_start", "contract_end"]
        table = check(as_table(customers), CUSTOMERS, need=need)
        table = table.filter(table.contract_start.notnull() & (table.contract_start <= until))
        _refuse_unsound(table, covariates)
        has_ended = (table.contract_end <= until).fill_null(False)
        # The end day belongs to the contract: it is over the day after.
        after = ibis.ifelse(has_ended, table.contract_end, ibis.literal(until)) + ibis.interval(
            days=1
        )
        stayed = _periods(table.contract_start, after, unit)
        rounded = (stayed + 0.5).floor()
        whole = ibis.ifelse(has_ended, ibis.greatest(rounded, 1.0), (stayed + 1e-9).floor())
        extra = {name: table[name].cast("float64") for name in covariates}
        keys = ["periods", "has_ended", *covariates]
        counted = (
            table.select(periods=whole.cast("float64"), has_ended=has_ended, **extra)
            .group_by(keys)
            .aggregate(weight=lambda t: t.count().cast("float64"))
            .order_by(keys)
            .to_pyarrow()
        )
        columns = {name: counted[name].to_numpy() for name in counted.column_names}
        found = {name: columns[name] for name in covariates}
        return cls.of(
            columns["periods"], columns["has_ended"], columns["weight"], unit=unit, covariates=found
        )


def _refuse_unsound(table: ir.Table, covariates: Sequence[str]) -> None:
    measures: dict[str, Any] = {
        "contracts": table.count(),
        "reversed": (table.contract_end < table.contract_start).sum(),
    }
    for name in covariates:
        if name not in table.columns:
            raise ValueRefusal("covariate_missing", f"there is no column {name!r}", covariate=name)
        kind = table[name].type()
        if not (kind.is_numeric() or kind.is_boolean()):
            raise ValueRefusal("covariates_unusable", f"{name!r} is {kind}, not a number")
        measures[f"empty_{name}"] = table[name].isnull().sum()
    facts = table.aggregate(**measures).to_pyarrow().to_pylist()[0]
    if not facts["contracts"]:
        raise ValueRefusal("no_contracts", "no customer has a contract that started by then")
    if facts["reversed"]:
        count = int(facts["reversed"])
        raise ValueRefusal("impossible_history", f"{count} contracts end before they start")
    for name in covariates:
        if facts[f"empty_{name}"]:
            count = int(facts[f"empty_{name}"])
            message = f"{count} customers have no number for {name!r}"
            raise ValueRefusal("covariate_missing", message, covariate=name, customers=count)


def _periods(start: Any, after: Any, unit: str) -> Any:
    """Return the periods from one day to another, with fraction; months by the calendar."""
    if unit not in MONTHS_PER:
        return after.delta(start, unit="day").cast("float64") / DAYS_PER[unit]
    months = (after.year() - start.year()) * 12 + after.month() - start.month()
    parts = (after.day() - start.day()).cast("float64") / 31.0
    return (months.cast("float64") + parts) / MONTHS_PER[unit]
