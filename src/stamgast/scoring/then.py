"""How customers stood on earlier days, each seen with what was known by that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import Rhythm, fit_rhythm, stages
from stamgast.insight.value import MBGNBD, CustomerBase
from stamgast.insight.value.errors import ValueRefusal
from stamgast.kernel import minor_digits
from stamgast.scoring.bonds import judge
from stamgast.scoring.tables import orders_of

UNKNOWN = "unknown"
BONDS_THEN = ("economic", "emotional")  # what holds them, and whether they want to stay
AHEAD = 365


@dataclass(frozen=True)
class Then:
    """Stage and kind of loyalty of every customer at the end of a day, objectors left out.

    The usual rhythm and pace of buying are learnt once, from what was known on the evening before
    the event; who somebody was on a day follows from their own history until that day.
    """

    con: Any
    folder: Path
    orders: ir.Table
    objectors: ir.Table
    rhythm: Rhythm
    model: MBGNBD | None
    unit: float

    @classmethod
    def of(cls, con: Any, folder: Path, *, before: date, currency: str) -> Then:
        """Learn what is usual from the feed's orders in one currency, until the day before."""
        unit = float(10 ** minor_digits(currency))
        everything = con.create_table("orders_then", orders_of(con, folder, unit), overwrite=True)
        orders = everything.filter(everything.currency == currency)
        objectors = con.read_parquet(folder / "objectors.parquet")
        evening = before - timedelta(days=1)
        try:
            base = CustomerBase.from_orders(orders.drop("margin"), until=evening)
            model: MBGNBD | None = MBGNBD().fit(base)
        except ValueRefusal:
            model = None
        return cls(con, folder, orders, objectors, fit_rhythm(orders, evening), model, unit)

    def stages_on(self, day: date) -> ir.Table:
        """Return customer_id and stage (group) at the end of a day."""
        facts = customer_facts(self.orders, as_of=day, is_trusted=True)
        found = stages(facts, self.rhythm, day).select("customer_id", group="stage")
        return found.anti_join(self.objectors, "customer_id")

    def kinds_on(self, day: date) -> ir.Table:
        """Return customer_id and kind of loyalty (group) at the end of a day.

        Who stays without being loyal is told by what held them. Where the pace of buying is not
        known there are no kinds, and nobody is in the table.
        """
        found = self.bonds_on(day)
        return found.select("customer_id", group=found.kind)

    def bonds_on(self, day: date) -> ir.Table:
        """Return customer_id, kind of loyalty and the bonds in BONDS_THEN at the end of a day.

        As `kinds_on`; a bond of somebody of whom nothing was seen is NULL.
        """
        if self.model is None:
            nothing = {name: ibis.null("float64") for name in BONDS_THEN}
            none = self.objectors.select("customer_id", kind=ibis.literal(UNKNOWN), **nothing)
            return none.limit(0)
        base = CustomerBase.from_orders(self.orders.drop("margin"), until=day)
        told = self.model.predict(base, AHEAD, intervals=False, allow_not_identified=True)
        bought = self.con.create_table("bought_then", told, overwrite=True)
        people = bought.anti_join(self.objectors, "customer_id")
        scored = people.select(
            "customer_id",
            "p_alive",
            orders=ibis.null("int64"),
            purchases_365=people.expected_purchases,
            margin_365=ibis.null("float64"),
            objects_to_profiling=ibis.literal(False),
        )
        judged = judge(self.con, self.folder, self.orders, scored, as_of=day, unit=self.unit)
        held = judged.held.group_by("customer_id").agg(
            **{name: judged.held["mean"].max(where=judged.held.bond == name) for name in BONDS_THEN}
        )
        named = people.select("customer_id").left_join(
            judged.kinds.select("customer_id", "kind", "subtype"), "customer_id"
        )
        kind = ibis.coalesce(named.subtype.nullif(""), named.kind, ibis.literal(UNKNOWN))
        named = named.select("customer_id", kind=kind).left_join(held, "customer_id")
        return named.select("customer_id", "kind", *BONDS_THEN)
