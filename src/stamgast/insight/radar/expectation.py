"""What a series of weekly purchases is expected to be next week, learned week after week.

A dynamic generalized linear model with a log link, after West, Harrison and Migon (1985), "Dynamic
generalized linear models and Bayesian forecasting", JASA 80, 73-83, with a random effect per week
for overdispersion, after Berry and West (2020), "Bayesian forecasting of many count-valued time
series", JBES 38, 872-887. The state is a level, a slope, a swing that fades over weeks, the yearly
season and the holidays. Each forecast is negative binomial, and as wide as what is not known yet
makes it: in a first year nobody can tell a season from a trend, and the forecast says so.

How far the level drifts and how much weeks swing is not estimated but averaged over: a bank of
filters, one per setting, weighed by how well each foretold the weeks so far. One week in fifty may
be wild (a promotion, a strike); little is learned from such a week.

All arrays carry the series in front: one bank follows any number of series.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, zeta
from scipy.stats import nbinom

Array = NDArray[np.float64]

# Standard deviations of the logarithm. Per week: how far the level may drift, and how likely that
# seems before any week is seen. Of a week: how far it may swing away from the level.
DRIFTS = {0.003: 0.4, 0.01: 0.4, 0.03: 0.2}
SWINGS = (0.02, 0.06, 0.12, 0.25)
LASTING = (0.0, 0.6)  # the share of a swing's variance that fades over weeks
FADE = 0.7  # what is left of that the week after
WILD, WILD_SWING = 0.02, 0.7  # how many weeks follow no pattern, and how far they swing
FIRST_WEEKS = 4  # which give the level to begin with

LEVEL, SLOPE, LINGERING = range(3)  # the first states; season and holidays follow
_LEVEL_SD, _SLOPE_SD, _SLOPE_DRIFT = 0.5, 0.006, 0.0004  # a slope is per week
BAND = 0.9  # of the weeks lie within the band while nothing is wrong
_LOWEST, _HIGHEST = -6.0, 20.0  # logarithms of a mean that can be told from nothing

# The gamma distribution whose logarithm has a given variance, looked up instead of solved for.
_SHAPES = np.exp(np.linspace(np.log(0.05), np.log(1e7), 20_000))
_LOG_VARIANCES = np.log(zeta(2, _SHAPES))[::-1]
_LOG_SHAPES = np.log(_SHAPES)[::-1]


@dataclass(frozen=True)
class Forecast:
    """One week's purchases per series and setting: negative binomials, and what they rest on."""

    regressors: Array  # states
    log_mean: Array  # series x settings: the expected logarithm of the rate
    variance: Array  # of that logarithm
    gain: Array  # series x settings x states: how far each state follows the logarithm
    mean: Array
    size: Array  # shape of the gamma distribution behind the negative binomial
    wild_size: Array  # the same in a wild week

    def log_likelihood(self, counts: Array, log_shift: Array | None = None) -> tuple[Array, Array]:
        """Return the log probability of the counts in a usual week, and in a wild one.

        With shifts both get an axis for them at their end: the mean times exp(shift).
        """
        many, mean, size, wild_size = counts[:, None], self.mean, self.size, self.wild_size
        if log_shift is not None:
            many, size, wild_size = many[..., None], size[..., None], wild_size[..., None]
            mean = mean[..., None] * np.exp(log_shift)
        usual = log_negative_binomial(many, mean, size)
        return usual, log_negative_binomial(many, mean, wild_size)


