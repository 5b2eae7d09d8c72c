"""Pieces of SQL that several conditions share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stamgast.campaigns.audience.looking import Looking, Sql

Given = Mapping[str, Any]


def among(column: str, values: Sequence[Any]) -> Sql:
    """Say that a column holds one of these values."""
    return Sql(f"{column} IN ({', '.join(['%s'] * len(values))})", tuple(values))


def between(column: str, given: Given, *, scale: float = 1) -> Sql:
    """Say that a column lies between what was filled in; one of both ends may be open."""
    tests, filled = [], []
    for name, sign in (("at_least", ">="), ("at_most", "<=")):
        if name in given:
            tests.append(f"{column} {sign} %s")
            filled.append(given[name] * scale if scale != 1 else given[name])
    return Sql(" AND ".join(tests), tuple(filled))


def days_ago(column: str, given: Given, look: Looking) -> Sql:
    """Say how many days ago a day lies."""
    tests, filled = [], []
    for name, sign in (("at_least", "<="), ("at_most", ">=")):
        if name in given:
            tests.append(f"{column} {sign} %s")
            filled.append(look.ago(given[name]).isoformat())
    return Sql(" AND ".join(tests), tuple(filled))
