"""Named worlds: the demo's coffee shop, the models' own assumptions, and worlds that break them.

Each returns a ShopSpec; `changes` replaces any of its fields. The plain worlds hold nothing but the
process they are named after: gamma-gamma order values, no season, discounts, returns or complaints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from stamgast.insight.simulation import coffee
from stamgast.insight.simulation.amounts import GammaGamma
from stamgast.insight.simulation.clock import Season
from stamgast.insight.simulation.dropouts import AtOnce, BetaGeometric, Exponential, Never, Weibull
from stamgast.insight.simulation.spec import (
    Arrivals,
    Asked,
    Baskets,
    Channel,
    Contacts,
    Country,
    Discounts,
    Payment,
    People,
    Rate,
    SecondLife,
    Service,
    Shipping,
    Shoppers,
    ShopSpec,
    Subscription,
    Surveys,
    Ties,
)

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
    spec = ShopSpec(
        start=START,
        end=END,
        shoppers=shoppers,
        amounts=CDNOW_SPEND,
        baskets=Baskets(extra_lines=0.0, spread=0.0),
        contacts=Contacts(0.0, 0.0, 0.0),
        payments=(Payment("card", 1.0, 0.0, 0.0),),
    )
    return replace(spec, **changes)


def bgnbd_world(**changes: Any) -> ShopSpec:
    """Return the BG/NBD: Poisson purchases, leaving with a chance after each repeat purchase."""
    return _plain(Shoppers("bg_nbd", 1.0, CDNOW_RATE_BG, BetaGeometric(0.793, 2.426)), **changes)


def mbgnbd_world(**changes: Any) -> ShopSpec:
    """Return the MBG/NBD: as the BG/NBD, but one may leave after the first purchase too."""
    leaving = BetaGeometric(0.891, 1.614, after_first=True)
    return _plain(Shoppers("mbg_nbd", 1.0, CDNOW_RATE_MBG, leaving), **changes)


def pareto_world(**changes: Any) -> ShopSpec:
    """Return the Pareto/NBD: Poisson purchases, exponential lifetimes."""
    return _plain(
        Shoppers("pareto_nbd", 1.0, CDNOW_RATE_PARETO, CDNOW_LEAVING_PARETO), **changes
    )


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
    """Return two halves: some buy all year with a busy December, the others around December only."""
    leaving = BetaGeometric(0.8, 4.0, after_first=True)
    return _plain(
        Shoppers("all_year", 0.5, Rate(1.0, 45.0), leaving),
        Shoppers("december", 0.5, Rate(3.0, 400.0), BetaGeometric(1.0, 5.0, after_first=True), season=DECEMBER),
        season=Season(months=(0.8, 0.8, 0.9, 0.9, 1.0, 0.9, 0.7, 0.8, 0.9, 1.0, 1.3, 2.0)),
        **changes,
    )  # fmt: skip


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
        **{"catalogue": coffee.coffee_catalogue(), "amounts": None, **changes},
    )


def coffee_shop(*, end: date, customers: int = 5_000, seed: int = 1, **changes: Any) -> ShopSpec:
    """Return the demo: a Dutch coffee shop in the three years before `end`, with everything in it."""
    years_before = end.replace(year=end.year - 3, day=min(end.day, 28))
    spec = ShopSpec(
        start=years_before,
        end=end,
        customers=customers,
        seed=seed,
        name=coffee.SHOP,
        anonymous=0.06,
        shoppers=_COFFEE_SHOPPERS,
        arrivals=Arrivals(growth_per_year=0.15, already=0.17, already_days=75.0),
        season=_COFFEE_SEASON,
        ties=Ties(
            rate_drop_out=-0.25,
            rate_attitude=0.15,
            drop_out_attitude=-0.2,
            drop_out_discount=0.15,
            attitude_discount=-0.2,
            rate_basket=-0.1,
        ),
        second_life=SecondLife(chance=0.04, least=150, mean=120),
        catalogue=coffee.coffee_catalogue(),
        discounts=_COFFEE_DISCOUNTS,
        shipping=Shipping(charge=4.95, free_from=45.0, cost=4.35, sku="VERZENDEN", name="Verzendkosten"),
        payments=_COFFEE_PAYMENTS,
        channels=_COFFEE_CHANNELS,
        countries=_COFFEE_COUNTRIES,
        service=Service(
            late_chance=0.05,
            disruption_days=35,
            disruption_chance=0.22,
            complaint_chance=0.003,
            after_late=0.05,
            overdue_days=25.0,
            leave_after=0.5,
            due_days=7,
        ),
        consents=_COFFEE_CONSENTS,
        surveys=Surveys(ask=0.09, response=0.5),
        people=People(local=0.14),
    )  # fmt: skip
    return replace(spec, **changes)


_EVENINGS = (
    0.10, 0.05, 0.03, 0.02, 0.03, 0.08, 0.25, 0.60, 0.95, 1.25, 1.45, 1.45,
    1.50, 1.35, 1.30, 1.25, 1.20, 1.10, 1.15, 1.60, 2.05, 1.95, 1.30, 0.50,
)  # fmt: skip
_WEEK = (1.10, 1.05, 1.00, 0.95, 0.90, 0.85, 1.15)
_COFFEE_SEASON = Season(
    months=(0.95, 0.90, 0.92, 0.93, 0.95, 0.88, 0.80, 0.84, 1.00, 1.05, 1.25, 1.55),
    weekdays=_WEEK,
    hours=_EVENINGS,
)
_COFFEE_SHOPPERS = (
    Shoppers("everyday", 0.42, Rate(2.8, 240.0), BetaGeometric(0.5, 4.2, after_first=True),
             regularity=3),
    Shoppers("steady", 0.21, Rate(5.0, 310.0), Weibull(1.3, 1000.0, spread=0.5), regularity=5),
    Shoppers("seasonal", 0.08, Rate(4.0, 900.0), BetaGeometric(1.0, 4.0, after_first=True),
             season=Season(months=(0.1, 0.1, 0.2, 0.4, 1.2, 0.4, 0.1, 0.1, 0.2, 0.6, 2.6, 4.6),
                           weekdays=_WEEK, hours=_EVENINGS), basket=1.3),
    Shoppers("gift", 0.20, Rate(1.0, 365.0), AtOnce(),
             season=Season(months=(0.4, 0.7, 0.5, 0.6, 1.1, 0.8, 0.5, 0.5, 0.6, 0.8, 2.0, 3.6),
                           weekdays=_WEEK, hours=_EVENINGS)),
    Shoppers("subscriber", 0.05, Rate(1.0, 28.0), Never(), subscription=Subscription(a=1.2, b=18.0)),
    Shoppers("office", 0.04, Rate(6.0, 190.0), Exponential(1.5, 1300.0), regularity=6,
             season=Season(weekdays=(1.6, 1.3, 1.2, 1.2, 1.0, 0.2, 0.1),
                           hours=(0.0,) * 8 + (1.5, 2.0, 2.0, 1.6, 0.8, 1.4, 1.5, 1.4, 1.0) + (0.1,) * 7),
             is_company=True, basket=2.2),
)  # fmt: skip
_COFFEE_DISCOUNTS = Discounts(
    a=1.2,
    b=3.0,
    welcome=0.4,
    codes=(
        "NIEUWJAAR", "WINTERWARM", "LENTE", "PAASONTBIJT", "MOEDERDAG", "VADERDAG",
        "ZOMER", "TERRAS", "NAZOMER", "OKTOBERKOFFIE", "BLACKFRIDAY", "KERST",
    ),
    welcome_code="WELKOM10",
)  # fmt: skip
_COFFEE_PAYMENTS = (
    Payment("ideal", 0.68, 0.29, 0.0),
    Payment("bancontact", 0.06, 0.39, 0.0),
    Payment("creditcard", 0.12, 0.25, 1.8),
    Payment("achteraf", 0.14, 0.99, 1.9),
)
_COFFEE_CHANNELS = (
    Channel("web", 0.82, "Webwinkel"),
    Channel("shop", 1.2, "Winkel Utrecht", ships=False, open_hours=(9, 18), local_only=True),
    Channel("marketplace", 0.08, "Marktplein"),
)
_COFFEE_COUNTRIES = (
    Country("NL", 0.86, 9.0, 21.0),
    Country("BE", 0.10, 6.0, 21.0, extra_days=1),
    Country("DE", 0.04, 7.0, 19.0, extra_days=2, language="de"),
)
_COFFEE_CONSENTS = (
    Asked("email", "offers", 0.67, 0.05, "Ja, mail mij aanbiedingen van Koffiehuis Linde."),
    Asked("email", "news", 0.48, 0.04, "Ja, stuur mij de maandelijkse nieuwsbrief."),
    Asked("email", "survey", 0.72, 0.03, "U mag mij vragen hoe het ging."),
    Asked("phone", "offers", 0.11, 0.03, "U mag mij bellen over aanbiedingen.", asked=0.95),
    Asked("post", "offers", 0.35, 0.02, "Stuur mij de seizoensfolder.", asked=0.6),
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
