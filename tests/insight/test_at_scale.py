"""A million customers and ten million orders, within the memory of a small machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import stamgast.insight as insight
from stamgast.insight.engine import connect

AS_OF = date(2025, 6, 30)
PATIENCE = 120.0  # seconds for each question; an idle machine of two cores needs under 10

# Ids by arithmetic instead of a random generator: the same file every time, in a few seconds.
ORDERS = """
COPY (
    WITH customers AS (
        SELECT i AS customer_id, DATE '2022-01-01' + CAST(hash(i) % 1000 AS INT) AS first_day,
               8 + CAST(hash(i + 1) % 120 AS INT) AS gap, 1 + CAST(hash(i + 2) % 20 AS INT) AS n
        FROM range({customers}) AS numbers(i)
    ), bought AS (SELECT *, unnest(range(n)) AS j FROM customers)
    SELECT customer_id,
           first_day + CAST(gap * j + hash(customer_id * 31 + j) % gap AS INT) AS day,
           hash(customer_id + j) % 10000 / 100.0 AS revenue,
           hash(customer_id + j) % 10000 / 300.0 AS margin,
           ['north', 'south', 'web'][1 + CAST(customer_id % 3 AS INT)] AS shop
    FROM bought
) TO '{path}' (FORMAT parquet)
"""


@pytest.mark.long
def test_answers_for_a_million_customers_in_seconds(tmp_path: Path, record_property):
    engine = connect(memory="2GB", threads=2, scratch=tmp_path / "scratch")
    path = tmp_path / "orders.parquet"
    engine.raw_sql(ORDERS.format(customers=1_000_000, path=path))
    orders = engine.read_parquet(path)
    seconds: dict[str, float] = {}

    def timed(name: str, ask: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = ask()
        kept = found if isinstance(found, insight.Rhythm) else engine.create_table(name, found)
        seconds[name] = time.perf_counter() - began
        return kept

    rhythm = timed("rhythm", lambda: insight.fit_rhythm(orders, AS_OF))
    facts = timed("facts", lambda: insight.customer_facts(orders, as_of=AS_OF))
    stages = timed("stages", lambda: insight.stages(facts, rhythm, AS_OF))
    history = timed("history", lambda: insight.stage_history(orders, as_of=AS_OF, rhythm=rhythm))
    timed("retention", lambda: insight.retention(orders, as_of=AS_OF))
    timed("second_purchase", lambda: insight.second_purchase(orders, as_of=AS_OF))
    timed("rfm", lambda: insight.rfm_scores(facts, AS_OF))
    timed("steps", lambda: insight.next_steps(stages, AS_OF))
    timed("months", lambda: insight.monthly_totals(orders, as_of=AS_OF))
    for name, took in seconds.items():
        record_property(f"seconds_{name}", round(took, 2))

    assert orders.count().execute() > 10_000_000
    assert stages.count().execute() == 1_000_000
    assert stages.silence_share.isnull().sum().execute() == 0
    at_the_end = history.filter(history.month_end == AS_OF).customers.sum().execute()
    assert at_the_end == facts.count().execute()
    assert max(seconds.values()) < PATIENCE, seconds
