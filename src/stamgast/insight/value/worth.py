"""What customers are worth: purchases ahead times margin, discounted, and how sure that is.

Three things are not known: the parameters of the models, how often a customer will really buy, and
what each purchase brings. For one customer chance dominates; for a group of thousands chance
averages out and the parameters remain. Both intervals here hold all three.

Memory grows with the number of customers, never with customers times draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .cohort_total import refuse_level
from .customer_base import CustomerBase
from .errors import ValueRefusal
from .gamma_gamma import GammaGamma, SpendOutlook
from .states import DAYS_PER, Floats, Ints, States, days_per, part_of

if TYPE_CHECKING:
    from .purchase_model import PurchaseModel

SLICE_DAYS = 30.0  # purchases within a slice are discounted from its middle
MOST_SLICES = 24
SIMULATED_UP_TO = 5_000  # customers; larger groups use the moments of their sum
PARAMETER_SAMPLE = 20_000  # customers on whom the effect of other parameters is measured


@dataclass(frozen=True)
class Total:
    """What a group will bring together within a horizon, with the interval at `level`.

    Margin fields are None when the orders have no margin.
    """

    customers: int
    horizon: float
    unit: str
    level: float
    purchases: float
    purchases_lower: float
    purchases_upper: float
    value: float | None
    value_lower: float | None
    value_upper: float | None


@dataclass(frozen=True)
class Group:
    """Arrays of one set of customers: histories, and days and mean of what they spent."""

    states: States
    days: Floats
    mean: Floats

    def part(self, rows: Ints | slice) -> Group:
        return Group(part_of(self.states, rows), self.days[rows], self.mean[rows])


@dataclass(frozen=True)
class Outlook:
    """Per customer: P(alive), purchases ahead while alive, discounting, and spend if known."""

    p_alive: Floats
    mean: Floats
    square: Floats
    none: Floats
    discount: Floats
    spend: SpendOutlook | None

    @property
    def purchases(self) -> Floats:
        return self.p_alive * self.mean

    @property
    def purchase_variance(self) -> Floats:
        return np.maximum(self.p_alive * self.square - self.purchases**2, 0.0)

    @property
    def value(self) -> Floats:
        assert self.spend is not None
        return self.purchases * self.discount * self.spend.mean

    @property
    def value_square(self) -> Floats:
        """Mean square of the margin ahead: E[N^2] (mean^2 + between) + E[N] within."""
        assert self.spend is not None
        many = self.p_alive * self.square * (self.spend.mean**2 + self.spend.between)
        return self.discount**2 * (many + self.purchases * self.spend.within)


def group_of(customers: Any, base: CustomerBase, spend: GammaGamma | None) -> Group:
    """Bring fetched customers into arrays."""
    columns = {name: customers[name].to_numpy() for name in customers.column_names[1:]}
    t_x, T = base.times(columns["first"], columns["last"])
    extra = {name: columns[name].astype(np.float64) for name in base.covariates}
    states = States(
        columns["x"], t_x, T, np.ones(len(T)), base.unit, extra, columns["first"], base.grain
    )
    if spend is None:
        return Group(states, np.zeros(len(T)), np.zeros(len(T)))
    if not base.has_amounts:
        raise ValueRefusal("no_amounts", "the model knows margins, this base has none")
    names = ("amount_days", "amount_total")
    if spend.days == "repeat":
        names = ("repeat_amount_days", "repeat_amount")
    days = columns[names[0]].astype(np.float64)
    return Group(states, days, columns[names[1]] / np.maximum(days, 1.0))


def outlook(
    model: PurchaseModel,
    group: Group,
    horizon: Floats,
    discount_per_year: float,
    parameters: Floats | None = None,
    spend_parameters: Floats | None = None,
    like: Outlook | None = None,
) -> Outlook:
    """Return what lies ahead of every customer, at other parameters if given.

    With `like`, the discount factors of that outlook are kept: when within the horizon customers
    buy hardly moves with the parameters, and working it out is most of the time.
    """
    if not discount_per_year > -1:
        raise ValueRefusal("bad_discount", "a yearly discount rate must be above -1")
    values = model._values() if parameters is None else parameters
    ahead = model.ahead(group.states, horizon, values)
    alive = model.alive(group.states, values)
    if like is not None:
        discount = like.discount
    else:
        discount = _discount(model, group.states, horizon, discount_per_year, values, ahead.mean)
    spend = None
    if model.spend_ is not None:
        spend = model.spend_.outlook(group.days, group.mean, spend_parameters)
    return Outlook(alive, ahead.mean, ahead.square, ahead.none, discount, spend)


def _discount(
    model: PurchaseModel,
    states: States,
    horizon: Floats,
    rate: float,
    parameters: Floats,
    purchases: Floats,
) -> Floats:
    """Return the average discount factor of each customer's purchases ahead."""
    if rate == 0:
        return np.ones(len(states.x))
    longest = float(np.max(horizon, initial=0.0)) * days_per(states.unit)
    slices = int(np.clip(np.ceil(longest / SLICE_DAYS), 1, MOST_SLICES))
    per_unit = np.log1p(rate) * days_per(states.unit) / DAYS_PER["year"]
    total, before = np.zeros(len(states.x)), np.zeros(len(states.x))
    for i in range(1, slices + 1):
        until = horizon * i / slices
        now = purchases if i == slices else model.ahead(states, until, parameters).mean
        total += (now - before) * np.exp(-per_unit * horizon * (i - 0.5) / slices)
        before = now
    return np.where(purchases > 0, total / np.maximum(purchases, 1e-300), 1.0)


