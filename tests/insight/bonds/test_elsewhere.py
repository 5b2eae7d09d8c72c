"""The bonds run elsewhere than on DuckDB: nothing in them is DuckDB's own."""

from __future__ import annotations

from datetime import date
from functools import cache

import ibis
import pytest

from stamgast.insight import bonds

DAY = date(2026, 6, 30)
ID = {"customer_id": "int64"}
EVIDENCE = ibis.table(
    {
        **ID,
        "indicator": "string",
        "value": "float64",
        "day": "date",
        "strength": "float64",
        "ends_on": "date",
        "detail": "string",
    },
    name="evidence",
)
ORDERS = ibis.table(
    {**ID, "order_id": "int64", "day": "date", "discount": "float64", "is_purchase": "boolean"},
    name="orders",
)
LINES = ibis.table({"order_id": "int64", "sku": "string"}, name="lines")
PRODUCTS = ibis.table(
    {"sku": "string", "is_platform": "boolean", "is_consumable": "boolean"}, name="products"
)
CONTRACTS = ibis.table(
    {**ID, "started_on": "date", "ends_on": "date", "notice_on": "date"}, name="contracts"
)
ANSWERS = ibis.table(
    {**ID, "question": "string", "day": "date", "score": "int64", "choice": "string"},
    name="answers",
)
INTERACTIONS = ibis.table(
    {**ID, "kind": "string", "day": "date", "due_on": "date", "closed_on": "date"},
    name="interactions",
)
PEOPLE = ibis.table({**ID, "referred_by": "int64", "since": "date"}, name="people")
BEHAVIOUR = ibis.table(
    {**ID, "p_alive": "float64", "purchases_365": "float64", "purchase_days": "int64"},
    name="behaviour",
)


@cache
def questions() -> dict[str, ibis.Table]:
    held = bonds.posteriors(EVIDENCE, customers=PEOPLE, as_of=DAY, is_trusted=True)
    kept = ibis.table(held.schema(), name="held")
    found = bonds.loyalty(kept, BEHAVIOUR, as_of=DAY)
    kinds = ibis.table(found.schema(), name="kinds")
    return {
        "posteriors": held,
        "loyalty": found,
        "both": bonds.loyalty(held, BEHAVIOUR, as_of=DAY),
        "lines": bonds.evidence_lines(EVIDENCE, as_of=DAY),
        "matrix": bonds.matrix(kinds),
        "kinds": bonds.kinds(kinds),
        "knowledge": bonds.knowledge(kinds),
        "endings": bonds.endings(kept, kinds, as_of=DAY),
        "from orders": bonds.from_orders(ORDERS, as_of=DAY),
        "from lines": bonds.from_lines(LINES, ORDERS, PRODUCTS, as_of=DAY),
        "from contracts": bonds.from_contracts(CONTRACTS, customers=PEOPLE, as_of=DAY),
        "from answers": bonds.from_answers(ANSWERS, as_of=DAY),
        "from interactions": bonds.from_interactions(INTERACTIONS, ORDERS, as_of=DAY),
        "from customers": bonds.from_customers(PEOPLE, as_of=DAY),
    }


@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "databricks"])
@pytest.mark.parametrize("question", list(questions()))
def test_becomes_sql_for(dialect, question):
    sql = ibis.to_sql(questions()[question], dialect=dialect)
    assert sql.lstrip().upper().startswith(("SELECT", "WITH"))
    assert len(sql) < 200_000


def test_offers_only_names_that_are_there():
    for name in bonds.__all__:
        assert getattr(bonds, name) is not None, name
    with pytest.raises(AttributeError, match="no attribute 'crystal_ball'"):
        _ = bonds.crystal_ball
