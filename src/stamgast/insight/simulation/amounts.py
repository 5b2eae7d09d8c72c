"""Order values drawn from a distribution, for worlds in which the catalogue's prices do not count.

Amounts are without VAT. Each customer has one parameter of his own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stamgast.insight.simulation.clock import Floats


class Amounts(Protocol):
    """A distribution of order values over customers and over orders."""

    def draw_own(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw each customer's own parameter."""

    def draw(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Draw one order value for each given parameter."""

    def mean(self, own: Floats) -> Floats:
        """Return the customers' true mean order values."""


@dataclass(frozen=True)
class GammaGamma:
    """Order values Gamma(p, rate nu), with nu ~ Gamma(q, rate gamma) over customers.

    The spend model of Fader, Hardie & Lee (2005) and Colombo & Jiang (1999).
    """

    p: float
    q: float
    gamma: float

    def draw_own(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw nu."""
        return np.maximum(rng.gamma(self.q, 1.0 / self.gamma, count), 1e-9)

    def draw(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Draw gamma order values."""
        return rng.gamma(self.p, 1.0, own.shape) / own

    def mean(self, own: Floats) -> Floats:
        """Return p / nu."""
        return self.p / own


@dataclass(frozen=True)
class LogNormal:
    """Order values lognormal with mean `mean`; `between` customers and `within` one, in logs."""

    mean_value: float
    between: float
    within: float

    def draw_own(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw the customers' own means."""
        own = np.exp(self.between * rng.standard_normal(count) - self.between**2 / 2)
        return self.mean_value * own

    def draw(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Draw lognormal order values around the own means."""
        noise = self.within * rng.standard_normal(own.shape) - self.within**2 / 2
        return own * np.exp(noise)

    def mean(self, own: Floats) -> Floats:
        """Return the own means."""
        return own
