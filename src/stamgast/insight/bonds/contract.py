"""The tables this package reads: what each column means, in which unit, and what is refused."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir

from ..engine import as_table
from ..tables import Column, TableError, check

BONDS = ("situational", "economic", "legal", "technical", "emotional")
ATTITUDE = "emotional"  # the one bond that is a wish to stay; the other four hold without it

EVIDENCE = (
    Column("customer_id", "id", "who"),
    Column("indicator", "text", "code of an indicator in the registry"),
    Column("value", "number", "0 speaks wholly against the bond, 1 wholly for it"),
    Column("day", "day", "business day on which this was seen or last true"),
    Column("strength", "number", "0..1, how much of a full observation; 1", is_optional=True),
    Column("ends_on", "day", "first day on which this holds no longer", is_optional=True),
    Column("detail", "text", "short text or number for the sentence", is_optional=True),
)
BEHAVIOUR = (
    Column("customer_id", "id", "who"),
    Column("p_alive", "number", "chance, 0..1, that purchases can still come"),
    Column("purchases_365", "number", "purchase days expected in the coming year"),
    Column("purchase_days", "count", "purchase days seen so far", is_optional=True),
    Column("need", "number", "purchases a year the category asks of them", is_optional=True),
    Column("margin_365", "amount", "margin expected in the coming year", is_optional=True),
)
OUTCOMES = (
    Column("customer_id", "id", "who"),
    Column("bond", "text", "one of BONDS"),
    Column("kind", "text", "answer (later, 0..1), referral, or left (once the bond had ended)"),
    Column("value", "number", "0..1: the answer; or 1 if they referred or left, else 0"),
)
POSTERIORS = (
    Column("customer_id", "id", "who"),
    Column("bond", "text", "one of BONDS"),
    Column("mean", "number", "0..1"),
    Column("low", "number", "0..1"),
    Column("high", "number", "0..1"),
    Column("coverage", "number", "0..1"),
    Column("alpha", "number", "above 0"),
    Column("beta", "number", "above 0"),
    Column("leading", "text", "code of an indicator, or empty"),
    Column("ends_on", "day", "or empty"),
)


def checked_evidence(evidence: Any) -> ir.Table:
    """Return the evidence with every column of the contract, or refuse it with TableError."""
    table = check(as_table(evidence), EVIDENCE)
    absent = {"strength": ("float64", 1.0), "ends_on": ("date", None), "detail": ("string", None)}
    extra = {
        name: _constant(kind, value)
        for name, (kind, value) in absent.items()
        if name not in table.columns
    }
    table = table.mutate(**extra) if extra else table
    return table.select(*(column.name for column in EVIDENCE))


def refuse_broken_evidence(evidence: ir.Table, codes: tuple[str, ...]) -> None:
    """Refuse, with TableError, rows that would give a silently wrong bond; one pass over them.

    Refused: no customer, day, indicator or value; a value or strength that is not a number from 0
    to 1; an indicator that the registry does not know.
    """
    needed = ("customer_id", "indicator", "value", "day")
    faults = {f"no {name}": evidence[name].isnull() for name in needed}
    for name in ("value", "strength"):
        column = evidence[name].cast("float64")
        # NaN sorts above every number in DuckDB and PostgreSQL, and fails both tests elsewhere.
        faults[f"a {name} outside 0..1"] = column.notnull() & ~column.between(0.0, 1.0)
    unknown = evidence.indicator.notin(codes)
    faults["an unknown indicator"] = unknown
    counts = {str(place): fault.sum() for place, fault in enumerate(faults.values())}
    example = evidence.indicator.min(where=unknown)
    found = evidence.aggregate(**counts, example=example).to_pyarrow().to_pylist()[0]
    for place, what in enumerate(faults):
        count = found[str(place)]
        if count:
            named = f" ({found['example']!r})" if what == "an unknown indicator" else ""
            raise TableError(f"{count} rows of evidence have {what}{named}")


def refuse_other_ids(one: ir.Table, other: ir.Table, what: str) -> None:
    """Refuse, with TableError, two tables that name customers by numbers and by texts."""
    kinds = one.customer_id.type(), other.customer_id.type()
    if kinds[0].is_string() != kinds[1].is_string():
        raise TableError(f"customer_id is {kinds[0]}, but {kinds[1]} {what}")


def _constant(kind: str, value: Any) -> Any:
    import ibis

    return ibis.null(kind) if value is None else ibis.literal(value, kind)