def predict(
    model: PurchaseModel,
    base: CustomerBase,
    horizon: Floats,
    *,
    discount_per_year: float,
    level: float,
    intervals: bool,
) -> Any:
    """Return the table of `PurchaseModel.predict`."""
    import pyarrow as pa

    refuse_level(level)
    customers = base.fetch()
    group = group_of(customers, base, model.spend_)
    found = outlook(model, group, horizon, discount_per_year)
    count = len(found.p_alive)
    empty = pa.nulls(count, pa.float64())
    columns = {
        "customer_id": customers["customer_id"],
        "p_alive": found.p_alive,
        "expected_purchases": found.purchases,
        "expected_margin": empty,
        "value": empty,
        "lower": empty,
        "upper": empty,
    }
    if found.spend is not None:
        columns |= {"expected_margin": found.spend.mean, "value": found.value}
        if intervals:
            doubt = parameter_variance(model, group, horizon, discount_per_year, found)
            lower, upper = value_interval(found, doubt, level)
            columns["lower"] = pa.array(lower, mask=~np.isfinite(lower))
            columns["upper"] = pa.array(upper, mask=~np.isfinite(upper))
    return pa.table(columns)


def parameter_variance(
    model: PurchaseModel, group: Group, horizon: Floats, discount: float, found: Outlook
) -> Floats:
    """Return the variance of each expected value that comes from not knowing the parameters.

    By the delta method, one nudge per direction in which the parameters are uncertain.
    """
    variance = np.zeros(len(found.p_alive))
    for part in (model, model.spend_):
        if part is None:
            continue
        for nudged in part.nudges():
            buying, spending = (nudged, None) if part is model else (None, nudged)
            moved = outlook(model, group, horizon, discount, buying, spending, like=found)
            variance += (moved.value - found.value) ** 2
    return variance


def value_interval(found: Outlook, doubt: Floats, level: float) -> tuple[Floats, Floats]:
    """Return between what the margin of each customer will lie, with probability `level`.

    The margin is zero when nothing is bought, which is often likely by itself; what it is otherwise
    is taken as a gamma distribution of the same mean and variance. When zero lies in the interval
    all the probability left out is above it; otherwise it is split between both ends. Customers
    whose expected margin is a loss get the mirror image.
    """
    from scipy.special import gammaincinv

    nothing = 1 - found.p_alive * (1 - found.none)
    some = np.maximum(1 - nothing, 1e-12)
    mean = np.abs(found.value) / some
    variance = np.maximum((found.value_square + doubt) / some - mean**2, 1e-12 * mean**2)
    tail = (1 - level) / 2
    from_zero = nothing >= tail
    low = np.where(from_zero, 0.0, (tail - nothing) / some)
    high = np.where(from_zero, level - nothing, 1 - tail - nothing) / some
    with np.errstate(invalid="ignore", divide="ignore"):
        shape = np.where(variance > 0, mean**2 / variance, 1.0)
        scale = np.where(mean > 0, variance / mean, 0.0)
        ends = [gammaincinv(shape, np.clip(share, 0, 1)) * scale for share in (low, high)]
    small, large = (np.where(np.isfinite(variance), end, np.nan) for end in ends)
    is_loss = found.value < 0
    return np.where(is_loss, -large, small), np.where(is_loss, -small, large)


