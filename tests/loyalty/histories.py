"""Random histories of the ledger from a seed, and the ledger they leave behind as one text.

The same seed asks the same of every database: what it chooses rests on what was asked before and never
on ids, which a database gives out as it likes.
"""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from stamgast.customers.models import Customer
from stamgast.loyalty.book import FOREVER, NewLot, Operation, Outcome, post, post_many
from stamgast.loyalty.models import Entry, Hold, Leg, LotUse, Member, PointsLot, Wallet

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
MEMBERS = 3


class History:
    """A history under way: what was asked of the book, and what it answered."""

    def __init__(self, seed: int, *, is_batched: bool = False) -> None:
        self.dice = random.Random(seed)
        self.at = START
        self.members = [_member(seed, place) for place in range(MEMBERS)]
        self.answers: list[Outcome] = []
        self.holds: list[tuple[Member, int, int]] = []  # whose, which, points
        self.gains: list[tuple[Member, int, int]] = []  # entries that can be taken back, how much
        self.undone: set[int] = set()  # entries that were reversed
        self.costs: list[list[Any]] = []  # whose, entry, points, given back
        self.keys: list[Operation] = []
        self.is_batched = is_batched
        self._waiting: list[Operation] = []

    def run(self, steps: int) -> str:
        """Take steps; returns the digest of the ledger they leave."""
        for _ in range(steps):
            self.step()
        self._send()
        return digest(self.members)

    def step(self) -> None:
        """Do one thing; now and then time passes, or the clock jumps back."""
        dice = self.dice
        if dice.random() < 0.5:
            self.at += timedelta(minutes=dice.choice([1, 10, 60, 60 * 24, 60 * 24 * 9]))
        elif dice.random() < 0.05:
            self.at -= timedelta(hours=dice.randrange(1, 30))
        member = dice.choice(self.members)
        what = dice.choices(
            [
                "issue",
                "spend",
                "hold",
                "commit",
                "release",
                "return",
                "transfer",
                "reverse",
                "forfeit",
                "settle",
                "again",
            ],
            [30, 20, 14, 10, 5, 12, 8, 6, 1, 3, 5],
        )[0]
        getattr(self, f"_{what}")(member)

    def _issue(self, member: Member) -> None:
        points = self.dice.randrange(1, 200)
        lots = []
        for part in _split(self.dice, points):
            starts = self.at + timedelta(days=self.dice.choice([0, 0, 2, 14]))
            ends = starts + timedelta(days=self.dice.choice([1, 10, 40, 400]))
            lots.append(NewLot(part, starts, self.dice.choice([ends, ends, FOREVER])))
        out = self._post(
            member,
            do="issue",
            kind="earn",
            points=points,
            lots=tuple(lots),
            qualifying=self.dice.choice([0, points]),
            does_forgive=self.dice.random() < 0.2,
        )
        if out and out.is_new:
            self.gains.append((member, out.entry or 0, points))

    def _spend(self, member: Member) -> None:
        points = self.dice.randrange(1, 150)
        to = self.dice.choice(["redeemed", "redeemed", "issued"])
        out = self._post(member, do="spend", kind="spend", points=points, to=to)
        if out and out.is_new and to == "redeemed":
            self.costs.append([member, out.entry, points, 0])

    def _hold(self, member: Member) -> None:
        points = self.dice.randrange(1, 120)
        until = self.at + timedelta(minutes=self.dice.choice([5, 30, 60 * 24 * 3]))
        out = self._post(member, do="hold", kind="hold", points=points, hold_until=until)
        if out and out.is_new:
            self.holds.append((member, out.made or 0, points))

    def _commit(self, member: Member) -> None:
        if not self.holds:
            return
        member, hold, points = self.dice.choice(self.holds[-6:])
        part = self.dice.choice([points, points, points // 2, points + 1])
        out = self._post(member, do="commit", kind="spend", points=part, hold=hold)
        if out and out.is_new and part:
            self.costs.append([member, out.entry, part, 0])

    def _release(self, member: Member) -> None:
        if self.holds:
            member, hold, _ = self.dice.choice(self.holds[-6:])
            self._post(member, do="release", kind="release", hold=hold)

    def _return(self, member: Member) -> None:
        gains = [gain for gain in self.gains[-12:] if gain[0] == member]
        costs = [cost for cost in self.costs[-12:] if cost[0] == member]
        facts: dict[str, Any] = {}
        if gains and self.dice.random() < 0.8:
            gain = self.dice.choice(gains)
            facts |= {"claw": self.dice.randrange(1, gain[2] + 1), "claw_of": gain[1]}
            facts |= {"qualifying": -self.dice.choice([0, facts["claw"]])}
        if costs and self.dice.random() < 0.7:
            cost = self.dice.choice(costs)
            if give := self.dice.randrange(0, cost[2] - cost[3] + 1):
                facts |= {"give": give, "given": cost[3], "give_of": cost[1]}
                cost[3] += give
        if facts:
            grace = self.at + timedelta(days=30)
            self._post(member, do="return", kind="return", grace_until=grace, **facts)

    def _transfer(self, member: Member) -> None:
        """Move points to another, each with the date on which it ends."""
        other = self.dice.choice([one for one in self.members if one != member])
        points = self.dice.randrange(1, 120)
        out = self._at_once(member, do="spend", kind="transfer_out", points=points, to="issued")
        if not out.is_new:
            return
        uses = LotUse.objects.filter(entry=out.entry, remaining__lt=0).order_by("pk")
        ends = uses.values_list("remaining", "lot__expires_at")
        lots = tuple(NewLot(-taken, self.at, end) for taken, end in ends)
        came = self._at_once(
            other, do="issue", kind="transfer_in", points=points, lots=lots, of_entry=out.entry
        )
        if came.is_new:
            self.gains.append((other, came.entry or 0, points))

    def _reverse(self, member: Member) -> None:
        """Undo something that was earned, once: whatever became of its points meanwhile."""
        gains = [one for one in self.gains[-12:] if one[0] == member and one[1] not in self.undone]
        if not gains:
            return
        _, entry, points = self.dice.choice(gains)
        self.undone.add(entry)
        legs = Leg.objects.filter(entry=entry, wallet__kind="qualifying", account="issued")
        counted = legs.values_list("points", flat=True).first() or 0
        self._at_once(
            member, do="return", kind="reverse", to="issued", claw=points, claw_of=entry,
            of_entry=entry, qualifying=counted, grace_until=self.at + timedelta(days=30),
        )  # fmt: skip

    def _forfeit(self, member: Member) -> None:
        wallet = Wallet.objects.get(member=member, kind="spendable")
        if wallet.available + wallet.pending + wallet.owed and not self.is_batched:
            self._post(member, do="forfeit", kind="forfeit", to="expired")

    def _settle(self, member: Member) -> None:
        self._post(member, do="settle", kind="settle")

    def _again(self, member: Member) -> None:
        """Send something that was sent before, with the same facts or others."""
        if not self.keys:
            return
        before = self.dice.choice(self.keys[-20:])
        if self.dice.random() < 0.3:
            out = post(_other(before))
            assert out.refused == "key_reused"
        else:
            out = post(before)
            assert out.refused or not out.is_new
        self.answers.append(out)

    def _post(self, member: Member, **facts: Any) -> Outcome | None:
        """Ask the book, or in a batch let it wait for others; then there is no answer yet."""
        if self.is_batched and facts["do"] in ("issue", "spend", "settle"):
            self._waiting.append(self._asked(member, **facts))
            if len(self._waiting) >= 25:
                self._send()
            return None
        return self._at_once(member, **facts)

    def _at_once(self, member: Member, **facts: Any) -> Outcome:
        self._send()
        operation = self._asked(member, **facts)
        out = post(operation)
        self.answers.append(out)
        if not out.refused and operation.key:
            self.keys.append(operation)
        return out

    def _asked(self, member: Member, **facts: Any) -> Operation:
        asked = {name: facts[name] for name in ("do", "points", "claw", "give") if name in facts}
        key = "" if facts["do"] == "settle" else f"{len(self.answers)}:{len(self._waiting)}"
        return Operation(
            member=member.pk,
            customer=member.customer_id,
            at=self.at,
            key=f"{member.code[:2]}:{key}" if key else "",
            by="history",
            asked=asked,
            **facts,
        )

    def _send(self) -> None:
        if self._waiting:
            sent, self._waiting = self._waiting, []
            self.answers += post_many(sent)


def _member(seed: int, place: int) -> Member:
    customer = Customer.objects.create(made_at=START, changed_at=START)
    code = f"{place}-{seed}-{customer.pk}"
    member = Member.objects.create(customer=customer, code=code, joined_at=START)
    for kind in Wallet.Kind.values:
        Wallet.objects.create(member=member, kind=kind)
    return member


def _split(dice: random.Random, points: int) -> list[int]:
    if points > 10 and dice.random() < 0.15:
        part = dice.randrange(1, points)
        return [part, points - part]
    return [points]


def _other(operation: Operation) -> Operation:
    from dataclasses import replace

    return replace(operation, asked={**operation.asked, "points": -1})


# --- the ledger as one text ------------------------------------------------------------------------

_WALLET = (
    "kind", "available", "pending", "reserved", "owed", "redeemed", "expired", "issued", "entries",
    "at", "due_at",
)  # fmt: skip
_LOT = (
    "granted", "remaining", "held", "expired", "granted_at", "activates_at", "expires_at",
    "is_active", "does_forgive",
)  # fmt: skip


def digest(members: list[Member]) -> str:
    """Return a digest of everything in the ledger of these members, whatever the ids."""
    text = json.dumps(written(members), default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written(members: list[Member]) -> list[Any]:
    """Return everything in the ledger of these members, with places for ids."""
    return [_of_member(member) for member in members]


def _of_member(member: Member) -> dict[str, Any]:
    entries = list(Entry.objects.filter(member=member).order_by("sequence"))
    place = {entry.pk: entry.sequence for entry in entries}
    lots = list(PointsLot.objects.filter(wallet__member=member).order_by("pk"))
    lot_place = {lot.pk: number for number, lot in enumerate(lots)}
    return {
        "wallets": [
            [getattr(w, name) for name in _WALLET]
            for w in Wallet.objects.filter(member=member).order_by("kind")
        ],
        "entries": [
            [e.kind, e.sequence, e.at, e.points, e.by, place.get(e.of_entry_id or 0)]
            for e in entries
        ],
        "legs": [
            [place[leg.entry_id], leg.wallet.kind, leg.account, leg.points, leg.after]
            for leg in Leg.objects.filter(wallet__member=member)
            .select_related("wallet")
            .order_by("entry", "wallet__kind", "account")
        ],
        "lots": [[place[lot.entry_id], *(getattr(lot, name) for name in _LOT)] for lot in lots],
        "uses": [
            [lot_place[u.lot_id], place[u.entry_id], u.remaining, u.held, u.expired, u.expires_at]
            for u in LotUse.objects.filter(lot__wallet__member=member).order_by("pk")
        ],
        "holds": [
            [place[h.entry_id], place.get(h.closed_by_id or 0), h.points, h.posted, h.status]
            for h in Hold.objects.filter(wallet__member=member).order_by("pk")
        ],
    }
