"""Who is in an audience: conditions become one SQL statement, for everybody or for some alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stamgast.campaigns.audience.kinds import kinds
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.campaigns.audience.reading import leaves
from stamgast.customers.models import Customer
from stamgast.database.bulk import select_widely
from stamgast.scoring.models import BondScore, Score

Document = Mapping[str, Any]

_CUSTOMER = Customer._meta.db_table
_JOINS = {
    "score": f"LEFT JOIN {Score._meta.db_table} s ON s.customer_id = c.id AND s.run_id = ",
    "bonds": f"LEFT JOIN {BondScore._meta.db_table} b ON b.customer_id = c.id AND b.run_id = ",
}


def members(audience: Document, look: Looking) -> list[int]:
    """Return the ids of who fits all conditions, in order; among `look.ids` when those are given."""
    part = compiled(audience, look)
    return [pk for (pk,) in select_widely(f"SELECT c.id {part.text} ORDER BY c.id", part.filled)]


def audience_size(audience: Document, look: Looking) -> int:
    """Count who fits all conditions."""
    part = compiled(audience, look)
    return int(select_widely(f"SELECT COUNT(*) {part.text}", part.filled)[0][0])


def what_held(
    audience: Document, ids: Iterable[int], look: Looking
) -> dict[int, list[dict[str, Any]]]:
    """Return for each of these customers which single conditions hold for them: the why."""
    found = list(leaves(dict(audience)))
    look = look.at_only(ids)
    tests = [_leaf(leaf, look) for leaf in found]
    shown = ", ".join(f"CASE WHEN {test.text} THEN 1 ELSE 0 END" for test in tests)
    filled = tuple(value for test in tests for value in test.filled)
    rows = select_widely(
        f"SELECT c.id, {shown} {_source(found, look)} WHERE {_is_there(look)}", filled
    )
    return {pk: [found[i] for i, holds in enumerate(held) if holds] for pk, *held in rows}


def compiled(audience: Document, look: Looking) -> Sql:
    """Return the statement from FROM on; c is the customer."""
    found = list(leaves(dict(audience)))
    test = _node(audience["who"], look)
    return Sql(
        f"{_source(found, look)} WHERE {_is_there(look)} AND {test.text}",
        test.filled,
    )


def _is_there(look: Looking) -> str:
    return f"c.erased_at IS NULL AND c.merged_into_id IS NULL{look.only('c.id')}"


def _source(found: Sequence[Mapping[str, Any]], look: Looking) -> str:
    needed = {join for leaf in found for join in kinds()[leaf["is"]].joins}
    joins = [f"{_JOINS[name]}{look.run:d}" for name in _JOINS if name in needed]
    return " ".join([f"FROM {_CUSTOMER} c", *joins])


def _node(node: Mapping[str, Any], look: Looking) -> Sql:
    if "is" in node:
        return _leaf(node, look)
    if "not" in node:
        part = _node(node["not"], look)
        # What is not known does not hold, so its opposite does.
        return Sql(f"NOT COALESCE({part.text}, FALSE)", part.filled)
    ((group, nodes),) = node.items()
    parts = [_node(one, look) for one in nodes]
    word = " AND " if group == "all" else " OR "
    return Sql(
        f"({word.join(part.text for part in parts)})",
        tuple(value for part in parts for value in part.filled),
    )


def _leaf(leaf: Mapping[str, Any], look: Looking) -> Sql:
    part = kinds()[leaf["is"]].test(leaf, look)
    return Sql(f"({part.text})", part.filled)
