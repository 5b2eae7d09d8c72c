"""What customers are expected to buy, by the model the screens use; or that we cannot say yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.value import MBGNBD, CustomerBase
from stamgast.insight.value.errors import ValueRefusal
from stamgast.insight.value.totals import contributions, interval_of_total

LEVEL = 0.8  # of every interval around an amount ahead

COLUMNS = {
    "p_alive": "float64",
    "purchases_90": "float64",
    "purchases_365": "float64",
    "margin_90": "float64",
    "margin_365": "float64",
    "margin_365_low": "float64",
    "margin_365_high": "float64",
}


@dataclass(frozen=True)
class Forecast:
    """A table of expectations by customer_id; empty when the data cannot carry a model."""

    table: ir.Table
    facts: dict[str, Any]
    parts: ir.Table | None = None  # what each customer adds to a total; None when not identified

    def totals(self, customers: ir.Table, by: str | None = None) -> dict[Any, dict[str, float]]:
        """Return per group the margin of the coming year, with its 80 % interval where known.

        Groups by a column of the table, or takes all as one group named None.
        """
        if not self.facts["has_margin"]:
            return {}
        parts = customers
        if self.parts is not None:
            adds = [n for n in self.parts.columns if n.startswith("shift_")]
            summed = self.parts.select("customer_id", "value", "variance", *adds)
            parts = customers.inner_join(summed, "customer_id")
        shifts = [name for name in parts.columns if name.startswith("shift_")]
        worth = parts.margin_365 if self.parts is None else parts.value
        sums = {"value": worth.sum(), **{name: parts[name].sum() for name in shifts}}
        if self.parts is not None:
            sums["variance"] = parts.variance.sum()
        grouped = parts.group_by(by).agg(**sums) if by else parts.aggregate(**sums)
        found = {}
        for row in grouped.to_pyarrow().to_pylist():
            total = {"value": row["value"] or 0.0}
            ends = self.parts is not None and interval_of_total(
                total["value"], row["variance"] or 0.0, [row[n] or 0.0 for n in shifts], level=LEVEL
            )
            if ends:
                total["low"], total["high"] = ends
            found[row[by] if by else None] = total
        return found


def forecast(con: Any, orders: ir.Table, *, as_of: date, discount_rate: float) -> Forecast:
    """Fit MBG/NBD with gamma-gamma margins and predict 90 days and a year per customer.

    Where the data cannot carry a model (a handful of customers, nobody who came back), the table is
    empty and the facts say why: not yet known is an answer.
    """
    try:
        base = CustomerBase.from_orders(orders, until=as_of, unit="day")
        model = MBGNBD().fit(base)
        settings: dict[str, Any] = {"discount_per_year": discount_rate}
        is_summable = model.spend_ is not None and model.is_identified_throughout
        quarter = model.predict(base, 90, intervals=False, allow_not_identified=True, **settings)
        if is_summable:
            year = contributions(model, base, 365, level=LEVEL, **settings)
        else:
            year = model.predict(base, 365, allow_not_identified=True, **settings)
    except ValueRefusal as refusal:
        empty = {name: ibis.null(kind) for name, kind in COLUMNS.items()}
        table = orders.select("customer_id").limit(0).mutate(**empty)
        facts = {"is_known": False, "has_margin": False, "reason": refusal.code}
        return Forecast(table, facts)
    a = con.create_table("quarter", quarter)
    b = con.create_table("year", year)
    joined = a.left_join(b, "customer_id", rname="{name}_year")
    table = joined.select(
        "customer_id",
        p_alive=joined.p_alive,
        purchases_90=joined.expected_purchases,
        purchases_365=joined.expected_purchases_year,
        margin_90=joined.value,
        margin_365=joined.value_year,
        margin_365_low=joined.lower_year if is_summable else joined.lower,
        margin_365_high=joined.upper_year if is_summable else joined.upper,
    )
    return Forecast(table, _facts(model), b if is_summable else None)


def _facts(model: MBGNBD) -> dict[str, Any]:
    return {
        "is_known": True,
        "has_margin": model.spend_ is not None,
        "is_identified": model.is_identified_throughout,
        "parameters": model.params_,
        "standard_errors": model.standard_errors_,
        "spend": model.spend_.params_ if model.spend_ else None,
        "spend_reason": model.spend_refusal_.code if model.spend_refusal_ else None,
    }
