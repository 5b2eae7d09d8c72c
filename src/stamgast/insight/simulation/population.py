"""The customers before they buy anything: kinds, traits, tastes and places."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from stamgast.insight.simulation.clock import Clock, Flags, Floats, Ints, Pace
from stamgast.insight.simulation.mechanisms import Discounts, Shoppers, shares
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams


@dataclass(frozen=True)
class Population:
    """Customers as arrays, in order of their first purchase; anonymous buyers stand at the end."""

    kind: Ints  # index into the spec's shoppers
    begins: Floats  # moment of the first purchase
    rate: Floats  # purchases per operational day
    drop_out: Floats  # own parameter of the kind's way to leave
    attitude: Floats
    discount_love: Floats
    basket: Floats
    amount: Floats  # own parameter of drawn order values
    likes: Floats  # (customers, categories), cumulative shares
    device: Ints  # index of the system owned, -1 for none
    country: Ints
    channel: Ints  # preferred channel
    is_local: Flags
    has_alternative: Flags
    is_named: Flags

    @property
    def size(self) -> int:
        """How many there are, anonymous buyers included."""
        return int(self.kind.size)

    @property
    def named(self) -> int:
        """How many customers there are."""
        return int(self.is_named.sum())


def draw_population(
    spec: ShopSpec, clock: Clock, streams: Streams, count: int, *, anonymous: bool = False
) -> Population:
    """Draw customers (or anonymous buyers, with traits like theirs), ordered by first purchase."""
    suffix = " anonymous" if anonymous else ""
    kind, begins = _arrive(spec, clock, streams.named("arrivals" + suffix), count)
    rng = streams.named("traits" + suffix)
    rate, drop_out, attitude, love, basket = _draw_traits(spec, rng, kind)
    device = _draw_devices(spec, rng, count)
    is_local = rng.random(count) < spec.people.local
    own_amount = spec.amounts.draw_own(rng, count) if spec.amounts else np.zeros(count)
    return Population(
        kind=kind,
        begins=begins,
        rate=rate,
        drop_out=drop_out,
        attitude=attitude,
        discount_love=love,
        basket=basket,
        amount=own_amount,
        likes=_draw_likes(spec, rng, device),
        device=device,
        country=np.where(
            is_local, 0, rng.choice(len(spec.countries), count, p=shares(spec.countries))
        ),
        channel=_draw_channels(spec, rng, is_local),
        is_local=is_local,
        has_alternative=rng.random(count) >= spec.bonds.no_alternative,
        is_named=np.full(count, not anonymous),
    )


def joined(first: Population, second: Population) -> Population:
    """Return both groups as one, the second after the first."""
    return Population(
        **{
            part.name: np.concatenate([getattr(first, part.name), getattr(second, part.name)])
            for part in fields(Population)
        }
    )


def paces(spec: ShopSpec, clock: Clock) -> list[Pace]:
    """Return the pace of each kind of shopper, sharing the shop's own where they can."""
    shop = Pace(clock, spec.season)
    return [shop if kind.season is None else Pace(clock, kind.season) for kind in spec.shoppers]


def _arrive(
    spec: ShopSpec, clock: Clock, rng: np.random.Generator, count: int
) -> tuple[Ints, Floats]:
    kind = rng.choice(len(spec.shoppers), count, p=shares(spec.shoppers))
    end = float(clock.midnight(spec.end))
    until = end if spec.arrivals.first_days is None else min(end, spec.arrivals.first_days)
    begins = np.empty(count)
    for i, pace in enumerate(paces(spec, clock)):
        members = kind == i
        begins[members] = pace.arrivals(
            rng, int(members.sum()), until=until, growth_per_year=spec.arrivals.growth_per_year
        )
    already = rng.random(count) < spec.arrivals.already
    soon = rng.standard_exponential(count) * spec.arrivals.already_days
    begins = np.where(already & (soon < until), soon, begins)
    order = np.argsort(begins, kind="stable")
    return kind[order], begins[order]


def _draw_traits(spec: ShopSpec, rng: np.random.Generator, kind: Ints) -> tuple[Floats, ...]:
    """Draw each trait from its own distribution, then put them in the order of tied normals."""
    root = spec.ties.root()
    love = spec.discounts or Discounts()
    traits = np.empty((5, kind.size))
    for i, shoppers in enumerate(spec.shoppers):
        members = np.flatnonzero(kind == i)
        drawn = (
            shoppers.rate.draw(rng, members.size),
            _draw_drop_out(shoppers, rng, members.size),
            rng.beta(spec.bonds.attitude_a, spec.bonds.attitude_b, members.size),
            rng.beta(love.a, love.b, members.size),
            shoppers.basket * _lognormal(rng, spec.baskets.spread, members.size),
        )
        normals = root @ rng.standard_normal((5, members.size))
        for j, values in enumerate(drawn):
            rank = np.argsort(np.argsort(normals[j], kind="stable"), kind="stable")
            traits[j, members] = np.sort(values)[rank]
    return tuple(traits)


def _draw_drop_out(kind: Shoppers, rng: np.random.Generator, count: int) -> Floats:
    if kind.subscription:
        return rng.beta(kind.subscription.a, kind.subscription.b, count)
    return kind.drop_out.draw(rng, count)


def _lognormal(rng: np.random.Generator, spread: float, count: int) -> Floats:
    return np.exp(spread * rng.standard_normal(count) - spread**2 / 2)


def _draw_devices(spec: ShopSpec, rng: np.random.Generator, count: int) -> Ints:
    owners = [system.owners for system in spec.catalogue.systems]
    return (
        np.searchsorted(np.cumsum([1 - sum(owners), *owners]), rng.random(count), side="right") - 1
    )


def _draw_likes(spec: ShopSpec, rng: np.random.Generator, device: Ints) -> Floats:
    """Draw tastes and return them cumulated over the categories."""
    shelf = spec.catalogue.shelf
    strength = shelf.popularity / shelf.popularity.sum() * spec.catalogue.concentration
    likes = rng.standard_gamma(strength, (device.size, strength.size)) + 1e-12
    systems = [system.name for system in spec.catalogue.systems]
    for j, category in enumerate(spec.catalogue.categories):
        if category.only_with is None:
            continue
        system = systems.index(category.only_with)
        likes[:, j] *= np.where(device == system, spec.catalogue.systems[system].pull, 0.0)
    cumulative = np.cumsum(likes, axis=1)
    return np.asarray(cumulative / cumulative[:, -1:])


def _draw_channels(spec: ShopSpec, rng: np.random.Generator, is_local: Flags) -> Ints:
    share = shares(spec.channels)
    everywhere = np.where([channel.local_only for channel in spec.channels], 0.0, share)
    local = np.cumsum(share)
    far = np.cumsum(everywhere / everywhere.sum())
    u = rng.random(is_local.size)
    near = np.searchsorted(local, u, side="right")
    away = np.searchsorted(far, u, side="right")
    return np.minimum(np.where(is_local, near, away), share.size - 1)
