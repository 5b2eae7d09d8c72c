"""Orders on their way: sales channel, promised day, delivered day."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from stamgast.insight.simulation.clock import Clock, Days, Flags, Floats, Ints
from stamgast.insight.simulation.mechanisms import shares
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.purchases import Purchases
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

FAITHFUL = 0.85  # chance to use one's preferred channel; otherwise any, by share
SUNDAY = 3  # 1970-01-01 was a Thursday; day numbers that leave 3 modulo 7 are Sundays


@dataclass(frozen=True)
class Orders:
    """Orders as arrays, in order of time; promised and delivered are NaT where nothing is sent."""

    owner: Ints
    at: Floats
    day: Days
    is_delivery: Flags
    channel: Ints
    country: Ints
    ships: Flags
    promised: Days
    delivered: Days
    is_late: Flags

    @property
    def size(self) -> int:
        """How many orders there are."""
        return int(self.owner.size)

    @property
    def arrived(self) -> Days:
        """The day the customer had the goods."""
        return np.where(self.ships, self.delivered, self.day)

    def only(self, kept: Flags) -> Orders:
        """Return those that are kept."""
        return replace(self, **{part.name: getattr(self, part.name)[kept] for part in fields(self)})


def fulfil(
    spec: ShopSpec, clock: Clock, people: Population, purchases: Purchases, streams: Streams
) -> Orders:
    """Put the purchases in order of time and send them on their way."""
    order = np.lexsort((purchases.owner, purchases.at))
    owner, at = purchases.owner[order], purchases.at[order]
    is_delivery = purchases.is_delivery[order]
    channel = _choose_channels(
        spec, clock, people, owner, at, is_delivery, streams.named("channels")
    )
    day, country = clock.day(at), people.country[owner]
    ships = np.array([c.ships for c in spec.channels])[channel]
    promised = _promise(spec, day, country)
    late_days = _late_days(spec, day, streams.named("parcels"))
    never = np.datetime64("NaT", "D")
    return Orders(
        owner=owner,
        at=at,
        day=day,
        is_delivery=is_delivery,
        channel=channel,
        country=country,
        ships=ships,
        promised=np.where(ships, promised, never),
        delivered=np.where(ships, promised + late_days, never),
        is_late=ships & (late_days > 0),
    )


def _choose_channels(
    spec: ShopSpec,
    clock: Clock,
    people: Population,
    owner: Ints,
    at: Floats,
    is_delivery: Flags,
    rng: np.random.Generator,
) -> Ints:
    """Take the preferred channel mostly; the first one for contracts and outside open hours."""
    edges = np.cumsum(shares(spec.channels))
    other = np.minimum(np.searchsorted(edges, rng.random(at.size), side="right"), edges.size - 1)
    channel = np.where(rng.random(at.size) < FAITHFUL, people.channel[owner], other)
    hour = clock.hour(at)
    closed = is_delivery.copy()
    for i, place in enumerate(spec.channels):
        here = channel == i
        if place.open_hours:
            opens, closes = place.open_hours
            closed |= here & ((hour < opens) | (hour >= closes))
        if place.local_only:
            closed |= here & ~people.is_local[owner]
    return np.where(closed, 0, channel)


def _promise(spec: ShopSpec, day: Days, country: Ints) -> Days:
    """Promise the next day, later abroad, and never a Sunday."""
    extra = np.array([c.extra_days for c in spec.countries])[country]
    promised = day + 1 + extra
    return np.asarray(promised + (promised.astype(np.int64) % 7 == SUNDAY))


def _late_days(spec: ShopSpec, day: Days, rng: np.random.Generator) -> Ints:
    service = spec.service
    end = np.datetime64(spec.end, "D")
    disrupted = (day >= end - service.disruption_days) & (day < end)
    chance = np.where(disrupted, service.disruption_chance, service.late_chance)
    is_late = rng.random(day.size) < chance
    return np.where(is_late, 1 + rng.poisson(service.late_days, day.size), 0)
