"""Efforts with a known effect, written straight into the tables: who buys what is decided here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from stamgast.customers.models import Customer
from stamgast.measurement.actions import ArmPlan, draw_lots, open_experiment
from stamgast.measurement.judging import judge_all
from stamgast.measurement.models import Experiment, Lot, Verdict
from stamgast.sales.models import Order

BEGAN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HALVES = (ArmPlan("control", 0.5, is_control=True), ArmPlan("mail", 0.5))
# Of a lot: on which days after it (below zero: before) somebody buys, and with what margin.
Habit = Callable[[Lot, np.random.Generator], Sequence[tuple[int, int]]]


def begin(key: str = "e1", **facts: Any) -> Experiment:
    told: dict[str, Any] = {
        "kind": "campaign",
        "name": f"Save offer {key}",
        "arms": HALVES,
        "window_days": 60,
        "after_days": 90,
        "at": BEGAN,
        "key": key,
    }
    return open_experiment(**{**told, **facts})


def draw(experiment: Experiment, people: Sequence[Customer], at: datetime = BEGAN) -> list[Lot]:
    return draw_lots(experiment, [one.pk for one in people], at=at)


def live(lots: Sequence[Lot], habit: Habit, *, seed: int = 1, prefix: str = "o") -> None:
    """Let everyone buy as their habit says."""
    dice = np.random.default_rng(seed)
    rows = []
    for lot in sorted(lots, key=lambda lot: lot.customer_id):
        for n, (days, margin) in enumerate(habit(lot, dice)):
            rows.append(
                order(lot.customer_id, lot.day + days * DAY, margin, f"{prefix}{lot.pk}-{n}")
            )
    Order.objects.bulk_create(rows, batch_size=500)


def order(customer: int | None, day: date, margin: int, number: str, **facts: Any) -> Order:
    told: dict[str, Any] = {
        "customer_id": customer,
        "number": number,
        "ordered_at": datetime.combine(day, time(11), UTC),
        "day": day,
        "currency": "EUR",
        "total_minor": margin * 3,
        "revenue_minor": margin * 5 // 2,
        "margin_minor": margin,
        "is_purchase": True,
    }
    return Order(**{**told, **facts})


def usual(share: float = 0.4, margin: int = 1500) -> Habit:
    """Buy now and then: in the window with this chance, in the after-period half as often again."""

    def habit(lot: Lot, dice: np.random.Generator) -> list[tuple[int, int]]:
        found = []
        size = int(margin * dice.lognormal(0, 0.4))
        if dice.random() < share:
            found.append((int(dice.integers(0, 60)), size))
        if dice.random() < 1.5 * share:
            found.append((int(dice.integers(60, 150)), size))
        if dice.random() < share:
            found.append((int(dice.integers(-300, -1)), size))
        return found

    return habit


def effective(treated: Habit, otherwise: Habit) -> Habit:
    """Give those who got something another habit than the control."""
    return lambda lot, dice: (otherwise if lot.arm.is_control else treated)(lot, dice)


def verdict(on: date, experiment: Experiment | None = None) -> Verdict:
    """Judge as of a day, and return the verdict (of this experiment, or the only one)."""
    at = datetime.combine(on + DAY, time(5), UTC)
    found = judge_all(as_of=on, at=at, progress=lambda *_: None)
    if experiment is None:
        assert len(found) == 1
        return found[0]
    return next(one for one in found if one.experiment_id == experiment.pk)


def mark_known(until: date) -> None:
    """Let orders be known up to a day: an anonymous sale on it."""
    order(None, until, 1, f"known-{until}").save()
