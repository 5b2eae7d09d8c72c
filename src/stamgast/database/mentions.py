"""Finding rows whose texts betray a person, whatever way the database keeps them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from stamgast.kernel import Person

M = TypeVar("M", bound=Model)


def mentioning(
    rows: QuerySet[M], person: Person, *, texts: Sequence[str] = (), documents: Sequence[str] = ()
) -> QuerySet[M]:
    """Keep the rows that may betray the person, in text columns or in JSON documents.

    It reads the whole table, so call it before a transaction. It may keep a row too many: a name
    inside a longer one; `Person.redact` decides.
    """
    wanted = Q(pk=None)
    for text in texts:
        wanted |= _holds(text, person.traces)
    for document in documents:
        column = f"{document}_as_text"
        rows = rows.alias(**{column: Cast(document, TextField())})
        wanted |= _holds(column, {*person.traces, *map(_in_json, person.traces)})
    return rows.filter(wanted)


def _holds(column: str, traces: Iterable[str]) -> Q:
    """Say that a column holds one of the traces, in capitals or not."""
    wanted = _shortest(traces)
    if connection.vendor == "postgresql":  # its regular expressions read a text once
        return (
            Q(**{f"{column}__iregex": "|".join(map(re.escape, wanted))}) if wanted else Q(pk=None)
        )
    return reduce(or_, (Q(**{f"{column}__icontains": trace}) for trace in wanted), Q(pk=None))


def _shortest(traces: Iterable[str]) -> list[str]:
    """Return the texts that contain none of the others: who looks for those finds all."""
    found: list[str] = []
    for trace in sorted({trace.lower() for trace in traces}, key=lambda t: (len(t), t)):
        if not any(shorter in trace for shorter in found):
            found.append(trace)
    return found


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]  # in SQLite a document is plain ASCII


def redact(
    rows: QuerySet[M], person: Person, *, texts: Sequence[str] = (), documents: Sequence[str] = ()
) -> int:
    """Blank every trace of the person in these columns, row by row; returns how many changed."""
    changed = 0
    columns = (*texts, *documents)
    found = mentioning(rows, person, texts=texts, documents=documents)
    for row in found.only("pk", *columns):
        blanked = {column: person.redact_in(getattr(row, column)) for column in columns}
        if any(getattr(row, column) != value for column, value in blanked.items()):
            type(row)._default_manager.filter(pk=row.pk).update(**blanked)
            changed += 1
    return changed
