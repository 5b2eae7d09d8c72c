"""Rebuilding every balance, lot and hold from the entries, and saying where the books differ.

Each check is one statement over the whole ledger that gives the rows in which it does not hold. They
are plain SQL that both databases understand, because they add up every leg there is.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

_SOME = 20  # rows shown of each check

# What has to hold, in the order of the invariants of the README; each gives an id per broken row.
CHECKS: dict[str, str] = {
    "legs_sum_to_zero": """
        SELECT entry_id FROM stamgast_leg GROUP BY entry_id, wallet_id HAVING SUM(points) <> 0
    """,
    "every_entry_has_legs": """
        SELECT e.id FROM stamgast_entry e
        WHERE NOT EXISTS (SELECT 1 FROM stamgast_leg l WHERE l.entry_id = e.id)
    """,
    "legs_add_up_to_what_they_say": """
        SELECT entry_id FROM (
            SELECT entry_id, after, SUM(points) OVER (
                PARTITION BY wallet_id, account ORDER BY entry_id
            ) AS sum_so_far
            FROM stamgast_leg
        ) AS legs WHERE after <> sum_so_far
    """,
    "wallets_are_the_sum_of_their_legs": """
        SELECT w.id FROM stamgast_wallet w LEFT JOIN (
            SELECT wallet_id,
                SUM(CASE account WHEN 'available' THEN points ELSE 0 END) AS available,
                SUM(CASE account WHEN 'pending' THEN points ELSE 0 END) AS pending,
                SUM(CASE account WHEN 'reserved' THEN points ELSE 0 END) AS reserved,
                SUM(CASE account WHEN 'owed' THEN -points ELSE 0 END) AS owed,
                SUM(CASE account WHEN 'issued' THEN -points ELSE 0 END) AS issued,
                SUM(CASE account WHEN 'redeemed' THEN points ELSE 0 END) AS redeemed,
                SUM(CASE account WHEN 'expired' THEN points ELSE 0 END) AS expired
            FROM stamgast_leg GROUP BY wallet_id
        ) AS legs ON legs.wallet_id = w.id
        WHERE w.available <> COALESCE(legs.available, 0) OR w.pending <> COALESCE(legs.pending, 0)
           OR w.reserved <> COALESCE(legs.reserved, 0) OR w.owed <> COALESCE(legs.owed, 0)
           OR w.issued <> COALESCE(legs.issued, 0) OR w.redeemed <> COALESCE(legs.redeemed, 0)
           OR w.expired <> COALESCE(legs.expired, 0)
    """,
    "sequences_have_no_gaps": """
        SELECT w.id FROM stamgast_wallet w LEFT JOIN (
            SELECT member_id, COUNT(*) AS entries, MAX(sequence) AS last, MIN(sequence) AS first
            FROM stamgast_entry GROUP BY member_id
        ) AS e ON e.member_id = w.member_id
        WHERE w.kind = 'spendable' AND (
            w.entries <> COALESCE(e.entries, 0) OR w.entries <> COALESCE(e.last, 0)
            OR COALESCE(e.first, 1) <> 1
        )
    """,
    "entries_follow_the_time": """
        SELECT id FROM (
            SELECT id, at, LAG(at) OVER (PARTITION BY member_id ORDER BY sequence) AS before
            FROM stamgast_entry
        ) AS entries WHERE at < before
    """,
    "lots_are_the_sum_of_their_uses": """
        SELECT lot.id FROM stamgast_pointslot lot LEFT JOIN (
            SELECT lot_id, SUM(remaining) AS remaining, SUM(held) AS held, SUM(expired) AS expired
            FROM stamgast_lotuse GROUP BY lot_id
        ) AS uses ON uses.lot_id = lot.id
        WHERE lot.remaining <> lot.granted + COALESCE(uses.remaining, 0)
           OR lot.held <> COALESCE(uses.held, 0) OR lot.expired <> COALESCE(uses.expired, 0)
    """,
    "wallets_hold_what_their_lots_hold": """
        SELECT w.id FROM stamgast_wallet w LEFT JOIN (
            SELECT wallet_id,
                SUM(CASE WHEN is_active THEN remaining ELSE 0 END) AS active,
                SUM(CASE WHEN is_active THEN 0 ELSE remaining END) AS waiting,
                SUM(held) AS held
            FROM stamgast_pointslot GROUP BY wallet_id
        ) AS lots ON lots.wallet_id = w.id
        WHERE w.kind = 'spendable' AND (
            w.available + w.reserved <> COALESCE(lots.active, 0)
            OR w.pending <> COALESCE(lots.waiting, 0) OR w.reserved <> COALESCE(lots.held, 0)
        )
    """,
    "entries_name_the_lots_they_change": """
        SELECT e.id FROM stamgast_entry e
        LEFT JOIN (
            SELECT l.entry_id,
                SUM(CASE WHEN l.account IN ('available', 'pending', 'reserved')
                    THEN l.points ELSE 0 END) AS moved,
                SUM(CASE l.account WHEN 'reserved' THEN l.points ELSE 0 END) AS held
            FROM stamgast_leg l JOIN stamgast_wallet w ON w.id = l.wallet_id
            WHERE w.kind = 'spendable' GROUP BY l.entry_id
        ) AS legs ON legs.entry_id = e.id
        LEFT JOIN (
            SELECT entry_id, SUM(granted) AS granted FROM stamgast_pointslot GROUP BY entry_id
        ) AS lots ON lots.entry_id = e.id
        LEFT JOIN (
            SELECT entry_id, SUM(remaining) AS remaining, SUM(held) AS held
            FROM stamgast_lotuse GROUP BY entry_id
        ) AS uses ON uses.entry_id = e.id
        WHERE COALESCE(legs.moved, 0) <> COALESCE(lots.granted, 0) + COALESCE(uses.remaining, 0)
           OR COALESCE(legs.held, 0) <> COALESCE(uses.held, 0)
    """,
    "holds_are_what_is_reserved": """
        SELECT w.id FROM stamgast_wallet w LEFT JOIN (
            SELECT wallet_id, SUM(points) AS points FROM stamgast_hold
            WHERE status = 'open' GROUP BY wallet_id
        ) AS holds ON holds.wallet_id = w.id
        WHERE w.reserved <> COALESCE(holds.points, 0)
    """,
    "nothing_is_due_before_it_is_due": """
        SELECT w.id FROM stamgast_wallet w WHERE w.kind = 'spendable' AND (
            EXISTS (SELECT 1 FROM stamgast_pointslot lot WHERE lot.wallet_id = w.id
                    AND NOT lot.is_active AND lot.remaining > 0
                    AND (w.due_at IS NULL OR lot.activates_at < w.due_at))
            OR EXISTS (SELECT 1 FROM stamgast_pointslot lot WHERE lot.wallet_id = w.id
                    AND lot.is_active AND lot.remaining > lot.held
                    AND (w.due_at IS NULL OR lot.expires_at < w.due_at))
            OR EXISTS (SELECT 1 FROM stamgast_hold h WHERE h.wallet_id = w.id
                    AND h.status = 'open' AND (w.due_at IS NULL OR h.expires_at < w.due_at))
        )
    """,
    "purchases_keep_what_their_returns_did": """
        SELECT c.id FROM stamgast_checkout c LEFT JOIN (
            SELECT checkout_id, SUM(given_back) AS given, SUM(taken_back) AS taken
            FROM stamgast_checkoutreturn GROUP BY checkout_id
        ) AS r ON r.checkout_id = c.id
        WHERE c.given_back <> COALESCE(r.given, 0) OR c.taken_back <> COALESCE(r.taken, 0)
    """,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a replay of the ledger found: how much there is, and where the books differ."""

    members: int
    entries: int
    differences: dict[str, list[int]]  # check to some of the rows in which it does not hold

    @property
    def is_in_balance(self) -> bool:
        """Whether everything holds."""
        return not self.differences


def verify() -> Verdict:
    """Replay the whole ledger; writes nothing."""
    differences = {}
    with connection.cursor() as cursor:
        for name, sql in CHECKS.items():
            cursor.execute(f"SELECT * FROM ({sql}) AS broken LIMIT {_SOME}")  # noqa: S608
            found = [row[0] for row in cursor.fetchall()]
            if found:
                differences[name] = found
        cursor.execute("SELECT COUNT(*) FROM stamgast_member")
        members = cursor.fetchone()[0]
        cursor.execute("SELECT COUNT(*) FROM stamgast_entry")
        entries = cursor.fetchone()[0]
    return Verdict(members, entries, differences)
