"""The same answers from PostgreSQL as from DuckDB, where STAMGAST_DATABASE_URL names one."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import stamgast.insight as insight
from insight.simulated_shop import Shop
from insight.text_tables import rows

URL = os.environ.get("STAMGAST_DATABASE_URL", "")

pytestmark = [
    pytest.mark.skipif(
        not URL.startswith("postgres"), reason="STAMGAST_DATABASE_URL names no PostgreSQL"
    ),
    pytest.mark.django_db,  # has the test database made, whatever runs before or beside this
]


@pytest.fixture(scope="module")
def here_and_there(simulated: Shop, django_db_setup: None) -> Iterator[tuple[Any, Any]]:
    """Orders and customers on DuckDB, and as temporary tables on PostgreSQL."""
    some = simulated.orders.filter(pc.less(simulated.orders["customer_id"], 2000))
    margin = pc.multiply(pc.cast(pc.bit_wise_and(some["customer_id"], 15), pa.float64()), 2.5)
    orders = some.append_column("margin", margin)
    start = simulated.as_of - timedelta(days=300)
    customers = pa.table(
        {
            "customer_id": range(-20, 200),
            "may_email": [number % 5 > 0 for number in range(220)],
            "contract_start": [start if number % 10 == 0 else None for number in range(220)],
            "contract_notice": [
                start + timedelta(days=number) if number % 30 == 0 else None
                for number in range(220)
            ],
        }
    )
    there = ibis.connect(os.environ["STAMGAST_DATABASE_URL"])
    tables = tuple(
        there.create_table(f"stamgast_test_{name}", table, temp=True)
        for name, table in (("orders", orders), ("customers", customers))
    )
    yield (orders, customers), tables
    there.disconnect()


def answers(orders: Any, customers: Any, day: Any, rhythm: insight.Rhythm) -> dict[str, Any]:
    facts = insight.customer_facts(orders, customers, as_of=day)
    stages = insight.stages(facts, rhythm, day)
    before = insight.stages_before(orders, customers, as_of=day, rhythm=rhythm)
    return {
        "facts": facts,
        "stages": stages,
        "history": insight.stage_history(orders, customers, as_of=day, rhythm=rhythm),
        "retention": insight.retention(orders, as_of=day),
        "second purchase": insight.second_purchase(orders, as_of=day),
        "rfm": insight.rfm_scores(facts, day),
        "steps": insight.next_steps(stages, day),
        "summary": insight.stage_summary(stages, before),
        "moves": insight.stage_moves(stages, before),
        "months": insight.monthly_totals(orders, as_of=day),
    }


def is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
        if isinstance(a, float) and b is not None
        else a == b
        for a, b in zip(one, other, strict=True)
    )


def test_learns_the_same_rhythm(here_and_there, simulated: Shop):
    (orders, _), (there, _) = here_and_there
    assert insight.fit_rhythm(there, simulated.as_of) == insight.fit_rhythm(orders, simulated.as_of)


def test_gives_the_same_answers(here_and_there, simulated: Shop):
    (here, there), day = here_and_there, simulated.as_of
    rhythm = insight.fit_rhythm(here[0], day)
    ours, theirs = answers(*here, day, rhythm), answers(*there, day, rhythm)
    for question, found in ours.items():
        expected, given = rows(found), rows(theirs[question])
        assert len(expected) == len(given) > 0, question
        unlike = [pair for pair in zip(expected, given, strict=True) if not is_same(*pair)]
        assert unlike == [], question
