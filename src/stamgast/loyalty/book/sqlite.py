"""The points ledger on SQLite: one routine, as docs/reference/ledger.md specifies.

book/postgresql.sql does the same on PostgreSQL; tests feed both the same histories. Moments are texts
here, as the database keeps them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from stamgast.loyalty.book.operation import Operation
from stamgast.loyalty.book.rows import Row, Rows

Told = dict[str, Any]


def post(rows: Rows, operation: Operation) -> Told:
    """Do one operation; answers what was written, or why not."""
    wallet = rows.wallet(operation.member)
    if wallet is None:
        return {"refused": "no_wallet"}
    if operation.do != "settle":
        known = rows.known(operation.key)
        if known is not None:
            entry, digest, member, sequence = known
            if digest != operation.digest or member != wallet.member_id:
                return {"refused": "key_reused"}
            return {"entry": entry, "sequence": sequence, "is_new": False}
    before = wallet.entries
    at = max(wallet.at or "", text(operation.at))
    if wallet.due_at is not None and wallet.due_at <= at:
        _settle(rows, wallet, at, operation.customer)
        rows.save(wallet)
    if operation.do == "settle":
        return {"settled": wallet.entries - before}
    hold, why_not = _look(rows, wallet, operation)
    if why_not:
        return why_not
    wallet.at = at
    wallet.entries += 1
    shown = _shown(wallet, operation, hold)
    entry = rows.add_entry(wallet, operation, points=shown)
    was = dict(wallet.__dict__)
    made = _DO[operation.do](rows, wallet, entry, operation, hold)
    rows.add_legs(entry, was, wallet)
    rows.save(wallet)
    if operation.qualifying:
        _qualify(rows, entry, operation, at)
    return {
        "entry": entry,
        "sequence": wallet.entries,
        "is_new": True,
        "made": made,
        "points": shown,
        "available": wallet.available,
        "pending": wallet.pending,
        "reserved": wallet.reserved,
        "owed": wallet.owed,
    }


@lru_cache(maxsize=1024)
def text(moment: datetime) -> str:
    """Return a moment as SQLite keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


# --- what may be refused, and what an entry shows -------------------------------------------------


def _look(rows: Rows, wallet: Row, operation: Operation) -> tuple[Row | None, Told | None]:
    if operation.do in ("spend", "hold") and operation.points > wallet.available:
        return None, {"refused": "not_enough_points", "available": wallet.available}
    if operation.do not in ("commit", "release"):
        return None, None
    hold = rows.hold(operation.hold, wallet.id)
    if hold is None:
        return None, {"refused": "no_such_hold"}
    if hold.status == "lapsed":
        return None, {"refused": "hold_lapsed"}
    if hold.status != "open":
        return None, {"refused": "hold_closed", "status": hold.status}
    if operation.points > hold.points:
        return None, {"refused": "more_than_held", "held": hold.points}
    return hold, None


def _shown(wallet: Row, operation: Operation, hold: Row | None) -> int:
    match operation.do:
        case "spend" | "hold" | "commit":
            return -operation.points
        case "release":
            return int(hold.points) if hold else 0
        case "return":
            return operation.give - operation.claw
        case "forfeit":
            return -int(wallet.available) - int(wallet.pending)
    return operation.points


# --- time ------------------------------------------------------------------------------------------


def _settle(rows: Rows, wallet: Row, upto: str, customer: int) -> None:
    """Bring a wallet up to a moment: what had to activate, lapse or expire by then, in that order."""
    while wallet.due_at is not None and wallet.due_at <= upto:
        coming, ending = rows.next_lots(wallet.id)
        hold = rows.next_hold(wallet.id)
        starts = coming.activates_at if coming else None
        lapses = hold.expires_at if hold else None
        ends = ending.expires_at if ending else None
        wallet.due_at = soonest(starts, lapses, ends)
        if wallet.due_at is None or wallet.due_at > upto:
            return
        wallet.at = max(wallet.at or "", wallet.due_at)
        wallet.entries += 1
        was = dict(wallet.__dict__)
        if coming and starts == wallet.due_at:
            entry = _activate(rows, wallet, coming, customer)
        elif hold and lapses == wallet.due_at:
            entry = _own_entry(
                *(rows, wallet, f"hold:{hold.id}:lapse", "lapse", hold.points),
                *(hold.entry_id, customer, "hold_lapsed"),
            )
            _close(rows, wallet, entry, hold, 0, "lapsed")
        elif ending:
            entry = _expire(rows, wallet, ending, customer)
        rows.add_legs(entry, was, wallet)
        rows.save(wallet)


