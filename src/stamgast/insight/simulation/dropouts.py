"""Ways in which customers leave: those our models assume, and some they do not.

Every way gives each customer one parameter of his own; higher means sooner gone. From it follow a
chance to leave after each purchase, or a lifetime in days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stamgast.insight.simulation.clock import Floats


class DropOut(Protocol):
    """A distribution of leaving over customers and over time."""

    @property
    def after_first(self) -> bool:
        """Whether a customer may already leave after the first purchase."""

    @property
    def is_in_time(self) -> bool:
        """Whether customers leave at a moment in time rather than after a purchase."""

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw each customer's own parameter."""

    def chance(self, own: Floats) -> Floats:
        """Return the chance to leave after a purchase."""

    def lifetime(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Draw days from the first purchase to leaving; inf where leaving follows a purchase."""

    def survival(self, own: Floats, age: Floats, ahead: float) -> Floats:
        """Return the chance that one alive at `age` days is alive `ahead` days later."""


class _AfterPurchase:
    """What ways of leaving after a purchase have in common."""

    is_in_time = False

    def lifetime(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Give no end in time."""
        return np.full(own.shape, np.inf)

    def survival(self, own: Floats, age: Floats, ahead: float) -> Floats:
        """Return 1: time alone does not make anyone leave."""
        return np.ones(own.shape)


@dataclass(frozen=True)
class Never(_AfterPurchase):
    """Nobody ever leaves (the NBD model)."""

    after_first: bool = False

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Give everyone zero."""
        return np.zeros(count)

    def chance(self, own: Floats) -> Floats:
        """Return zero."""
        return own


@dataclass(frozen=True)
class AtOnce(_AfterPurchase):
    """Everyone leaves after the first purchase: gift buyers."""

    after_first: bool = True

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Give everyone one."""
        return np.ones(count)

    def chance(self, own: Floats) -> Floats:
        """Return one."""
        return own


@dataclass(frozen=True)
class BetaGeometric(_AfterPurchase):
    """Leaving after each purchase with a chance of one's own, Beta(a, b) over customers.

    `after_first=False` is the BG/NBD of Fader, Hardie & Lee (2005): the first purchase is always
    survived. `after_first=True` is the MBG/NBD of Batislam, Denizel & Filiztekin (2007).
    """

    a: float
    b: float
    after_first: bool = False

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw p from Beta(a, b)."""
        return rng.beta(self.a, self.b, count)

    def chance(self, own: Floats) -> Floats:
        """Return p itself."""
        return own


class _InTime:
    """What ways of leaving at a moment in time have in common."""

    after_first = False
    is_in_time = True

    def chance(self, own: Floats) -> Floats:
        """Return zero: a purchase does not make anyone leave."""
        return np.zeros(own.shape)


@dataclass(frozen=True)
class Exponential(_InTime):
    """Lifetimes exponential with a hazard per day, Gamma(shape, rate) over customers.

    This is the Pareto/NBD of Schmittlein, Morrison & Colombo (1987); `rate` is in days.
    """

    shape: float
    rate: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw the hazard per day."""
        return rng.gamma(self.shape, 1.0 / self.rate, count)

    def lifetime(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Draw exponential lifetimes."""
        with np.errstate(divide="ignore", over="ignore"):
            return rng.standard_exponential(own.shape) / own

    def survival(self, own: Floats, age: Floats, ahead: float) -> Floats:
        """Return exp(-hazard x days): age does not matter."""
        return np.exp(-own * ahead)


@dataclass(frozen=True)
class Weibull(_InTime):
    """Lifetimes Weibull(shape) with a scale that differs by customer (lognormal around `days`).

    A shape above one lets people tire of the shop; below one, those who stayed long stay longer.
    Neither is what the Pareto/NBD assumes.
    """

    shape: float
    days: float
    spread: float = 0.0

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw one over the scale in days; its median is 1 / `days`."""
        return np.exp(self.spread * rng.standard_normal(count)) / self.days

    def lifetime(self, rng: np.random.Generator, own: Floats) -> Floats:
        """Draw Weibull lifetimes."""
        return rng.weibull(self.shape, own.shape) / own

    def survival(self, own: Floats, age: Floats, ahead: float) -> Floats:
        """Return S(age + ahead) / S(age)."""
        return np.exp((age * own) ** self.shape - ((age + ahead) * own) ** self.shape)
