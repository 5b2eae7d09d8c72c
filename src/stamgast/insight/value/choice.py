"""Choosing a model by what it would have told: each is held against the same later orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ..engine import as_table
from .bg_nbd import BGNBD
from .customer_base import CustomerBase
from .errors import ValueRefusal
from .holdout import HoldoutReport, Trial, copy_of
from .mbg_nbd import MBGNBD
from .pareto_nbd import ParetoNBD
from .purchase_model import PurchaseModel


@dataclass(frozen=True)
class Choice:
    """The model chosen, fitted on all orders, and why.

    `reports` holds each candidate's hold-out report in the order given, `refusals` says why a
    candidate has none. `beats_naive` is whether the chosen model had a smaller error than both
    naive forecasts; where it is false a simple rule did as well, and the model should not be shown
    as if it knew more.
    """

    model: PurchaseModel
    report: HoldoutReport
    reports: tuple[HoldoutReport, ...]
    refusals: dict[str, ValueRefusal] = field(default_factory=dict)

    @property
    def beats_naive(self) -> bool:
        """Whether the chosen model had a smaller error than every naive forecast."""
        return self.report.best == self.report.model


def fit_best(
    orders: Any,
    *,
    until: date,
    holdout_days: int = 90,
    unit: str = "day",
    amount: str | None = None,
    covariates: Any = None,
    candidates: Sequence[PurchaseModel] | None = None,
) -> Choice:
    """Choose by the smallest root mean square error of purchases per customer, then fit on all.

    The last `holdout_days` before `until` are held out for choosing. Candidates are MBG/NBD, BG/NBD
    and Pareto/NBD unless given. Refused when the orders cannot carry the hold-out, and with the
    first candidate's reason when every candidate is refused or not identified.
    """
    table = as_table(orders)
    split = until - timedelta(days=holdout_days)
    trial = Trial.of(
        table, split=split, until=until, unit=unit, amount=amount, covariates=covariates
    )
    reports: dict[int, HoldoutReport] = {}
    refusals: dict[str, ValueRefusal] = {}
    models = list(candidates or (MBGNBD(), BGNBD(), ParetoNBD()))
    for place, model in enumerate(models):
        try:
            reports[place] = trial.report(model)
        except ValueRefusal as refusal:
            refusals[f"{place + 1}. {type(model).__name__}"] = refusal
    if not reports:
        raise next(iter(refusals.values()))
    chosen = min(reports, key=lambda place: _error(reports[place]))
    base = CustomerBase.from_orders(
        table, until=until, unit=unit, amount=amount, covariates=covariates
    )
    fitted = copy_of(models[chosen]).fit(base)
    return Choice(fitted, reports[chosen], tuple(reports.values()), refusals)


def _error(report: HoldoutReport) -> float:
    return report.scores[report.model].root_mean_square
