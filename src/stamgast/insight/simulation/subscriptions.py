"""Customers under contract: deliveries at fixed intervals until notice ends them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.clock import Clock, Flags, Floats, Ints
from stamgast.insight.simulation.mechanisms import Subscription
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.purchases import CONTRACT, Lives, Purchases
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

TERM = 365
MORNING = 7.0 / 24.0
FIXED_NOTICE = (30.0, 60.0)  # days before the end of a term


@dataclass
class Contracts:
    """Every contract: whose, first day, notice, end (a midnight), and of what."""

    owner: Ints
    first_day: Ints  # counted from the shop's first day
    starts: Floats
    notice: Floats
    ends: Floats
    is_fixed: Flags
    product: Ints
    quantity: Ints


def subscribe(
    spec: ShopSpec, clock: Clock, people: Population, lives: Lives, streams: Streams, until: float
) -> tuple[Contracts, Purchases]:
    """Give subscribers their contract and deliveries, and their lives the contract's end."""
    kind, plan = subscribers(spec)
    owner = np.flatnonzero((people.kind == kind) & people.is_named)
    contracts = _sign(spec, plan, clock, people, owner, streams.named("contracts"))
    ended = contracts.ends < until
    lives.left[contracts.owner[ended]] = contracts.ends[ended]
    lives.cause[contracts.owner[ended]] = CONTRACT
    return contracts, _deliver(plan, clock, contracts, until)


def subscribers(spec: ShopSpec) -> tuple[int, Subscription]:
    """Return the index of the kind of shopper with a subscription, or -1 and a plan unused."""
    for i, kind in enumerate(spec.shoppers):
        if kind.subscription:
            return i, kind.subscription
    return -1, Subscription()


def _sign(
    spec: ShopSpec,
    plan: Subscription,
    clock: Clock,
    people: Population,
    owner: Ints,
    rng: np.random.Generator,
) -> Contracts:
    wait = 1 + rng.integers(0, plan.begins_within + 1, owner.size)
    first_day = (clock.day(people.begins[owner]) - clock.start).astype(np.int64) + wait
    starts = clock.midnight(clock.start + first_day)
    own = np.clip(people.drop_out[owner], 1e-12, 1.0)
    is_fixed = rng.random(owner.size) < plan.fixed
    until_notice = (rng.geometric(own) - 1 + rng.random(owner.size)) * plan.interval
    terms = rng.geometric(np.maximum(term_chance(plan, own), 1e-12))
    last_term = clock.midnight(clock.start + first_day + np.minimum(terms * TERM, 10**6))
    open_end = clock.next_midnight(starts + until_notice + plan.notice_days)
    in_time = last_term - rng.uniform(*FIXED_NOTICE, owner.size)
    sold = [spec.catalogue.shelf.index[sku] for sku in spec.catalogue.subscriptions]
    return Contracts(
        owner=owner,
        first_day=first_day,
        starts=starts,
        notice=np.where(is_fixed, in_time, starts + until_notice),
        ends=np.where(is_fixed, last_term, open_end),
        is_fixed=is_fixed,
        product=rng.choice(np.array(sold or [0]), owner.size).astype(np.int64),
        quantity=1 + rng.poisson(0.25 * people.basket[owner]),
    )


def term_chance(plan: Subscription, own: Floats) -> Floats:
    """Return the chance that a fixed term is not renewed."""
    return np.asarray(-np.expm1(np.log1p(-np.minimum(own, 1 - 1e-12)) * TERM / plan.interval))


def _deliver(plan: Subscription, clock: Clock, contracts: Contracts, until: float) -> Purchases:
    """Return a delivery on the first morning and every interval after it, while it lasts."""
    last = np.minimum(contracts.ends, until)
    count = np.maximum(np.ceil((last - contracts.starts) / plan.interval), 0).astype(np.int64)
    row = np.repeat(np.arange(count.size), count)
    turn = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    day = contracts.first_day[row] + turn * plan.interval
    at = clock.midnight(clock.start + day) + MORNING
    kept = at < last[row]
    return Purchases(contracts.owner[row], at, np.ones(row.size, dtype=bool)).only(kept)