def _own_entry(
    rows: Rows,
    wallet: Row,
    key: str,
    kind: str,
    points: int,
    of_entry: int,
    customer: int,
    event: str,
) -> int:
    return rows.add_entry(
        wallet,
        None,
        key=key,
        digest="",
        kind=kind,
        points=points,
        by="ledger",
        reason="",
        ref="",
        of_entry=of_entry,
        rules="[]",
        event=event,
        customer=customer,
    )


def _activate(rows: Rows, wallet: Row, lot: Row, customer: int) -> int:
    entry = _own_entry(
        *(rows, wallet, f"lot:{lot.id}:activate", "activate", lot.remaining),
        *(lot.entry_id, customer, "points_activated"),
    )
    lot.is_active = 1
    rows.change(lot)
    wallet.pending -= lot.remaining
    wallet.available += lot.remaining
    if lot.does_forgive:
        _forgive(wallet)
    _absorb(rows, wallet, entry)
    wallet.due_at = soonest(wallet.due_at, lot.expires_at)
    return entry


def _expire(rows: Rows, wallet: Row, lot: Row, customer: int) -> int:
    part = lot.remaining - lot.held
    entry = _own_entry(
        *(rows, wallet, f"lot:{lot.id}:expire:{wallet.entries}", "expire", -part),
        *(lot.entry_id, customer, "points_expired"),
    )
    lot.remaining -= part
    lot.expired += part
    rows.change(lot)
    rows.add_use(lot.id, entry, remaining=-part, expired=part)
    wallet.available -= part
    wallet.expired += part
    return entry


def soonest(*moments: str | None) -> str | None:
    """Return the first of the moments that are there."""
    return min((moment for moment in moments if moment is not None), default=None)


# --- what operations share --------------------------------------------------------------------------


def _take(rows: Rows, wallet: Row, entry: int, points: int, *, is_hold: bool = False) -> None:
    """Take points out of the open lots in the order in which they end; or only hold them apart."""
    while points:
        before = points
        for lot in rows.open_lots(wallet.id):
            part = min(points, lot.remaining - lot.held)
            points -= part
            if is_hold:
                lot.held += part
                rows.add_use(lot.id, entry, held=part)
            else:
                lot.remaining -= part
                rows.add_use(lot.id, entry, remaining=-part)
            rows.change(lot)
            if not points:
                return
        if points == before:
            raise RuntimeError(f"wallet {wallet.id} has fewer points in lots than available")


def _absorb(rows: Rows, wallet: Row, entry: int) -> None:
    """Let a debt take what became available."""
    part = min(wallet.owed, wallet.available)
    if part:
        _take(rows, wallet, entry, part)
        wallet.owed -= part
        wallet.available -= part


def _forgive(wallet: Row) -> None:
    wallet.issued += wallet.owed
    wallet.owed = 0


def _close(rows: Rows, wallet: Row, entry: int, hold: Row, post: int, status: str) -> None:
    """End a hold: spend `post` of it and let the rest go back to its lots."""
    left = post
    for pk, held in rows.uses(hold.entry_id, "held", 1):
        lot = rows.lot(pk)
        part = min(left, held)
        left -= part
        lot.remaining -= part
        lot.held -= held
        rows.change(lot)
        rows.add_use(pk, entry, remaining=-part, held=-held)
        if part < held:
            wallet.due_at = soonest(wallet.due_at, lot.expires_at)
    rows.close_hold(hold, status, post, entry)
    wallet.reserved -= hold.points
    wallet.redeemed += post
    wallet.available += hold.points - post
    _absorb(rows, wallet, entry)


# --- the operations ---------------------------------------------------------------------------------


def _issue(
    rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None
) -> int | None:
    lots = [(lot.points, text(lot.activates_at), text(lot.expires_at)) for lot in operation.lots]
    if operation.points and operation.does_forgive and all(a <= wallet.at for _, a, _ in lots):
        _forgive(wallet)
    made = None
    for points, activates, expires in lots:
        is_active = activates <= wallet.at
        made = rows.add_lot(
            *(wallet.id, entry, points, points, 0, 0, wallet.at, activates, expires),
            *(int(is_active), int(operation.does_forgive)),
        )
        wallet.issued += points
        if is_active:
            wallet.available += points
        else:
            wallet.pending += points
        wallet.due_at = soonest(wallet.due_at, expires if is_active else activates)
    _absorb(rows, wallet, entry)
    return made


