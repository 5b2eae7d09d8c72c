"""What happened to points as programs say and hear it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import Line, Moment, Needed, Said, Told
from stamgast.api.v1.schemas.loyalty import MemberRef
from stamgast.loyalty.book import MOST
from stamgast.loyalty.models import Entry


class LegTold(Told):
    """One side of an entry."""

    wallet: str = Field(description="spendable, or qualifying for a tier")
    account: str
    points: int
    after: int


class EntryTold(Told):
    """Something that happened to a member's points; never changed, never removed."""

    id: int
    member: str
    sequence: int = Field(description="Per member, without gaps.")
    kind: str
    points: int
    at: Moment
    by: str
    reason: str
    ref: str
    of_entry: int | None
    legs: list[LegTold]

    @classmethod
    def of(cls, row: Entry) -> Self:
        """Return an entry for an answer."""
        legs = [
            LegTold(wallet=leg.wallet.kind, account=leg.account, points=leg.points, after=leg.after)
            for leg in row.legs.all()
        ]
        return cls(
            id=row.pk,
            member=row.member.ref or row.member.code,
            sequence=row.sequence,
            kind=row.kind,
            points=row.points,
            at=row.at,
            by=row.by,
            reason=row.reason,
            ref=row.ref,
            of_entry=row.of_entry_id,
            legs=legs,
        )


class EntryPage(Page[EntryTold]):
    """A page of entries."""


class EntriesQuery(PageQuery):
    """Whose entries, of everybody when nobody is named."""

    member: MemberRef | None = None


class EntriesTold(Told):
    """What was written."""

    entries: list[EntryTold]


class EntrySaid(Said):
    """Points given, taken, moved or put right by hand."""

    kind: Literal["grant", "deduct", "transfer", "correct"]
    member: MemberRef
    points: Annotated[StrictInt, Field(ge=-MOST, le=MOST, examples=[250])] = Field(
        description="Less than zero only to correct."
    )
    reason: Annotated[str, Needed] = Field(min_length=1, max_length=200)
    to: MemberRef | None = Field(default=None, description="Of a transfer: who gets them.")


class ReversalSaid(Said):
    """Why an entry is undone."""

    reason: Annotated[str, Needed] = Field(min_length=1, max_length=200)


class HappeningSaid(Said):
    """Something a member did that may earn points."""

    member: MemberRef
    action: Literal["review", "answer", "birthday", "visit", "other"]
    happened_at: Moment | None = Field(default=None, description="Absent: now.")
    ref: Annotated[str, Line] = Field(default="", max_length=100)
