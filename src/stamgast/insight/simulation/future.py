"""What alive customers are expected to buy next, from the true parameters and their last purchase.

Gaps of Gamma shape k are k exponential stages. Which stage a customer has reached follows from the
time since the last purchase; from there the stages move round a ring, and leave it with the chance
to drop out after a purchase. Scaled by the k-th root of the chance to stay, the ring is a circulant
and its movement a finite Fourier sum: the expected number of purchases in any time is exact.
Leaving at a moment in time is laid over it week by week. A second life to come is not counted, nor
that a complaint may end a contract.
"""

from __future__ import annotations

from math import lgamma

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.simulation.clock import Clock, Floats, Pace
from stamgast.insight.simulation.mechanisms import Shoppers, Subscription
from stamgast.insight.simulation.subscriptions import MORNING, TERM, Contracts, term_chance

HORIZONS = (90, 365)
_CHUNK = 20_000
_WEEKS = np.unique(np.concatenate([np.arange(0.0, 365.0, 7.0), [90.0, 365.0]]))


def expected_purchases(
    kind: Shoppers,
    pace: Pace,
    now: float,
    *,
    rate: Floats,
    drop_out: Floats,
    leave_chance: float,
    last: Floats,
    began: Floats,
) -> Floats:
    """Return the expected purchases within each horizon, shape (customers, horizons).

    `last` and `began` are the moments of the last purchase and of the present life's start;
    `leave_chance` is added for leaving over a complaint. All given customers are alive at `now`.
    """
    edges = _WEEKS if kind.drop_out.is_in_time else np.array([0.0, *HORIZONS])
    ahead = pace.elapsed(now + edges) - pace.elapsed(np.array(now))
    chance = 1 - (1 - kind.drop_out.chance(drop_out)) * (1 - leave_chance)
    since = pace.elapsed(np.array(now)) - pace.elapsed(last)
    ends = np.searchsorted(edges, HORIZONS)
    expected = np.empty((rate.size, len(HORIZONS)))
    for low in range(0, rate.size, _CHUNK):
        part = slice(low, low + _CHUNK)
        counts = np.diff(_counts(kind.regularity, rate[part], chance[part], since[part], ahead))
        if kind.drop_out.is_in_time:
            middle = (edges[:-1] + edges[1:]) / 2
            age = now - began[part]
            for step, days in enumerate(middle):
                counts[:, step] *= kind.drop_out.survival(drop_out[part], age, float(days))
        expected[part] = np.cumsum(counts, axis=1)[:, ends - 1]
    return np.maximum(expected, 0.0)


def _counts(k: int, rate: Floats, chance: Floats, since: Floats, ahead: Floats) -> Floats:
    """Return expected purchases within `ahead` operational days, shape (customers, ahead)."""
    speed = k * rate
    stay = np.maximum(1 - chance, 1e-9) ** (1 / k)
    turn = np.exp(2j * np.pi * np.arange(k) / k)
    stages = np.arange(k)
    scaled = _stages(k, speed * since) * stay[:, None] ** stages
    modes = scaled @ turn[None, :] ** stages[:, None]
    decay: NDArray[np.complex128] = speed[:, None] * (stay[:, None] * turn - 1)
    total = np.zeros((rate.size, ahead.size), dtype=complex)
    for m in range(k):
        with np.errstate(divide="ignore", invalid="ignore"):
            exact = np.expm1(decay[:, m, None] * ahead) / decay[:, m, None]
        small = np.abs(decay[:, m]) * ahead.max() < 1e-9
        exact[small] = ahead
        total += modes[:, m, None] * turn[m] ** -(k - 1) * exact
    return np.asarray((total.real / k) * (speed / stay ** (k - 1))[:, None])


def _stages(k: int, waited: Floats) -> Floats:
    """Return the chances of having passed 0..k-1 stages, given that the k-th has not been."""
    if k == 1:
        return np.ones((waited.size, 1))
    with np.errstate(divide="ignore"):
        log_waited = np.log(waited)[:, None]
    stages = np.arange(k)
    logs = np.where(stages == 0, 0.0, stages * log_waited) - [lgamma(j + 1) for j in stages]
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def expected_deliveries(
    plan: Subscription, clock: Clock, today: int, contracts: Contracts, drop_out: Floats
) -> Floats:
    """Return the expected deliveries within each horizon from the start of day number `today`."""
    now = float(clock.midnight(clock.start + today))
    passed = np.maximum(np.ceil((today - contracts.first_day) / plan.interval), 0)
    expected = np.zeros((contracts.owner.size, len(HORIZONS)))
    for turn in range(int(max(HORIZONS) // plan.interval) + 2):
        day = (contracts.first_day + (passed + turn) * plan.interval).astype(np.int64)
        at = clock.midnight(clock.start + day) + MORNING
        still = _still_running(plan, now, contracts, drop_out, at)
        for h, days in enumerate(HORIZONS):
            expected[:, h] += np.where((at >= now) & (at < now + days), still, 0.0)
    return expected


def _still_running(
    plan: Subscription, now: float, contracts: Contracts, own: Floats, at: Floats
) -> Floats:
    """Return the chance that a contract still runs at a moment, knowing what is known now."""
    given = contracts.notice <= now
    known = contracts.ends > at
    no_notice = _silence(plan, own, at - MORNING - plan.notice_days - contracts.starts)
    until_now = _silence(plan, own, np.full(own.size, now) - contracts.starts)
    open_end = np.minimum(no_notice / until_now, 1.0)
    term = np.minimum(term_chance(plan, own), 1 - 1e-12)
    held = np.maximum(now - contracts.starts, 0.0)
    terms = np.floor((at - contracts.starts) / TERM) - np.floor(held / TERM)
    left = TERM - held % TERM
    quiet = np.clip((60.0 - left) / 30.0, 0.0, 1.0)  # how much of the notice window has passed
    renewal = (1 - term) / (1 - term * quiet)
    fixed = np.where(terms > 0, renewal * (1 - term) ** np.maximum(terms - 1, 0), 1.0)
    return np.where(given, known, np.where(contracts.is_fixed, fixed, open_end))


def _silence(plan: Subscription, own: Floats, days: Floats) -> Floats:
    """Return the chance of no notice in so many days of an open contract."""
    own = np.minimum(own, 1 - 1e-12)
    turns = np.maximum(days, 0.0) / plan.interval
    whole = np.floor(turns)
    return np.asarray((1 - own) ** whole * (1 - own * (turns - whole)))
