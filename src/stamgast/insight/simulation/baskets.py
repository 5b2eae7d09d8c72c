"""What is in the orders: lines, discounts, shipping and payment."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from stamgast.insight.simulation.clock import Flags, Floats, Ints
from stamgast.insight.simulation.fulfilment import Orders
from stamgast.insight.simulation.mechanisms import Shipping, shares
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams
from stamgast.insight.simulation.subscriptions import Contracts, subscribers

NO_PRODUCT = -1  # the product of a shipping line
NO_CODE, WELCOME = -1, -2  # otherwise the index of the month's code


@dataclass(frozen=True)
class Lines:
    """Order lines as arrays, in order of their orders, products before shipping."""

    order: Ints
    product: Ints
    quantity: Ints
    unit_price: Floats  # VAT included
    discount: Floats  # on the whole line, VAT included
    cost: Floats  # per unit, without VAT
    vat_rate: Floats  # per cent

    @property
    def total(self) -> Floats:
        """What the customer pays for the line, VAT included."""
        return np.round(self.quantity * self.unit_price - self.discount, 2)


@dataclass(frozen=True)
class Reductions:
    """Per order: the percentage off, and the code it came by."""

    percent: Floats
    code: Ints


def first_orders(orders: Orders, people: Population) -> Flags:
    """Return which orders are their customers' first."""
    first = np.full(people.size, -1, dtype=np.int64)
    first[orders.owner[::-1]] = np.arange(orders.size)[::-1]
    return np.asarray(first[orders.owner] == np.arange(orders.size))


def reduce(spec: ShopSpec, people: Population, orders: Orders, streams: Streams) -> Reductions:
    """Draw each order's discount; deliveries have their own price instead."""
    rng, plan = streams.named("discounts"), spec.discounts
    if plan is None:
        return Reductions(np.zeros(orders.size), np.full(orders.size, NO_CODE))
    is_first = first_orders(orders, people)
    chance = np.where(is_first, plan.welcome, people.discount_love[orders.owner])
    has = (rng.random(orders.size) < chance) & ~orders.is_delivery
    weights = np.array(plan.weights, dtype=float)
    percent = np.array(plan.percents)[
        rng.choice(len(plan.percents), orders.size, p=weights / weights.sum())
    ]
    percent = np.where(is_first, plan.welcome_percent, percent)
    month = orders.day.astype("datetime64[M]").astype(np.int64) % 12
    code = np.where(is_first, WELCOME, month)
    return Reductions(np.where(has, percent, 0.0), np.where(has, code, NO_CODE))


def fill(
    spec: ShopSpec,
    people: Population,
    orders: Orders,
    contracts: Contracts,
    reductions: Reductions,
    streams: Streams,
) -> Lines:
    """Draw the lines of every order, shipping included."""
    rng = streams.named("baskets")
    if spec.amounts is not None:
        order, product, quantity, price = _draw_amounts(spec, people, orders, rng)
    else:
        order, product, quantity = _draw_goods(spec, people, orders, contracts, rng)
        price = _prices(spec, orders, order, product)
    goods = _goods(spec, orders, reductions, order, product, quantity, price)
    if spec.shipping is None:
        return goods
    return _with_shipping(spec.shipping, spec, orders, goods)


def _draw_amounts(
    spec: ShopSpec, people: Population, orders: Orders, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Floats]:
    """Give each order one line of a drawn value."""
    assert spec.amounts is not None
    shelf = spec.catalogue.shelf
    category = _choose_categories(people.likes, orders.owner, rng)
    value = spec.amounts.draw(rng, people.amount[orders.owner])
    vat = _vat(spec, orders.country, shelf.has_low_vat[category])
    price = np.maximum(np.round(value * (1 + vat / 100), 2), 0.01)
    one = np.ones(orders.size, dtype=np.int64)
    return np.arange(orders.size), shelf.pick(rng, category), one, price


