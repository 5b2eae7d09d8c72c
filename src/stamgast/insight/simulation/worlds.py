"""Named worlds: the demo's coffee shop, the models' own assumptions, and worlds that break them.

Each returns a ShopSpec; `changes` replaces any of its fields. The plain worlds run for 156 weeks
and hold nothing but the process they are named after: gamma-gamma order values, no season,
discounts, returns or complaints.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from stamgast.insight.simulation.amounts import GammaGamma
from stamgast.insight.simulation.clock import Season
from stamgast.insight.simulation.coffee import coffee_shop
from stamgast.insight.simulation.coffee_shelves import coffee_catalogue
from stamgast.insight.simulation.dropouts import AtOnce, BetaGeometric, Exponential, Never, Weibull
from stamgast.insight.simulation.mechanisms import (
    Baskets,
    Contacts,
    Payment,
    Rate,
    Shoppers,
    Subscription,
    Ties,
)
from stamgast.insight.simulation.spec import ShopSpec

__all__ = [
    "WORLDS",
    "bgnbd_world",
    "coffee_shop",
    "contract_world",
    "correlated_world",
    "gift_world",
    "loyal_world",
    "mbgnbd_world",
    "pareto_world",
    "regular_world",
    "seasonal_world",
    "weibull_world",
]

WEEK = 7.0
START, END = date(2023, 1, 2), date(2025, 12, 29)  # 156 weeks
DECEMBER = Season(months=(0.0,) * 10 + (0.35, 1.0))
# What the CDNOW sample gives (Fader, Hardie & Lee 2005), in days instead of weeks.
CDNOW_RATE_BG = Rate(0.243, 4.414 * WEEK)
CDNOW_RATE_MBG = Rate(0.525, 6.183 * WEEK)
CDNOW_RATE_PARETO = Rate(0.553, 10.578 * WEEK)
CDNOW_LEAVING_PARETO = Exponential(0.606, 11.669 * WEEK)
CDNOW_SPEND = GammaGamma(6.25, 3.74, 15.44)


def _plain(*shoppers: Shoppers, **changes: Any) -> ShopSpec:
    plain: dict[str, Any] = {
        "start": START,
        "end": END,
        "shoppers": shoppers,
        "amounts": CDNOW_SPEND,
        "baskets": Baskets(extra_lines=0.0, spread=0.0),
        "contacts": Contacts(0.0, 0.0, 0.0),
        "payments": (Payment("card", 1.0, 0.0, 0.0),),
    }
    return ShopSpec(**{**plain, **changes})


def bgnbd_world(**changes: Any) -> ShopSpec:
    """Return the BG/NBD: Poisson purchases, leaving with a chance after each repeat purchase."""
    return _plain(Shoppers("bg_nbd", 1.0, CDNOW_RATE_BG, BetaGeometric(0.793, 2.426)), **changes)


def mbgnbd_world(**changes: Any) -> ShopSpec:
    """Return the MBG/NBD: as the BG/NBD, but one may leave after the first purchase too."""
    leaving = BetaGeometric(0.891, 1.614, after_first=True)
    return _plain(Shoppers("mbg_nbd", 1.0, CDNOW_RATE_MBG, leaving), **changes)


def pareto_world(**changes: Any) -> ShopSpec:
    """Return the Pareto/NBD: Poisson purchases, exponential lifetimes."""
    return _plain(Shoppers("pareto_nbd", 1.0, CDNOW_RATE_PARETO, CDNOW_LEAVING_PARETO), **changes)


def loyal_world(**changes: Any) -> ShopSpec:
    """Return the NBD: nobody ever leaves, so that whoever is called lost is called so wrongly."""
    return _plain(Shoppers("nbd", 1.0, Rate(1.2, 60.0), Never()), **changes)


def regular_world(**changes: Any) -> ShopSpec:
    """Return clockwork: gaps Gamma with shape 4, far more even than any Poisson model assumes."""
    leaving = BetaGeometric(0.8, 6.0, after_first=True)
    return _plain(Shoppers("regular", 1.0, Rate(2.0, 70.0), leaving, regularity=4), **changes)


def weibull_world(**changes: Any) -> ShopSpec:
    """Return customers who tire: Weibull lifetimes of shape 2, against every memoryless model."""
    leaving = Weibull(2.0, 320.0, spread=0.4)
    return _plain(Shoppers("tiring", 1.0, Rate(1.0, 40.0), leaving), **changes)


def correlated_world(**changes: Any) -> ShopSpec:
    """Return a Pareto/NBD in which heavy buyers leave sooner (rank correlation of normals 0.7)."""
    return pareto_world(**{"ties": Ties(rate_drop_out=0.7), **changes})


def seasonal_world(**changes: Any) -> ShopSpec:
    """Return two halves: one buys all year, most in December, the other in December only."""
    leaving = BetaGeometric(0.8, 4.0, after_first=True)
    return _plain(
        Shoppers("all_year", 0.5, Rate(1.0, 45.0), leaving),
        Shoppers("december", 0.5, Rate(3.0, 400.0), leaving, season=DECEMBER),
        season=Season(months=(0.8, 0.8, 0.9, 0.9, 1.0, 0.9, 0.7, 0.8, 0.9, 1.0, 1.3, 2.0)),
        **changes,
    )


def gift_world(**changes: Any) -> ShopSpec:
    """Return a MBG/NBD shop in which half of the customers buy one gift and never return."""
    leaving = BetaGeometric(0.891, 1.614, after_first=True)
    return _plain(
        Shoppers("mbg_nbd", 0.5, CDNOW_RATE_MBG, leaving),
        Shoppers("gift", 0.5, Rate(1.0, 365.0), AtOnce(), season=DECEMBER),
        **changes,
    )


def contract_world(**changes: Any) -> ShopSpec:
    """Return subscribers only: leaving is a notice one can read, not a silence one must guess."""
    subscription = Subscription(begins_within=0)
    return _plain(
        Shoppers("subscriber", 1.0, Rate(1.0, 28.0), Never(), subscription=subscription),
        **{"catalogue": coffee_catalogue(), "amounts": None, **changes},
    )


WORLDS: dict[str, Callable[..., ShopSpec]] = {
    "bgnbd": bgnbd_world,
    "mbgnbd": mbgnbd_world,
    "pareto": pareto_world,
    "loyal": loyal_world,
    "regular": regular_world,
    "weibull": weibull_world,
    "correlated": correlated_world,
    "seasonal": seasonal_world,
    "gift": gift_world,
    "contract": contract_world,
}
