"""How well a model would have told the future: fitted on the past, held against what came after.

The orders are cut at a day; the model is fitted as if that day were today, and everything after it,
up to a second day, is what really happened. Two naive forecasts are held against the same future,
because sometimes a simple rule wins: what the customer bought in the same period a year before, and
what customers of like recency and frequency bought in the period before the cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from ..engine import as_table
from ..tables import ORDERS, check
from .customer_base import CustomerBase, purchase_days, purchases_of
from .errors import ValueRefusal
from .purchase_model import PurchaseModel
from .states import DAYS_PER, Floats, days_per
from .worth import group_of

DECILES = 10
RECENCY_BANDS, MOST_PURCHASES = 8, 6
WEEK = 7


@dataclass(frozen=True)
class Week:
    """Purchases of the whole base in one week of the hold-out, and the sum so far."""

    ends: date
    actual: float
    expected: float
    actual_so_far: float
    expected_so_far: float


@dataclass(frozen=True)
class Band:
    """A tenth of the customers, from the least expected purchases to the most."""

    customers: int
    expected: float
    actual: float


@dataclass(frozen=True)
class Score:
    """How far a forecast of each customer's purchases was off; `total_error` is relative."""

    root_mean_square: float
    mean_absolute: float
    total_error: float
    rank_correlation: float


@dataclass(frozen=True)
class HoldoutReport:
    """What a model said on a day, and what came of it until another day.

    `scores` holds the model under its own name; `last_year` (or, with less than a year of history,
    `last_period`); and `like_customers`, where there is a period of history before the cut.
    `covered` is the share of customers whose margin lay within their interval at `level`, and
    `covered_likely` the same of those who were likely still there (P(alive) above one half); None
    without margins.
    """

    model: str
    fitted_until: date
    until: date
    customers: int
    purchases: float
    expected: float
    weeks: tuple[Week, ...]
    deciles: tuple[Band, ...]
    scores: dict[str, Score]
    level: float
    total_lower: float
    total_upper: float
    covered: float | None
    covered_likely: float | None

    @property
    def is_total_covered(self) -> bool:
        """Whether the purchases of all lay within the interval of their total."""
        return self.total_lower <= self.purchases <= self.total_upper

    @property
    def best(self) -> str:
        """Which forecast had the smallest root mean square error, the model when they tie."""
        return min(self.scores, key=lambda name: self.scores[name].root_mean_square)


def holdout_report(
    orders: Any,
    model: PurchaseModel,
    *,
    split: date,
    until: date,
    unit: str = "day",
    amount: str | None = None,
    covariates: Any = None,
    level: float = 0.9,
    seed: int = 0,
) -> HoldoutReport:
    """Fit a copy of the model on orders until `split` and report on those after it, until `until`.

    Refused: a hold-out shorter than a week, orders that end before `until`, and whatever the model
    refuses. The model given is not changed.
    """
    trial = Trial.of(
        orders, split=split, until=until, unit=unit, amount=amount, covariates=covariates
    )
    return trial.report(model, level=level, seed=seed)


