"""Simulated audiences of which it is known who responds to what, to try plans on.

Customers differ in how often and how lately they bought, in what an order brings, and in their bonds.
Two offers can be made: a discount and some attention without one. Which kind a customer is for an
offer (`simulation.responses`) may depend on their bonds, strongly, as much as the public e-mail test
shows, or not at all. Everything but the kind is known to whoever plans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.effect.logistic import Floats, expit
from stamgast.insight.effect.policy import Worth
from stamgast.insight.effect.uplift import Ints, Lot, lot_of
from stamgast.insight.simulation.responses import DISTURBED, PERSUADABLE, Offer, chances

ARMS = ("nothing", "discount", "attention")
COST = np.array([0.0, 0.6, 0.9])  # of sending, and of the small gift
REDUCTION = np.array([0.0, 0.15, 0.0])  # of the margin of the order that takes it
# Rows: persuadable, sure, lost, disturbed. Columns: economic bond, emotional bond, how lately, often.
_TILTS = (
    ((2.0, -1.0, 0.3, 0.2), (0.5, 0.5, 0.3, 0.3), (-1.0, 0.0, -0.3, -0.2), (-1.0, 1.0, 0.0, 0.0)),
    ((-0.5, 2.0, 0.4, 0.1), (0.0, 0.5, 0.2, 0.3), (0.0, -1.0, -0.3, -0.2), (0.5, -1.5, 0.0, 0.0)),
)


@dataclass(frozen=True)
class Audience:
    """Customers with what is known of them, and what only the simulation knows."""

    features: (
        Floats  # economic and emotional bond, how lately, how often, and three that say nothing
    )
    margin: Floats
    buys: Floats  # chance of an order without any offer
    kinds: tuple[Ints, ...]  # per offer, an index into simulation's KINDS
    known: Floats  # true chance of an order in each arm, given what is known
    hidden: Floats  # the same given the kind as well

    @property
    def worth(self) -> Worth:
        """What an order brings and what the arms cost."""
        return Worth(self.margin, COST, REDUCTION * self.margin[:, None])

    def net(self, chance: Floats) -> Floats:
        """Return the expected gain of each offer over nothing, at given chances of an order."""
        value = chance * self.worth.of_order(len(chance)) - COST
        return np.asarray(value[:, 1:] - value[:, :1])


def offers(heterogeneity: float) -> tuple[Offer, Offer]:
    """Return the two offers; `heterogeneity` 1 is about what the e-mail test shows, 0 is none."""
    tilts = [tuple(tuple(heterogeneity * t for t in row) for row in each) for each in _TILTS]
    return (
        Offer(persuadable=0.09, sure=0.4, disturbed=0.02, tilts=tilts[0]),
        Offer(persuadable=0.06, sure=0.4, disturbed=0.01, tilts=tilts[1]),
    )


def audience(customers: int, heterogeneity: float, seed: int) -> Audience:
    """Draw an audience."""
    dice = np.random.default_rng(seed)
    bonds = dice.beta(1.2, 2.0, (customers, 2))
    lately, often = dice.standard_normal((2, customers))
    features = np.column_stack([bonds, lately, often, dice.standard_normal((customers, 3))])
    buys = expit(-1.8 + 0.5 * lately + 0.6 * often + 0.8 * (bonds[:, 1] - 0.375))
    margin = 18 * np.exp(0.5 * dice.standard_normal(customers) - 0.125 + 0.1 * often)
    known, hidden, kinds = [buys], [buys], []
    for offer in offers(heterogeneity):
        share = chances(offer, customers, features[:, :4])
        edges = np.cumsum(share, axis=1)[:, :-1]
        kind = (dice.random(customers)[:, None] >= edges).sum(axis=1)
        kinds.append(kind)
        known.append(
            share[:, PERSUADABLE] + buys * (1 - share[:, PERSUADABLE] - share[:, DISTURBED])
        )
        hidden.append(np.select([kind == PERSUADABLE, kind == DISTURBED], [1.0, 0.0], buys))
    return Audience(
        features, margin, buys, tuple(kinds), np.column_stack(known), np.column_stack(hidden)
    )


def pilot(people: Audience, seed: int) -> Lot:
    """Draw a lot of equal chances among them, and let them order or not."""
    dice = np.random.default_rng([seed, 1])
    arm = dice.integers(0, len(ARMS), len(people.margin))
    ordered = dice.random(len(arm)) < people.hidden[np.arange(len(arm)), arm]
    return lot_of(people.features, arm, np.full(len(ARMS), 1 / len(ARMS)), ordered)
