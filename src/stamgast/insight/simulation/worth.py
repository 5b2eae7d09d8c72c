"""What an order of each customer is worth on average, from the true parameters.

Goods, discounts, returns and costs follow exactly from the distributions. Whether an order is above
the limit of free shipping does not; there the order value is taken as lognormal with its true mean
and variance, good to about two points of the shipping charge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.clock import Floats, Ints
from stamgast.insight.simulation.fulfilment import FAITHFUL
from stamgast.insight.simulation.mechanisms import shares
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.subscriptions import Contracts, subscribers


@dataclass(frozen=True)
class Worth:
    """Per customer, means over his repeat orders, without VAT."""

    spend: Floats  # after discount, before returns, shipping charge included
    cost_share: Floats  # cost of goods over spend on goods
    margin: Floats  # after discount, returns and all costs


def order_worth(spec: ShopSpec, people: Population, contracts: Contracts) -> Worth:
    """Return what repeat orders are worth; for subscribers, what a delivery is worth."""
    units, price, cost = _units(spec, people)
    off = 1 - _mean_discount(spec, people)
    home_vat = _vat_by_category(spec, people.country)
    if spec.amounts is not None:
        net_price, price = price, price * (1 + home_vat)
    else:
        net_price = price / (1 + home_vat)
    shelf = spec.catalogue.shelf
    net = off * (units * net_price).sum(axis=1)
    gross = off * (units * price).sum(axis=1)
    goods = (units * cost).sum(axis=1)
    back = shelf.return_rate
    returned = off * (units * net_price * back).sum(axis=1)
    recovered = (units * cost * (back * shelf.is_resellable)).sum(axis=1)
    spread = _relative_variance(spec, people)
    charge, parcel = _shipping(spec, people, gross, spread)
    _deliveries(spec, people, contracts, (net, gross, goods, returned, recovered, charge, parcel))
    charge_net = charge / (1 + np.array([c.high_vat for c in spec.countries])[people.country] / 100)
    margin = net + charge_net - goods - parcel - returned + recovered
    margin -= _payment(spec, gross + charge)
    return Worth(net + charge_net, goods / np.maximum(net, 1e-12), margin)


def _taste(people: Population) -> Floats:
    return np.diff(people.likes, axis=1, prepend=0.0)


def _units(spec: ShopSpec, people: Population) -> tuple[Floats, Floats, Floats]:
    """Return expected units per category, with the price (VAT included) and cost of one.

    With drawn order values a unit is the whole order, and its price is without VAT.
    """
    shelf, home = spec.catalogue.shelf, spec.countries[0]
    if spec.amounts is not None:
        price = spec.amounts.mean(people.amount)[:, None] * np.ones(shelf.popularity.size)
        return _taste(people), price, price * shelf.cost_share
    basket = people.basket[:, None]
    lines = 1 + spec.baskets.extra_lines * basket
    units = lines * _taste(people) * (1 + shelf.extra_quantity * basket)
    price = shelf.category_mean(shelf.price)
    return units, price, shelf.category_mean(shelf.cost(home.low_vat, home.high_vat))


def _mean_discount(spec: ShopSpec, people: Population) -> Floats:
    if spec.discounts is None:
        return np.zeros(people.size)
    percent = np.average(spec.discounts.percents, weights=spec.discounts.weights)
    return np.asarray(people.discount_love * percent / 100)


def _vat_by_category(spec: ShopSpec, country: Ints) -> Floats:
    low = np.array([c.low_vat for c in spec.countries])[country, None]
    high = np.array([c.high_vat for c in spec.countries])[country, None]
    return np.where(spec.catalogue.shelf.has_low_vat, low, high) / 100


def _relative_variance(spec: ShopSpec, people: Population) -> Floats:
    """Return the variance of an order's value over its squared mean (a compound Poisson sum)."""
    shelf, taste = spec.catalogue.shelf, _taste(people)
    more = shelf.extra_quantity * people.basket[:, None]
    first = (taste * (1 + more) * shelf.category_mean(shelf.price)).sum(axis=1)
    second = (taste * (more + (1 + more) ** 2) * shelf.category_mean(shelf.price**2)).sum(axis=1)
    extra = spec.baskets.extra_lines * people.basket
    variance = (1 + extra) * (second - first**2) + extra * first**2
    return np.asarray(np.maximum(variance, 1e-9) / ((1 + extra) * first) ** 2)


def _shipping(
    spec: ShopSpec, people: Population, gross: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Return the expected charge (VAT included) and the expected cost of parcels, per order."""
    if spec.shipping is None:
        return np.zeros(people.size), np.zeros(people.size)
    sent = _sent(spec, people)
    sigma = np.sqrt(np.log1p(spread))
    z = (
        np.log(max(spec.shipping.free_from, 1e-9) / np.maximum(gross, 1e-9)) + sigma**2 / 2
    ) / sigma
    below = 1 / (1 + np.exp(-np.clip(1.702 * z, -700, 700)))
    return sent * spec.shipping.charge * below, sent * spec.shipping.cost


def _sent(spec: ShopSpec, people: Population) -> Floats:
    """Return the chance that an order is sent, given the preferred channel and the hours."""
    hours = np.array(spec.season.hours) / sum(spec.season.hours)
    ships = np.array([float(c.ships) for c in spec.channels])
    open_share = np.array(
        [hours[slice(*c.open_hours)].sum() if c.open_hours else 1.0 for c in spec.channels]
    )
    usable = np.tile(open_share, (people.size, 1))
    for i, channel in enumerate(spec.channels):
        if channel.local_only:
            usable[:, i] *= people.is_local
    chosen = np.tile((1 - FAITHFUL) * shares(spec.channels), (people.size, 1))
    chosen[np.arange(people.size), people.channel] += FAITHFUL
    used = chosen * usable
    used[:, 0] += 1 - used.sum(axis=1)
    return np.asarray(used @ ships)


def _deliveries(
    spec: ShopSpec, people: Population, contracts: Contracts, means: tuple[Floats, ...]
) -> None:
    """Replace the means of customers under contract by those of their deliveries."""
    if spec.amounts is not None or not contracts.owner.size:
        return
    net, gross, goods, returned, recovered, charge, parcel = means
    shelf, home, who = spec.catalogue.shelf, spec.countries[0], contracts.owner
    _, plan = subscribers(spec)
    category = shelf.category[contracts.product]
    vat = _vat_by_category(spec, people.country[who])[np.arange(who.size), category]
    price = np.round(shelf.price[contracts.product] * (1 - plan.reduction), 2)
    cost = shelf.cost(home.low_vat, home.high_vat)[contracts.product]
    back = shelf.return_rate[category]
    gross[who] = contracts.quantity * price
    net[who] = gross[who] / (1 + vat)
    goods[who] = contracts.quantity * cost
    returned[who] = net[who] * back
    recovered[who] = goods[who] * back * shelf.is_resellable[category]
    charge[who] = 0.0
    parcel[who] = spec.shipping.cost if spec.shipping and spec.channels[0].ships else 0.0


def _payment(spec: ShopSpec, total: Floats) -> Floats:
    share = shares(spec.payments)
    fixed = (share * [payment.fixed for payment in spec.payments]).sum()
    percent = (share * [payment.percent for payment in spec.payments]).sum()
    return np.asarray(fixed + total * percent / 100)