def _draw_goods(
    spec: ShopSpec,
    people: Population,
    orders: Orders,
    contracts: Contracts,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    """Draw products and quantities; the same product twice in an order becomes one line."""
    shelf = spec.catalogue.shelf
    basket = people.basket[orders.owner]
    lines = 1 + rng.poisson(spec.baskets.extra_lines * basket)
    order = np.repeat(np.arange(orders.size), np.where(orders.is_delivery, 0, lines))
    category = _choose_categories(people.likes, orders.owner[order], rng)
    product = shelf.pick(rng, category)
    quantity = 1 + rng.poisson(shelf.extra_quantity[category] * basket[order])
    for more in (_devices(spec, people, orders, rng), _contents(orders, contracts)):
        order = np.concatenate([order, more[0]])
        product = np.concatenate([product, more[1]])
        quantity = np.concatenate([quantity, more[2]])
    key = order * shelf.price.size + product
    unique, line = np.unique(key, return_inverse=True)
    total = np.bincount(line, quantity, minlength=unique.size).astype(np.int64)
    return unique // shelf.price.size, unique % shelf.price.size, total


def _choose_categories(likes: Floats, owner: Ints, rng: np.random.Generator) -> Ints:
    u = rng.random(owner.size)
    category = np.zeros(owner.size, dtype=np.int64)
    for edge in likes.T[:-1]:
        category += u >= edge[owner]
    return category


def _devices(
    spec: ShopSpec, people: Population, orders: Orders, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Put the device into the first order of owners who bought it here."""
    systems, shelf = spec.catalogue.systems, spec.catalogue.shelf
    u = rng.random(people.size)
    if not systems:
        return (np.zeros(0, dtype=np.int64),) * 3
    here = np.array([system.bought_here for system in systems])
    device = np.array([shelf.index[system.device] for system in systems])
    buys = (people.device >= 0) & (u < here[people.device])
    order = np.flatnonzero(first_orders(orders, people) & buys[orders.owner] & ~orders.is_delivery)
    return order, device[people.device[orders.owner[order]]], np.ones(order.size, dtype=np.int64)


def _contents(orders: Orders, contracts: Contracts) -> tuple[Ints, Ints, Ints]:
    """Return the lines of deliveries under contract."""
    order = np.flatnonzero(orders.is_delivery)
    by_owner = np.argsort(contracts.owner, kind="stable")
    row = by_owner[np.searchsorted(contracts.owner[by_owner], orders.owner[order])]
    return order, contracts.product[row], contracts.quantity[row]


def _prices(spec: ShopSpec, orders: Orders, order: Ints, product: Ints) -> Floats:
    price = spec.catalogue.shelf.price[product]
    _, plan = subscribers(spec)
    return np.where(orders.is_delivery[order], np.round(price * (1 - plan.reduction), 2), price)


def _vat(spec: ShopSpec, country: Ints, is_low: Flags) -> Floats:
    low = np.array([c.low_vat for c in spec.countries])[country]
    high = np.array([c.high_vat for c in spec.countries])[country]
    return np.where(is_low, low, high)


def _goods(
    spec: ShopSpec,
    orders: Orders,
    reductions: Reductions,
    order: Ints,
    product: Ints,
    quantity: Ints,
    price: Floats,
) -> Lines:
    shelf, home = spec.catalogue.shelf, spec.countries[0]
    vat = _vat(spec, orders.country[order], shelf.has_low_vat[shelf.category[product]])
    if spec.amounts is None:
        cost = shelf.cost(home.low_vat, home.high_vat)[product]
    else:
        cost = np.round(price / (1 + vat / 100) * shelf.cost_share[shelf.category[product]], 2)
    return Lines(
        order=order,
        product=product,
        quantity=quantity,
        unit_price=price,
        discount=np.round(quantity * price * reductions.percent[order] / 100, 2),
        cost=cost,
        vat_rate=vat,
    )


def _with_shipping(plan: Shipping, spec: ShopSpec, orders: Orders, goods: Lines) -> Lines:
    """Add a shipping line to every order that is sent, free of charge from a certain value."""
    value = np.bincount(goods.order, goods.total, minlength=orders.size)
    sent = np.flatnonzero(orders.ships)
    charged = (value[sent] < plan.free_from) & ~orders.is_delivery[sent]
    high = np.zeros(sent.size, dtype=bool)
    shipping = Lines(
        order=sent,
        product=np.full(sent.size, NO_PRODUCT),
        quantity=np.ones(sent.size, dtype=np.int64),
        unit_price=np.where(charged, plan.charge, 0.0),
        discount=np.zeros(sent.size),
        cost=np.full(sent.size, plan.cost),
        vat_rate=_vat(spec, orders.country[sent], high),
    )
    both = {
        part.name: np.concatenate([getattr(goods, part.name), getattr(shipping, part.name)])
        for part in fields(Lines)
    }
    by_order = np.argsort(both["order"], kind="stable")
    return Lines(**{name: values[by_order] for name, values in both.items()})


def pay(spec: ShopSpec, total: Floats, streams: Streams) -> tuple[Ints, Floats]:
    """Draw how each order is paid; returns the way and what it costs the shop."""
    way = streams.named("payments").choice(len(spec.payments), total.size, p=shares(spec.payments))
    fixed = np.array([payment.fixed for payment in spec.payments])[way]
    percent = np.array([payment.percent for payment in spec.payments])[way]
    return way, np.round(fixed + total * percent / 100, 2)
