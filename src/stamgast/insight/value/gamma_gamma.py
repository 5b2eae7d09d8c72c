"""Gamma-gamma spend: what a customer earns us per purchase day, from few days of each.

Fader, Hardie & Lee (2005), "RFM and CLV: using iso-value curves for customer base analysis", and
Fader & Hardie (2013), "The gamma-gamma model of monetary value". Amounts of one customer vary
around a personal mean (gamma, shape p, rate nu); nu differs between customers (gamma, shape q,
rate gamma). The mean m of n amounts then has

    f(m | n) = G(pn+q) / (G(pn) G(q)) * gamma^q m^(pn-1) n^(pn) / (gamma + n m)^(pn+q).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .customer_base import CustomerBase
from .errors import NotIdentified, ValueRefusal
from .fitting import maximise
from .model import FEWEST_CUSTOMERS, Model
from .states import Floats, added


@dataclass(frozen=True)
class SpendOutlook:
    """Per customer: expected amount of a purchase day, and its variance between and within."""

    mean: Floats
    between: Floats
    within: Floats


class GammaGamma(Model):
    """Expected margin per purchase day, shrunk towards the shop's average by how little is known.

    `days` says which purchase days speak: "all" of them, so that a one-time buyer counts with the
    one purchase we saw, or only the "repeat" days, as in the papers. A customer whose mean is zero
    or negative cannot come from a gamma distribution. Such customers are left out of the fit and
    counted in `loss_share_`; their expected amount is their own mean, shrunk with the same weight
    towards the mean of their kind (`loss_mean_`), so it stays negative. A customer of whom no day
    is known gets the average over both kinds. Where a customer's amounts hardly vary, or customers
    hardly differ, p or q cannot be told from a larger one; `has_sound_figures` is then still true.

    `correlation_` is that between number of days and mean amount, which the model takes to be zero.
    """

    names = ("p", "q", "gamma")
    shapes = ("p", "q")

    loss_share_: float
    loss_mean_: float
    loss_spread_: float
    correlation_: float

    def __init__(self, days: str = "all") -> None:
        self.days = days

    def fit(self, base: CustomerBase) -> Self:
        """Fit on the amounts of a base; refuse a base without amounts or with too few customers."""
        if self.days not in ("all", "repeat"):
            raise ValueRefusal("unknown_setting", "days is 'all' or 'repeat'", days=self.days)
        spend = base.spend_states(self.days)
        return self.fit_amounts(spend.days, spend.mean, spend.weight)

    def fit_amounts(
        self, days: ArrayLike, mean: ArrayLike, weight: ArrayLike | None = None
    ) -> Self:
        """Fit on arrays: number of purchase days, mean amount on them, number of such customers.

        Refused: arrays that differ in length or are not finite, fewer than one day, or fewer than
        20 customers with a positive mean.
        """
        n, m, w = _checked(days, mean, weight)
        is_positive = m > 0
        self._note_losses(n, m, w, is_positive)
        n, m, w = n[is_positive], m[is_positive], w[is_positive]
        customers = float(w.sum())
        if customers < FEWEST_CUSTOMERS:
            raise ValueRefusal(
                "too_few_customers",
                f"{customers:g} customers have a positive mean amount; {FEWEST_CUSTOMERS} needed",
                customers=customers,
                needed=FEWEST_CUSTOMERS,
            )
        self.correlation_ = _correlation(n, m, w)
        typical = float(w @ m) / customers
        starts = [[p, q, typical * (q - 1) / p] for p, q in ((2.0, 3.0), (10.0, 4.0), (0.5, 10.0))]
        likelihood = _Likelihood.of(n, m, w)
        ranges = {"gamma": (1e-6 * typical, 1e6 * typical)}
        self._learn(maximise(likelihood, self.names, starts, customers, ranges=ranges), customers)
        if self.identified_ and self.params_["q"] <= 1:
            self.identified_ = False
            self.reason_ = NotIdentified("infinite_mean", {"q": self.params_["q"]})
        return self

    def _note_losses(self, n: Floats, m: Floats, w: Floats, is_positive: np.ndarray) -> None:
        lost = w[~is_positive]
        self.loss_share_ = float(lost.sum() / w.sum()) if w.sum() else 0.0
        some = max(float(lost.sum()), 1e-300)
        self.loss_mean_ = float(lost @ m[~is_positive]) / some
        self.loss_spread_ = float(lost @ m[~is_positive] ** 2) / some

    @property
    def mean_(self) -> float:
        """Expected amount of a purchase day of an unknown customer, losses included."""
        self._need_fit()
        return float(self.outlook(np.zeros(1), np.zeros(1)).mean[0])

    def expected_amount(self, days: ArrayLike, mean: ArrayLike) -> Floats:
        """Return the expected amount per purchase day of customers with that many days and mean."""
        n, m = np.asarray(days, dtype=np.float64), np.asarray(mean, dtype=np.float64)
        return self.outlook(np.atleast_1d(n), np.atleast_1d(m)).mean

    def outlook(self, days: Floats, mean: Floats, parameters: Floats | None = None) -> SpendOutlook:
        """Return mean and variances of the amounts ahead, at other parameters if given.

        Where the fitted distribution is too wide to have a variance, that variance is infinite.
        """
        p, q, gamma = self._values() if parameters is None else parameters
        rate, shape = gamma + days * np.maximum(mean, 0.0), p * days + q
        with np.errstate(divide="ignore"):
            inverse = np.where(shape > 1, rate / np.maximum(shape - 1, 1e-300), np.inf)
            square = np.where(shape > 2, inverse * rate / np.maximum(shape - 2, 1e-300), np.inf)
        centre = p * inverse
        between, within = p * p * square - centre**2, p * square
        trust = p * days / np.maximum(p * days + q - 1, 1e-300)
        loss = (days > 0) & (mean <= 0)
        loss_centre = trust * mean + (1 - trust) * self.loss_mean_
        unknown = days == 0
        mixed = (1 - self.loss_share_) * centre + self.loss_share_ * self.loss_mean_
        gap = self.loss_share_ * (1 - self.loss_share_) * (centre - self.loss_mean_) ** 2
        return SpendOutlook(
            np.select([loss, unknown], [loss_centre, mixed], centre),
            np.select([loss, unknown], [(1 - trust) * self.loss_spread_, between + gap], between),
            np.where(loss, self.loss_spread_, within),
        )

    def simulate(
        self,
        days: Floats,
        mean: Floats,
        purchases: Floats,
        parameters: Floats,
        generator: np.random.Generator,
    ) -> Floats:
        """Return one random total amount per customer for that many purchases ahead."""
        p, q, gamma = parameters
        rate = generator.standard_gamma(p * days + q) / (gamma + days * np.maximum(mean, 0.0))
        amounts = generator.standard_gamma(np.maximum(p * purchases, 1e-300)) / rate
        outlook = self.outlook(days, mean, parameters)
        chance = generator.random(len(days))
        is_loss = (days > 0) & (mean <= 0) | ((days == 0) & (chance < self.loss_share_))
        noise = generator.standard_normal((2, len(days)))
        personal = np.where(days > 0, outlook.mean, self.loss_mean_)
        personal = personal + np.sqrt(np.where(is_loss, outlook.between, 0.0)) * noise[0]
        losses = purchases * personal + np.sqrt(purchases * self.loss_spread_) * noise[1]
        return np.where(purchases > 0, np.where(is_loss, losses, amounts), 0.0)

    def _facts(self) -> dict[str, Any]:
        kept = ("loss_share_", "loss_mean_", "loss_spread_", "correlation_")
        return {name: getattr(self, name) for name in kept}

    def _take_facts(self, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class _Likelihood:
    """Log-likelihood and gradient of (p, q, gamma); sums that do not change are made once."""

    mean: Floats
    days: Floats
    weight: Floats
    n: Floats
    weight_n: Floats
    logs: tuple[float, float, float]

    @classmethod
    def of(cls, days: Floats, mean: Floats, weight: Floats) -> _Likelihood:
        n, at = np.unique(days, return_inverse=True)
        log_mean = np.log(mean)
        logs = (
            float(weight @ (days * (log_mean + np.log(days)))),
            float(weight @ log_mean),
            float(weight.sum()),
        )
        return cls(mean, days, weight, n, added(at, weight, len(n)), logs)

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        from scipy.special import gammaln, psi

        p, q, gamma = parameters
        by_n, plain, count = self.logs
        rate = gamma + self.days * self.mean
        weighted_log = self.weight * np.log(rate)
        log_n, log_1 = float(weighted_log @ self.days), float(weighted_log.sum())
        inverse = self.weight / rate
        one, many = float(inverse.sum()), float(inverse @ self.days)
        w, pn = self.weight_n, p * self.n
        both = psi(pn + q)
        total = float(w @ (gammaln(pn + q) - gammaln(pn))) + count * (
            q * np.log(gamma) - gammaln(q)
        )
        total += p * (by_n - log_n) - plain - q * log_1
        slopes = (
            float((w * self.n) @ (both - psi(pn))) + by_n - log_n,
            float(w @ both) + count * (np.log(gamma) - psi(q)) - log_1,
            count * q / gamma - p * many - q * one,
        )
        return float(total), np.array(slopes)


def _checked(
    days: ArrayLike, mean: ArrayLike, weight: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    n, m = (np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (days, mean))
    w = np.ones(len(n)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(n) == len(m) == len(w):
        raise ValueRefusal("lengths_differ", "the arrays differ in length")
    if not all(np.isfinite(a).all() for a in (n, m, w)):
        raise ValueRefusal("not_finite", "the arrays hold NaN or infinite numbers")
    if (n < 1).any() or (w < 0).any():
        raise ValueRefusal("impossible_history", "at least one day and no negative weight needed")
    return n, m, w


def _correlation(n: Floats, m: Floats, w: Floats) -> float:
    total = w.sum()
    n, m = n - (w @ n) / total, m - (w @ m) / total
    scale = float(np.sqrt((w @ n**2) * (w @ m**2)))
    return float(w @ (n * m)) / scale if scale > 0 else 0.0
