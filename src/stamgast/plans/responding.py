"""What a measure adds to the chance of an order: learned where there is enough, else taken with care."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stamgast.insight.effect import (
    EffectRefusal,
    Interval,
    Learned,
    Lot,
    Worth,
    advise,
    learn,
    robust_scores,
    same_for_all,
)
from stamgast.insight.effect.interval import around
from stamgast.insight.effect.logistic import Floats
from stamgast.insight.effect.uplift import FEWEST_ORDERS, chances_left_out

# Before anything is known of a measure: half an order more per hundred customers, give or take one.
# What is measured soon outweighs it; where nothing is, it keeps a plan from promising much.
USUAL, SPREAD = 0.005, 0.010
_LEVEL, _REACH = 0.95, 1.959964
RULE = "rule_of_thumb"  # our own way to choose: silent for long, and worth it


@dataclass(frozen=True)
class Cost:
    """What an option costs, in major units: of everybody who gets it, and of who then orders."""

    sending: float
    discount: float
    each: float  # set aside for everybody who gets it, used or not


@dataclass(frozen=True)
class Response:
    """What a measure adds, and what that rests on; `README.md` of this room names the bases.

    `uplift` is what it adds to the chance of an order, on average. `gains` are those of choosing per
    customer over each other way, per customer in margin; empty where it was not tried.
    """

    basis: str
    customers: int
    treated: int
    ordered: tuple[int, int]  # treated, control
    uplift: Interval
    learned: Learned | None = None
    gains: Mapping[str, Interval] | None = None
    weakest: str = ""

    @property
    def spread(self) -> float:
        """Standard deviation of what it adds on average."""
        return (self.uplift.upper - self.uplift.lower) / 2 / _REACH

    def chances(self, features: Floats, usual: Floats) -> tuple[Floats, Floats]:
        """Return the chance of an order without it, and with it.

        `usual` is the chance without, for where nothing was learned of it.
        """
        if self.learned is None:
            without = np.clip(usual, 0.0, 1.0)
            return without, np.clip(without + self.uplift.estimate, 0.0, 1.0)
        found = self.learned.chances_of_order(features)
        return found[:, 0], found[:, 1]


def gain(without: Floats, offered: Floats, margin: Floats, cost: Cost) -> Floats:
    """Return what an option brings each customer on average, after its cost, in major units.

    The discount goes also to those who would have ordered anyway.
    """
    return np.asarray(offered * (margin - cost.discount) - without * margin - cost.sending)


def respond(lot: Lot | None, margin: Floats, silence: Floats, cost: Cost) -> Response:
    """Say what a measure adds, from the lots of a control (arm 0) and those who got it (arm 1).

    `margin` and `silence` are of the customers in the lots.
    """
    if lot is None or not len(lot.arm):
        return Response("little", 0, 0, (0, 0), _careful(None))
    treated = lot.arm == 1
    ordered = (int(lot.outcome[treated].sum()), int(lot.outcome[~treated].sum()))
    counts: dict[str, Any] = {
        "customers": len(lot.arm),
        "treated": int(treated.sum()),
        "ordered": ordered,
    }
    try:
        learned = learn(lot)
    except EffectRefusal:
        return Response("little", **counts, uplift=_careful(_plain(lot)))
    design = learned.scaling.design(lot.features)
    scores = robust_scores(lot, chances_left_out(lot, design))
    each = scores[:, 1] - scores[:, 0]
    measured = (float(each.mean()), float(each.std(ddof=1)) / math.sqrt(len(each)))
    uplift = around(measured[0], _REACH * measured[1], _LEVEL)
    worth = Worth(margin, np.array([0.0, cost.sending]), np.array([0.0, cost.discount]))
    rule = (silence < np.median(silence)) & (margin > np.median(margin))
    try:
        advice = advise(lot, worth, rules={RULE: rule.astype(np.int64)})
    except EffectRefusal:
        return Response("same", **counts, uplift=uplift, learned=same_for_all(learned))
    return Response(
        "individual" if advice.is_individual else "same",
        **counts,
        uplift=uplift,
        learned=learned if advice.is_individual else same_for_all(learned),
        gains={name: value.interval(_LEVEL) for name, value in advice.gains.items()},
        weakest=advice.weakest,
    )


def needed(response: Response) -> int:
    """Return how many more orders the smaller arm needs before anything can be learned."""
    return max(0, FEWEST_ORDERS - min(response.ordered))


def _plain(lot: Lot) -> tuple[float, float] | None:
    """Return the difference in the share that ordered, with its error; None without two arms."""
    shares, errors = [], []
    for arm in (1, 0):
        did = lot.outcome[lot.arm == arm]
        if len(did) < 2:
            return None
        share = (float(did.sum()) + 0.5) / (len(did) + 1)
        shares.append(share)
        errors.append(share * (1 - share) / len(did))
    return shares[0] - shares[1], math.sqrt(sum(errors))


def _careful(measured: tuple[float, float] | None) -> Interval:
    """Weigh what was measured with what is usual (a normal prior)."""
    if measured is None:
        return around(USUAL, _REACH * SPREAD, _LEVEL)
    weight, usual = 1 / max(measured[1], 1e-9) ** 2, 1 / SPREAD**2
    mean = (measured[0] * weight + USUAL * usual) / (weight + usual)
    return around(mean, _REACH / math.sqrt(weight + usual), _LEVEL)
