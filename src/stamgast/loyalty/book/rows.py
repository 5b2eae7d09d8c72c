"""Rows of the ledger on SQLite: read through one cursor, kept together, written in one go.

Ids are given out here, under the write lock, so that many rows can be written by one statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING, Any

from stamgast.loyalty.book.operation import Operation

_WALLET = (
    "id", "member_id", "kind", "available", "pending", "reserved", "owed", "redeemed", "expired",
    "issued", "entries", "at", "due_at",
)  # fmt: skip
_LOT = (
    "id", "entry_id", "remaining", "held", "expired", "activates_at", "expires_at", "is_active",
    "does_forgive",
)  # fmt: skip
_INSERTED = {
    "entry": (
        "id", "key", "digest", "kind", "member_id", "sequence", "at", "points", "by", "reason",
        "ref", "of_entry_id", "rules",
    ),
    "leg": ("entry_id", "wallet_id", "account", "points", "after"),
    "pointslot": (
        "id", "wallet_id", "entry_id", "granted", "remaining", "held", "expired", "granted_at",
        "activates_at", "expires_at", "is_active", "does_forgive",
    ),
    "hold": ("id", "wallet_id", "entry_id", "points", "posted", "status", "expires_at"),
    "lotuse": ("lot_id", "entry_id", "remaining", "held", "expired", "expires_at"),
    "event": ("kind", "at", "actor", "subject", "subject_id", "facts", "is_historic"),
    "webhookdelivery": (
        "endpoint_id", "member_id", "entry_id", "sequence", "status", "attempts", "next_at", "answer",
    ),
    "reply": ("key", "digest", "status", "member_id", "at", "entry_id"),
}  # fmt: skip


def _read(columns: Sequence[str]) -> str:
    """Name columns to read; moments as the texts they are, which Django would have made objects."""
    return ", ".join(
        f"{column} || ''" if column == "at" or column.endswith("_at") else column
        for column in columns
    )


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


_VALUES = {table: f"({', '.join('?' * len(columns))})" for table, columns in _INSERTED.items()}
_INSERT = {
    table: f"INSERT INTO stamgast_{table} ({_quoted(columns)}) VALUES {_VALUES[table]}"
    for table, columns in _INSERTED.items()
}
_UPDATE_WALLET = (
    "UPDATE stamgast_wallet SET "
    + ", ".join(f"{column} = ?" for column in _WALLET[3:])
    + " WHERE id = ?"
)
_UPDATE_LOT = (
    "UPDATE stamgast_pointslot SET remaining = ?, held = ?, expired = ?, expires_at = ?, "
    "is_active = ? WHERE id = ?"
)
_LOTS = f"SELECT {_read(_LOT)} FROM stamgast_pointslot WHERE "
_ACCOUNTS = (
    ("available", 1), ("pending", 1), ("reserved", 1), ("owed", -1), ("issued", -1),
    ("redeemed", 1), ("expired", 1),
)  # fmt: skip
_NUMBERED = ("stamgast_entry", "stamgast_pointslot", "stamgast_hold")
_AT_ONCE = 500


class Row:
    """One row that is read and changed, by the names of its columns."""

    def __init__(self, names: Sequence[str], values: Iterable[Any]) -> None:
        self.__dict__ = dict(zip(names, values, strict=True))

    if TYPE_CHECKING:  # its columns are whatever was asked for

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


class Rows:
    """The ledger's rows during one call of the book."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor = cursor
        self._new: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERT}
        self._wallets: dict[tuple[int, str], Row] = {}
        self._changed: dict[int, tuple[Any, ...]] = {}
        self._lots: dict[int, Row] = {}
        self._keys: dict[str, tuple[int, str, int, int] | None] = {}
        found = dict(
            cursor.execute(
                "SELECT name, seq FROM sqlite_sequence WHERE name IN (?, ?, ?)", _NUMBERED
            )
        )
        self._last: dict[str, int] = {name: found.get(name, 0) for name in _NUMBERED}
        self.endpoints = [
            row[0]
            for row in cursor.execute(
                "SELECT id FROM stamgast_webhookendpoint"
                " WHERE is_active AND hears = 'points' ORDER BY id"
            )
        ]

    def expect(self, operations: Sequence[Operation]) -> None:
        """Read what many operations will ask for in few questions."""
        keys = [operation.key for operation in operations if operation.key]
        members = sorted({operation.member for operation in operations})
        self._keys |= dict.fromkeys(keys)
        for part in _portions(keys):
            self._keys |= {
                row[0]: row[1:] for row in self.cursor.execute(f"{_KEYS} IN ({_marks(part)})", part)
            }
        kinds = "" if any(one.qualifying for one in operations) else " AND kind = 'spendable'"
        for part in _portions(members):
            rows = self.cursor.execute(f"{_WALLETS} member_id IN ({_marks(part)}){kinds}", part)
            for values in rows.fetchall():
                wallet = Row(_WALLET, values)
                self._wallets[wallet.member_id, wallet.kind] = wallet

    def known(self, key: str) -> tuple[int, str, int, int] | None:
        """Return the entry of a key: its id, digest, member and sequence."""
        if key not in self._keys:
            row = self.cursor.execute(f"{_KEYS} = ?", (key,)).fetchone()
            self._keys[key] = row[1:] if row else None
        return self._keys[key]

    def wallet(self, member: int, kind: str = "spendable") -> Row | None:
        """Return a member's wallet."""
        if (member, kind) not in self._wallets:
            row = self.cursor.execute(
                f"{_WALLETS} member_id = ? AND kind = ?", (member, kind)
            ).fetchone()
            if row is None:
                return None
            self._wallets[member, kind] = Row(_WALLET, row)
        return self._wallets[member, kind]

    def save(self, wallet: Row) -> None:
        """Have the wallet written as it stands now."""
        now = wallet.__dict__
        self._changed[wallet.id] = (*(now[name] for name in _WALLET[3:]), wallet.id)

    # --- lots and holds --------------------------------------------------------------------------

    def open_lots(self, wallet: int) -> Iterable[Row]:
        """Yield the lots that hold free points, the soonest to end first."""
        return self._found(
            "wallet_id = ? AND is_active AND remaining > held "
            "ORDER BY expires_at, granted_at, id LIMIT 64",
            wallet,
        )

    def next_lots(self, wallet: int) -> tuple[Row | None, Row | None]:
        """Return the pending lot that activates first, and the open one that ends first."""
        coming = self._found(
            "wallet_id = ? AND NOT is_active AND remaining > 0 ORDER BY activates_at, id LIMIT 1",
            wallet,
        )
        ending = self._found(
            "wallet_id = ? AND is_active AND remaining > held "
            "ORDER BY expires_at, granted_at, id LIMIT 1",
            wallet,
        )
        return next(iter(coming), None), next(iter(ending), None)

    def free_lots(self, wallet: int) -> list[Row]:
        """Return every lot with points that are not held, pending ones too."""
        return self._found("wallet_id = ? AND remaining > held ORDER BY id", wallet)

    def lots_of(self, entry: int) -> list[Row]:
        """Return the lots that an entry made."""
        return self._found("entry_id = ? ORDER BY id", entry)

    def lot(self, pk: int) -> Row:
        """Return one lot."""
        return self._found("id = ?", pk)[0]

    def _found(self, where: str, value: int) -> list[Row]:
        self.flush()
        return [Row(_LOT, values) for values in self.cursor.execute(_LOTS + where, (value,))]

    def change(self, lot: Row) -> None:
        """Have the lot written."""
        self._lots[lot.id] = lot

    def next_hold(self, wallet: int) -> Row | None:
        """Return the open hold that ends first."""
        return self._hold(
            "wallet_id = ? AND status = 'open' ORDER BY expires_at, id LIMIT 1", wallet
        )

    def hold(self, pk: int | None, wallet: int) -> Row | None:
        """Return a hold of a wallet."""
        return self._hold("id = ? AND wallet_id = ?", pk, wallet)

    def _hold(self, where: str, *values: int | None) -> Row | None:
        self.flush()
        names = ("id", "entry_id", "points", "status", "expires_at")
        sql = f"SELECT {_read(names)} FROM stamgast_hold WHERE {where}"
        row = self.cursor.execute(sql, values).fetchone()
        return Row(names, row) if row else None

    def close_hold(self, hold: Row, status: str, posted: int, entry: int) -> None:
        """Write down how a hold ended."""
        self.flush()
        self.cursor.execute(
            "UPDATE stamgast_hold SET status = ?, posted = ?, closed_by_id = ? WHERE id = ?",
            (status, posted, entry, hold.id),
        )

    def uses(self, entry: int | None, column: str, sign: int) -> list[tuple[int, int]]:
        """Return what an entry did to lots: lot and how much, in order."""
        self.flush()
        return self.cursor.execute(
            f"SELECT lot_id, {column} * {sign} FROM stamgast_lotuse "
            f"WHERE entry_id = ? AND {column} * {sign} > 0 ORDER BY id",
            (entry,),
        ).fetchall()

    def had_grace(self, lot: int, *, before: int | None) -> bool:
        """Say whether a lot had been given a grace before an entry spent of it."""
        sql = (
            "SELECT 1 FROM stamgast_lotuse WHERE lot_id = ? AND expires_at IS NOT NULL"
            " AND entry_id < ? LIMIT 1"
        )
        return self.cursor.execute(sql, (lot, before)).fetchone() is not None

    # --- new rows --------------------------------------------------------------------------------

    def add_entry(self, wallet: Row, operation: Operation | None, **facts: Any) -> int:
        """Write down an entry, and have it told; of the ledger's own doing without an operation."""
        pk = self._next("stamgast_entry")
        if operation is not None:
            facts |= {
                "key": operation.key,
                "digest": operation.digest,
                "kind": operation.kind,
                "by": operation.by,
                "reason": operation.reason,
                "ref": operation.ref,
                "of_entry": operation.of_entry,
                "rules": f"[{', '.join(map(str, operation.rules))}]",
                "event": operation.event,
                "customer": operation.customer,
            }
        member, sequence, at = wallet.member_id, wallet.entries, wallet.at
        self._keys[facts["key"]] = (pk, facts["digest"], member, sequence)
        self._new["entry"].append(
            (
                *(pk, facts["key"], facts["digest"], facts["kind"], member, sequence, at),
                *(facts["points"], facts["by"], facts["reason"], facts["ref"]),
                *(facts["of_entry"], facts["rules"]),
            )
        )
        told = f'{{"entry": {pk}, "points": {facts["points"]}}}'
        self._new["event"].append(
            (facts["event"], at, facts["by"], "customer", facts["customer"], told, 0)
        )
        self._new["webhookdelivery"] += [
            (endpoint, member, pk, sequence, "waiting", 0, at, "") for endpoint in self.endpoints
        ]
        return pk

    def add_legs(self, entry: int, was: dict[str, Any], wallet: Row) -> None:
        """Write the legs that lead from the balances `was` to those of the wallet."""
        now = wallet.__dict__
        self._new["leg"] += [
            (entry, now["id"], account, sign * (now[account] - was[account]), sign * now[account])
            for account, sign in _ACCOUNTS
            if now[account] != was[account]
        ]

    def add_lot(self, *values: Any) -> int:
        """Write down a lot."""
        pk = self._next("stamgast_pointslot")
        self._new["pointslot"].append((pk, *values))
        return pk

    def add_hold(self, *values: Any) -> int:
        """Write down a hold."""
        pk = self._next("stamgast_hold")
        self._new["hold"].append((pk, *values))
        return pk

    def add_use(
        self,
        lot: int,
        entry: int,
        *,
        remaining: int = 0,
        held: int = 0,
        expired: int = 0,
        expires_at: str | None = None,
    ) -> None:
        """Write down what an entry did to a lot."""
        self._new["lotuse"].append((lot, entry, remaining, held, expired, expires_at))

    def keep(self, operation: Operation, entry: int) -> None:
        """Keep a program's request with the entry that it made."""
        assert operation.kept is not None
        at = operation.at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        self._new["reply"].append((*operation.kept, operation.member, at, entry))

    def _next(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    def flush(self) -> None:
        """Write what is waiting."""
        for table, rows in self._new.items():
            if rows:
                self._insert(table, rows)
                rows.clear()
        if self._lots:
            self.cursor.executemany(
                _UPDATE_LOT,
                [
                    (lot.remaining, lot.held, lot.expired, lot.expires_at, lot.is_active, lot.id)
                    for lot in self._lots.values()
                ],
            )
            self._lots.clear()
        if self._changed:
            self.cursor.executemany(_UPDATE_WALLET, list(self._changed.values()))
            self._changed.clear()

    def _insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Insert rows, many by one statement: there is work that SQLite does once per statement."""
        at_once = _VARIABLES // len(_INSERTED[table])
        whole = len(rows) - len(rows) % at_once
        if whole:
            many = f"{_INSERT[table]}{f', {_VALUES[table]}' * (at_once - 1)}"
            for start in range(0, whole, at_once):
                self.cursor.execute(many, [*chain.from_iterable(rows[start : start + at_once])])
        self.cursor.executemany(_INSERT[table], rows[whole:])


_VARIABLES = 900  # in one statement; every SQLite takes as many
_KEYS = "SELECT key, id, digest, member_id, sequence FROM stamgast_entry WHERE key"
_WALLETS = f"SELECT {_read(_WALLET)} FROM stamgast_wallet WHERE"


def _portions(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
