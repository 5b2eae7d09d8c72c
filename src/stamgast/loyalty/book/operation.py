"""What the book is asked to do, and what it answers: plain values for both databases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

Do = Literal["issue", "spend", "hold", "commit", "release", "return", "forfeit", "settle"]
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)  # when points end that do not expire
MOST = 1_000_000_000  # points in one entry

# What an entry of a kind is called when it is told as an event.
EVENTS = {
    "earn": "points_earned",
    "grant": "points_granted",
    "spend": "points_spent",
    "hold": "points_held",
    "release": "hold_released",
    "return": "points_returned",
    "deduct": "points_deducted",
    "correct": "points_corrected",
    "transfer_out": "points_transferred",
    "transfer_in": "points_transferred",
    "reverse": "entry_reversed",
    "forfeit": "points_forfeited",
    "settle": "",
}


class NewLot(NamedTuple):
    """Points to be issued together: how many, from when, until when."""

    points: int
    activates_at: datetime
    expires_at: datetime


class Kept(NamedTuple):
    """A program's request, kept with what it did: asked again, it is answered from the entry."""

    key: str
    digest: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing to do to one member's points; docs/reference/ledger.md says what each does."""

    do: Do
    member: int
    customer: int
    at: datetime
    key: str = ""
    kind: str = "settle"  # of the entry
    points: int = 0
    qualifying: int = 0  # issued to the other wallet, or taken from it
    lots: tuple[NewLot, ...] = ()
    does_forgive: bool = False
    to: Literal["redeemed", "issued", "expired"] = "redeemed"
    hold: int | None = None
    hold_until: datetime | None = None
    give_of: int | None = None  # the entry whose points are given back
    give: int = 0
    given: int = 0  # earlier
    claw_of: int | None = None  # the entry whose points are taken back
    claw: int = 0
    grace_until: datetime | None = None  # for points given back after their end
    by: str = ""
    reason: str = ""
    ref: str = ""
    of_entry: int | None = None
    rules: tuple[int, ...] = ()
    asked: Mapping[str, int | str | bool] = field(default_factory=dict)  # all but the moment
    kept: Kept | None = None

    @property
    def digest(self) -> str:
        """What a repeated key is compared by: everything asked but when."""
        facts = (self.kind, self.member, self.reason, self.ref, sorted(self.asked.items()))
        return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def event(self) -> str:
        """The kind of the event it is told as."""
        return EVENTS[self.kind]

    def as_json(self) -> str:
        """Return it for PostgreSQL: what is empty or zero is left out."""
        facts = {name: value for name in _SENT if (value := getattr(self, name))}
        facts |= {"digest": self.digest, "event": self.event}
        return json.dumps(facts, default=datetime.isoformat)


_SENT = tuple(name for name in Operation.__slots__ if name != "asked")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the book wrote, or why not."""

    entry: int | None = None
    sequence: int = 0
    is_new: bool = False
    made: int | None = None  # the hold or lot
    points: int = 0
    available: int = 0
    pending: int = 0
    reserved: int = 0
    owed: int = 0
    settled: int = 0
    refused: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, told: dict[str, Any]) -> Outcome:
        """Read what a book told."""
        refused = told.pop("refused", "")
        return cls(refused=refused, facts=told) if refused else cls(**told)
