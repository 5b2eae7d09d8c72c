"""The calculations run elsewhere than on DuckDB: nothing in them is DuckDB's own."""

from __future__ import annotations

from datetime import date
from functools import cache

import ibis
import pytest

import stamgast.insight as insight
from stamgast.insight.effect import sum_arms
from stamgast.insight.rhythm import Rhythm

DAY = date(2024, 6, 30)
RHYTHM = Rhythm(DAY, 3, 60.0, 0.5, 0.7, 1000, 3000)

ORDERS = ibis.table(
    {
        "customer_id": "int64",
        "day": "date",
        "ordered_at": "timestamp",
        "revenue": "float64",
        "margin": "float64",
        "discount": "float64",
        "returned": "float64",
        "is_purchase": "boolean",
        "shop": "string",
    },
    name="orders",
)
CUSTOMERS = ibis.table(
    {
        "customer_id": "int64",
        "may_email": "boolean",
        "contract_start": "date",
        "contract_end": "date",
        "contract_notice": "date",
    },
    name="customers",
)


UNITS = ibis.table({"arm": "string", "outcome": "float64", "before": "float64"}, name="units")


@cache
def questions() -> dict[str, ibis.Table]:
    facts = insight.customer_facts(ORDERS, CUSTOMERS, as_of=DAY, is_trusted=True)
    stages = insight.stages(facts, RHYTHM, DAY)
    before = insight.stages_before(ORDERS, CUSTOMERS, as_of=DAY, rhythm=RHYTHM)
    return {
        "facts": facts,
        "stages": stages,
        "history": insight.stage_history(ORDERS, CUSTOMERS, as_of=DAY, rhythm=RHYTHM),
        "retention": insight.retention(ORDERS, as_of=DAY, only={"shop": "north"}),
        "second purchase": insight.second_purchase(ORDERS, as_of=DAY),
        "rfm": insight.rfm_scores(facts, DAY),
        "steps": insight.next_steps(stages, DAY),
        "summary": insight.stage_summary(stages, before),
        "moves": insight.stage_moves(stages, before),
        "arms": sum_arms(UNITS),
        "months": insight.monthly_totals(ORDERS, as_of=DAY),
    }


@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "databricks"])
@pytest.mark.parametrize("question", list(questions()))
def test_becomes_sql_for(dialect, question):
    sql = ibis.to_sql(questions()[question], dialect=dialect)
    assert sql.lstrip().upper().startswith(("SELECT", "WITH"))
    assert len(sql) < 200_000  # an expression that repeats itself without end is no use anywhere
