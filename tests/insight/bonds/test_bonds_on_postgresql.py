"""The same bonds from PostgreSQL as from DuckDB, where STAMGAST_DATABASE_URL names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import ibis
import pytest

from insight.bonds.model_world import AS_OF, INDICATORS, NEED, PRIORS, draw_world
from insight.text_tables import rows
from stamgast.insight import bonds

URL = os.environ.get("STAMGAST_DATABASE_URL", "")

pytestmark = [
    pytest.mark.skipif(
        not URL.startswith("postgres"), reason="STAMGAST_DATABASE_URL names no PostgreSQL"
    ),
    pytest.mark.django_db,  # has the test database made, whatever runs before or beside this
]


@pytest.fixture(scope="module")
def here_and_there(django_db_setup: None) -> Iterator[tuple[Any, Any]]:
    """Evidence and behaviour on DuckDB, and as temporary tables on PostgreSQL."""
    world = draw_world(1_000)
    here = (world.evidence, world.behaviour)
    there = ibis.connect(os.environ["STAMGAST_DATABASE_URL"])
    names = ("evidence", "behaviour")
    yield (
        here,
        tuple(
            there.create_table(f"stamgast_test_{name}", table, temp=True)
            for name, table in zip(names, here, strict=True)
        ),
    )
    there.disconnect()


def answers(evidence: Any, behaviour: Any) -> dict[str, Any]:
    held = bonds.posteriors(evidence, priors=PRIORS, indicators=INDICATORS, as_of=AS_OF)
    found = bonds.loyalty(held, behaviour, need=NEED, as_of=AS_OF)
    return {
        "posteriors": held,
        "loyalty": found,
        "loyalty by the usual need": bonds.loyalty(held, behaviour, as_of=AS_OF),
        "lines": bonds.evidence_lines(evidence, indicators=INDICATORS, as_of=AS_OF),
        "matrix": bonds.matrix(found),
        "kinds": bonds.kinds(found),
        "knowledge": bonds.knowledge(found),
        "endings": bonds.endings(held, found, as_of=AS_OF),
    }


QUESTIONS = (
    "posteriors",
    "loyalty",
    "loyalty by the usual need",
    "lines",
    "matrix",
    "kinds",
    "knowledge",
    "endings",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_the_same(here_and_there, question):
    here, there = (rounded(answers(*tables)[question]) for tables in here_and_there)
    assert here == there


def rounded(result: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(round(value, 7) + 0.0 if isinstance(value, float) else value for value in row)
        for row in rows(result)
    ]
