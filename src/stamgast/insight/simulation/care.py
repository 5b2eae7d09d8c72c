"""Complaints and other contacts, and customers who leave because of how they were handled."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from stamgast.insight.simulation.clock import Clock, Flags, Floats, Ints, later, office_hours
from stamgast.insight.simulation.fulfilment import Orders
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.purchases import COMPLAINT, Lives
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams
from stamgast.insight.simulation.subscriptions import Contracts, subscribers

COMPLAINED, ASKED, CALLED, NOTED = range(4)


@dataclass(frozen=True)
class Contact:
    """Contacts as arrays; `order` points into the orders they were drawn for."""

    kind: Ints
    order: Ints
    owner: Ints
    at: Floats
    due: Floats  # inf where nothing is due
    closed: Floats
    is_badly: Flags  # a complaint that was, or will be, closed too late
    leaves: Flags

    def only(self, kept: Flags) -> Contact:
        """Return those that are kept."""
        return Contact(*(getattr(self, part.name)[kept] for part in fields(self)))


def complain(
    spec: ShopSpec, clock: Clock, people: Population, orders: Orders, streams: Streams
) -> Contact:
    """Draw complaints of known customers, how they were handled, and who will leave over it."""
    rng, service = streams.named("complaints"), spec.service
    chance = service.complaint_chance + service.after_late * orders.is_late
    struck = (rng.random(orders.size) < chance) & people.is_named[orders.owner]
    order = np.flatnonzero(struck)
    some_days = rng.integers(0, 4, order.size)
    at = office_hours(rng, clock, later(orders.arrived[order], some_days))
    at = np.maximum(at, orders.at[order] + 1 / 24)
    due = at + service.due_days
    badly = rng.random(order.size) < service.badly
    well = at + rng.uniform(0.05, 0.95, order.size) * service.due_days
    overdue = due + 1 + rng.standard_gamma(2.0, order.size) * service.overdue_days / 2
    return Contact(
        kind=np.full(order.size, COMPLAINED),
        order=order,
        owner=orders.owner[order],
        at=at,
        due=due,
        closed=np.where(badly, overdue, well),
        is_badly=badly,
        leaves=badly & (rng.random(order.size) < service.leave_after),
    )


def leave_over_complaints(
    spec: ShopSpec, clock: Clock, complaints: Contact, lives: Lives, contracts: Contracts
) -> None:
    """End the lives of those who leave once their complaint is overdue; contracts get notice."""
    over = np.full(lives.left.size, np.inf)
    np.minimum.at(over, complaints.owner[complaints.leaves], complaints.due[complaints.leaves])
    _, plan = subscribers(spec)
    sooner = over[contracts.owner] < contracts.notice
    contracts.notice[sooner] = over[contracts.owner[sooner]]
    contracts.ends[sooner] = clock.next_midnight(contracts.notice[sooner] + plan.notice_days)
    over[contracts.owner] = np.where(sooner, contracts.ends, np.inf)
    # One who leaves before or during an absence never comes back from it.
    stays_away = over < np.nan_to_num(lives.away_until, nan=-np.inf)
    lives.left[stays_away] = lives.away_from[stays_away]
    lives.cause[stays_away] = 1
    lives.away_from[stays_away] = lives.away_until[stays_away] = np.nan
    leaves = over < lives.left
    lives.left[leaves] = over[leaves]
    lives.cause[leaves] = COMPLAINT


def contact(
    spec: ShopSpec, clock: Clock, people: Population, orders: Orders, streams: Streams
) -> Contact:
    """Draw questions, calls from us and notes, some days around an order of a known customer."""
    rng = streams.named("contacts")
    rates = (
        (ASKED, spec.contacts.questions),
        (CALLED, spec.contacts.calls),
        (NOTED, spec.contacts.notes),
    )
    kinds, order = [], []
    for kind, rate in rates:
        times = rng.poisson(rate, orders.size) * people.is_named[orders.owner]
        order.append(np.repeat(np.arange(orders.size), times))
        kinds.append(np.full(order[-1].size, kind))
    where = np.concatenate(order)
    at = office_hours(rng, clock, later(orders.day[where], rng.integers(1, 21, where.size)))
    never = np.full(where.size, np.inf)
    asked = np.concatenate(kinds) == ASKED
    nothing = np.zeros(where.size, dtype=bool)
    return Contact(
        kind=np.concatenate(kinds),
        order=where,
        owner=orders.owner[where],
        at=at,
        due=np.where(asked, at + 2.0, never),
        closed=at + np.where(asked, rng.uniform(0.01, 1.5, where.size), 0.0),
        is_badly=nothing,
        leaves=nothing,
    )