@dataclass(frozen=True)
class Trial:
    """One cut of the orders: the base as it stood, what came after, and the naive forecasts."""

    base: CustomerBase
    until: date
    customers: Any
    actual: Floats
    actual_amount: Floats | None
    by_week: tuple[float, ...]
    naive: dict[str, Floats]

    @classmethod
    def of(
        cls,
        orders: Any,
        *,
        split: date,
        until: date,
        unit: str = "day",
        amount: str | None = None,
        covariates: Any = None,
    ) -> Trial:
        """Cut the orders; refuse a hold-out that is too short or that the orders do not reach."""
        length = (until - split).days
        if length < WEEK:
            message = f"{length} days of hold-out; at least {WEEK} needed"
            raise ValueRefusal("holdout_too_short", message, days=length, needed=WEEK)
        table = as_table(orders)
        base = CustomerBase.from_orders(
            table, until=split, unit=unit, amount=amount, covariates=covariates
        )
        if base.last_day < until - timedelta(days=WEEK):
            raise ValueRefusal(
                "holdout_not_reached",
                f"the last purchase is on {base.last_day}, long before {until}",
                last_day=str(base.last_day),
                until=str(until),
            )
        days = purchase_days(purchases_of(check(table, ORDERS), base.amount), until)
        customers = base.fetch()
        after = _per_customer(base, days, split, until)
        has_amount = base.amount is not None
        return cls(
            base,
            until,
            customers,
            after["bought"],
            after["amount"] if has_amount else None,
            _by_week(base, days, split, until),
            _naive(base, days, split, length),
        )

    def report(self, model: PurchaseModel, *, level: float = 0.9, seed: int = 0) -> HoldoutReport:
        """Fit a copy of the model on the base and hold it against what came after."""
        fitted = copy_of(model).fit(self.base)
        return self.report_fitted(fitted, level=level, seed=seed)

    def report_fitted(
        self, fitted: PurchaseModel, *, level: float = 0.9, seed: int = 0
    ) -> HoldoutReport:
        """Hold a model that is fitted on this base against what came after."""
        fitted.refuse_unfit_for(self.base, allow_not_identified=False)
        length = (self.until - self.base.until).days
        horizon = length / days_per(self.base.unit)
        group = group_of(self.customers, self.base, fitted.spend_)
        values = fitted._values()
        alive = fitted.alive(group.states, values)
        expected = alive * fitted.ahead(group.states, np.array(horizon), values).mean
        ends = [*range(WEEK, length, WEEK), length]
        so_far = [
            float((alive * fitted.ahead(group.states, np.array(at), values).mean).sum())
            for at in (days / days_per(self.base.unit) for days in ends)
        ]
        total = fitted.total(self.base, horizon, level=level, seed=seed, draws=200)
        covered, likely = self._coverage(fitted, horizon, alive, level)
        forecasts = {type(fitted).__name__: expected, **self.naive}
        return HoldoutReport(
            type(fitted).__name__,
            self.base.until,
            self.until,
            len(self.actual),
            float(self.actual.sum()),
            float(expected.sum()),
            self._weeks(ends, so_far),
            _deciles(expected, self.actual),
            {name: score(told, self.actual) for name, told in forecasts.items()},
            level,
            total.purchases_lower,
            total.purchases_upper,
            covered,
            likely,
        )

    def _weeks(self, ends: Sequence[int], so_far: Sequence[float]) -> tuple[Week, ...]:
        weeks, before, actual = [], 0.0, 0.0
        for days, told, bought in zip(ends, so_far, self.by_week, strict=True):
            actual += bought
            end = self.base.until + timedelta(days=days)
            weeks.append(Week(end, bought, told - before, actual, told))
            before = told
        return tuple(weeks)

    def _coverage(
        self, fitted: PurchaseModel, horizon: float, alive: Floats, level: float
    ) -> tuple[float | None, float | None]:
        if self.actual_amount is None or fitted.spend_ is None:
            return None, None
        table = fitted.predict(self.base, horizon, discount_per_year=0.0, level=level)
        low, high = (table[name].to_numpy() for name in ("lower", "upper"))
        slack = 1e-9 * (1 + np.abs(self.actual_amount))
        held = (self.actual_amount >= low - slack) & (self.actual_amount <= high + slack)
        is_likely = alive > 0.5
        likely = float(held[is_likely].mean()) if is_likely.any() else None
        return float(held.mean()), likely


def copy_of(model: PurchaseModel) -> PurchaseModel:
    """Return an unfitted model of the same settings."""
    return type(model)(**model.get_params(deep=False))


def score(told: Floats, actual: Floats) -> Score:
    """Return how far a forecast was off."""
    off = told - actual
    total = float(actual.sum())
    return Score(
        float(np.sqrt((off**2).mean())),
        float(np.abs(off).mean()),
        float(told.sum() / total - 1) if total else float("inf"),
        _rank_correlation(told, actual),
    )


def _rank_correlation(a: Floats, b: Floats) -> float:
    """Return Spearman's rank correlation; 0 when one of the two is all equal."""
    from scipy.stats import rankdata

    first, second = rankdata(a), rankdata(b)
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _deciles(expected: Floats, actual: Floats) -> tuple[Band, ...]:
    order = np.argsort(expected, kind="stable")
    return tuple(
        Band(len(part), float(expected[part].mean()), float(actual[part].mean()))
        for part in np.array_split(order, DECILES)
        if len(part)
    )


