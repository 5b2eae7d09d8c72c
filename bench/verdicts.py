"""Verdicts on many efforts at once, beside one group-by of the same orders; and drawing the lots.

First part, in the engine: so many efforts, each with its lots drawn half and half, over so many
orders, as the feed writes them to Parquet. All verdicts with all their figures are set beside one
DuckDB group-by per customer of the same file. Second part, in the database: lots for a whole base
by household, beside inserting as many bare rows. Processor time tells more than the clock where
others work on the machine.

    python bench/verdicts.py [--efforts 200] [--lots 5000000] [--orders 10000000] [--draw 1000000]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from shop_of_size import open_home

CUSTOMERS = 1_000_000
AS_OF = date(2026, 9, 1)
FIRST = date(2024, 1, 1)


class Took(NamedTuple):
    """What a part took, in seconds: on the clock, and of the processor."""

    clock: float
    processor: float


class Watch:
    """Measures a block."""

    def __enter__(self) -> Watch:
        self._began = time.perf_counter(), _processor()
        return self

    def __exit__(self, *error: object) -> None:
        clock, processor = self._began
        self.took = Took(time.perf_counter() - clock, _processor() - processor)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--efforts", type=int, default=200)
    options.add_argument("--lots", type=int, default=5_000_000)
    options.add_argument("--orders", type=int, default=10_000_000)
    options.add_argument("--draw", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="verdicts-"))
    try:
        open_home(home)
        _feed(home, efforts=given.efforts, lots=given.lots, orders=given.orders)
        pairs = [(_verdicts(home, given.efforts), _group_by(home)) for _ in range(given.rounds + 1)]
        best, bare = min(one for one, _ in pairs[1:]), min(one for _, one in pairs[1:])
        print(f"efforts={given.efforts} lots={given.lots} orders={given.orders}")
        print(f"verdicts_s={best.clock:.2f} group_by_s={bare.clock:.2f}", end=" ")
        print(f"ratio={best.clock / bare.clock:.2f}", end=" ")
        print(f"processor_ratio={best.processor / bare.processor:.2f}", end=" ")
        print(f"peak_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
        if given.draw:
            _draw(given.draw)
    finally:
        shutil.rmtree(home)


def _feed(home: Path, *, efforts: int, lots: int, orders: int) -> None:
    """Write what the feed would: customers buy at random, and draw lots for some efforts."""
    con = duckdb.connect()
    a_lot = lots // efforts
    con.execute(
        f"""COPY (SELECT (hash(i) % {CUSTOMERS})::BIGINT AS customer_id,
        DATE '{FIRST}' + (hash(i * 7 + 1) % 970)::INT AS day,
        (hash(i * 3) % 2000)::BIGINT AS margin_minor, (hash(i * 3) % 5000)::BIGINT AS revenue_minor,
        0::BIGINT AS returned_minor, IF(hash(i * 5) % 10 = 0, 300, 0)::BIGINT AS discount_minor,
        1 AS is_purchase, 0 AS is_margin_assumed FROM range({orders}) t(i))
        TO '{home / "orders.parquet"}'"""
    )
    con.execute(
        f"""COPY (SELECT (i // {a_lot} + 1)::BIGINT AS experiment_id,
        (hash(i) % {CUSTOMERS})::BIGINT AS customer_id,
        printf('%016x', hash(hash(i) % {CUSTOMERS} + 17 * (i // {a_lot}))) AS unit,
        (2 * (i // {a_lot}) + hash(i * 11) % 2 + 1)::BIGINT AS arm_id, i AS number,
        DATE '2025-01-01' + (i // {a_lot} * 2)::INT AS day, 0 AS is_crossing
        FROM range({a_lot * efforts}) t(i)) TO '{home / "lots.parquet"}'"""
    )
    con.execute(
        f"""COPY (SELECT 0::BIGINT AS id, 0::BIGINT AS into_id WHERE false)
        TO '{home / "merged.parquet"}'"""
    )


def _verdicts(home: Path, efforts: int) -> Took:
    from stamgast.measurement.concluding import conclude
    from stamgast.measurement.reckoning import ArmOf, Plan, reckon

    plans = {
        one + 1: Plan(
            experiment=one + 1,
            window_days=60,
            after_days=90,
            is_ongoing=False,
            is_drawing=False,
            ends_together=None,
            arms={
                2 * one + 1: ArmOf("control", 0.5, True),
                2 * one + 2: ArmOf("mail", 0.5, False, {"sending": 100.0}),
            },
        )
        for one in range(efforts)
    }
    with Watch() as watch:
        found = reckon(home, plans, as_of=AS_OF, unit=100.0, memory="4GB", threads=_threads())
        told = [
            conclude(plans[number], one, as_of=AS_OF, unit=100.0, rate=0.4)
            for number, one in found.items()
        ]
    assert len(told) == efforts
    proven = sum(one.facts["reason"] == "proven" for one in told)
    print(f"  equal arms called different: {proven} of {efforts}")
    return watch.took


def _group_by(home: Path) -> Took:
    con = duckdb.connect(config={"threads": _threads()})
    with Watch() as watch:
        con.execute(
            f"""CREATE TABLE sums AS SELECT customer_id, SUM(margin_minor) AS margin, COUNT(*) AS n
            FROM '{home / "orders.parquet"}' GROUP BY customer_id"""
        )
    con.close()
    return watch.took


def _draw(customers: int) -> None:
    """Draw the lots of a whole base, beside as many bare rows in a table of the same width."""
    from django.db import connection, transaction

    from stamgast.customers.models import Customer
    from stamgast.measurement.actions import ArmPlan, open_experiment, write_lots

    at = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    for start in range(0, customers, 50_000):
        Customer.objects.bulk_create(
            Customer(email=f"k{n // 5 * 5 + min(n % 5, 3)}@example.nl", made_at=at, changed_at=at)
            for n in range(start, min(start + 50_000, customers))
        )
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    arms = [ArmPlan("control", 0.2, is_control=True), ArmPlan("mail", 0.8)]
    experiment = open_experiment(
        kind="campaign", name="Everybody", arms=arms, window_days=60, at=at, key="all"
    )
    with Watch() as ours:
        assert write_lots(experiment, people, at=at) == customers
    with Watch() as bare, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare (id INTEGER PRIMARY KEY, customer INTEGER UNIQUE, unit TEXT, arm INTEGER, "
            "probability REAL, day TEXT)"
        )
        rows: Any = ((one, f"{one:016x}", one % 2, 0.5, "2026-03-01") for one in people)
        cursor.executemany(
            "INSERT INTO bare (customer, unit, arm, probability, day) VALUES (%s, %s, %s, %s, %s)",
            rows,
        )
    print(
        f"lots={customers} draw_s={ours.took.clock:.1f} bare_rows_s={bare.took.clock:.1f}", end=" "
    )
    print(f"ratio={ours.took.clock / bare.took.clock:.2f}", end=" ")
    print(f"processor_ratio={ours.took.processor / bare.took.processor:.2f}")


def _processor() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def _threads() -> int:
    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
