"""The book: the only writer of the points ledger, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing

from django.db import connection, transaction

from stamgast.loyalty.book import sqlite
from stamgast.loyalty.book.operation import FOREVER, MOST, Kept, NewLot, Operation, Outcome
from stamgast.loyalty.book.rows import Rows

__all__ = ["FOREVER", "MOST", "Kept", "NewLot", "Operation", "Outcome", "post", "post_many"]


def post(operation: Operation) -> Outcome:
    """Do one operation; what is refused has written nothing of it."""
    return post_many([operation])[0]


def post_many(operations: Sequence[Operation]) -> list[Outcome]:
    """Do operations one after another; one that is refused stops no other."""
    if connection.vendor == "postgresql":
        return _on_postgresql(operations)
    with transaction.atomic(savepoint=False):
        return _on_sqlite(operations)


def _on_postgresql(operations: Sequence[Operation]) -> list[Outcome]:
    """Call the function in one statement, which is a transaction of its own where there is none."""
    with connection.cursor() as cursor:
        if len(operations) == 1:
            cursor.execute("SELECT stamgast_points(%s)", [operations[0].as_json()])
        else:
            many = f"[{','.join(operation.as_json() for operation in operations)}]"
            cursor.execute(
                "SELECT stamgast_points(op) FROM jsonb_array_elements(%s) "
                "WITH ORDINALITY AS asked (op, place) ORDER BY place",
                [many],
            )
        return [Outcome.of(json.loads(told)) for (told,) in cursor.fetchall()]


def _on_sqlite(operations: Sequence[Operation]) -> list[Outcome]:
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    with connection.wrap_database_errors, closing(cursor):
        rows = Rows(cursor)
        if len(operations) > 1:
            rows.expect(operations)
        told = [sqlite.post(rows, operation) for operation in operations]
        for operation, facts in zip(operations, told, strict=True):
            if operation.kept and facts.get("is_new"):
                rows.keep(operation, facts["entry"])
        rows.flush()
    return [Outcome.of(one) for one in told]
