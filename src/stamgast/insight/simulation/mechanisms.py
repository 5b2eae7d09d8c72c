"""The mechanisms of a simulated shop: each with its distribution and its parameters.

Times are in days, amounts in the shop's currency, chances and shares between 0 and 1. A mechanism
that is None, or whose chance is zero, does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.clock import Floats, Season
from stamgast.insight.simulation.dropouts import DropOut


@dataclass(frozen=True)
class Rate:
    """Purchases per operational day, Gamma(shape, rate) over customers; `rate` is in days."""

    shape: float
    rate: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw the rates; never quite zero, so that gaps stay numbers."""
        return np.maximum(rng.gamma(self.shape, 1.0 / self.rate, count), 1e-300)


@dataclass(frozen=True)
class Subscription:
    """Deliveries every `interval` days under a contract, until notice ends it.

    After each delivery notice follows with a chance of one's own, Beta(a, b) over customers (the
    sBG of Fader & Hardie, 2007), at a moment uniform over the interval; the contract ends
    `notice_days` later. A share `fixed` has terms of 365 days instead: at the end of each, renewal
    fails with chance 1 - (1 - own)^(365 / interval), and notice was given 30 to 60 days before.
    Contracts begin 0 to `begins_within` days after the first, ordinary purchase.
    """

    interval: int = 28
    a: float = 1.0
    b: float = 14.0
    notice_days: int = 30
    fixed: float = 0.3
    begins_within: int = 45
    reduction: float = 0.1


@dataclass(frozen=True)
class Shoppers:
    """One kind of shopper: a share of the customers with the same distributions.

    Gaps between purchases are Gamma with shape `regularity` (1 is Poisson; higher is more regular)
    and mean one over the customer's rate, in operational days. `season` replaces the shop's own.
    """

    name: str
    share: float
    rate: Rate
    drop_out: DropOut
    regularity: int = 1
    season: Season | None = None
    subscription: Subscription | None = None
    is_company: bool = False
    basket: float = 1.0


@dataclass(frozen=True)
class Arrivals:
    """When first purchases happen: dense as the season, growing exponentially per year.

    With `first_days` all customers arrive in that many first days (one cohort). A share `already`
    were customers before the period: their first recorded purchase comes soon after its start,
    exponentially with mean `already_days`.
    """

    growth_per_year: float = 0.0
    first_days: int | None = None
    already: float = 0.0
    already_days: float = 60.0


@dataclass(frozen=True)
class Ties:
    """Rank correlations between traits (normal copula, within a kind of shopper).

    The traits keep their own distributions exactly. `drop_out` stands for leaving sooner.
    """

    rate_drop_out: float = 0.0
    rate_attitude: float = 0.0
    drop_out_attitude: float = 0.0
    drop_out_discount: float = 0.0
    attitude_discount: float = 0.0
    rate_basket: float = 0.0

    def root(self) -> Floats:
        """Return the Cholesky root, for (rate, drop-out, attitude, discount, basket).

        Refuses correlations that cannot hold together with ValueError.
        """
        matrix = np.eye(5)
        pairs = {
            (0, 1): self.rate_drop_out,
            (0, 2): self.rate_attitude,
            (1, 2): self.drop_out_attitude,
            (1, 3): self.drop_out_discount,
            (2, 3): self.attitude_discount,
            (0, 4): self.rate_basket,
        }
        for (i, j), value in pairs.items():
            matrix[i, j] = matrix[j, i] = value
        try:
            return np.asarray(np.linalg.cholesky(matrix))
        except np.linalg.LinAlgError as error:
            raise ValueError("these correlations cannot hold together") from error


@dataclass(frozen=True)
class SecondLife:
    """A share of those who left comes back once, after `least` + Gamma(2) days of mean `mean`."""

    chance: float = 0.0
    least: int = 120
    mean: int = 120


@dataclass(frozen=True)
class Channel:
    """A sales channel; with `open_hours` it sells only within them, and orders go to the first."""

    name: str
    share: float
    shop: str
    ships: bool = True
    open_hours: tuple[int, int] | None = None
    local_only: bool = False


@dataclass(frozen=True)
class Country:
    """A country: its share of customers, VAT rates in per cent, and extra days of delivery."""

    code: str
    share: float
    low_vat: float
    high_vat: float
    extra_days: int = 0
    language: str = "nl"


