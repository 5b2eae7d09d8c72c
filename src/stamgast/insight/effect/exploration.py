"""A plan of which a part stays a lot, so that one can see afterwards whether it was right.

Whoever only ever sends to those who seemed best never learns whether they still are. So a known share
of the customers gets what chance says, nothing included, and everybody's probabilities are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.logistic import Floats
from stamgast.insight.effect.uplift import Ints

SHARE = 0.1


@dataclass(frozen=True)
class Explored:
    """What each customer gets, and the probability each arm had; arm 0 is nothing.

    `chances` (customers, arms) goes with `lot_of` once it is known who ordered.
    """

    arm: Ints
    chances: Floats


def explore(choice: Any, places: Any, *, allowed: Any, share: float = SHARE) -> Explored:
    """Return the plan with a share of it left to chance.

    `choice` is the plan's offer per customer (-1: nothing); `places` are numbers in [0, 1) that the
    lot drew for them, evenly and for good; `allowed` (customers, offers) says who may get what.
    Within the share each customer's allowed offers and nothing are equally likely. Refuses with
    `no_share` a share outside [0, 1], with `not_allowed` a plan that gives what may not be given.
    """
    if not 0 <= share <= 1:
        raise EffectRefusal("no_share", "a share lies between 0 and 1", share=share)
    plan, place = np.asarray(choice, dtype=np.int64) + 1, np.asarray(places, dtype=np.float64)
    may = np.column_stack([np.ones(len(plan), dtype=bool), np.asarray(allowed, dtype=bool)])
    rows = np.arange(len(plan))
    if not may[rows, plan].all():
        raise EffectRefusal("not_allowed", "the plan gives somebody what they may not get")
    chances = share * may / may.sum(axis=1, keepdims=True)
    chances[rows, plan] += 1 - share
    edges = np.cumsum(chances, axis=1)
    arm = (place[:, None] >= edges[:, :-1]).sum(axis=1)
    # Rounding must not hand out at the very end what has no chance at all.
    arm = np.where(chances[rows, arm] > 0, arm, plan)
    return Explored(arm.astype(np.int64), chances)
