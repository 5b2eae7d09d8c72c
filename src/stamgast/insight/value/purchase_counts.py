"""How many purchases a customer who is still there will make: the whole distribution.

A customer's rate is known as a gamma distribution of shape `whole` (r + x) and rate `alpha + T`.
Purchases in a time u then are negative binomial, and there are at least k of them with probability
I_z(k, whole), the regularised incomplete beta function at z = u / (alpha + T + u).

In the BG/NBD and MBG/NBD (Fader, Hardie & Lee 2005; Batislam, Denizel & Filiztekin 2007) the k-th
purchase also needs that the k - 1 before it ended nothing. In the Pareto/NBD (Schmittlein, Morrison
& Colombo 1987; the distribution is Fader & Hardie 2014, "Deriving the conditional PMF of the
Pareto/NBD model") the customer must still be there at the moment of the k-th purchase, whatever
that moment is; as an integral over it, every term is positive and nothing cancels.
"""

from __future__ import annotations

import numpy as np

from .states import Floats, Ints

POINTS = 64
UNSEEN = (
    1e-12  # of the moment of the k-th purchase: what is left out of the integral on either side
)


def at_least_dropping_out(
    purchases: Ints, whole: Floats, chance: Floats, a: Floats, b: Floats
) -> Floats:
    """Return P(at least `purchases`) where every purchase may be the last, with odds a to b.

    `chance` is z at the horizon; all arrays have one length, and so has the answer.
    """
    from scipy.special import betainc, betaln

    k = np.maximum(purchases, 1).astype(np.float64)
    stays = np.exp(betaln(a, b + k - 1) - betaln(a, b))
    return np.where(purchases > 0, betainc(k, whole, chance) * stays, 1.0)


def at_least_leaving(
    purchases: Ints, whole: Floats, rate: Floats, s: Floats, beta: Floats, horizon: Floats
) -> Floats:
    """Return P(at least `purchases`) where a customer stays longer than u with (1 + u/beta)^-s.

    `rate` is alpha + T and `beta` beta + T, in one unit with `horizon`; all arrays of one length.
    The integral runs over the logarithm of u / rate, in which the density of the moment of the
    k-th purchase is smooth and has one top whatever its parameters.
    """
    from scipy.special import betaincinv, betaln, logit

    k = np.maximum(purchases, 1).astype(np.float64)
    with np.errstate(divide="ignore"):
        end = np.log(horizon / rate)
        low = np.minimum(logit(betaincinv(k, whole, UNSEEN)), end)
        high = np.minimum(-logit(betaincinv(whole, k, UNSEEN)), end)
    is_open = np.isfinite(low) & (low < high)
    low, high = np.where(is_open, low, 0.0), np.where(is_open, high, 0.0)
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    found = np.zeros(len(k))
    for point, weight in zip(points, weights, strict=True):
        at = (low + high) / 2 + (high - low) / 2 * point
        moment = np.exp(k * at - (whole + k) * np.logaddexp(0.0, at) - betaln(k, whole))
        found += weight * moment * np.exp(-s * np.log1p(rate * np.exp(at) / beta))
    return np.where(purchases > 0, np.minimum(found * (high - low) / 2, 1.0), 1.0)
