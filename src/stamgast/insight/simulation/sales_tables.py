"""The tables of people and sales: customers, products, orders, lines, returns, contracts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation import returns
from stamgast.insight.simulation.arrow import constant, days, days_of, moments, pick, table
from stamgast.insight.simulation.baskets import NO_CODE, NO_PRODUCT, WELCOME, pay
from stamgast.insight.simulation.clock import Ints
from stamgast.insight.simulation.part import Part
from stamgast.insight.simulation.people import describe
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.subscriptions import TERM, Contracts, subscribers


def products_table(spec: ShopSpec) -> pa.Table:
    """Return the catalogue as a table."""
    shelf, home = spec.catalogue.shelf, spec.countries[0]
    vat = np.where(shelf.has_low_vat, home.low_vat, home.high_vat)[shelf.category]
    words = {
        name: pa.array([getattr(p, name) for p in shelf.products], type=pa.string())
        for name in ("sku", "name", "category", "brand", "works_with")
    }
    cost = shelf.cost(home.low_vat, home.high_vat)
    return table("products", {**words, "price": shelf.price, "cost": cost, "vat_rate": vat})


def customers_table(part: Part, customer: Ints, by: Ints) -> pa.Table:
    begins = part.people.begins[: customer.size]
    nobody = by < 0
    return table(
        "customers",
        {
            "customer_id": customer,
            **describe(part.spec, part.people, customer, part.streams),
            "since": days(part.clock.day(begins)),
            "referred_by": pa.array(customer[np.where(nobody, 0, by)], mask=nobody),
        },
    )


def orders_table(
    part: Part, customer: Ints, order: Ints, contracts: Contracts, first: int
) -> pa.Table:
    spec, orders = part.spec, part.orders
    sums = np.bincount(part.lines.order, part.lines.total, minlength=order.size)
    total = np.round(sums.astype(float), 2)
    way, payment_cost = pay(spec, total, part.streams)
    anonymous = orders.owner >= customer.size
    contract = np.zeros(part.people.size, dtype=np.int64)
    contract[contracts.owner] = first + np.arange(contracts.owner.size)
    late = np.isnat(orders.delivered) | (orders.delivered >= np.datetime64(spec.end, "D"))
    channel = orders.channel
    return table(
        "orders",
        {
            "order_number": order,
            "ordered_at": moments(part.clock, orders.at),
            "day": days(orders.day),
            "customer_id": pa.array(customer[np.where(anonymous, 0, orders.owner)], mask=anonymous),
            "currency": constant(spec.currency, order.size),
            "shop": pick([c.shop for c in spec.channels], channel),
            "brand": constant(spec.name, order.size),
            "country": pick([c.code for c in spec.countries], orders.country),
            "channel": pick([c.name for c in spec.channels], channel),
            "discount_code": _codes(part),
            "contract_number": pa.array(contract[orders.owner], mask=~orders.is_delivery),
            "payment_method": pick([p.name for p in spec.payments], way),
            "payment_cost": payment_cost,
            "total": total,
            "promised_on": days(orders.promised),
            "delivered_on": days(orders.delivered, late),
        },
    )


def _codes(part: Part) -> Any:
    plan, code = part.spec.discounts, part.reductions.code
    if plan is None:
        return constant(None, code.size)
    pool = [*plan.codes, plan.welcome_code]
    return pick(pool, np.where(code == WELCOME, len(plan.codes), code), code == NO_CODE)


def lines_table(part: Part, order: Ints) -> pa.Table:
    lines, shelf = part.lines, part.spec.catalogue.shelf
    shipping = lines.product == NO_PRODUCT
    skus = [product.sku for product in shelf.products]
    if part.spec.shipping:
        skus.append(part.spec.shipping.sku)  # stands last, where index -1 finds it
    return table(
        "lines",
        {
            "order_number": order[lines.order],
            "line_number": line_numbers(lines.order),
            "sku": pick(skus, np.where(shipping, len(skus) - 1, lines.product)),
            "kind": pick(["product", "shipping"], shipping.astype(np.int64)),
            "quantity": lines.quantity,
            "unit_price": lines.unit_price,
            "discount": lines.discount,
            "cost": lines.cost,
            "vat_rate": lines.vat_rate,
        },
    )


def line_numbers(order: Ints) -> Ints:
    """Number the lines of each order from one; the lines stand in order of their orders."""
    begins = np.append(True, order[1:] != order[:-1])[: order.size]
    starts = np.flatnonzero(begins)
    return np.arange(order.size) - np.repeat(starts, np.diff(np.append(starts, order.size))) + 1


def returns_table(part: Part, order: Ints, first: int) -> pa.Table:
    back, lines, shelf = part.returns, part.lines, part.spec.catalogue.shelf
    product = lines.product[back.line]
    return table(
        "returns",
        {
            "return_number": first + np.arange(back.line.size),
            "order_number": order[lines.order[back.line]],
            "line_number": line_numbers(lines.order)[back.line],
            "sku": pick([p.sku for p in shelf.products], product),
            "quantity": back.quantity,
            "returned_on": days(back.day),
            "refund": back.refund,
            "reason": pick(returns.REASONS, back.reason),
            "is_resellable": shelf.is_resellable[shelf.category[product]],
        },
    )


def known_contracts(part: Part) -> Contracts:
    """Return the contracts signed before the end; one broken off before it began is none."""
    every = part.contracts
    known = (every.starts < part.now) & (every.ends > every.starts)
    return Contracts(**{name: values[known] for name, values in vars(every).items()})


def contracts_table(part: Part, contracts: Contracts, customer: Ints, first: int) -> pa.Table:
    _, plan = subscribers(part.spec)
    shelf, clock = part.spec.catalogue.shelf, part.clock
    silent = contracts.notice >= part.now
    started = clock.start + contracts.first_day
    terms = np.maximum(np.ceil((part.spec.days - contracts.first_day) / TERM), 1).astype(np.int64)
    given = clock.day(np.where(silent, 0.0, contracts.ends))
    ends = np.where(silent, started + terms * TERM, given)
    price = np.round(shelf.price[contracts.product] * (1 - plan.reduction), 2)
    count = contracts.owner.size
    return table(
        "contracts",
        {
            "contract_number": first + np.arange(count),
            "customer_id": customer[contracts.owner],
            "sku": pick([p.sku for p in shelf.products], contracts.product),
            "quantity": contracts.quantity,
            "unit_price": price,
            "interval_days": np.full(count, plan.interval),
            "started_on": days(started),
            "ends_on": days(ends, silent & ~contracts.is_fixed),
            "notice_on": days_of(clock, contracts.notice, silent),
            "term_days": pa.array(np.full(count, TERM), mask=~contracts.is_fixed),
        },
    )
