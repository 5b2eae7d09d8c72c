"""A bare history of orders, made as fast as it can be written: for benchmarks of any size.

Customers arrive evenly over the period, buy at a Poisson rate (Gamma over customers) and leave
after an exponential time (hazard Gamma over customers): the Pareto/NBD. Given how many purchases a
Poisson shopper makes, their times are uniform, so no process need be followed step by step. Order
values are gamma-gamma without VAT; margin is a share of them, Beta(40, 60) over customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from stamgast.insight.simulation.amounts import GammaGamma
from stamgast.insight.simulation.streams import Streams

SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.int64(), nullable=False),
        pa.field("order_id", pa.int64(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
        pa.field("revenue", pa.float64(), nullable=False),
        pa.field("margin", pa.float64(), nullable=False),
    ]
)
_RATE_SHAPE = 0.55
_LEAVE_SHAPE, _LEAVE_DAYS = 1.6, 400.0
_SPEND = GammaGamma(6.25, 3.74, 15.44)
_BLOCK = 100_000


def order_history(
    customers: int, mean_orders: float, start: date, end: date, seed: int
) -> pa.Table:
    """Return about customers x mean_orders orders in [start, end) as one table.

    Columns: customer_id and order_id int64 (from 1, by customer), day date32, revenue and margin
    float64. Refuses fewer than one customer or order each, and an empty period.
    """
    return pa.Table.from_batches(
        list(_blocks(customers, mean_orders, start, end, seed)), schema=SCHEMA
    )


def write_order_history(
    path: Path | str, *, customers: int, mean_orders: float, start: date, end: date, seed: int
) -> int:
    """Write the same orders straight to a Parquet file, block by block; returns how many."""
    count = 0
    with parquet.ParquetWriter(path, SCHEMA) as writer:
        for block in _blocks(customers, mean_orders, start, end, seed):
            writer.write_batch(block)
            count += block.num_rows
    return count


def _blocks(
    customers: int, mean_orders: float, start: date, end: date, seed: int
) -> Iterator[pa.RecordBatch]:
    days = (end - start).days
    if customers < 1 or mean_orders < 1 or days < 1:
        raise ValueError("a history needs a customer, an order for each and a day to place it on")
    scale = (mean_orders - 1) / (_RATE_SHAPE * _mean_exposure(days))
    order = 1
    for part, first in enumerate(range(0, customers, _BLOCK)):
        rng = Streams(seed, part).named("history")
        count = min(_BLOCK, customers - first)
        block = _block(rng, count, days, scale, np.datetime64(start, "D"), first + 1, order)
        order += block.num_rows
        yield block


def _mean_exposure(days: int) -> float:
    """Return the mean time a customer buys: until leaving or the end, over even arrivals."""
    left = np.linspace(0.0, float(days), 2001)
    shape, scale = _LEAVE_SHAPE, _LEAVE_DAYS
    within = scale / (shape - 1) * (1 - (scale / (scale + left)) ** (shape - 1))
    return float(np.mean((within[1:] + within[:-1]) / 2))


def _block(
    rng: np.random.Generator,
    count: int,
    days: int,
    scale: float,
    start: np.datetime64,
    first_customer: int,
    first_order: int,
) -> pa.RecordBatch:
    begins = rng.random(count) * days
    hazard = rng.gamma(_LEAVE_SHAPE, 1 / _LEAVE_DAYS, count)
    with np.errstate(divide="ignore"):
        exposure = np.minimum(rng.standard_exponential(count) / hazard, days - begins)
    rate = rng.gamma(_RATE_SHAPE, scale, count)
    orders = 1 + rng.poisson(rate * exposure)
    row = np.repeat(np.arange(count), orders)
    offset = rng.random(row.size) * exposure[row]
    offset[np.cumsum(orders) - orders] = 0.0  # the first of each is the arrival itself
    day = np.minimum(begins[row] + offset, days - 1e-6).astype(np.int64)
    revenue = np.round(_SPEND.draw(rng, _SPEND.draw_own(rng, count)[row]), 2)
    margin = np.round(revenue * rng.beta(40, 60, count)[row], 2)
    epoch_day = (day + start.astype(np.int64)).astype(np.int32)
    return pa.record_batch(
        [
            pa.array(first_customer + row),
            pa.array(first_order + np.arange(row.size, dtype=np.int64)),
            pa.array(epoch_day).cast(pa.date32()),
            pa.array(revenue),
            pa.array(margin),
        ],
        schema=SCHEMA,
    )
