"""Bonds of a million customers, beside a bare group-by of their evidence in the same run.

Evidence is drawn over the whole registry, five rows per customer on average, as a table in DuckDB.
The peer is what any answer must do at least: group those rows by customer and indicator, with count
and mean. Beside it: the five bonds of every customer, then the kinds of loyalty from them, and the
evidence lines. Each is written to a table; the middle of the rounds counts. The table of Beta
quantiles is worked out once per process, and that time is told apart.

    python bench/bonds.py [--customers 1000000] [--rows 5] [--rounds 3] [--threads 2]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from stamgast.insight.bonds import INDICATORS, evidence_lines, loyalty, posteriors
from stamgast.insight.bonds.beta_table import beta_table
from stamgast.insight.engine import connect

AS_OF = date(2026, 6, 30)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--rows", type=float, default=5.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    began = time.perf_counter()
    for threshold in (0.5, 0.6):
        beta_table(0.8, threshold)
    print(f"beta_tables_s={time.perf_counter() - began:.2f}")

    con = connect(threads=given.threads, memory="4GB")
    evidence = con.create_table("evidence", draw_evidence(given.customers, given.rows))
    behaviour = con.create_table("behaviour", draw_behaviour(given.customers))
    people = behaviour.select("customer_id")
    held = posteriors(evidence, customers=people, as_of=AS_OF)
    kept = con.create_table("held", held)
    questions: dict[str, ir.Table] = {
        "group_by": bare_group_by(evidence),
        "posteriors": held,
        "loyalty": loyalty(kept, behaviour, as_of=AS_OF),
        "evidence_lines": evidence_lines(evidence, as_of=AS_OF),
    }
    taken: dict[str, list[float]] = {name: [] for name in questions}
    taken["posteriors_checked"] = []
    for _ in range(given.rounds):
        for name, question in questions.items():
            taken[name].append(timed(con, lambda question=question: question))
        # Building the question looks at every value once, unless the evidence is trusted.
        taken["posteriors_checked"].append(
            timed(con, lambda: posteriors(evidence, customers=people, as_of=AS_OF))
        )
    report(given.customers, evidence.count().execute(), taken)


def draw_evidence(customers: int, rows: float) -> pa.Table:
    rng = np.random.default_rng(1)
    size = int(customers * rows)
    codes = pa.array([indicator.code for indicator in INDICATORS])
    day = np.datetime64(AS_OF) - rng.integers(0, 700, size).astype("timedelta64[D]")
    ends = np.datetime64(AS_OF) + rng.integers(1, 365, size).astype("timedelta64[D]")
    return pa.table(
        {
            "customer_id": rng.integers(0, customers, size),
            "indicator": codes.take(pa.array(rng.integers(0, len(codes), size))),
            "value": rng.random(size),
            "day": pa.array(day),
            "strength": rng.random(size),
            "ends_on": pa.array(ends, mask=rng.random(size) < 0.9),
        }
    )


def draw_behaviour(customers: int) -> pa.Table:
    rng = np.random.default_rng(2)
    p_alive = rng.beta(1, 1, customers)
    return pa.table(
        {
            "customer_id": np.arange(customers),
            "p_alive": p_alive,
            "purchases_365": p_alive * rng.gamma(1.0, 4.0, customers),
            "purchase_days": 1 + rng.poisson(4, customers),
            "margin_365": rng.gamma(1.0, 50.0, customers),
        }
    )


def bare_group_by(evidence: ir.Table) -> ir.Table:
    return evidence.group_by("customer_id", "indicator").agg(
        rows=evidence.count(), value=evidence["value"].mean()
    )


def timed(con: Any, question: Callable[[], ir.Table]) -> float:
    began = time.perf_counter()
    con.create_table("answer", question(), overwrite=True)
    return time.perf_counter() - began


def report(customers: int, rows: int, taken: dict[str, list[float]]) -> None:
    middle = {name: statistics.median(times) for name, times in taken.items()}
    print(f"customers={customers} evidence_rows={rows} python={sys.version.split()[0]}")
    for name, seconds in middle.items():
        ratio = seconds / middle["group_by"]
        print(f"{name}_s={seconds:.2f} times_the_group_by={ratio:.1f}")


if __name__ == "__main__":
    main()
