"""Members of the loyalty programme as programs say and hear them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from stamgast.api.v1.schemas.common import (
    CustomerRef,
    Line,
    Moment,
    Needed,
    Said,
    Told,
    Yes,
    amount,
    amount_if,
    plain,
    plain_if,
)
from stamgast.loyalty.balances import Coming, balance_of
from stamgast.loyalty.codes.queries import codes_of, holds
from stamgast.loyalty.models import DiscountCode, Member, TierBenefit
from stamgast.loyalty.queries import programme
from stamgast.loyalty.tiers import queries as tiers
from stamgast.loyalty.tiers.queries import Shown
from stamgast.loyalty.worth.queries import benefits_of


class AgreedSaid(Said):
    """What a customer said when they joined, in your words to them."""

    wording: Annotated[str, Needed] = Field(
        min_length=1, max_length=300, description="What they agreed to, word for word."
    )
    source: Annotated[str, Needed] = Field(
        min_length=1, max_length=60, description="Where they said it.", examples=["web shop"]
    )
    given_at: Moment | None = Field(default=None, description="Absent: now.")
    may_profile: Yes | None = Field(
        default=None,
        description="Whether purchases may be used to choose what they are offered; asked apart. "
        "With false there is no score. Absent: nobody asked, and nothing changes.",
    )
    profiling_wording: Annotated[str, Line] = Field(default="", max_length=300)


class MemberSaid(Said):
    """Who takes part, and what they agreed to."""

    customer: CustomerRef
    terms_version: Annotated[str, Line] | None = Field(
        default=None, max_length=40, description="The terms they agreed to. Absent: none."
    )
    agreed: AgreedSaid | None = Field(
        default=None,
        description="What they said, kept as their consent. Absent: no consent is written down.",
    )


class LeavingSaid(Said):
    """What becomes of the points of who leaves."""

    points: Literal["keep", "forfeit"] = Field(
        default="keep", description="Kept points end on their own dates; forfeited ones at once."
    )


class ComingTold(Told):
    """Points that become available, or end, at a moment."""

    points: int
    at: Moment

    @classmethod
    def of(cls, one: Coming) -> Self:
        """Return it for an answer."""
        return cls(points=one.points, at=one.at)


class FollowingTold(ComingTold):
    """Points that become available at a moment, and end at another."""

    ends_at: Moment | None = Field(description="Null: never.")

    @classmethod
    def of(cls, one: Coming) -> Self:
        """Return it for an answer."""
        return cls(points=one.points, at=one.at, ends_at=one.ends_at)


class TierTold(Told):
    """A tier, and until when a member who fell short keeps it."""

    code: str = Field(examples=["silver"])
    name: str = Field(examples=["Silver"])
    grace_until: Moment | None

    @classmethod
    def of(cls, shown: Shown) -> Self | None:
        """Return a member's tier for an answer; None when they have none."""
        if shown.tier is None:
            return None
        return cls(code=shown.tier.code, name=shown.tier.name, grace_until=shown.grace_until)


class NextTierTold(Told):
    """The tier that comes next, and how far it is."""

    code: str = Field(examples=["gold"])
    name: str = Field(examples=["Gold"])
    measure: str = Field(description="What counts: points, spend (money) or orders.")
    has: str = Field(description="What was measured so far.", examples=["640"])
    missing: str = Field(description="What it still takes.", examples=["360"])

    @classmethod
    def of(cls, shown: Shown, currency: str) -> Self | None:
        """Return the next tier for an answer; None when there is none."""
        if shown.next is None:
            return None

        def figure(value: int) -> str:
            return amount(value, currency) if shown.measure == "spend" else str(value)

        return cls(
            code=shown.next.code,
            name=shown.next.name,
            measure=shown.measure,
            has=figure(shown.progress.measured),
            missing=figure(shown.progress.missing),
        )


class BenefitTold(Told):
    """Something that a member's tier gives them."""

    kind: str = Field(
        description="free_shipping, extra_points, birthday, early_access, service or other",
        examples=["early_access"],
    )
    text: str = Field(description="As members read it.", examples=["First to see what is new"])
    factor: str | None = Field(description="How many times the points, for extra points.")

    @classmethod
    def of(cls, row: TierBenefit) -> Self:
        """Return it for an answer."""
        is_extra = row.kind == TierBenefit.Kind.EXTRA_POINTS
        return cls(kind=row.kind, text=row.text, factor=plain(row.factor) if is_extra else None)


class OwnCodeTold(Told):
    """A code that is a member's own and still holds."""

    discount_code: str = Field(examples=["7KQ2M9X4PW"])
    gives: str = Field(description="percent, amount, free_shipping or gift_card")
    percent: str | None = Field(examples=["10"])
    amount: str | None = Field(description="What it takes off, or is left on a card.")
    currency: str
    ends_at: Moment | None

    @classmethod
    def of(cls, row: DiscountCode) -> Self:
        """Return it for an answer."""
        of_set = row.code_set
        minor = of_set.amount_minor if row.balance_minor is None else row.balance_minor
        ends = [end for end in (of_set.ends_at, row.valid_until) if end is not None]
        return cls(
            discount_code=row.text,
            gives=of_set.kind,
            percent=plain_if(of_set.percent),
            amount=amount_if(minor, of_set.currency),
            currency=of_set.currency,
            ends_at=min(ends, default=None),
        )


class MemberTold(Told):
    """A member with their points at this moment."""

    ref: str | None
    code: str = Field(description="What their card shows.", examples=["7KQ2M9X4PWC3HTRA"])
    customer_id: int = Field(description="Our own number of the customer.")
    joined_at: Moment
    left_at: Moment | None
    terms_version: str
    as_of: Moment
    available: int
    pending: int
    reserved: int
    owed: int = Field(description="Taken back but spent before; the next points absorb it.")
    qualifying: int = Field(description="Points that count for a tier.")
    activating: list[FollowingTold] = Field(description="When pending points become available.")
    expiring: list[ComingTold] = Field(description="When available points end.")
    tier: TierTold | None
    next_tier: NextTierTold | None
    benefits: list[BenefitTold] = Field(
        description="What their tier gives them now, without what a lot leaves them out of."
    )
    codes: list[OwnCodeTold] = Field(description="Their own, that they may still use.")

    @classmethod
    def of(cls, member: Member, *, at: datetime) -> Self:
        """Return a member for an answer, as they stand at a moment."""
        balance, shown = balance_of(member, as_of=at), tiers.shown(member, at=at)
        codes = [one for one in codes_of(member.customer, at=at) if holds(one, at=at)]
        return cls(
            ref=member.ref,
            code=member.code,
            customer_id=member.customer_id,
            joined_at=member.joined_at,
            left_at=member.left_at,
            terms_version=member.terms_version,
            as_of=balance.as_of,
            available=balance.available,
            pending=balance.pending,
            reserved=balance.reserved,
            owed=balance.owed,
            qualifying=balance.qualifying,
            activating=[FollowingTold.of(one) for one in balance.activating],
            expiring=[ComingTold.of(one) for one in balance.expiring],
            tier=TierTold.of(shown) if shown else None,
            next_tier=NextTierTold.of(shown, programme().currency) if shown else None,
            benefits=[BenefitTold.of(one) for one in benefits_of(member, at=at)],
            codes=[OwnCodeTold.of(one) for one in codes],
        )


class MemberRecorded(Told):
    """What became of a membership that was sent."""

    outcome: Literal["made", "unchanged"]
    member: MemberTold
