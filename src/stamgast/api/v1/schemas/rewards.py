"""Rewards, claims and friends as programs say and hear them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from stamgast.api.v1.schemas.common import Code, CustomerRef, Moment, Said, Told
from stamgast.api.v1.schemas.loyalty import MemberRef
from stamgast.loyalty.models import Claim, Referral, Reward
from stamgast.loyalty.referrals.queries import welcome_code
from stamgast.loyalty.rewards.queries import Offered


class RewardTold(Told):
    """A reward: what it takes, and for a member why it cannot be had now."""

    id: int
    name: str
    text: str
    kind: str
    points: int
    left: int | None = Field(description="In stock; null: no limit.")
    requires_purchase: bool
    vat_kind: str
    ends_at: Moment | None
    reason: str = Field(description="Empty when it can be had now.", examples=["too_few_points"])
    missing: int = Field(description="Points that this member still lacks.")

    @classmethod
    def of(cls, reward: Reward, reason: str = "", missing: int = 0) -> Self:
        """Return it for an answer."""
        return cls(
            id=reward.pk,
            name=reward.name,
            text=reward.text,
            kind=reward.kind,
            points=reward.points,
            left=None if reward.stock is None else reward.stock - reward.claimed,
            requires_purchase=reward.requires_purchase,
            vat_kind=reward.vat_kind,
            ends_at=reward.ends_at,
            reason=reason,
            missing=missing,
        )

    @classmethod
    def offered(cls, one: Offered) -> Self:
        """Return it as one member sees it."""
        return cls.of(one.reward, one.reason, one.missing)


class RewardsTold(Told):
    """Rewards, the cheapest first."""

    items: list[RewardTold]


class ClaimSaid(Said):
    """Who takes a reward."""

    member: MemberRef


class ClaimTold(Told):
    """A reward that was taken."""

    id: int
    reward: int
    state: str = Field(examples=["claimed"])
    points: int
    discount_code: str | None = Field(description="The code to use, where the reward is one.")
    at: Moment

    @classmethod
    def of(cls, claim: Claim) -> Self:
        """Return it for an answer."""
        return cls(
            id=claim.pk,
            reward=claim.reward_id,
            state=claim.state,
            points=claim.points,
            discount_code=claim.code.text if claim.code else None,
            at=claim.at,
        )


class FriendSaid(Said):
    """A customer who came by a member's code."""

    invitation: Annotated[str, Code] = Field(min_length=1, max_length=16, examples=["DW7T4KA"])
    customer: CustomerRef


class FriendTold(Told):
    """How far it is with a friend."""

    id: int
    state: str = Field(examples=["waiting"])
    at: Moment
    discount_code: str | None = Field(description="What the friend may use, where they get one.")

    @classmethod
    def of(cls, row: Referral) -> Self:
        """Return it for an answer."""
        code = welcome_code(row)
        return cls(id=row.pk, state=row.state, at=row.at, discount_code=code.text if code else None)
