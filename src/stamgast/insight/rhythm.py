"""How fast the customers of a shop come back: the yardstick for the silence of each of them.

The model, in words: each customer buys with gaps around a pace of their own; the paces differ
between customers; after any purchase a customer may have bought for the last time. From the
intervals of all customers and the silences that still run, the fit learns how paces are spread
over the customers, how regular the gaps are, and how many simply never return.

In formulas: gaps are Erlang with shape k (whole, the same for the whole shop; 1 means no
regularity) and a rate of the customer's own from a Gamma(a, b); dropout after each purchase is a
probability of the customer's own from a Beta(c, d). This is the MBG/CNBD-k model
(Reutterer, Platzer and Schröder 2021; with k = 1 Batislam, Denizel and Filiztekin 2007). The
dropout matters only to the fit: without it those who left for good would pass as very slow buyers,
and with completed gaps alone the slow buyers would be missed, as their gaps have not ended yet.

Of a customer with n gaps over S days, the rate is then Gamma(a + kn, b + S), and the share of such
customers' gaps that exceed s days has the closed form computed by `_gaps_beyond`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from stamgast.insight.purchases import visits as visits_of
from stamgast.insight.tables import business_day

Floats = npt.NDArray[np.float64]

MOST_REGULAR = 8
FEW_INTERVALS = 30

# Where the fit starts and what it keeps to while a shop has little data: logarithms of centre and
# spread. The centres lie near the fits of two public data sets (a music shop: a 0.69, interval 100
# days, dropout 0.36; a gift wholesaler: a 0.87, 75 days, 0.10); the spreads are wide enough that
# some dozens of returning customers outweigh them. Where nobody returns, pace and departure cannot
# be told apart: the interval is then held more tightly, so that silence reads as departure.
_CENTRE = {"shape": 0.8, "interval": 90.0, "leave": 0.5, "stay": 1.5}
_SPREAD = {"shape": 0.7, "interval": 0.5, "leave": 2.0, "stay": 2.0}
_REGULARITY_DOUBT = 2.0  # what each step of regularity must gain in log-likelihood
_BOUNDS = {"shape": (0.05, 50.0), "interval": (1.0, 3650.0), "leave": (0.01, 500.0),
           "stay": (0.01, 500.0)}  # fmt: skip


@dataclass(frozen=True)
class Rhythm:
    """How a shop's customers come back; made by `fit_rhythm`, plain numbers only.

    `usual_interval_days` is the gap at the average pace, and `prior_gaps` says how many own gaps
    weigh as much as that average (both enter `usual_interval` below). A silence is judged against
    the customers who come back within `horizon_days`, or within `horizon_intervals` of a
    customer's own usual intervals if that is longer. `is_assumed` marks a rhythm that rests on
    fewer than 30 intervals, hence mostly on what shops usually look like.
    """

    as_of: date
    regularity: int
    usual_interval_days: float
    prior_gaps: float
    stay_share: float
    customers: int
    intervals: int
    horizon_days: int = 365
    horizon_intervals: float = 3.0

    @property
    def is_assumed(self) -> bool:
        """Tell whether too few intervals were seen to call this the shop's own rhythm."""
        return self.intervals < FEW_INTERVALS

    @property
    def shape(self) -> float:
        """Shape a of the gamma distribution of rates over customers."""
        return self.prior_gaps * self.regularity

    @property
    def scale_days(self) -> float:
        """Scale b of the gamma distribution of rates over customers, in days."""
        return self.prior_gaps * self.usual_interval_days

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as values that JSON can hold."""
        return asdict(self) | {"as_of": self.as_of.isoformat()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Rhythm:
        """Build the rhythm from `as_dict`; unknown names are refused with TypeError."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise TypeError(f"a rhythm has no {', '.join(sorted(unknown))}")
        return cls(**{**values, "as_of": date.fromisoformat(values["as_of"])})


def usual_interval(gaps: ir.Value, elapsed: ir.Value, rhythm: Rhythm) -> ir.FloatingValue:
    """Return the expected gap of customers with these gaps over these elapsed days, in days.

    Their own average, counted together with `prior_gaps` gaps of the shop's usual interval.
    """
    return (rhythm.scale_days + _real(elapsed)) / (rhythm.prior_gaps + _real(gaps))


def silence_share(
    silence: ir.Value, gaps: ir.Value, elapsed: ir.Value, rhythm: Rhythm
) -> ir.FloatingValue:
    """Return which share of the gaps of customers with this history lasts longer than the silence.

    Counted among gaps that end within the rhythm's horizon, so that it falls from 1 on the day of
    purchase to 0 at the horizon. NULL for an unknown silence.
    """
    usual = usual_interval(gaps, elapsed, rhythm)
    silence, gaps, elapsed = _real(silence), _real(gaps), _real(elapsed)
    horizon = ibis.greatest(float(rhythm.horizon_days), usual * rhythm.horizon_intervals)
    shape = gaps * rhythm.regularity + rhythm.shape
    scale = elapsed + rhythm.scale_days

    def within(days: ir.Value) -> ir.FloatingValue:
        return 1.0 - _gaps_beyond(days, shape, scale, rhythm.regularity, _power)

    # Each part once: every backend gets this as one nested expression.
    share = 1.0 - within(silence) / within(horizon)
    return ibis.cases((silence >= horizon, 0.0), (silence.notnull(), share), else_=None)


