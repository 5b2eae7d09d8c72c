"""What bench/points_ledger.py times: an operation of the ledger, and the same rows without its logic."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stamgast.loyalty.book import Kept

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Person = tuple[int, int, int, int]  # wallet, member, customer, and a lot of theirs

# Writes the rows of an earning or a spending, and decides nothing.
BARE = """
CREATE OR REPLACE FUNCTION bench_rows(
    is_earning boolean, wallet bigint, member bigint, customer bigint, lot bigint, key_ text, at_ timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE e bigint;
BEGIN
    INSERT INTO stamgast_entry (key, digest, kind, member_id, sequence, at, points, by, reason, ref, rules)
    VALUES (key_, '0123456789abcdef0123456789abcdef', 'earn', member,
            nextval('bench_sequence'), at_, 10, 'bench', '', '', '[]') RETURNING id INTO e;
    INSERT INTO stamgast_webhookdelivery
        (endpoint_id, member_id, entry_id, sequence, status, attempts, next_at, answer)
    VALUES (1, member, e, e + 1000000000, 'waiting', 0, at_, '');
    INSERT INTO stamgast_event (kind, at, actor, subject, subject_id, facts, is_historic)
    VALUES ('points_earned', at_, 'bench', 'customer', customer, '{"entry": 1, "points": 10}', false);
    IF is_earning THEN
        INSERT INTO stamgast_pointslot (wallet_id, entry_id, granted, remaining, held, expired,
            granted_at, activates_at, expires_at, is_active, does_forgive)
        VALUES (wallet, e, 10, 10, 0, 0, at_, at_, at_ + interval '1 year', true, false);
    ELSE
        INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired) VALUES (lot, e, -1, 0, 0);
        UPDATE stamgast_pointslot SET granted_at = at_ WHERE id = lot;
    END IF;
    INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after)
    VALUES (e, wallet, 'available', 10, 10), (e, wallet, 'issued', -10, -10);
    UPDATE stamgast_wallet SET at = at_ WHERE id = wallet;
    INSERT INTO stamgast_reply (key, digest, status, member_id, at, entry_id)
    VALUES (key_, '0123456789abcdef0123456789abcdef', 201, member, at_, e);
    RETURN e;
END $$
"""
REPLY = "INSERT INTO stamgast_reply (key, digest, status, body, member_id, at) VALUES (%s, %s, 201, %s, %s, %s)"
BODY = json.dumps({"entries": [{"id": 1, "kind": "earn", "points": 10, "member": "M-1"}]})


def safe(person: Person, number: int, name: str) -> None:
    """Earn or spend through the book, with the request kept: one statement."""
    from stamgast.loyalty.book import Kept

    alone(person, number, name, kept=Kept(f"{name}:{number}", "d" * 64, 201))


def alone(person: Person, number: int, name: str, kept: Kept | None = None) -> None:
    """Earn or spend through the book: one statement, repeatable by its own key."""
    from stamgast.loyalty.book import NewLot, Operation, post

    _, member, customer, _ = person
    key = f"{name}:{number}"
    about = {
        "member": member,
        "customer": customer,
        "at": AT,
        "by": "bench",
        "key": key,
        "kept": kept,
    }
    if number % 5 < 3:
        lot = NewLot(10, AT, AT + timedelta(days=365))
        operation = Operation(do="issue", kind="earn", points=10, lots=(lot,), **about)  # type: ignore[arg-type]
    else:
        operation = Operation(do="spend", kind="spend", points=10, **about)  # type: ignore[arg-type]
    assert post(operation).is_new


def bare(person: Person, number: int, name: str) -> None:
    """Write the same rows without any logic: one statement as well."""
    from django.db import connection

    wallet, member, customer, lot = person
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bench_rows(%s, %s, %s, %s, %s, %s, %s)",
            [number % 5 < 3, wallet, member, customer, lot, f"{name}:{number}", AT],
        )


def plain(person: Person, number: int, name: str) -> None:
    """Write the same rows by one statement per table, as one would without a function."""
    from django.db import connection, transaction

    wallet, member, customer, lot = person
    key, earns = f"{name}:{number}", number % 5 < 3
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stamgast_entry (key, digest, kind, member_id, sequence, at, points, by, reason,"
            " ref, rules) VALUES (%s, %s, 'earn', %s, nextval('bench_sequence'), %s, 10, 'bench', '', '',"
            " '[]') RETURNING id",
            [key, "d" * 32, member, AT],
        )
        entry = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO stamgast_webhookdelivery (endpoint_id, member_id, entry_id, sequence, status,"
            " attempts, next_at, answer) VALUES (1, %s, %s, %s, 'waiting', 0, %s, '')",
            [member, entry, 10**9 + entry, AT],
        )
        cursor.execute(
            "INSERT INTO stamgast_event (kind, at, actor, subject, subject_id, facts, is_historic)"
            " VALUES ('points_earned', %s, 'bench', 'customer', %s, '{}', false)",
            [AT, customer],
        )
        if earns:
            cursor.execute(
                "INSERT INTO stamgast_pointslot (wallet_id, entry_id, granted, remaining, held, expired,"
                " granted_at, activates_at, expires_at, is_active, does_forgive)"
                " VALUES (%s, %s, 10, 10, 0, 0, %s, %s, %s, true, false)",
                [wallet, entry, AT, AT, AT + timedelta(days=365)],
            )
        else:
            cursor.execute(
                "INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)"
                " VALUES (%s, %s, -1, 0, 0)",
                [lot, entry],
            )
            cursor.execute("UPDATE stamgast_pointslot SET granted_at = %s WHERE id = %s", [AT, lot])
        cursor.execute(
            "INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after)"
            " VALUES (%s, %s, 'available', 10, 10), (%s, %s, 'issued', -10, -10)",
            [entry, wallet, entry, wallet],
        )
        cursor.execute("UPDATE stamgast_wallet SET at = %s WHERE id = %s", [AT, wallet])
        cursor.execute(REPLY, [key, "d" * 64, BODY, member, AT])


def one_row(person: Person, number: int, name: str) -> None:
    """Commit one row: what a transaction costs at least on this disk, at this moment."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REPLY, [f"{name}:{number}", "d" * 64, BODY, person[1], AT])