def _spend(rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None) -> None:
    _take(rows, wallet, entry, operation.points)
    wallet.available -= operation.points
    if operation.to == "redeemed":
        wallet.redeemed += operation.points
    else:
        wallet.issued -= operation.points


def _hold(rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None) -> int:
    _take(rows, wallet, entry, operation.points, is_hold=True)
    wallet.available -= operation.points
    wallet.reserved += operation.points
    until = text(operation.hold_until or operation.at)
    wallet.due_at = soonest(wallet.due_at, until)
    return rows.add_hold(wallet.id, entry, operation.points, 0, "open", until)


def _commit(rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None) -> int:
    assert hold is not None
    _close(rows, wallet, entry, hold, operation.points, "posted")
    return int(hold.id)


def _release(rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None) -> int:
    assert hold is not None
    _close(rows, wallet, entry, hold, 0, "released")
    return int(hold.id)


def _return(rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None) -> None:
    _give_back(rows, wallet, entry, operation)
    _take_back(rows, wallet, entry, operation)
    _absorb(rows, wallet, entry)


def _give_back(rows: Rows, wallet: Row, entry: int, operation: Operation) -> None:
    """Give back by the order in which they were taken, past what was given before."""
    give, given = operation.give, operation.given
    for pk, took in rows.uses(operation.give_of, "remaining", -1) if give else ():
        if not give:
            break
        part = min(max(took - given, 0), give)
        given = max(given - took, 0)
        if not part:
            continue
        give -= part
        lot = rows.lot(pk)
        ends = None
        is_over = lot.expires_at <= wallet.at and operation.grace_until is not None
        if is_over and not rows.had_grace(pk, before=operation.give_of):
            ends = lot.expires_at = text(operation.grace_until)
        lot.remaining += part
        rows.change(lot)
        rows.add_use(pk, entry, remaining=part, expires_at=ends)
        wallet.available += part
        if operation.to == "redeemed":
            wallet.redeemed -= part
        else:
            wallet.issued += part
        wallet.due_at = soonest(wallet.due_at, lot.expires_at)
    if give:
        raise RuntimeError(f"entry {operation.give_of} took fewer points than are given back")


def _take_back(rows: Rows, wallet: Row, entry: int, operation: Operation) -> None:
    """Take back from its own lots, what expired of them, other lots, and else as a debt."""
    claw = operation.claw
    wallet.issued -= claw
    for lot in rows.lots_of(operation.claw_of) if claw and operation.claw_of else ():
        taken = min(claw, lot.remaining - lot.held)
        claw -= taken
        gone = min(claw, lot.expired)
        claw -= gone
        if not taken and not gone:
            continue
        if lot.is_active:
            wallet.available -= taken
        else:
            wallet.pending -= taken
        wallet.expired -= gone
        lot.remaining -= taken
        lot.expired -= gone
        rows.change(lot)
        rows.add_use(lot.id, entry, remaining=-taken, expired=-gone)
    others = min(claw, wallet.available)
    if others:
        _take(rows, wallet, entry, others)
        wallet.available -= others
    wallet.owed += claw - others


def _forfeit(rows: Rows, wallet: Row, entry: int, operation: Operation, hold: Row | None) -> None:
    for lot in rows.free_lots(wallet.id):
        taken = lot.remaining - lot.held
        gone = taken if operation.to == "expired" else 0
        lot.remaining -= taken
        lot.expired += gone
        rows.change(lot)
        rows.add_use(lot.id, entry, remaining=-taken, expired=gone)
    if operation.to == "expired":
        wallet.expired += wallet.available + wallet.pending
    else:
        wallet.issued -= wallet.available + wallet.pending
    _forgive(wallet)
    wallet.available = wallet.pending = 0


_DO = {
    "issue": _issue,
    "spend": _spend,
    "hold": _hold,
    "commit": _commit,
    "release": _release,
    "return": _return,
    "forfeit": _forfeit,
}


def _qualify(rows: Rows, entry: int, operation: Operation, at: str) -> None:
    """Add to the points that qualify for a tier, or take from them; short of them as a debt."""
    wallet = rows.wallet(operation.member, "qualifying")
    if wallet is None:
        raise RuntimeError(f"member {operation.member} has no qualifying wallet")
    was = dict(wallet.__dict__)
    total = wallet.available - wallet.owed + operation.qualifying
    wallet.issued += operation.qualifying
    wallet.available, wallet.owed = max(total, 0), max(-total, 0)
    wallet.at = at
    rows.add_legs(entry, was, wallet)
    rows.save(wallet)