def total(
    model: PurchaseModel,
    customers: Any,
    base: CustomerBase,
    horizon: Floats,
    *,
    discount_per_year: float,
    level: float,
    draws: int,
    generator: np.random.Generator,
) -> Total:
    """Return the figures of `PurchaseModel.total`."""
    refuse_level(level)
    if horizon.ndim:
        raise ValueRefusal("bad_horizon", "a total takes one horizon")
    group = group_of(customers, base, model.spend_)
    count = len(group.states.x)
    if not count:
        raise ValueRefusal("no_customers", "none of these customers is in the base")
    found = outlook(model, group, horizon, discount_per_year)
    draw = _simulated if count <= SIMULATED_UP_TO else _by_moments
    purchases, values = draw(model, group, horizon, discount_per_year, draws, generator, found)
    ends = ((1 - level) / 2, (1 + level) / 2)
    bought = np.quantile(purchases, ends)
    has_value = found.spend is not None
    earned = np.quantile(values, ends) if has_value else (None, None)
    return Total(
        count,
        float(horizon),
        base.unit,
        level,
        float(found.purchases.sum()),
        float(bought[0]),
        float(bought[1]),
        float(found.value.sum()) if has_value else None,
        None if earned[0] is None else float(earned[0]),
        None if earned[1] is None else float(earned[1]),
    )


def _parameter_draws(
    model: PurchaseModel, draws: int, generator: np.random.Generator
) -> list[tuple[Floats, Floats | None]]:
    """Return draws of both models' parameters; those without a finite mean spend are left out."""
    bought = model.draw_parameters(draws, generator)
    if model.spend_ is None:
        return [(row, None) for row in bought]
    spent = model.spend_.draw_parameters(draws, generator)
    return [(b, s) for b, s in zip(bought, spent, strict=True) if s[1] > 1]


def _simulated(
    model: PurchaseModel,
    group: Group,
    horizon: Floats,
    discount: float,
    draws: int,
    generator: np.random.Generator,
    found: Outlook,
) -> tuple[Floats, Floats]:
    """Return random totals: one future of every customer for each draw of the parameters."""
    size = len(group.states.x)
    ahead = np.broadcast_to(horizon, (size,))
    purchases, values = [], []
    for parameters, spend in _parameter_draws(model, draws, generator):
        alive = model.alive(group.states, parameters)
        count = model.simulate(group.states, ahead, parameters, generator)
        count = np.where(generator.random(size) < alive, count, 0.0)
        purchases.append(count.sum())
        if spend is not None and model.spend_ is not None:
            earned = model.spend_.simulate(group.days, group.mean, count, spend, generator)
            values.append(float(found.discount @ earned))
    return np.array(purchases), np.array(values)


def _by_moments(
    model: PurchaseModel,
    group: Group,
    horizon: Floats,
    discount: float,
    draws: int,
    generator: np.random.Generator,
    found: Outlook,
) -> tuple[Floats, Floats]:
    """Return random totals of a large group: its sum is close to normal for given parameters.

    How the sum moves with the parameters is measured on a sample of the group when it is very
    large, as a ratio to the sample's own sum.
    """
    size = len(group.states.x)
    step = max(1, size // PARAMETER_SAMPLE)
    sample = group.part(slice(0, None, step))
    here = outlook(model, sample, horizon, discount)
    spread = float(np.sqrt(found.purchase_variance.sum()))
    value_spread = 0.0
    if found.spend is not None:
        variance = np.maximum(found.value_square - found.value**2, 0.0)
        value_spread = float(np.sqrt(_without_infinite(variance, found.value).sum()))
    purchases, values = [], []
    for parameters, spend in _parameter_draws(model, draws, generator):
        there = outlook(model, sample, horizon, discount, parameters, spend, like=here)
        noise = generator.standard_normal(2)
        moved = _ratio(there.purchases, here.purchases) * found.purchases.sum()
        purchases.append(max(moved + spread * noise[0], 0.0))
        if found.spend is not None:
            moved = _ratio(there.value, here.value) * found.value.sum()
            values.append(moved + value_spread * noise[1])
    return np.array(purchases), np.array(values)


def _ratio(there: Floats, here: Floats) -> float:
    return float(there.sum() / here.sum()) if here.sum() else 1.0


def _without_infinite(variance: Floats, value: Floats) -> Floats:
    """Refuse to add infinite variances: the spread of margins is too wide to sum."""
    if not np.isfinite(variance).all():
        raise ValueRefusal(
            "infinite_variance",
            "margins vary too widely between customers for an interval of their total",
            customers=int((~np.isfinite(variance)).sum()),
        )
    return variance
