"""Goods that come back, some days after they were bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.baskets import NO_PRODUCT, Lines
from stamgast.insight.simulation.clock import Days, Floats, Ints, later
from stamgast.insight.simulation.fulfilment import Orders
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

REASONS = ("no_longer_wanted", "damaged", "wrong_item", "not_as_described")
_REASON_SHARES = (0.55, 0.2, 0.1, 0.15)


@dataclass(frozen=True)
class Returns:
    """Returned goods as arrays; `line` points into the lines."""

    line: Ints
    quantity: Ints
    day: Days
    refund: Floats  # VAT included
    reason: Ints


def send_back(spec: ShopSpec, orders: Orders, lines: Lines, streams: Streams) -> Returns:
    """Let each unit come back with its category's chance, 2 + Poisson(7) days after arrival.

    What has not come back by the end of the period is not a return yet.
    """
    rng, shelf = streams.named("returns"), spec.catalogue.shelf
    is_product = lines.product != NO_PRODUCT
    rate = np.where(is_product, shelf.return_rate[shelf.category[lines.product]], 0.0)
    units = rng.binomial(lines.quantity, rate)
    line = np.flatnonzero(units)
    order = lines.order[line]
    day = later(orders.arrived[order], 2 + rng.poisson(7.0, line.size))
    reason = rng.choice(len(REASONS), line.size, p=_REASON_SHARES)
    refund = np.round(lines.total[line] * units[line] / lines.quantity[line], 2)
    back = day < np.datetime64(spec.end, "D")
    by_day = np.argsort(day[back], kind="stable")
    return Returns(
        line=line[back][by_day],
        quantity=units[line][back][by_day],
        day=day[back][by_day],
        refund=refund[back][by_day],
        reason=reason[back][by_day],
    )
