"""A simulated shop: its tables, and the one door that makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation import care_tables, sales_tables
from stamgast.insight.simulation.part import Part, simulate_part
from stamgast.insight.simulation.people import referrers
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.truth_table import truth_table
from stamgast.insight.simulation.valuation import value_orders

PART = 50_000


@dataclass(frozen=True)
class SimulatedShop:
    """A shop's tables as an import would give them, and apart from them the truth.

    Columns, types and meanings are in `stamgast.insight.simulation.SCHEMAS`.
    """

    spec: ShopSpec
    customers: pa.Table
    products: pa.Table
    orders: pa.Table
    lines: pa.Table
    returns: pa.Table
    contracts: pa.Table
    consents: pa.Table
    interactions: pa.Table
    answers: pa.Table
    truth: pa.Table

    def valued_orders(self) -> pa.Table:
        """Return orders with revenue, margin, discount and refunds (schema VALUED_ORDERS)."""
        return value_orders(self.orders, self.lines, self.returns)


@dataclass(frozen=True)
class _Numbers:
    """The next number of each kind to hand out."""

    customer: int
    order: int
    returned: int = 1
    contract: int = 1
    interaction: int = 1
    answer: int = 1


def simulate(spec: ShopSpec) -> SimulatedShop:
    """Simulate a whole shop; the same spec gives the same tables, byte for byte.

    Order numbers rise with time, customer numbers with the first purchase. Memory grows with the
    number of customers: beyond a few hundred thousand use `simulate_in_parts`.
    """
    shop, _ = _make(spec, 0, spec.customers, _Numbers(spec.first_customer, spec.first_order))
    return shop


def simulate_in_parts(spec: ShopSpec, *, part: int = PART) -> Iterator[SimulatedShop]:
    """Simulate a shop of any size, so many customers at a time; memory holds one part.

    Every number is unique over all parts, and each part holds together by itself: its lines,
    returns, contacts and referrals are of its own orders and customers. Every part covers the whole
    period, so order numbers rise with time within a part only. Refuses parts of no customers.
    """
    if part < 1:
        raise ValueError("a part holds at least one customer")
    numbers = _Numbers(spec.first_customer, spec.first_order)
    for index, first in enumerate(range(0, spec.customers, part)):
        shop, numbers = _make(spec, index, min(part, spec.customers - first), numbers)
        yield shop


def _make(
    spec: ShopSpec, index: int, customers: int, first: _Numbers
) -> tuple[SimulatedShop, _Numbers]:
    part = simulate_part(spec, index, customers)
    shop = _tabulate(part, first)
    following = _Numbers(
        customer=first.customer + shop.customers.num_rows,
        order=first.order + shop.orders.num_rows,
        returned=first.returned + shop.returns.num_rows,
        contract=first.contract + shop.contracts.num_rows,
        interaction=first.interaction + shop.interactions.num_rows,
        answer=first.answer + shop.answers.num_rows,
    )
    return shop, following


def _tabulate(part: Part, first: _Numbers) -> SimulatedShop:
    customer = first.customer + np.arange(part.people.named, dtype=np.int64)
    order = first.order + np.arange(part.orders.size, dtype=np.int64)
    contracts = sales_tables.known_contracts(part)
    by = referrers(part.spec, part.people, part.lives.left, part.streams)
    return SimulatedShop(
        spec=part.spec,
        customers=sales_tables.customers_table(part, customer, by),
        products=sales_tables.products_table(part.spec),
        orders=sales_tables.orders_table(part, customer, order, contracts, first.contract),
        lines=sales_tables.lines_table(part, order),
        returns=sales_tables.returns_table(part, order, first.returned),
        contracts=sales_tables.contracts_table(part, contracts, customer, first.contract),
        consents=care_tables.consents_table(part, customer),
        interactions=care_tables.interactions_table(part, customer, order, first.interaction),
        answers=care_tables.answers_table(part, customer, order, first.answer),
        truth=truth_table(part, customer, by),
    )
