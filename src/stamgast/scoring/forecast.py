"""What customers are expected to buy, by the model the screens use; or that we cannot say yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.value import MBGNBD, CustomerBase
from stamgast.insight.value.errors import ValueRefusal

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
    """A table of expectations by customer_id; without a model when the data cannot carry one."""

    table: ir.Table
    facts: dict[str, Any]
    discount_rate: float
    base: CustomerBase | None = field(default=None, repr=False)
    model: MBGNBD | None = field(default=None, repr=False)

    def total(self, customers: ir.Table) -> dict[str, float] | None:
        """Return the margin this group brings in the coming year, with its 80 % interval."""
        if self.model is None or self.base is None or not self.facts["has_margin"]:
            return None
        found = self.model.total(
            self.base, 365, customers=customers, discount_per_year=self.discount_rate, level=0.8
        )
        margin = found.margin
        if margin is None:
            return None
        return {"value": margin.mean, "low": margin.lower, "high": margin.upper}


def forecast(con: Any, orders: ir.Table, *, as_of: date, discount_rate: float) -> Forecast:
    """Fit MBG/NBD with gamma-gamma margins and predict 90 days and a year per customer.

    Where the data cannot carry a model (a handful of customers, nobody who came back), the table is
    empty and the facts say why: not yet known is an answer.
    """
    try:
        base = CustomerBase.from_orders(orders, until=as_of, unit="day")
        model = MBGNBD().fit(base)
        quarter = model.predict(base, 90, discount_per_year=discount_rate, intervals=False)
        year = model.predict(base, 365, discount_per_year=discount_rate, level=0.8)
    except ValueRefusal as refusal:
        empty = {name: ibis.null(kind) for name, kind in COLUMNS.items()}
        table = orders.select("customer_id").limit(0).mutate(**empty)
        facts = {"is_known": False, "has_margin": False, "reason": refusal.code}
        return Forecast(table, facts, discount_rate)
    a = con.create_table("quarter", quarter, overwrite=True)
    b = con.create_table("year", year, overwrite=True)
    joined = a.left_join(b, "customer_id", rname="{name}_year")
    table = joined.select(
        "customer_id",
        p_alive=joined.p_alive,
        purchases_90=joined.expected_purchases,
        purchases_365=joined.expected_purchases_year,
        margin_90=joined.value,
        margin_365=joined.value_year,
        margin_365_low=joined.lower_year,
        margin_365_high=joined.upper_year,
    )
    facts = {
        "is_known": True,
        "has_margin": model.spend_ is not None,
        "parameters": model.params_,
        "standard_errors": model.standard_errors_,
        "spend": model.spend_.params_ if model.spend_ else None,
        "spend_reason": model.spend_refusal_.code if model.spend_refusal_ else None,
    }
    return Forecast(table, facts, discount_rate, base, model)