class Bank:
    """Filters for many series at once: `advance` a week, `foretell` it, `learn` what it brought."""

    def __init__(self, level: Array, prior: Array, drift: Array) -> None:
        """Begin at the log level of each series.

        `prior` and `drift` are the variances of the states after the first three: before anything
        is known, and of their change per week.
        """
        grid = list(product(DRIFTS.items(), SWINGS, LASTING))
        lasting = np.array([swing**2 * share for _, swing, share in grid])
        self.passing: Array = np.array([swing**2 * (1 - share) for _, swing, share in grid])
        start = np.concatenate([[_LEVEL_SD**2, _SLOPE_SD**2, 0.0], prior])
        shape = (len(level), len(grid), len(start))
        self.mean: Array = np.zeros(shape)
        self.mean[:, :, LEVEL] = level[:, None]
        self.covariance: Array = np.zeros((*shape, len(start)))
        self.covariance[...] = np.diag(start)
        self.covariance[:, :, LINGERING, LINGERING] = lasting
        self.noise: Array = np.zeros(shape[1:])
        self.noise[:] = np.concatenate([[0.0, _SLOPE_DRIFT**2, 0.0], drift])
        self.noise[:, LEVEL] = [step**2 for (step, _), _, _ in grid]
        self.noise[:, LINGERING] = lasting * (1 - FADE**2)
        likely = np.log([weight for (_, weight), _, _ in grid])
        self.log_weight: Array = np.tile(likely - log_sum(likely, 0), (len(level), 1))

    @property
    def weight(self) -> Array:
        """How much each setting counts: series x settings, each row adding up to one."""
        weight: Array = np.exp(self.log_weight)
        return weight

    def advance(self) -> None:
        """Move all states one week on, and let them become less certain."""
        self.mean[:, :, LEVEL] += self.mean[:, :, SLOPE]
        self.mean[:, :, LINGERING] *= FADE
        covariance = self.covariance
        covariance[:, :, LEVEL, :] += covariance[:, :, SLOPE, :]
        covariance[:, :, :, LEVEL] += covariance[:, :, :, SLOPE]
        covariance[:, :, LINGERING, :] *= FADE
        covariance[:, :, :, LINGERING] *= FADE
        states = np.arange(self.mean.shape[-1])
        covariance[:, :, states, states] += self.noise

    def foretell(self, regressors: Array) -> Forecast:
        """Return what a week with these regressors is expected to bring."""
        pull = self.covariance @ regressors
        log_mean = np.clip(self.mean @ regressors, _LOWEST, _HIGHEST)
        variance = pull @ regressors + self.passing
        size = shape_for(variance)
        return Forecast(
            regressors=regressors,
            log_mean=log_mean,
            variance=variance,
            gain=pull / variance[..., None],
            mean=np.exp(log_mean - digamma(size)) * size,
            size=size,
            wild_size=shape_for(variance + WILD_SWING**2),
        )

    def learn(self, forecast: Forecast, counts: Array) -> Array:
        """Take in what the week brought (NaN: not known); returns how far the states followed.

        That is, per series, how far each state follows the logarithm of the purchases, as a mean
        over the settings.
        """
        is_known = np.isfinite(counts)[:, None]
        seen = np.where(np.isfinite(counts), counts, 0.0)
        usual, wild = forecast.log_likelihood(seen)
        told = np.logaddexp(usual + np.log1p(-WILD), wild + np.log(WILD))
        trust = np.where(is_known, np.exp(usual + np.log1p(-WILD) - told), 0.0)
        weight = self.weight
        self.log_weight = self.log_weight + np.where(is_known, told, 0.0)
        self.log_weight -= log_sum(self.log_weight)[:, None]
        size = forecast.size + seen[:, None]
        surprise = digamma(size) - np.log(forecast.size / forecast.mean + 1) - forecast.log_mean
        shrink = trust * (1 - zeta(2, size) / forecast.variance)
        self.mean += (trust * surprise)[..., None] * forecast.gain
        outer = forecast.gain[..., :, None] * forecast.gain[..., None, :]
        self.covariance -= (shrink * forecast.variance)[..., None, None] * outer
        followed: Array = np.einsum("sg,sgp->sp", weight * shrink, forecast.gain)
        return followed

    def open_up(self, spread: Array) -> None:
        """Let the level of each series move so far next week, beyond its drift: it has changed."""
        self.covariance[:, :, LEVEL, LEVEL] += spread[:, None] ** 2

    def copy(self, series: int, times: int) -> Bank:
        """Return a bank that follows one of the series many times, each on its own from here."""
        other = object.__new__(Bank)
        other.passing, other.noise = self.passing, self.noise
        other.mean = np.repeat(self.mean[series : series + 1], times, axis=0)
        other.covariance = np.repeat(self.covariance[series : series + 1], times, axis=0)
        other.log_weight = np.repeat(self.log_weight[series : series + 1], times, axis=0)
        return other


def first_level(counts: Array) -> Array:
    """Return the log level to begin with, from the first known weeks; counts: weeks x series."""
    firsts = (series[np.isfinite(series)][:FIRST_WEEKS] for series in counts.T)
    return np.array([np.log(known.mean() + 0.5) if len(known) else 0.0 for known in firsts])


def band(bank: Bank, forecast: Forecast) -> tuple[Array, Array, Array]:
    """Return the expected purchases and a band, each per series, over all settings together.

    The band is that of the negative binomial with the mean and variance of the mixture.
    """
    weight = bank.weight
    mean = (weight * forecast.mean).sum(axis=1)
    spread = forecast.mean + forecast.mean**2 / forecast.size + (forecast.mean - mean[:, None]) ** 2
    variance = (weight * spread).sum(axis=1)
    size = mean**2 / np.maximum(variance - mean, mean * 1e-6)
    share = size / (size + mean)
    return mean, nbinom.ppf((1 - BAND) / 2, size, share), nbinom.ppf((1 + BAND) / 2, size, share)


def shape_for(variance: Array) -> Array:
    """Return the shape of the gamma distribution whose logarithm has this variance."""
    shape: Array = np.exp(np.interp(np.log(variance), _LOG_VARIANCES, _LOG_SHAPES))
    return shape


def log_negative_binomial(counts: Array, mean: Array, size: Array) -> Array:
    """Return the log probability of counts under a negative binomial of this mean and size."""
    total = np.log(size + mean)
    found: Array = (
        gammaln(counts + size)
        - gammaln(size)
        - gammaln(counts + 1)
        + size * (np.log(size) - total)
        + counts * (np.log(mean) - total)
    )
    return found


def log_sum(values: Array, axis: int = 1) -> Any:
    """Return the logarithm of a sum of exponentials along an axis."""
    most = values.max(axis=axis, keepdims=True)
    return np.log(np.exp(values - most).sum(axis=axis)) + most.squeeze(axis)
