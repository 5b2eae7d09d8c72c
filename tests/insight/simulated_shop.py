"""Orders of customers whose pace and departure are known: the model of the rhythm, run forward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

START = date(2022, 1, 1)


@dataclass(frozen=True)
class Shop:
    """Orders, and for each customer (by number) whether they had left for good at the end."""

    orders: pa.Table
    as_of: date
    has_left: npt.NDArray[np.bool_]


def simulate(
    customers: int,
    *,
    regularity: int = 1,
    shape: float = 0.8,
    interval: float = 75.0,
    leave: float = 0.5,
    stay: float = 1.5,
    days: int = 1095,
    seed: int = 1,
) -> Shop:
    """Let customers arrive evenly, buy at their own pace, and leave after some purchase."""
    random = np.random.default_rng(seed)
    rate = np.maximum(random.gamma(shape, regularity / (shape * interval), customers), 1e-9)
    quits = random.beta(leave, stay, customers)
    moment = random.uniform(0, days, customers)
    has_left = np.zeros(customers, bool)
    there = np.arange(customers)
    who, when = [], []
    while len(there):
        who.append(there)
        when.append(np.floor(moment[there]).astype(int))
        leaving = random.random(len(there)) < quits[there]
        has_left[there[leaving]] = True
        there = there[~leaving]
        moment[there] += random.gamma(regularity, 1 / rate[there])
        there = there[moment[there] < days]
    day = np.concatenate(when).astype("timedelta64[D]") + np.datetime64(START)
    orders = pa.table({"customer_id": np.concatenate(who), "day": pa.array(day)})
    return Shop(orders, START + timedelta(days=days - 1), has_left)
