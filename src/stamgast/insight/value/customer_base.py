"""The customer base: order rows brought down to what the customer-base models need.

Grouping runs in the engine, one step per function. Only distinct counted states come to Python for
fitting; the customers themselves stay in the engine until somebody asks for predictions.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import numpy as np

from ..engine import as_table
from ..tables import ORDERS, check
from .errors import ValueRefusal
from .states import Floats, States, days_per

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class SpendStates:
    """How many customers share a number of purchase days and the mean amount on them."""

    days: Floats
    mean: Floats
    weight: Floats


@dataclass(frozen=True)
class CustomerBase:
    """Customers with their purchase history until a business day (inclusive), in one time unit.

    `customers` is an Ibis table, one row per customer: customer_id; x, repeat purchase days;
    first and last, day numbers since 1970-01-01; first_amount and repeat_amount, what was earned on
    the first day and on the days after; amount_days and repeat_amount_days, on how many days an
    amount is known. Amounts are present only when the orders had them.
    """

    customers: ir.Table
    until: date
    unit: str
    amount: str | None
    rows: int
    rows_after: int
    rows_without_amount: int
    first_day: date
    last_day: date
    _purchase_days: ir.Table = field(repr=False, compare=False)
    covariates: tuple[str, ...] = ()
    as_moments: bool = False
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_orders(
        cls,
        orders: Any,
        *,
        until: date,
        unit: str = "day",
        amount: str | None = None,
        covariates: Any = None,
        as_moments: bool = False,
    ) -> CustomerBase:
        """Group orders per customer; refuse what would give a silently wrong base.

        `orders` is anything `engine.as_table` takes with the columns of `tables.ORDERS`. Rows
        without a customer and rows whose is_purchase is false are left out; all rows of a customer
        on one business day are one purchase, their amounts added. Rows after `until` are left out
        and counted in `rows_after`, so a base can be drawn as it stood on an earlier day.

        `amount` names the column that is worth something: margin unless told otherwise, and none
        when the orders have no margin. Amounts may be zero or negative; an empty amount is unknown:
        the purchase counts, its amount does not (`rows_without_amount` says how many). pandas hands
        over NaN as empty. `covariates` is a table of customer_id and numeric columns, fixed per
        customer. Models take the days of a base for whole days (see `day_grain`); `as_moments` makes
        them take each day for a moment, as the published examples do.

        Refused with ValueRefusal: no orders until that day, rows without a day, amounts that are
        NaN or infinite, more than one currency (where the table has that column), an unknown unit, a
        customer without covariates.
        """
        days_per(unit)
        if isinstance(until, datetime) or not isinstance(until, date):
            raise ValueRefusal("until_not_a_day", "`until` must be a date", until=str(until))
        table = check(as_table(orders), ORDERS, need=[amount] if amount else [])
        _refuse_two_currencies(table)
        amount = amount or ("margin" if "margin" in table.columns else None)
        purchases = purchases_of(table, amount)
        facts = _refuse_unsound(purchases, until)
        days = purchase_days(purchases, until)
        customers = _per_customer(days)
        names: tuple[str, ...] = ()
        if covariates is not None:
            customers, names = _with_covariates(customers, as_table(covariates))
        base = cls(
            _kept_in_engine(customers.order_by("customer_id")),
            until,
            unit,
            amount,
            facts["rows"],
            facts["rows_after"],
            facts["rows_without_amount"],
            facts["first_day"],
            facts["last_day"],
            days,
            names,
            as_moments,
        )
        base.refuse_missing_covariates()
        return base

    @property
    def grain(self) -> float:
        """The length of a day in the unit of the base; 0 where days are taken for moments."""
        return 0.0 if self.as_moments else 1 / days_per(self.unit)

    @property
    def has_amounts(self) -> bool:
        """Whether the orders have a margin or another amount."""
        return self.amount is not None

    def refuse_missing_covariates(self) -> None:
        """Refuse when a customer has no number for a covariate."""
        for name in self.covariates:
            column = self.customers[name]
            missing = int((column.isnull() | column.isnan() | column.isinf()).sum().execute() or 0)
            if missing:
                raise ValueRefusal(
                    "covariate_missing",
                    f"{missing} customers have no number for {name!r}",
                    covariate=name,
                    customers=missing,
                )

    def counted(self) -> Mapping[str, np.ndarray]:
        """Return the distinct (x, first, last, covariates) with their counts, in a fixed order."""
        if "counted" not in self._kept:
            keys = ["x", "first", "last", *self.covariates]
            grouped = self.customers.group_by(keys).aggregate(weight=lambda t: t.count())
            self._kept["counted"] = _numpy(grouped.order_by(keys))
        counted: Mapping[str, np.ndarray] = self._kept["counted"]
        return counted

    def states(self) -> States:
        """Return the counted states for fitting, times in the unit of the base."""
        counted = self.counted()
        t_x, T = self.times(counted["first"], counted["last"])
        extra = {name: counted[name].astype(np.float64) for name in self.covariates}
        weight = counted["weight"].astype(np.float64)
        x, first = (counted[name].astype(np.int64) for name in ("x", "first"))
        return States(x, t_x, T, weight, self.unit, extra, first, self.grain)

    def repeats_by_day(self) -> Mapping[int, float]:
        """Return how many customers bought again on each day, by day number since 1970-01-01."""
        if "repeats" not in self._kept:
            days = self._purchase_days.mutate(
                number=self._purchase_days.day.delta(ibis.literal(EPOCH), unit="day")
            )
            found = _numpy(days.group_by("number").aggregate(bought=lambda t: t.count()))
            bought = dict(zip(found["number"].tolist(), found["bought"].tolist(), strict=True))
            counted = self.counted()
            for first, weight in zip(counted["first"], counted["weight"], strict=True):
                bought[int(first)] -= float(weight)
            self._kept["repeats"] = {day: n for day, n in sorted(bought.items()) if n}
        repeats: Mapping[int, float] = self._kept["repeats"]
        return repeats

    def times(self, first: np.ndarray, last: np.ndarray) -> tuple[Floats, Floats]:
        """Return t_x and T in the unit of the base, from day numbers."""
        scale, until = days_per(self.unit), (self.until - EPOCH).days
        return (last - first) / scale, (until - first) / scale

    def spend_states(self, days: str = "all") -> SpendStates:
        """Return counted (purchase days, mean amount), of all days or only the repeat days."""
        if not self.has_amounts:
            raise ValueRefusal("no_amounts", "the orders have no margin or other amount")
        if days not in self._kept:
            spend = self.customers.select(
                n=_amount_days(self.customers, days), total=_amount_total(self.customers, days)
            )
            grouped = spend.filter(spend.n > 0).group_by(["n", "total"])
            self._kept[days] = _numpy(
                grouped.aggregate(weight=lambda t: t.count()).order_by(["n", "total"])
            )
        found = self._kept[days]
        n = found["n"].astype(np.float64)
        return SpendStates(n, found["total"] / n, found["weight"].astype(np.float64))

    def fetch(self, customers: Any = None) -> Any:
        """Return customers as one pyarrow table ordered by customer_id: all, or those named.

        `customers` is a list of ids, or a table with customer_id. Ids that are not in the base
        (people who never bought) are left out.
        """
        table = self.customers
        if customers is not None:
            if isinstance(customers, list | tuple | set | frozenset | np.ndarray):
                ids = list(dict.fromkeys(customers))
                wanted = ibis.memtable({"customer_id": ids}, schema=_id_schema(table))
            else:
                wanted = as_table(customers).select("customer_id").distinct()
            table = table.semi_join(wanted, "customer_id")
        return table.order_by("customer_id").to_pyarrow()


def _id_schema(table: ir.Table) -> Any:
    return ibis.schema({"customer_id": table.customer_id.type()})


def _refuse_two_currencies(table: ir.Table) -> None:
    """Refuse amounts that cannot be added up; who has several currencies keeps one of them."""
    if "currency" not in table.columns:
        return
    known = table.filter(table.customer_id.notnull())
    ends = known.aggregate(first=known.currency.min(), last=known.currency.max())
    first, last = ends.to_pyarrow().to_pylist()[0].values()
    if first != last:
        message = f"amounts in {first} and {last} cannot be added up"
        raise ValueRefusal("two_currencies", message, currencies=[first, last])


def purchases_of(table: ir.Table, amount: str | None) -> ir.Table:
    """Keep rows of known customers that are purchases, with only the columns used here."""
    table = table.filter(table.customer_id.notnull())
    if "is_purchase" in table.columns:
        table = table.filter(table.is_purchase.fill_null(True))
    columns: dict[str, Any] = {"customer_id": table.customer_id, "day": table.day}
    if amount:
        columns["amount"] = table[amount].cast("float64")
    return table.select(**columns)


def _refuse_unsound(purchases: ir.Table, until: date) -> dict[str, Any]:
    """Return what is in the rows, or refuse when no sound base can come of them."""
    measures: dict[str, Any] = {
        "rows": purchases.count(),
        "rows_after": (purchases.day > until).sum(),
        "without_day": purchases.day.isnull().sum(),
        "first_day": purchases.day.min(),
        "last_day": purchases.day.max(),
    }
    if "amount" in purchases.columns:
        measures["bad_amounts"] = (purchases.amount.isnan() | purchases.amount.isinf()).sum()
        measures["rows_without_amount"] = purchases.amount.isnull().sum()
    facts: dict[str, Any] = purchases.aggregate(**measures).to_pyarrow().to_pylist()[0]
    for name in ("rows_after", "rows_without_amount"):
        facts[name] = int(facts.get(name) or 0)
    if not facts["rows"]:
        raise ValueRefusal("no_orders", "there is no purchase of a known customer")
    if facts["without_day"]:
        count = int(facts["without_day"])
        raise ValueRefusal("day_missing", f"{count} purchases have no day", rows=count)
    if facts.get("bad_amounts"):
        count = int(facts["bad_amounts"])
        raise ValueRefusal("amount_not_finite", f"{count} amounts are NaN or infinite", rows=count)
    if facts["first_day"] > until:
        raise ValueRefusal(
            "until_before_first_order",
            f"the first purchase is on {facts['first_day']}, after {until}",
            first_day=str(facts["first_day"]),
            until=str(until),
        )
    return facts


def purchase_days(purchases: ir.Table, until: date) -> ir.Table:
    """One row per customer and day until the cut-off, the amounts of that day added."""
    kept = purchases.filter(purchases.day <= until)
    measures = {"amount": kept.amount.sum()} if "amount" in kept.columns else {}
    return kept.group_by(["customer_id", "day"]).aggregate(**measures)


def _per_customer(days: ir.Table) -> ir.Table:
    """One row per customer: counts, first and last day number, amounts of first and later days."""
    measures: dict[str, Any] = {
        "x": days.count() - 1,
        "first": days.day.min(),
        "last": days.day.max(),
    }
    if "amount" in days.columns:
        # An empty first-day amount must stay empty, and not become that of the day after.
        measures["first_amount"] = days.amount.fill_null(float("nan")).argmin(days.day)
        measures["amount_total"] = days.amount.sum().fill_null(0.0)
        measures["amount_days"] = days.amount.count()
    grouped = days.group_by("customer_id").aggregate(**measures)
    columns = {
        "customer_id": grouped.customer_id,
        "x": grouped.x.cast("int64"),
        "first": grouped["first"].delta(ibis.literal(EPOCH), unit="day").cast("int64"),
        "last": grouped["last"].delta(ibis.literal(EPOCH), unit="day").cast("int64"),
    }
    if "amount" in days.columns:
        is_empty = grouped.first_amount.isnan()
        first = is_empty.ifelse(0.0, grouped.first_amount)
        columns["amount_total"] = grouped.amount_total
        columns["amount_days"] = grouped.amount_days.cast("int64")
        columns["repeat_amount"] = grouped.amount_total - first
        known_first = is_empty.ifelse(0, 1)
        columns["repeat_amount_days"] = (grouped.amount_days - known_first).cast("int64")
    return grouped.select(**columns)


def _amount_days(customers: ir.Table, days: str) -> ir.IntegerColumn:
    return customers["amount_days" if days == "all" else "repeat_amount_days"]


def _amount_total(customers: ir.Table, days: str) -> ir.FloatingColumn:
    return customers["amount_total" if days == "all" else "repeat_amount"]


def _with_covariates(customers: ir.Table, table: ir.Table) -> tuple[ir.Table, tuple[str, ...]]:
    names = tuple(name for name in table.columns if name != "customer_id")
    if "customer_id" not in table.columns or not names:
        raise ValueRefusal("covariates_unusable", "give customer_id and at least one column")
    for name in names:
        if not (table[name].type().is_numeric() or table[name].type().is_boolean()):
            kind = str(table[name].type())
            raise ValueRefusal("covariates_unusable", f"{name!r} is {kind}, not a number")
    if int((table.count() - table.customer_id.nunique()).execute()):
        raise ValueRefusal("covariates_unusable", "a customer has more than one row")
    chosen = {
        name: table[name]
        .cast("int8" if table[name].type().is_boolean() else "float64")
        .cast("float64")
        for name in names
    }
    side = table.select(customer_id=table.customer_id, **chosen)
    return customers.left_join(side, "customer_id").drop("customer_id_right"), names


def _kept_in_engine(table: ir.Table) -> ir.Table:
    """Keep a result as a temporary table of its own engine, dropped with the returned table."""
    backend = table.get_backend()
    if not hasattr(backend, "raw_sql"):
        return table  # an engine without tables of its own: calculated anew at every use
    name = f"customer_base_{uuid4().hex}"
    kept: ir.Table = backend.create_table(name, table, temp=True)
    weakref.finalize(kept, _drop, backend, name)
    return kept


def _drop(backend: Any, name: str) -> None:
    try:
        backend.raw_sql(f'DROP TABLE IF EXISTS "{name}"')
    except Exception:  # noqa: BLE001 - the connection may be closed already, and the table with it
        return


def _numpy(table: ir.Table) -> dict[str, np.ndarray]:
    fetched = table.to_pyarrow()
    return {name: fetched[name].to_numpy() for name in fetched.column_names}
