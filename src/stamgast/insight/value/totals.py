"""What groups will bring together, for any number of groups at once.

Every customer contributes an expected margin, the variance that chance gives it, and how it moves
with each direction in which the parameters are uncertain (the delta method). A group's expectation
and variance are then sums: chance adds up over customers, who buy independently, while a shift of
the parameters moves all of them together and is squared only after summing. Simulated totals
(`PurchaseModel.total`) are the check on it, and dearer by orders of magnitude.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .customer_base import CustomerBase
from .worth import group_of, outlook, value_interval

if TYPE_CHECKING:
    from .purchase_model import PurchaseModel


def contributions(
    model: PurchaseModel,
    base: CustomerBase,
    horizon: float = 365,
    *,
    discount_per_year: float = 0.10,
    level: float = 0.9,
) -> Any:
    """Return what each customer adds to any total: a pyarrow table, a row per customer.

    Columns: those of `predict` with the same settings (customer_id, p_alive, expected_purchases,
    value, lower, upper), and variance (of the margin itself, at these parameters) and shift_0,
    shift_1, ... (change of the value per direction of doubt about the parameters). Refuses a model
    or base without margins, or that do not fit each other, with ValueRefusal.
    """
    import pyarrow as pa

    model.refuse_unfit_for(base, allow_not_identified=False)
    customers = base.fetch()
    group = group_of(customers, base, model.spend_)
    ahead = np.asarray(horizon, dtype=np.float64)
    found = outlook(model, group, ahead, discount_per_year)
    value = found.value
    shifts = []
    for part in (model, model.spend_):
        if part is None:
            continue
        for nudged in part.nudges():
            buying, spending = (nudged, None) if part is model else (None, nudged)
            moved = outlook(model, group, ahead, discount_per_year, buying, spending, like=found)
            shifts.append(moved.value - value)
    doubt = np.square(shifts).sum(axis=0)
    lower, upper = value_interval(found, doubt, level)
    return pa.table(
        {
            "customer_id": customers["customer_id"],
            "p_alive": found.p_alive,
            "expected_purchases": found.purchases,
            "value": value,
            "lower": pa.array(lower, mask=~np.isfinite(lower)),
            "upper": pa.array(upper, mask=~np.isfinite(upper)),
            "variance": np.maximum(found.value_square - value**2, 0.0),
            **{f"shift_{place}": shift for place, shift in enumerate(shifts)},
        }
    )


def interval_of_total(
    value: float, variance: float, shifts: list[float], *, level: float
) -> tuple[float, float] | None:
    """Return between what a group's total will lie with probability `level`, from its sums.

    The total is taken as a gamma distribution of its mean and variance (its mirror image for a
    loss), so that a small group's margin is never said to fall below zero. None when the doubt is
    not finite: then the parameters say too little about this group.
    """
    from scipy.special import gammaincinv

    spread = variance + float(np.square(shifts).sum())
    if not np.isfinite(spread) or not np.isfinite(value):
        return None
    if spread <= 0 or value == 0:
        return value, value
    size = abs(value)
    tail = (1 - level) / 2
    low, high = gammaincinv(size**2 / spread, np.array([tail, 1 - tail])) * (spread / size)
    return (float(low), float(high)) if value > 0 else (-float(high), -float(low))
