"""One part of a shop from beginning to end: every mechanism in the order in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from stamgast.insight.simulation import answers, baskets, bonds, care, consents, returns
from stamgast.insight.simulation.clock import Clock, Flags, Floats, Ints
from stamgast.insight.simulation.fulfilment import Orders, fulfil
from stamgast.insight.simulation.future import HORIZONS, expected_deliveries, expected_purchases
from stamgast.insight.simulation.population import Population, draw_population, joined, paces
from stamgast.insight.simulation.purchases import ALIVE, Lives, Purchases, live
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams
from stamgast.insight.simulation.subscriptions import Contracts, subscribe, subscribers
from stamgast.insight.simulation.worth import Worth, order_worth


@dataclass(frozen=True)
class Part:
    """A part as arrays, cut off at the end of the period; not yet tables."""

    spec: ShopSpec
    clock: Clock
    streams: Streams
    now: float
    people: Population
    lives: Lives
    contracts: Contracts
    orders: Orders
    reductions: baskets.Reductions
    lines: baskets.Lines
    returns: returns.Returns
    complaints: care.Contact
    contacts: care.Contact
    consents: consents.Consents
    answers: answers.Answers
    worth: Worth
    bonds: Floats
    loyalty: Ints
    is_alive: Flags
    expected: Floats  # (customers, horizons)
    happened: Ints  # (customers, horizons)


def simulate_part(spec: ShopSpec, part: int, customers: int) -> Part:
    """Simulate so many customers, with anonymous buyers to match."""
    streams = Streams(spec.seed, part)
    clock = Clock(spec.start, spec.days + max(spec.future_days, max(HORIZONS)) + 3, spec.zone)
    now = float(clock.midnight(spec.end))
    people, lives, contracts, orders, complaints = _happen(spec, clock, streams, customers)
    happened = _count_after(orders, people.named, now)
    past = orders.at < now
    complaints = _follow(complaints.only(complaints.at < now), past)
    orders = orders.only(past)
    is_alive = _settle(lives, people.begins[: people.named], now)
    worth = order_worth(spec, people, contracts)
    expected = _expect(spec, clock, people, lives, contracts, orders, is_alive)
    drawn_bonds = bonds.draw_bonds(spec, people, contracts, now, streams)
    reductions = baskets.reduce(spec, people, orders, streams)
    lines = baskets.fill(spec, people, orders, contracts, reductions, streams)
    contacts = care.contact(spec, clock, people, orders, streams)
    return Part(
        spec=spec,
        clock=clock,
        streams=streams,
        now=now,
        people=people,
        lives=lives,
        contracts=contracts,
        orders=orders,
        reductions=reductions,
        lines=lines,
        returns=returns.send_back(spec, orders, lines, streams),
        complaints=complaints,
        contacts=contacts.only(contacts.at < now),
        consents=consents.ask(spec, people, now, streams),
        answers=answers.survey(spec, clock, people, orders, complaints, drawn_bonds, streams),
        worth=worth,
        bonds=drawn_bonds,
        loyalty=bonds.judge_loyalty(spec, people, drawn_bonds, is_alive, expected[:, -1]),
        is_alive=is_alive,
        expected=expected,
        happened=happened,
    )


def _happen(
    spec: ShopSpec, clock: Clock, streams: Streams, customers: int
) -> tuple[Population, Lives, Contracts, Orders, care.Contact]:
    """Let everything happen that decides who buys when, up to the end of the future."""
    until = float(clock.midnight(spec.end + timedelta(days=spec.future_days)))
    people = draw_population(spec, clock, streams, customers)
    purchases, lives = live(spec, paces(spec, clock), people, streams, until)
    contracts, deliveries = subscribe(spec, clock, people, lives, streams, until)
    people, purchases = _add_anonymous(spec, clock, streams, people, [purchases, deliveries])
    orders = fulfil(spec, clock, people, purchases, streams)
    complaints = care.complain(spec, clock, people, orders, streams)
    care.leave_over_complaints(spec, clock, complaints, lives, contracts)
    left = np.append(lives.left, np.full(people.size - customers, np.inf))
    stays = orders.at <= left[orders.owner]
    return people, lives, contracts, orders.only(stays), _follow(complaints, stays)


def _add_anonymous(
    spec: ShopSpec,
    clock: Clock,
    streams: Streams,
    people: Population,
    purchases: list[Purchases],
) -> tuple[Population, Purchases]:
    """Add buyers without identity, one order each, until they have their share of the orders."""
    now = float(clock.midnight(spec.end))
    known = sum(int((part.at < now).sum()) for part in purchases)
    count = round(known * spec.anonymous / (1 - spec.anonymous))
    others = draw_population(spec, clock, streams, count, anonymous=True)
    own = Purchases(people.size + np.arange(count), others.begins, np.zeros(count, dtype=bool))
    every = [*purchases, own]
    together = Purchases(
        np.concatenate([part.owner for part in every]),
        np.concatenate([part.at for part in every]),
        np.concatenate([part.is_delivery for part in every]),
    )
    return joined(people, others), together


def _follow(contacts: care.Contact, kept: Flags) -> care.Contact:
    """Drop contacts about orders that are gone and let the others point to the orders kept."""
    contacts = contacts.only(kept[contacts.order])
    moved = np.cumsum(kept) - 1
    contacts.order[:] = moved[contacts.order]
    return contacts


def _count_after(orders: Orders, customers: int, now: float) -> Ints:
    counted = np.zeros((customers, len(HORIZONS)), dtype=np.int64)
    for h, days in enumerate(HORIZONS):
        comes = (orders.at >= now) & (orders.at < now + days) & (orders.owner < customers)
        counted[:, h] = np.bincount(orders.owner[comes], minlength=customers)
    return counted


def _settle(lives: Lives, begins: Floats, now: float) -> Flags:
    """Forget what happens after the end: later leaving, and coming back. Returns who is alive."""
    absent = (lives.away_from < now) & ~(lives.away_until < now)
    lives.left[absent] = lives.away_from[absent]
    lives.cause[absent] = 1
    unseen = absent | ~(lives.away_until < now)
    lives.away_from[unseen] = lives.away_until[unseen] = np.nan
    lives.began[:] = np.where(unseen, begins, lives.away_until)
    is_alive = lives.left >= now
    lives.left[is_alive] = np.inf
    lives.cause[is_alive] = ALIVE
    return np.asarray(is_alive)


def _expect(
    spec: ShopSpec,
    clock: Clock,
    people: Population,
    lives: Lives,
    contracts: Contracts,
    orders: Orders,
    is_alive: Flags,
) -> Floats:
    """Return the expected purchases of each customer within each horizon; zero for those gone."""
    now = float(clock.midnight(spec.end))
    last = people.begins.copy()
    np.maximum.at(last, orders.owner, orders.at)
    expected = np.zeros((people.named, len(HORIZONS)))
    for i, (kind, pace) in enumerate(zip(spec.shoppers, paces(spec, clock), strict=True)):
        who = np.flatnonzero(is_alive & (people.kind[: people.named] == i))
        if kind.subscription:
            continue
        expected[who] = expected_purchases(
            kind,
            pace,
            now,
            rate=people.rate[who],
            drop_out=people.drop_out[who],
            leave_chance=spec.service.leave_chance,
            last=last[who],
            began=lives.began[who],
        )
    _, plan = subscribers(spec)
    running = is_alive[contracts.owner]
    counts = expected_deliveries(
        plan, clock, spec.days, contracts, people.drop_out[contracts.owner]
    )
    expected[contracts.owner[running]] = counts[running]
    return expected
