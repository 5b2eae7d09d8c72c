"""Loops shared by BG/NBD and MBG/NBD, whose likelihoods differ only in when one can drop out.

Both papers describe a customer who buys at random with a personal rate (gamma: r, alpha) and who,
after a purchase, drops out with a personal chance (beta: a, b). In the BG/NBD the first purchase
carries no such chance, in the MBG/NBD it does. With `shift` 0 for the first and 1 for the second,
one formula serves both: the likelihood of x, t_x, T is

    (r)_x alpha^r (b)_(x+shift) / (a+b)_(x+shift) / (alpha+T)^(r+x) * (1 + odds),
    odds of being gone = a / (b+x+shift-1) * ((alpha+T) / (alpha+t_x))^(r+x),   0 where x+shift = 0,

with (c)_n the rising factorial. It is separable: rising factorials depend on x alone and logarithms
on one time alone, so they are looked up, and each state costs one exponential and one logarithm.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from math import exp, floor, lgamma, log, log1p, sqrt
from typing import Any

import numpy as np

from .compiled import compiled
from .fitting import Objective
from .states import Floats, Ints, States, TimeTable, added

THREADS_FROM = 50_000  # below this many states, starting a thread costs more than it saves
SLICES = 4  # fixed, so that sums are added in the same order whatever the number of cores


@compiled
def gone_sums(
    at_x: Ints,
    at_t_x: Ints,
    at_T: Ints,
    weight: Floats,
    power: Floats,
    log_odds: Floats,
    log_time: Floats,
    inverse_time: Floats,
    gone_by_x: Floats,
) -> tuple[float, float, float]:
    """Sum log(1 + odds) and its slopes by r and alpha; add P(gone) per distinct x."""
    total, slope_r, slope_alpha = 0.0, 0.0, 0.0
    for i in range(len(weight)):
        k, t_x, T, w = at_x[i], at_t_x[i], at_T[i], weight[i]
        waited = log_time[T] - log_time[t_x]
        log_odd = log_odds[k] + power[k] * waited
        small = exp(-abs(log_odd))
        gone = 1.0 / (1.0 + small)
        total += w * (log1p(small) + max(log_odd, 0.0))
        if log_odd < 0.0:
            gone *= small
        gone *= w
        slope_r += gone * waited
        slope_alpha += gone * power[k] * (inverse_time[T] - inverse_time[t_x])
        gone_by_x[k] += gone
    return total, slope_r, slope_alpha


def log_rising(start: float, counts: Ints) -> tuple[Floats, Floats]:
    """Return log (start)_n and its slope by start for every n, without cancelling for large n."""
    steps = start + np.arange(int(counts.max(initial=0)))
    logs = np.concatenate(([0.0], np.cumsum(np.log(steps))))
    slopes = np.concatenate(([0.0], np.cumsum(1.0 / steps)))
    return logs[counts], slopes[counts]


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood and gradient of (r, alpha, a, b) for one set of counted states."""

    shift: int
    x: Ints
    weight_x: Floats
    table: TimeTable
    watched: Floats
    bought: Floats
    slices: list[tuple[Ints, Ints, Ints, Floats]]

    @classmethod
    def of(cls, states: States, shift: int) -> Likelihood:
        table = states.table
        weight, size = states.weight, len(table.times)
        x, at_x = states.counts
        can_be_gone = states.x + shift > 0
        parts = [a[can_be_gone] for a in (at_x, table.at_last, table.at_end)]
        rows = int(can_be_gone.sum())
        pieces = SLICES if rows >= THREADS_FROM else 1
        edges = [rows * i // pieces for i in range(pieces + 1)]
        gone_weight = weight[can_be_gone]
        return cls(
            shift,
            x,
            added(at_x, weight, len(x)),
            table,
            added(table.at_end, weight, size),
            added(table.at_end, weight * states.x, size),
            [
                (parts[0][i:j], parts[1][i:j], parts[2][i:j], gone_weight[i:j])
                for i, j in pairwise(edges)
            ],
        )

    def __call__(
        self, parameters: Floats, pool: ThreadPoolExecutor | None = None
    ) -> tuple[float, Floats]:
        r, alpha, a, b = (float(p) for p in parameters)
        time = alpha + self.table.times
        log_time: Floats = np.log(time)
        inverse_time: Floats = 1.0 / time
        before = self.x + (self.shift - 1)
        safe = np.maximum(b + before, 1e-300)
        total, slope_r, slope_alpha, gone = self._gone(
            (r + self.x).astype(np.float64), np.log(a / safe), log_time, inverse_time, pool
        )
        rise_r, by_r = log_rising(r, self.x)
        rise_b, by_b = log_rising(b, self.x + self.shift)
        rise_ab, by_ab = log_rising(a + b, self.x + self.shift)
        w = self.weight_x
        # (alpha / (alpha+T))^r as one number: for large r and alpha its two halves would cancel.
        waited = np.log1p(self.table.times / alpha)
        total += float(w @ (rise_r + rise_b - rise_ab))
        total -= r * float(self.watched @ waited) + float(self.bought @ log_time)
        early = self.watched * self.table.times / alpha * r - self.bought
        gradient = (
            float(w @ by_r) - float(self.watched @ waited) + slope_r,
            float(early @ inverse_time) + slope_alpha,
            -float(w @ by_ab) + float(gone.sum()) / a,
            float(w @ (by_b - by_ab)) - float((gone / safe).sum()),
        )
        return total, np.array(gradient)

    def _gone(
        self,
        power: Floats,
        log_odds: Floats,
        log_time: Floats,
        inverse_time: Floats,
        pool: ThreadPoolExecutor | None,
    ) -> tuple[float, float, float, Floats]:
        by_slice = [np.zeros(len(self.x)) for _ in self.slices]

        def run(i: int) -> tuple[float, float, float]:
            tables = (power, log_odds, log_time, inverse_time, by_slice[i])
            return gone_sums(*self.slices[i], *tables)

        mapper: Callable[..., Any] = map if pool is None else pool.map
        sums = np.array(list(mapper(run, range(len(self.slices))))).sum(axis=0)
        return float(sums[0]), float(sums[1]), float(sums[2]), np.sum(by_slice, axis=0)


def with_threads(likelihood: Likelihood) -> Objective:
    """Return the likelihood as a function of the parameters, on several cores when it is large."""
    if len(likelihood.slices) == 1:
        return likelihood
    pool = ThreadPoolExecutor(min(SLICES, os.cpu_count() or 1))
    return lambda parameters: likelihood(parameters, pool)


@compiled
def fill_alive(
    at_x: Ints,
    at_t_x: Ints,
    at_T: Ints,
    power: Floats,
    log_odds: Floats,
    log_time: Floats,
    out: Floats,
) -> None:
    """Write the probability that each customer is still there, from the log-odds of being gone."""
    for i in range(len(out)):
        k = at_x[i]
        odd = log_odds[k] + power[k] * (log_time[at_T[i]] - log_time[at_t_x[i]])
        small = exp(-abs(odd))
        out[i] = (small if odd > 0.0 else 1.0) / (1.0 + small)


def p_alive(states: States, parameters: Floats, shift: int) -> Floats:
    """Return the probability that each customer is still there; one where none can be gone yet."""
    r, alpha, a, b = (float(p) for p in parameters)
    (x, at_x), table = states.counts, states.table
    before = x + (shift - 1)
    odds = np.where(before < 0, -np.inf, np.log(a / np.maximum(b + before, 1e-300)))
    out = np.empty(len(at_x))
    log_time = np.log1p(table.times / alpha)
    power, rows = (r + x).astype(float), len(at_x)
    pieces = SLICES if rows >= THREADS_FROM else 1
    edges = [rows * i // pieces for i in range(pieces + 1)]

    def fill(ends: tuple[int, int]) -> None:
        here = slice(*ends)
        times = (table.at_last[here], table.at_end[here])
        fill_alive(at_x[here], *times, power, odds, log_time, out[here])

    if pieces == 1:
        fill((0, rows))
    else:
        with ThreadPoolExecutor(min(SLICES, os.cpu_count() or 1)) as pool:
            list(pool.map(fill, pairwise(edges)))
    return out


@compiled
def purchase_moments(power: float, chance: float, a: float, b: float) -> tuple[float, float, float]:
    """Return E[K], E[K^2] and P(K = 0) of purchases K ahead, for a customer who is still there.

    Without drop-out the count n would be negative binomial: size `power`, success z = `chance` =
    horizon / (alpha + T + horizon). Of those n only the ones up to drop-out happen, and the k-th
    happens (given n >= k) with probability (b)_(k-1) / (a+b)_(k-1). So

        E[K] = sum over n of P(n) * sum over k < n of (b)_k / (a+b)_k,

    every term positive. This equals the published formula with its hypergeometric function, but has
    no pole at a = 1 and never subtracts nearly equal numbers.
    """
    n = 0
    reached, first, second = 1.0, 0.0, 0.0
    log_none = power * log1p(-chance)
    none = exp(log_none)
    probability = none
    mean = power * chance / (1.0 - chance)
    skips = log_none < -600.0
    if skips:  # the count is nowhere near zero: begin twelve standard deviations below its mean
        spread = sqrt(mean / (1.0 - chance))
        for _ in range(int(max(0.0, floor(mean - 12.0 * spread)))):
            first += reached
            second += (2 * n + 1) * reached
            reached *= (b + n) / (a + b + n)
            n += 1
        log_probability = lgamma(power + n) - lgamma(power) - lgamma(n + 1.0) + log_none
        probability = exp(log_probability + n * log(chance))
    total, squares, certain = probability * first, probability * second, probability
    while True:
        first += reached
        second += (2 * n + 1) * reached
        reached *= (b + n) / (a + b + n)
        probability *= chance * (power + n) / (n + 1.0)
        n += 1
        total += probability * first
        squares += probability * second
        certain += probability
        if n > mean and probability * second * (1.0 + mean) <= 1e-13 * squares * (1.0 - chance):
            break
    if skips:  # log-gamma of large numbers has lost digits, in every probability alike
        return total / certain, squares / certain, none
    return total, squares, none


@compiled
def fill_moments(power: Floats, chance: Floats, a: Floats, b: Floats, out: Floats) -> None:
    """Write `purchase_moments` of every row into the three columns of `out`."""
    for i in range(len(power)):
        out[i, 0], out[i, 1], out[i, 2] = 0.0, 0.0, 1.0
        if chance[i] > 0.0:
            out[i, 0], out[i, 1], out[i, 2] = purchase_moments(power[i], chance[i], a[i], b[i])
