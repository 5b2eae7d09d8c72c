"""Pareto/NBD: Schmittlein, Morrison & Colombo (1987), "Counting your customers".

Customers buy at random at a personal rate (gamma: shape r, rate alpha) and leave after a personal
lifetime (exponential, its rate gamma: shape s, rate beta), at any moment and not only after a
purchase. With R = r + x, the likelihood of x, t_x, T is

    (r)_x alpha^r beta^s / (R+s) * (R G(T) e^-E(T) + s F(t_x) e^-E(t_x)),
    E(t) = R log(alpha+t) + s log(beta+t).

F and G are 2F1(1, .; R+s+1; z) with z the distance between alpha and beta over the larger of
alpha+t and beta+t. This is the sum form (Fader & Hardie, note 027) after Euler's transformation:
every term is positive, so nothing cancels, and z stays below one however far alpha and beta lie
apart. F depends on (x, t_x) alone and G on (x, T) alone: worked out once per distinct pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from typing import Any

import numpy as np

from .beta_geometric import log_rising
from .bg_nbd import purchase_rate_start
from .compiled import compiled
from .extras import Rows
from .fitting import Objective
from .purchase_counts import at_least_leaving
from .purchase_model import Ahead, PurchaseModel
from .special import log_slopes_2f1
from .states import Floats, Ints, States, added, distinct_pairs, distinct_values


@compiled
def branch(
    r: float, alpha: float, s: float, beta: float, x: float, t: float, is_alive: bool
) -> tuple[float, float, float, float, float]:
    """Return the logarithm of one of the two terms, and its slopes by r, alpha, s and beta.

    With `is_alive`, R G(t) e^-E(t) / (R+s), and else s F(t) e^-E(t) / (R+s); both times
    alpha^r beta^s.
    """
    whole = r + x
    a, b = alpha + t, beta + t
    wide = 1.0 if is_alive else 0.0
    c = whole + s + 1.0
    if alpha >= beta:
        z = (alpha - beta) / a
        value, by_b, by_c, by_z = log_slopes_2f1(whole + wide, c, z)
        by_r, by_s = by_b + by_c, by_c
        by_alpha, by_beta = by_z * b / (a * a), -by_z / a
    else:
        z = (beta - alpha) / b
        value, by_b, by_c, by_z = log_slopes_2f1(s + 1.0 - wide, c, z)
        by_r, by_s = by_c, by_b + by_c
        by_alpha, by_beta = -by_z / b, by_z * a / (b * b)
    total = log(value) - log(whole + s)
    by_r, by_s = by_r - 1.0 / (whole + s), by_s - 1.0 / (whole + s)
    if is_alive == (alpha >= beta):  # the prefactor (beta+t)/(alpha+t), or its inverse
        turn = 1.0 if is_alive else -1.0
        total += turn * (log(b) - log(a))
        by_alpha, by_beta = by_alpha - turn / a, by_beta + turn / b
    if is_alive:
        total, by_r = total + log(whole), by_r + 1.0 / whole
    else:
        total, by_s = total + log(s), by_s + 1.0 / s
    waited, aged = log1p(t / alpha), log1p(t / beta)
    total -= r * waited + x * log(a) + s * aged
    by_r, by_s = by_r - waited, by_s - aged
    by_alpha += (r * t / alpha - x) / a
    by_beta += s * t / beta / b
    return total, by_r, by_alpha, by_s, by_beta


@compiled
def fill_branches(
    r: Floats,
    alpha: Floats,
    s: Floats,
    beta: Floats,
    x: Ints,
    t: Floats,
    is_alive: bool,
    out: Floats,
) -> None:
    """Write `branch` of every row into the five columns of `out`."""
    for i in range(len(x)):
        row = branch(r[i], alpha[i], s[i], beta[i], float(x[i]), t[i], is_alive)
        for j in range(5):
            out[i, j] = row[j]


@compiled
def mixed_sums(
    alive: Floats,
    gone: Floats,
    at_alive: Ints,
    at_gone: Ints,
    weight: Floats,
    out_alive: Floats,
    out_gone: Floats,
) -> float:
    """Sum log(e^alive + e^gone); add the share of each to its pair."""
    total = 0.0
    for i in range(len(weight)):
        j, k, w = at_alive[i], at_gone[i], weight[i]
        log_odd = gone[k] - alive[j]
        small = exp(-abs(log_odd))
        share = 1.0 / (1.0 + small)
        total += w * (log1p(small) + max(gone[k], alive[j]))
        if log_odd < 0.0:
            share *= small
        out_gone[k] += w * share
        out_alive[j] += w * (1.0 - share)
    return total


def _branches(parameters: Floats, x: Ints, t: Floats, *, is_alive: bool) -> Floats:
    r, alpha, s, beta = (np.full(len(x), value) for value in parameters[:4])
    return _row_branches((r, alpha, s, beta), x, t, is_alive=is_alive)


def _row_branches(rows: Rows, x: Ints, t: Floats, *, is_alive: bool) -> Floats:
    found = np.empty((len(x), 5))
    fill_branches(*rows, x, t, is_alive, found)
    return found


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood and gradient of (r, alpha, s, beta) for one set of counted states."""

    x: Ints
    weight_x: Floats
    weight: Floats
    alive: tuple[Ints, Floats, Ints]
    gone: tuple[Ints, Floats, Ints]

    @classmethod
    def of(cls, states: States) -> Likelihood:
        x, at_x = distinct_values(states.x)
        return cls(
            x,
            added(at_x, states.weight, len(x)),
            states.weight,
            distinct_pairs(states.x, states.T, states.unit),
            distinct_pairs(states.x, states.t_x, states.unit),
        )

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        alive = _branches(parameters, self.alive[0], self.alive[1], is_alive=True)
        gone = _branches(parameters, self.gone[0], self.gone[1], is_alive=False)
        share_alive, share_gone = np.zeros(len(alive)), np.zeros(len(gone))
        total = mixed_sums(
            alive[:, 0].copy(),
            gone[:, 0].copy(),
            self.alive[2],
            self.gone[2],
            self.weight,
            share_alive,
            share_gone,
        )
        rise, by_r = log_rising(float(parameters[0]), self.x)
        gradient = (share_alive[:, None] * alive[:, 1:]).sum(axis=0)
        gradient += (share_gone[:, None] * gone[:, 1:]).sum(axis=0)
        gradient[0] += float((self.weight_x * by_r).sum())
        return total + float((self.weight_x * rise).sum()), gradient