def _per_customer(
    base: CustomerBase, days: ir.Table, after: date, until: date
) -> dict[str, Floats]:
    """Return purchase days and amount within (after, until], in the order of the base."""
    window = days.filter((days.day > after) & (days.day <= until))
    measures: dict[str, Any] = {"bought": window.count()}
    if base.amount is not None:
        measures["amount"] = window.amount.sum()
    counted = window.group_by("customer_id").aggregate(**measures)
    joined = base.customers.select("customer_id").left_join(counted, "customer_id")
    columns = {name: joined[name].fill_null(0).cast("float64") for name in measures}
    found = joined.select("customer_id", **columns).order_by("customer_id").to_pyarrow()
    return {name: found[name].to_numpy() for name in measures}


def _by_week(base: CustomerBase, days: ir.Table, after: date, until: date) -> tuple[float, ...]:
    """Return the purchases of the base per week after the cut; the last may be shorter."""
    window = days.filter((days.day > after) & (days.day <= until))
    window = window.semi_join(base.customers, "customer_id")
    number = window.day.delta(ibis.literal(after), unit="day")
    counted = window.mutate(number=number).group_by("number").aggregate(bought=lambda t: t.count())
    length = (until - after).days
    weeks = np.zeros(-(-length // WEEK))
    for row in counted.to_pyarrow().to_pylist():
        weeks[(int(row["number"]) - 1) // WEEK] += row["bought"]
    return tuple(weeks.tolist())


def _naive(base: CustomerBase, days: ir.Table, split: date, length: int) -> dict[str, Floats]:
    """Return the two naive forecasts of purchases in the `length` days after the split."""
    year = timedelta(days=round(DAYS_PER["year"]))
    has_year = base.first_day <= split - year
    name, back = ("last_year", year) if has_year else ("last_period", timedelta(days=length))
    start = split - back
    told = {name: _per_customer(base, days, start, start + timedelta(days=length))["bought"]}
    if base.first_day <= split - timedelta(days=length):
        told["like_customers"] = _like_customers(base, days, split, length)
    return told


def _like_customers(base: CustomerBase, days: ir.Table, split: date, length: int) -> Floats:
    """Forecast the average of customers who, one period ago, had like recency and frequency.

    Recency in bands as wide as a part of the hold-out, doubling; frequency up to six, then "more".
    A combination nobody had a period ago gets the average of all. There must be a period before.
    """
    before = split - timedelta(days=length)
    seen = (
        days.filter(days.day <= before)
        .group_by("customer_id")
        .aggregate(times=lambda t: t.count(), last=lambda t: t.day.max())
    )
    window = days.filter((days.day > before) & (days.day <= split))
    bought = window.group_by("customer_id").aggregate(bought=lambda t: t.count())
    known = seen.left_join(bought, "customer_id")
    known = known.select(
        times=known.times,
        quiet=ibis.literal(before).delta(known["last"], unit="day"),
        bought=known.bought.fill_null(0),
    )
    past = known.to_pyarrow()
    here = base.fetch()
    t_x, T = base.times(here["first"].to_numpy(), here["last"].to_numpy())
    quiet = np.rint((T - t_x) * days_per(base.unit))
    now = _cell(here["x"].to_numpy() + 1, quiet, length)
    then = _cell(past["times"].to_numpy(), past["quiet"].to_numpy(), length)
    count = past["bought"].to_numpy().astype(np.float64)
    cells = MOST_PURCHASES * RECENCY_BANDS
    size = np.bincount(then, minlength=cells)
    total = np.bincount(then, count, cells)
    average = np.where(size > 0, total / np.maximum(size, 1), count.mean())
    return np.asarray(average[now], dtype=np.float64)


def _cell(times: np.ndarray, quiet: np.ndarray, length: int) -> np.ndarray:
    frequency = np.minimum(times, MOST_PURCHASES).astype(np.int64) - 1
    bands = np.maximum(length / 8, 1.0) * 2.0 ** np.arange(RECENCY_BANDS - 1)
    return np.asarray(frequency * RECENCY_BANDS + np.searchsorted(bands, quiet, side="left"))