def fit_rhythm(orders: Any, as_of: date, *, visits: ir.Table | None = None) -> Rhythm:
    """Learn from all orders up to as_of how fast customers come back.

    `visits` is what `purchases.visits` returned for the same orders and day, if it is there already.

    Never fails for want of data: the fit starts from what shops usually look like (an interval of
    90 days, paces that differ much, no regularity) and gives way to the shop's own data as they
    grow. Refuses a table that breaks the contract with TableError.
    """
    if visits is None:
        visits = visits_of(orders, as_of=as_of)
    states, log_sum = _states(visits, as_of)
    best = _fit(states, log_sum, 1)
    for regularity in range(2, MOST_REGULAR + 1):
        fit = _fit(states, log_sum, regularity)
        if fit[0] >= best[0]:
            break
        best = fit
    _, regularity, (shape, interval, leave, stay) = best
    return Rhythm(
        as_of=business_day(as_of),
        regularity=regularity,
        usual_interval_days=round(interval, 3),
        prior_gaps=round(shape / regularity, 5),
        stay_share=round(stay / (leave + stay), 4),
        customers=int(states["customers"].sum()),
        intervals=int((states["customers"] * states["gaps"]).sum().round()),
    )


def _states(rows: ir.Table, as_of: date) -> tuple[dict[str, Floats], float]:
    """Gather customers into cells of like history, and the sum of the logarithms of all gaps.

    Cells are about an eighth wide in gaps, elapsed days and silence, and carry their averages:
    some thousands of rows however many customers there are.
    """
    per_customer = rows.group_by("customer_id").agg(
        gaps=rows.gaps.max(),
        elapsed=rows.day.max().delta(rows.day.min(), unit="day"),
        silence=ibis.literal(business_day(as_of)).delta(rows.day.max(), unit="day"),
        logs=rows.interval_days.cast("float64").ln().sum(),
    )
    cells = per_customer.group_by(
        **{
            f"{name}_class": ((per_customer[name] + 1).ln() * 8).floor().cast("int64")
            for name in ("gaps", "elapsed", "silence")
        }
    ).agg(
        customers=per_customer.count(),
        gaps=per_customer.gaps.cast("float64").mean(),
        elapsed=per_customer.elapsed.cast("float64").mean(),
        silence=per_customer.silence.cast("float64").mean(),
        logs=per_customer.logs.sum(),
    )
    # In a fixed order: the sums, and with them the last digits of the fit, must not vary per run.
    cells = cells.order_by("gaps_class", "elapsed_class", "silence_class")
    table = cells.to_pyarrow()
    states = {
        name: table[name].to_numpy().astype(np.float64)
        for name in ("customers", "gaps", "elapsed", "silence")
    }
    return states, math.fsum(table["logs"].drop_null().to_pylist())


def _fit(
    states: dict[str, Floats], log_sum: float, regularity: int
) -> tuple[float, int, tuple[float, float, float, float]]:
    """Minimise the misfit for one regularity; returns misfit, regularity and the parameters."""
    from scipy.optimize import minimize

    centre = np.log(list(_CENTRE.values()))
    spread = np.array(list(_SPREAD.values()))

    def misfit(logs: Floats) -> float:
        doubt = float((((logs - centre) / spread) ** 2).sum()) / 2
        doubt += _REGULARITY_DOUBT * (regularity - 1)
        return doubt - _log_likelihood(np.exp(logs), states, log_sum, regularity)

    found = minimize(
        misfit, centre, method="L-BFGS-B", bounds=[np.log(pair) for pair in _BOUNDS.values()]
    )
    shape, interval, leave, stay = np.exp(found.x).tolist()
    return float(found.fun), regularity, (shape, interval, leave, stay)


def _log_likelihood(
    parameters: Floats, states: dict[str, Floats], log_sum: float, regularity: int
) -> float:
    """Log-likelihood of MBG/CNBD-k over the cells (Reutterer, Platzer and Schröder 2021)."""
    from scipy.special import betaln, gammaln

    shape, interval, leave, stay = parameters
    gaps, weight = states["gaps"], states["customers"]
    scale = shape * interval / regularity
    own_shape = shape + regularity * gaps
    own_scale = scale + states["elapsed"]
    pace = gammaln(own_shape) - gammaln(shape) + shape * np.log(scale)
    pace = pace - own_shape * np.log(own_scale)
    stayed = np.exp(betaln(leave, stay + gaps + 1) - betaln(leave, stay))
    left = np.exp(betaln(leave + 1, stay + gaps) - betaln(leave, stay))
    running = _gaps_beyond(states["silence"], own_shape, own_scale, regularity, np.power)
    total = (weight * (pace + np.log(stayed * running + left))).sum()
    seen = (weight * gaps).sum()
    return float(total + (regularity - 1) * log_sum - seen * gammaln(regularity))


def _gaps_beyond(
    days: Any, shape: Any, scale: Any, regularity: int, power: Callable[[Any, Any], Any]
) -> Any:
    """Share of Erlang gaps above `days` when the rate is Gamma(shape, scale).

    For whole k: p^A * sum over j < k of A(A+1)...(A+j-1) / j! * (1-p)^j with p = B / (B + days);
    summed from the inside out, which keeps the expression short.
    """
    total = 1.0
    for j in range(regularity - 1, 0, -1):
        total = 1.0 + total * (shape + (j - 1.0)) * (days / (scale + days)) / j
    return power(scale / (scale + days), shape) * total


def _real(value: ir.Value) -> ir.FloatingValue:
    """Count in floats: beside a whole number DuckDB takes our fractions for wide, slow decimals."""
    return value.cast("float64")


def _power(base: ir.Value, exponent: ir.Value) -> ir.Value:
    """Raise to a power without underflow, which PostgreSQL answers with an error."""
    return ibis.greatest(base.ln() * exponent, -600.0).exp()
