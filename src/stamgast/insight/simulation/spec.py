"""A whole simulated shop in one value: the period, the customers and every mechanism."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from stamgast.insight.simulation.amounts import Amounts
from stamgast.insight.simulation.catalogue import Catalogue, plain_catalogue
from stamgast.insight.simulation.clock import Season
from stamgast.insight.simulation.dropouts import BetaGeometric
from stamgast.insight.simulation.mechanisms import (
    Arrivals,
    Asked,
    Baskets,
    Bonds,
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
    Surveys,
    Ties,
)

HOME = (Country("NL", 1.0, 9.0, 21.0),)
WEB = (Channel("web", 1.0, "Web shop"),)
IDEAL = (Payment("ideal", 1.0, 0.3, 0.0),)
CONSENTS = (
    Asked("email", "offers", 0.66, 0.05, "I would like to receive offers by e-mail."),
    Asked("email", "survey", 0.7, 0.03, "You may ask me how it went."),
    Asked("phone", "offers", 0.11, 0.03, "You may call me about offers."),
)


@dataclass(frozen=True, kw_only=True)
class ShopSpec:
    """A whole shop: the period [start, end), how many customers, and every mechanism.

    Orders of `future_days` beyond the end are simulated too and only counted in the truth. Refuses
    an empty period, no customers, shares that cannot be, and times beyond what a clock holds.
    """

    start: date
    end: date
    customers: int = 5_000
    seed: int = 1
    zone: str = "Europe/Amsterdam"
    name: str = "Simulated shop"
    currency: str = "EUR"
    first_customer: int = 100_001
    first_order: int = 10_001
    future_days: int = 365
    anonymous: float = 0.0
    shoppers: tuple[Shoppers, ...] = (
        Shoppers("everyday", 1.0, Rate(0.8, 30.0), BetaGeometric(0.8, 3.0, after_first=True)),
    )
    arrivals: Arrivals = field(default_factory=Arrivals)
    season: Season = field(default_factory=Season)
    ties: Ties = field(default_factory=Ties)
    second_life: SecondLife = field(default_factory=SecondLife)
    catalogue: Catalogue = field(default_factory=plain_catalogue)
    amounts: Amounts | None = None
    baskets: Baskets = field(default_factory=Baskets)
    discounts: Discounts | None = None
    shipping: Shipping | None = None
    payments: tuple[Payment, ...] = IDEAL
    channels: tuple[Channel, ...] = WEB
    countries: tuple[Country, ...] = HOME
    service: Service = field(default_factory=Service)
    contacts: Contacts = field(default_factory=Contacts)
    consents: tuple[Asked, ...] = CONSENTS
    surveys: Surveys = field(default_factory=Surveys)
    bonds: Bonds = field(default_factory=Bonds)
    people: People = field(default_factory=People)

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated, naming the parameter."""
        if self.end <= self.start:
            raise ValueError(f"the period is empty: it starts {self.start} and ends {self.end}")
        if self.customers < 1:
            raise ValueError("a shop needs at least one customer")
        if not 0 <= self.anonymous < 1:
            raise ValueError("the share of anonymous orders lies between 0 and 1")
        if self.future_days < 0:
            raise ValueError("future_days is zero or more")
        for parts in (self.shoppers, self.channels, self.countries, self.payments):
            if not parts or any(part.share < 0 for part in parts):
                raise ValueError("shares are zero or more, and every list needs an entry")
        first = self.channels[0]
        if first.local_only or first.open_hours:
            raise ValueError("the first channel must sell to everyone, at any hour")
        plans = sum(kind.subscription is not None for kind in self.shoppers)
        if plans > 1 or (plans and not self.catalogue.subscriptions):
            raise ValueError("one kind of shopper may subscribe, to a product of the catalogue")
        ZoneInfo(self.zone)
        self.ties.root()

    @property
    def days(self) -> int:
        """The number of business days in the period."""
        return (self.end - self.start).days

    @property
    def as_of(self) -> date:
        """The last business day of the period: what a calculation should take as its day."""
        return self.end - timedelta(days=1)