class ParetoNBD(PurchaseModel):
    """Fit and apply the Pareto/NBD: parameters r, alpha, s and beta, the scales in the base's unit.

    Where nobody seems to leave (s near 0 or beta endless) the parameters of leaving cannot be told
    apart, and the fit says "not identified".
    """

    names = ("r", "alpha", "s", "beta")
    shapes = ("r", "s")
    scaled = ("alpha", "beta")
    leaving = (3, -1)
    can_have_season = False

    def _objective(self, states: States) -> Objective:
        return Likelihood.of(states)

    def _starts(self, states: States) -> list[Sequence[float]]:
        r, alpha = purchase_rate_start(states)
        watched = float(states.weight @ states.T) / states.customers
        return [
            [r, alpha, 0.5, 0.5 * watched],
            [1.0, alpha / r, 0.2, 0.1 * watched],
            [0.3, 0.3 * alpha / r, 2.0, 5.0 * watched],
        ]

    def _row_slopes(self, states: States, rows: Rows) -> tuple[float, Floats]:
        alive = _row_branches(rows, states.x, states.T, is_alive=True)
        gone = _row_branches(rows, states.x, states.t_x, is_alive=False)
        from scipy.special import expit

        share = expit(alive[:, 0] - gone[:, 0])[:, None]
        rise, by_r = log_rising(float(rows[0][0]), states.x)  # r is the same in every row
        total = float((states.weight * (np.logaddexp(alive[:, 0], gone[:, 0]) + rise)).sum())
        slopes = np.zeros((len(states.x), 6))
        slopes[:, :4] = share * alive[:, 1:] + (1 - share) * gone[:, 1:]
        slopes[:, 0] += by_r
        return total, slopes * states.weight[:, None]

    def _p_alive(self, states: States, parameters: Floats) -> Floats:
        if self.extras.covariates:
            rows = self.extras.rows(states, parameters)
            gone = _row_branches(rows, states.x, states.t_x, is_alive=False)[:, 0]
            alive = _row_branches(rows, states.x, states.T, is_alive=True)[:, 0]
            return _share_alive(rows, states.x, states.T, alive, gone)
        x, t_x, at = distinct_pairs(states.x, states.t_x, states.unit)
        gone = _branches(parameters, x, t_x, is_alive=False)[at, 0]
        x, T, end = distinct_pairs(states.x, states.T, states.unit)
        alive = _branches(parameters, x, T, is_alive=True)[end, 0]
        r, alpha, s, beta = parameters[:4]
        return _share_alive((r, alpha, s, beta), states.x, states.T, alive, gone)

    def _ahead(self, states: States, horizon: Floats, parameters: Floats) -> Ahead:
        r, alpha, s, beta = self.extras.rows(states, parameters)
        whole, a, b = r + states.x, alpha + states.T, beta + states.T
        rate, length = whole / a, np.log1p(horizon / b)
        staying = b * _decayed(s - 1, length)
        staying_square = 2 * b**2 * np.maximum(_decayed_twice(s, length), 0.0)
        none = np.empty(len(whole))
        fill_chance_of_none(whole, a, s, b, np.ascontiguousarray(horizon), none)
        mean = rate * staying
        return Ahead(mean, mean + whole * (whole + 1) / a**2 * staying_square, none)

    def _at_least(
        self, states: States, horizon: Floats, purchases: Ints, parameters: Floats
    ) -> Floats:
        r, alpha, s, beta = self.extras.rows(states, parameters)
        ages = (alpha + states.T, s, beta + states.T)
        return at_least_leaving(purchases, r + states.x, *ages, horizon)

    def _simulate(
        self, states: States, horizon: Floats, parameters: Floats, generator: np.random.Generator
    ) -> Floats:
        r, alpha, s, beta = self.extras.rows(states, parameters)
        rate = generator.standard_gamma(r + states.x) / (alpha + states.T)
        leaving = generator.standard_gamma(s) / (beta + states.T)
        lifetime = generator.standard_exponential(len(rate)) / np.maximum(leaving, 1e-300)
        stay = np.minimum(lifetime, horizon)
        return np.asarray(generator.poisson(rate * stay), dtype=np.float64)


