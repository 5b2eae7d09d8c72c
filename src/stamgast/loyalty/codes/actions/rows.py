"""Codes added by the thousand in one statement."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from stamgast.events.actions import tell
from stamgast.loyalty.models.codes import CodeSet
from stamgast.staff.queries import Who, actor

_NEW = {
    "postgresql": "INSERT INTO stamgast_discountcode (code_set_id, text, uses, made_at) "
    "SELECT %s, text, 0, %s FROM unnest(%s::text[]) AS text "
    "ON CONFLICT (text) DO NOTHING RETURNING text",
    "sqlite": "INSERT INTO stamgast_discountcode (code_set_id, text, uses, made_at) "
    "SELECT %s, value, 0, %s FROM json_each(%s) WHERE true "
    "ON CONFLICT (text) DO NOTHING RETURNING text",
}


def add_new(code_set: CodeSet, texts: Collection[str], *, at: datetime) -> set[str]:
    """Add codes to a set in the caller's transaction; returns those that were nowhere yet."""
    if not texts:
        return set()
    is_sqlite = connection.vendor == "sqlite"
    every = (
        json.dumps(list(texts)) if is_sqlite else sorted(texts)
    )  # in order: no two wait in a ring
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_NEW[connection.vendor], [code_set.pk, moment, every])
        return {text for (text,) in cursor.fetchall()}


def tell_made(code_set: CodeSet, count: int, *, at: datetime, by: Who) -> None:
    """Tell that codes came into a set."""
    tell(
        "codes_made",
        at=at,
        actor=actor(by),
        subject="code_set",
        subject_id=code_set.pk,
        facts={"codes": count},
    )
