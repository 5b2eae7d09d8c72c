"""The demo: an invented Dutch coffee shop, three years of it, with everything in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from stamgast.insight.simulation.clock import Season
from stamgast.insight.simulation.coffee_shelves import SHOP, coffee_catalogue
from stamgast.insight.simulation.dropouts import AtOnce, BetaGeometric, Exponential, Never, Weibull
from stamgast.insight.simulation.mechanisms import (
    Arrivals,
    Asked,
    Channel,
    Country,
    Discounts,
    Payment,
    People,
    Rate,
    SecondLife,
    Service,
    Shipping,
    Shoppers,
    Subscription,
    Surveys,
    Ties,
)
from stamgast.insight.simulation.spec import ShopSpec


def coffee_shop(*, end: date, customers: int = 5_000, seed: int = 1, **changes: Any) -> ShopSpec:
    """Return a Dutch coffee shop in the three years before `end` (first day after the period).

    With 5,000 customers about 30,000 orders; at the end about 42 % active, 10 % new, 8 % drifting,
    2 % won back, the rest lost. `changes` replaces any field of the spec.
    """
    day = 28 if (end.month, end.day) == (2, 29) else end.day
    spec = ShopSpec(
        start=date(end.year - 3, end.month, day),
        end=end,
        customers=customers,
        seed=seed,
        name=SHOP,
        anonymous=0.06,
        shoppers=_SHOPPERS,
        arrivals=Arrivals(growth_per_year=0.15, already=0.17, already_days=75.0),
        season=_SHOP_SEASON,
        ties=_TIES,
        second_life=SecondLife(chance=0.04, least=150, mean=120),
        catalogue=coffee_catalogue(),
        discounts=_DISCOUNTS,
        shipping=Shipping(4.95, free_from=45.0, cost=4.35, sku="VERZENDEN", name="Verzendkosten"),
        payments=_PAYMENTS,
        channels=_CHANNELS,
        countries=_COUNTRIES,
        service=_SERVICE,
        consents=_CONSENTS,
        surveys=Surveys(ask=0.075, response=0.5),
        people=People(local=0.14),
    )
    return replace(spec, **changes)


_HOURS = (
    0.10, 0.05, 0.03, 0.02, 0.03, 0.08, 0.25, 0.60, 0.95, 1.25, 1.45, 1.45,
    1.50, 1.35, 1.30, 1.25, 1.20, 1.10, 1.15, 1.60, 2.05, 1.95, 1.30, 0.50,
)  # fmt: skip
_OFFICE_HOURS = (0.0,) * 8 + (1.5, 2.0, 2.0, 1.6, 0.8, 1.4, 1.5, 1.4, 1.0) + (0.1,) * 7
_WEEK = (1.10, 1.05, 1.00, 0.95, 0.90, 0.85, 1.15)


def _months(*months: float) -> Season:
    return Season(months=months, weekdays=_WEEK, hours=_HOURS)


_SHOP_SEASON = _months(0.95, 0.9, 0.92, 0.93, 0.95, 0.88, 0.8, 0.84, 1.0, 1.05, 1.25, 1.55)
_FEASTS = _months(0.1, 0.1, 0.2, 0.4, 1.2, 0.4, 0.1, 0.1, 0.2, 0.6, 2.6, 4.6)
_GIFTS = _months(0.4, 0.7, 0.5, 0.6, 1.1, 0.8, 0.5, 0.5, 0.6, 0.8, 2.0, 3.6)
_WORK = Season(weekdays=(1.6, 1.3, 1.2, 1.2, 1.0, 0.2, 0.1), hours=_OFFICE_HOURS)
_MONTHLY = Subscription(a=1.2, b=18.0)
_SHOPPERS = (
    Shoppers(
        "everyday", 0.42, Rate(2.8, 240.0), BetaGeometric(0.5, 4.2, after_first=True), regularity=3
    ),
    Shoppers("steady", 0.21, Rate(5.0, 310.0), Weibull(1.3, 1000.0, spread=0.5), regularity=5),
    Shoppers(
        "seasonal",
        0.08,
        Rate(4.0, 900.0),
        BetaGeometric(1.0, 4.0, after_first=True),
        season=_FEASTS,
        basket=1.3,
    ),
    Shoppers("gift", 0.20, Rate(1.0, 365.0), AtOnce(), season=_GIFTS),
    Shoppers("subscriber", 0.05, Rate(1.0, 28.0), Never(), subscription=_MONTHLY),
    Shoppers(
        "office",
        0.04,
        Rate(6.0, 190.0),
        Exponential(1.5, 1300.0),
        regularity=6,
        season=_WORK,
        is_company=True,
        basket=2.2,
    ),
)
_TIES = Ties(
    rate_drop_out=-0.25,
    rate_attitude=0.15,
    drop_out_attitude=-0.2,
    drop_out_discount=0.15,
    attitude_discount=-0.2,
    rate_basket=-0.1,
)
_SERVICE = Service(
    late_chance=0.05,
    disruption_days=35,
    disruption_chance=0.22,
    complaint_chance=0.003,
    after_late=0.05,
    overdue_days=25.0,
    leave_after=0.5,
    due_days=7,
)
_DISCOUNTS = Discounts(
    a=1.2,
    b=3.0,
    welcome=0.4,
    codes=(
        "NIEUWJAAR", "WINTERWARM", "LENTE", "PAASONTBIJT", "MOEDERDAG", "VADERDAG",
        "ZOMER", "TERRAS", "NAZOMER", "OKTOBERKOFFIE", "BLACKFRIDAY", "KERST",
    ),
    welcome_code="WELKOM10",
)  # fmt: skip
_PAYMENTS = (
    Payment("ideal", 0.68, 0.29, 0.0),
    Payment("bancontact", 0.06, 0.39, 0.0),
    Payment("creditcard", 0.12, 0.25, 1.8),
    Payment("achteraf", 0.14, 0.99, 1.9),
)
_CHANNELS = (
    Channel("web", 0.82, "Webwinkel"),
    Channel("shop", 1.2, "Winkel Utrecht", ships=False, open_hours=(9, 18), local_only=True),
    Channel("marketplace", 0.08, "Marktplein"),
)
_COUNTRIES = (
    Country("NL", 0.86, 9.0, 21.0),
    Country("BE", 0.10, 6.0, 21.0, extra_days=1),
    Country("DE", 0.04, 7.0, 19.0, extra_days=2, language="de"),
)
_CONSENTS = (
    Asked("email", "offers", 0.66, 0.05, f"Ja, mail mij aanbiedingen van {SHOP}."),
    Asked("email", "news", 0.48, 0.04, "Ja, stuur mij de maandelijkse nieuwsbrief."),
    Asked("email", "survey", 0.72, 0.03, "U mag mij vragen hoe het ging."),
    Asked("phone", "offers", 0.11, 0.03, "U mag mij bellen over aanbiedingen.", asked=0.95),
    Asked("post", "offers", 0.35, 0.02, "Stuur mij de seizoensfolder.", asked=0.6),
)
