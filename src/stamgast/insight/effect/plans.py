"""From a lot and a budget to a plan: learn, ask whether choosing is supported, and divide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stamgast.insight.effect.allocation import Plan, allocate
from stamgast.insight.effect.logistic import Floats
from stamgast.insight.effect.policy import Advice, Worth, advise, net_value
from stamgast.insight.effect.uplift import Ints, Learned, Lot, learn, same_for_all


@dataclass(frozen=True)
class Proposed:
    """A plan, what it rests on, and what each customer was expected to gain by each offer.

    `plan.choice` counts offers from 0; arms of a lot count from 1, since 0 is the control.
    """

    plan: Plan
    advice: Advice
    learned: Learned
    expected: Floats


def propose(
    lot: Lot,
    lot_worth: Worth,
    features: Any,
    worth: Worth,
    budget: float,
    *,
    takes: Any = None,
    caps: Any = None,
    rules: Mapping[str, Ints] | None = None,
    seed: int = 1,
) -> Proposed:
    """Return who should get which offer, from what a lot among other customers showed.

    `features` and `worth` are of those to plan for, `lot_worth` of those in the lot. `takes` is what
    an offer takes from the budget, as `allocate` wants its costs; without it what it costs to make
    the offer. Where choosing per customer is not proven better, everybody
    is taken to respond alike, and only what an order is worth tells them apart. Refuses as `learn`
    and `allocate` do.
    """
    advice = advise(lot, lot_worth, rules=rules, seed=seed)
    learned = learn(lot, seed=seed)
    if not advice.is_individual:
        learned = same_for_all(learned)
    expected = net_value(learned, features, worth)
    costs = np.asarray(worth.cost)[1:] if takes is None else takes
    plan = allocate(expected, costs, budget, caps=caps, seed=seed)
    return Proposed(plan, advice, learned, expected)
