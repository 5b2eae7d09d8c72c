"""Why customers stay: five bonds, and the kind of loyalty that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.clock import Flags, Floats, Ints
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams
from stamgast.insight.simulation.subscriptions import Contracts

BONDS = ("situational", "economic", "legal", "technical", "emotional")
SITUATIONAL, ECONOMIC, LEGAL, TECHNICAL, EMOTIONAL = range(5)
LOYALTY = ("true", "latent", "captive", "bought", "habit", "no_alternative", "none")


@dataclass(frozen=True)
class Loyalty:
    """Per customer: the five bonds (columns as in BONDS) and the index into LOYALTY."""

    bonds: Floats
    kind: Ints


def draw_bonds(
    spec: ShopSpec, people: Population, contracts: Contracts, now: float, streams: Streams
) -> Floats:
    """Draw each bond, Beta around its cause with the stated precision.

    Causes: living near the shop; the chance to order with a discount; the contract (0.5 open, 0.85
    fixed, 0.25 once notice is given, 0.03 without one); owning a device that needs our
    consumables (0.85, else 0.05); and attitude.
    """
    named = slice(0, people.named)
    cause = np.empty((people.named, len(BONDS)))
    near = people.is_local[named]
    cause[:, SITUATIONAL] = np.where(near, spec.bonds.situational_local, spec.bonds.situational)
    cause[:, ECONOMIC] = people.discount_love[named]
    cause[:, LEGAL] = 0.03
    runs = (contracts.starts < now) & (contracts.ends >= now)
    tie = np.where(contracts.is_fixed, 0.85, 0.5)
    cause[contracts.owner[runs], LEGAL] = np.where(contracts.notice < now, 0.25, tie)[runs]
    cause[:, TECHNICAL] = np.where(people.device[named] >= 0, 0.85, 0.05)
    cause[:, EMOTIONAL] = people.attitude[named]
    precision = spec.bonds.precision
    rng = streams.named("bonds")
    return rng.beta(0.2 + precision * cause, 0.2 + precision * (1 - cause))


def judge_loyalty(
    spec: ShopSpec, people: Population, bonds: Floats, alive: Flags, expected_year: Floats
) -> Ints:
    """Cross attitude with patronage (Dick & Basu, 1994); the strongest bond names the spurious."""
    named = slice(0, people.named)
    is_fond = people.attitude[named] >= spec.bonds.high
    is_patron = alive & (expected_year >= spec.bonds.patronage)
    strongest = np.argmax(bonds[:, :EMOTIONAL], axis=1)
    situation = np.where(
        people.has_alternative[named], LOYALTY.index("habit"), LOYALTY.index("no_alternative")
    )
    by_bond = np.select(
        [strongest == SITUATIONAL, strongest == ECONOMIC],
        [situation, np.full(situation.size, LOYALTY.index("bought"))],
        default=LOYALTY.index("captive"),
    )
    spurious_or_none = np.where(is_patron, by_bond, LOYALTY.index("none"))
    fond = np.where(is_patron, LOYALTY.index("true"), LOYALTY.index("latent"))
    return np.where(is_fond, fond, spurious_or_none)
