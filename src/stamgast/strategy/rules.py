"""Decisions about goals: what may be asked for, and what reaching it would be worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stamgast.strategy.errors import BadGoal

# What each direction is measured by; the first is the default.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "keep": ("kept_a_year", "active_regulars"),
    "deepen": ("second_purchase", "orders_a_year", "true_loyalty", "nps"),
}
SHARES = frozenset({"kept_a_year", "active_regulars", "second_purchase", "true_loyalty"})
HORIZONS = {"keep": 183, "deepen": 365}  # days: keeping shows sooner than deepening
# One step up from where we are, when nobody names a target: a reachable one, to be argued with.
_STEPS = {"orders_a_year": 0.1, "nps": 5.0}
_SHARE_STEP = 0.03
_ENDS = {"orders_a_year": (0.0, 366.0), "nps": (-100.0, 100.0)}


@dataclass(frozen=True)
class Baseline:
    """Where a measure stands: its value, over how many people, and what one step of it is worth.

    `worth_minor` is the margin a year of one more person (or order) on the good side; empty where
    the base cannot say.
    """

    value: float
    people: int
    worth_minor: float | None


def default_target(measure: str, baseline: float) -> float:
    """Return a target one step above where the measure stands, within what it can be."""
    low, high = _ENDS.get(measure, (0.0, 1.0))
    return min(high, max(low, round(baseline + _STEPS.get(measure, _SHARE_STEP), 3)))


def default_budget(at_stake_minor: int) -> int:
    """Return a tenth of what is at stake, in hundreds of whole units: enough to learn something."""
    return max(50_000, at_stake_minor // 10 // 10_000 * 10_000)


def forecast(measure: str, baseline: Baseline, target: float, budget_minor: int) -> dict[str, Any]:
    """Return what we expect, to be held against what came: without effort nothing moves.

    `worth_minor` is what reaching the target would bring in a year, were the gained ones like those
    we have: an assumption, and kept as one.
    """
    gained = (target - baseline.value) * baseline.people
    worth = None if baseline.worth_minor is None else round(gained * baseline.worth_minor)
    return {
        "measure": measure,
        "without": baseline.value,
        "expected": target,
        "people": baseline.people,
        "gained": None if measure == "nps" else round(gained, 1),
        "worth_minor": worth,
        "budget_minor": budget_minor,
    }


def clean_goal(facts: Mapping[str, Any], *, baseline: float, today: date) -> dict[str, Any]:
    """Return the facts of a goal as they are kept.

    Refuses an unknown direction or measure, a target that is not above the baseline or beyond what
    the measure can be, a date that is not after today or more than five years away, no budget, and
    guard rails that allow nothing.
    """
    found = dict(facts)
    found["name"] = " ".join(str(found.get("name") or "").split())
    checks = {
        "name": len(found["name"]) <= 120,
        "measure": found["measure"] in MEASURES.get(found["direction"], ()),
        "target": _is_possible(found["measure"], found["target"], baseline),
        "due_on": today < found["due_on"] <= today + timedelta(days=5 * 366),
        "budget_minor": 0 < found["budget_minor"] < 10**15,
        "contacts_most": found["contacts_most"] is None or 1 <= found["contacts_most"] <= 100,
        "contacts_days": 1 <= found["contacts_days"] <= 366,
        "worst_case_minor": found["worst_case_minor"] is None
        or 0 < found["worst_case_minor"] <= found["budget_minor"],
        "judged": found["judged"] in ("margin", "followed"),
    }
    for field, is_fine in checks.items():
        if not is_fine:
            raise BadGoal(field=field)
    return found


def _is_possible(measure: str, target: float, baseline: float) -> bool:
    _, high = _ENDS.get(measure, (0.0, 1.0))
    return math.isfinite(target) and baseline < target <= high


def is_reached(actual: float, target: float) -> bool:
    """Say whether the measure came to its target, as it is shown: to a thousandth."""
    return round(actual, 3) >= round(target, 3)
