"""Decisions about plans: values in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from stamgast.customers.rules import tidy
from stamgast.plans.errors import BadPlan

MOST_OPTIONS = 8
FEWEST_ORDERS = 20  # in each group before anything is learned; as `insight.effect` wants
LEAST_EXPLORED, MOST_EXPLORED = Decimal("0"), Decimal("0.50")
STAGES = ("new", "active", "drifting", "lost", "won_back")
KINDS = (
    "true", "latent", "captive", "bought", "habit", "no_alternative", "spurious", "none", "unknown",
)  # fmt: skip
GROUPS = {"stage": STAGES, "kind": KINDS}
CURVE = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)  # of the budget


def clean_name(name: str) -> str:
    """Return a plan's name on one line; refuses none and too long a one."""
    clean = tidy(name)
    if not 1 <= len(clean) <= 120:
        raise BadPlan(field="name")
    return clean


def clean_budget(budget_minor: int) -> int:
    """Return a budget; refuses nothing and what cannot be."""
    if not 0 < budget_minor < 10**13:
        raise BadPlan(field="budget")
    return budget_minor


def clean_share(share: Decimal | float | str) -> Decimal:
    """Return the share that is left to chance; refuses none that is one, and more than half."""
    try:
        clean = Decimal(str(share)).quantize(Decimal("0.01"))
    except ArithmeticError:
        raise BadPlan(field="exploration") from None
    if not clean.is_finite() or not LEAST_EXPLORED <= clean <= MOST_EXPLORED:
        raise BadPlan(field="exploration")
    return clean


def clean_reason(reason: str) -> str:
    """Return why something was changed by hand; refuses none."""
    clean = tidy(reason)[:300]
    if not clean:
        raise BadPlan(field="reason")
    return clean


def place_of(salt: str, customer: int) -> float:
    """Return where chance puts a customer, in [0, 1): the same every time the plan is made."""
    found = blake2b(b"%d" % customer, digest_size=8, key=salt.encode()).digest()
    return (int.from_bytes(found, "big") >> 11) / 2**53


def next_step(budget_minor: int, unit: int) -> int:
    """Return a round amount to ask "what does so much more buy?" of: at most a third of a budget."""
    amounts = [digit * 10**zeros * unit for zeros in range(10) for digit in (1, 2, 5)]
    return max((one for one in amounts if one <= budget_minor / 3), default=unit)


def range_of(parts: Iterable[tuple[str, Mapping[str, float]]]) -> dict[str, int]:
    """Add up expectations, each with the measure it was learned from.

    Within a measure they are wrong together; errors of two measures have nothing to do with each
    other.
    """
    middle = 0.0
    below: dict[str, float] = defaultdict(float)
    above: dict[str, float] = defaultdict(float)
    for measure, one in parts:
        middle += one["estimate"]
        below[measure] += one["estimate"] - one["low"]
        above[measure] += one["high"] - one["estimate"]
    return {
        "estimate": round(middle),
        "low": round(middle - sum(one**2 for one in below.values()) ** 0.5),
        "high": round(middle + sum(one**2 for one in above.values()) ** 0.5),
    }


def scaled(forecast: Mapping[str, float], share: float) -> dict[str, int]:
    """Return what is expected of so many times the customers."""
    return {name: round(end * share) for name, end in forecast.items()}


def is_within(actual: dict[str, Any], forecast: dict[str, Any]) -> bool:
    """Say whether what came and what was expected can be the same: their ranges meet."""
    return bool(actual["low"] <= forecast["high"] and forecast["low"] <= actual["high"])