@dataclass(frozen=True)
class Baskets:
    """Lines: 1 + Poisson(extra_lines x basket size); basket size lognormal with mean 1."""

    extra_lines: float = 0.8
    spread: float = 0.35


@dataclass(frozen=True)
class Discounts:
    """Repeat orders carry a discount with the customer's own chance, Beta(a, b).

    First orders carry the welcome code with chance `welcome`. The percentage is one of `percents`
    by `weights`, whoever orders; the code's name follows the month.
    """

    a: float = 1.2
    b: float = 3.4
    welcome: float = 0.35
    welcome_percent: float = 10.0
    percents: tuple[float, ...] = (5.0, 10.0, 15.0, 20.0)
    weights: tuple[float, ...] = (0.2, 0.5, 0.2, 0.1)
    codes: tuple[str, ...] = (
        "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
        "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
    )  # fmt: skip
    welcome_code: str = "WELCOME10"


@dataclass(frozen=True)
class Shipping:
    """A charge (VAT included) below an order value; each parcel costs the shop the same."""

    charge: float = 4.95
    free_from: float = 45.0
    cost: float = 4.6
    sku: str = "SHIPPING"
    name: str = "Shipping"


@dataclass(frozen=True)
class Payment:
    """A way to pay, its share of orders, and what it costs: fixed plus a share of the total."""

    name: str
    share: float
    fixed: float
    percent: float


@dataclass(frozen=True)
class Service:
    """Late parcels, complaints and what comes of them.

    A parcel is late with `late_chance` (with `disruption_chance` in the last `disruption_days`);
    an order leads to a complaint with `complaint_chance`, plus `after_late` when it was late. A
    complaint is due within `due_days`. A share `badly` is closed too late, 1 + Gamma(2) days of
    mean `overdue_days` after it was due; those customers leave with chance `leave_after`.
    """

    late_chance: float = 0.05
    late_days: float = 1.5
    disruption_days: int = 0
    disruption_chance: float = 0.0
    complaint_chance: float = 0.0
    after_late: float = 0.0
    badly: float = 0.2
    overdue_days: float = 14.0
    leave_after: float = 0.0
    due_days: int = 5

    @property
    def leave_chance(self) -> float:
        """The chance per order to leave because of a complaint, outside a disruption."""
        complaint = self.complaint_chance + self.late_chance * self.after_late
        return complaint * self.badly * self.leave_after


@dataclass(frozen=True)
class Contacts:
    """Other contacts per order: questions, calls from us, notes by staff (Poisson)."""

    questions: float = 0.02
    calls: float = 0.004
    notes: float = 0.008


@dataclass(frozen=True)
class Asked:
    """A consent that is asked: how many give it and how many of those withdraw it each year."""

    channel: str
    purpose: str
    given: float
    withdrawn_per_year: float
    wording: str
    asked: float = 1.0


@dataclass(frozen=True)
class Surveys:
    """Questions after an order, in the last `window` days.

    An order is asked about with chance `ask`. The chance of an answer is `response` times
    0.5 + 2 |attitude - 0.5|: the pleased and the angry answer more. NPS is 10 x (0.3 + 0.8 x
    attitude), less 4 after a badly handled complaint, plus normal noise, rounded into 0..10.
    """

    ask: float = 0.0
    response: float = 0.4
    window: int = 540
    noise: float = 1.4


@dataclass(frozen=True)
class Bonds:
    """How bonds follow from the rest, and what counts as patronage.

    Each bond is Beta around its cause with `precision` observations. Attitude is Beta(a, b).
    High attitude is at least `high`; high patronage is alive with at least `patronage` expected
    orders in the coming year.
    """

    attitude_a: float = 5.0
    attitude_b: float = 3.2
    precision: float = 20.0
    situational: float = 0.2
    situational_local: float = 0.65
    no_alternative: float = 0.25
    high: float = 0.6
    patronage: float = 3.0


@dataclass(frozen=True)
class People:
    """Who the customers are: shares with e-mail, with phone, near the shop, brought by others."""

    email: float = 0.97
    phone: float = 0.6
    local: float = 0.1
    referred: float = 0.06


def shares(parts: tuple[Shoppers | Channel | Country | Payment, ...]) -> Floats:
    """Return the shares, made to add up to one."""
    values = np.array([part.share for part in parts], dtype=float)
    return np.asarray(values / values.sum())
