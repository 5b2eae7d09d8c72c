"""A world in which the model of the bonds is true, and worlds in which it is not.

Each bond of each customer is drawn from the prior; each indicator that is seen shows the share of
successes in as many draws of that bond as it is reliable, fewer with age. Ages are chosen so that
the draws left are whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stamgast.insight.bonds import BONDS, Indicator, Priors

Floats = npt.NDArray[np.float64]

AS_OF = date(2026, 6, 30)
PRIORS = Priors(
    {
        "situational": 0.3,
        "economic": 0.35,
        "legal": 0.15,
        "technical": 0.2,
        "emotional": 0.6,
    }
)
NEED = 3.0
INDICATORS = (
    Indicator("place", "situational", 3, None, None, "where they live"),
    Indicator("discounts", "economic", 4, 365, None, "discounts taken"),
    Indicator("points", "economic", 2, None, "programme", "points held"),
    Indicator("tier", "economic", 2, None, "programme", "tier held"),
    Indicator("contract", "legal", 8, None, None, "a contract"),
    Indicator("system", "technical", 4, None, None, "a system"),
    Indicator("nps", "emotional", 4, 365, None, "would recommend"),
    Indicator("review", "emotional", 2, None, None, "review"),
    Indicator("complaint", "emotional", 6, 365, None, "complaint"),
)
HALF_LIFE = 365


@dataclass(frozen=True)
class World:
    """True bonds (customers x five), what was seen of them, and true buying with its forecast."""

    bonds: Floats
    evidence: pa.Table
    behaviour: pa.Table
    is_patron: npt.NDArray[np.bool_]

    @property
    def is_fond(self) -> npt.NDArray[np.bool_]:
        return self.bonds[:, BONDS.index("emotional")] >= 0.6

    @property
    def kind(self) -> npt.NDArray[np.str_]:
        """The true cell of each customer."""
        bought = np.where(self.is_patron, "true", "latent")
        return np.where(self.is_fond, bought, np.where(self.is_patron, "spurious", "none"))


def draw_world(
    customers: int = 20_000,
    *,
    missing: float = 0.6,
    seed: int = 1,
    correlated: bool = False,
    silent_detractors: bool = False,
    true_reliability: float = 1.0,
) -> World:
    """Draw a world; the last three options break the model.

    Correlated: every indicator of the emotional bond repeats one and the same draw. Silent
    detractors: the less fond, the less often anything is seen of the emotional bond. True
    reliability: indicators rest on this many times the draws that are stated.
    """
    rng = np.random.default_rng(seed)
    means = np.array([PRIORS.means[bond] for bond in BONDS])
    bonds = rng.beta(means * PRIORS.worth, (1 - means) * PRIORS.worth, (customers, len(BONDS)))
    seen, draws = [], {}
    for indicator in INDICATORS:
        own = bonds[:, BONDS.index(indicator.bond)]
        halved = rng.random(customers) < 0.5 if indicator.half_life_days else np.zeros(customers)
        left = indicator.reliability / (1 + halved)
        trials = np.maximum(np.rint(left * true_reliability), 1).astype(int)
        share = rng.binomial(trials, own) / trials
        key = "all" if correlated and indicator.bond == "emotional" else indicator.shared
        if key == indicator.code:
            draws[key] = share
        share = draws.setdefault(key, share)
        chance = np.full(customers, 1 - missing)
        if silent_detractors and indicator.bond == "emotional":
            chance = chance * 2 * own
        there = np.flatnonzero(rng.random(customers) < chance)
        age = np.where(halved[there] > 0, HALF_LIFE, 0)
        seen.append(_rows(indicator.code, there, share[there], age))
    behaviour, is_patron = _draw_buying(rng, customers)
    return World(bonds, pa.concat_tables(seen), behaviour, is_patron)


def _rows(code: str, who: npt.NDArray[np.int64], value: Floats, age: npt.NDArray) -> pa.Table:
    day = np.datetime64(AS_OF) - age.astype("timedelta64[D]")
    return pa.table(
        {
            "customer_id": who,
            "indicator": pa.array([code] * who.size),
            "value": value,
            "day": pa.array(day.astype("datetime64[D]")),
        }
    )


def _draw_buying(
    rng: np.random.Generator, customers: int
) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """Draw who is still there, and their yearly rate given the purchase days that were seen."""
    days = 1 + rng.poisson(5, customers)
    p_alive = rng.beta(2, 1, customers)
    expected = rng.gamma(2.0, 2.5, customers)
    rate = rng.gamma(days, expected / days)
    is_alive = rng.random(customers) < p_alive
    table = pa.table(
        {
            "customer_id": np.arange(customers),
            "p_alive": p_alive,
            "purchases_365": expected * p_alive,
            "purchase_days": days,
        }
    )
    return table, is_alive & (rate >= NEED)


def later(days: int) -> date:
    """Return a day after the one on which everything was seen."""
    return AS_OF + timedelta(days=days)