def _share_alive(
    rows: tuple[Any, Any, Any, Any], x: Ints, T: Floats, alive: Floats, gone: Floats
) -> Floats:
    """Return P(alive): not having left at all, among the two ways to be as we saw."""
    r, alpha, s, beta = rows
    here = -(r * np.log1p(T / alpha) + x * np.log(alpha + T) + s * np.log1p(T / beta))
    return np.asarray(np.minimum(np.exp(here - np.logaddexp(alive, gone)), 1.0))


def _decayed(k: Floats, length: Floats) -> Floats:
    """Return (1 - e^(-k length)) / k, also at k = 0."""
    u = k * length
    return length * np.where(np.abs(u) > 1e-12, -np.expm1(-u) / np.where(u == 0, 1, u), 1 - u / 2)


def _decayed_twice(s: Floats, length: Floats) -> Floats:
    """Return the integral over v of e^(v (1-s)) (e^v - 1) up to `length`, also at s = 1 and 2.

    That is E[D^2] / (2 b^2) of the time D that a customer stays within the horizon.
    """
    direct = _decayed(s - 2, length) - _decayed(s - 1, length)
    series = length**2 * (1 / 2 + length * (3 - 2 * s) / 6)
    return np.where(length < 1e-4, series, direct)


@compiled
def fill_chance_of_none(
    whole: Floats, a: Floats, s: Floats, b: Floats, horizon: Floats, out: Floats
) -> None:
    """Write the chance that a customer who is there now buys nothing within the horizon.

    It is the likelihood of no purchase in a window that begins now, with the knowledge of now.
    """
    for i in range(len(whole)):
        alive = branch(whole[i], a[i], s[i], b[i], 0.0, horizon[i], True)[0]
        gone = branch(whole[i], a[i], s[i], b[i], 0.0, 0.0, False)[0]
        out[i] = min(exp(alive) + exp(gone), 1.0)
