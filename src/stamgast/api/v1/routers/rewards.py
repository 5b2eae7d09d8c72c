"""Rewards for points, and friends who were brought."""

from __future__ import annotations

import hashlib
from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Query

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.keyed import Did, IdempotencyKey, once
from stamgast.api.v1.people import customer_meant
from stamgast.api.v1.schemas.loyalty import MemberRef
from stamgast.api.v1.schemas.rewards import (
    ClaimSaid,
    ClaimTold,
    FriendSaid,
    FriendTold,
    RewardsTold,
    RewardTold,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Claim, Reward
from stamgast.loyalty.queries import member_by_ref
from stamgast.loyalty.referrals.actions import bring_friend as bring
from stamgast.loyalty.rewards import actions
from stamgast.loyalty.rewards.queries import rewards_for

rewards = Operations("loyalty")
Id = Annotated[int, Path(ge=1, le=2**53)]


@rewards.get("/rewards", scope="loyalty:read", answers=RewardsTold, fails=[404])
def list_rewards(
    request: ApiRequest, member: Annotated[MemberRef | None, Query()] = None
) -> RewardsTold:
    """List what can be had for points; of a member, what they are shown and why not yet."""
    if member is None:
        rows = Reward.objects.filter(closed_at=None).order_by("points", "pk")
        return RewardsTold(items=[RewardTold.of(one) for one in rows])
    whom = member_by_ref(member)
    available = balance_of(whom, as_of=request.at).available
    offered = rewards_for(whom, available=available, at=request.at)
    return RewardsTold(items=[RewardTold.offered(one) for one in offered])


@rewards.post(
    "/rewards/{int:id}/claims",
    scope="points:write",
    answers=ClaimTold,
    makes=True,
    fails=[404, 409],
)
def claim_reward(request: ApiRequest, id: Id, said: ClaimSaid, key: IdempotencyKey) -> HttpResponse:
    """Take a reward: the points are off, and a code is given or a colleague sees to it."""

    def do() -> Did:
        reward = Reward.objects.filter(pk=id).first()
        if reward is None:
            raise Fault(404, "no_such_reward", "There is no reward of this number.")
        member = member_by_ref(said.member)
        own = hashlib.sha256(key.encode()).hexdigest()  # a claim's key is shorter than a request's
        claim = actions.claim_reward(
            reward, member, key=f"api:{own}", at=request.at, by=actor(request)
        )
        return Did(201, ClaimTold.of(claim), member)

    return once(request, key, do)


@rewards.post("/claims/{int:id}/undo", scope="points:write", answers=ClaimTold, fails=[404, 409])
def undo_claim(request: ApiRequest, id: Id, key: IdempotencyKey) -> HttpResponse:
    """Take a claim back: points and stock return, and its code can be used no more."""

    def do() -> Did:
        claim = Claim.objects.select_related("member").filter(pk=id).first()
        if claim is None:
            raise Fault(404, "no_such_claim", "There is no claim of this number.")
        undone = actions.undo_claim(claim, at=request.at, by=actor(request))
        return Did(200, ClaimTold.of(undone), claim.member)

    return once(request, key, do)


@rewards.post("/friends", scope="loyalty:write", answers=FriendTold, makes=True, fails=[404, 409])
def bring_friend(request: ApiRequest, said: FriendSaid, key: IdempotencyKey) -> HttpResponse:
    """Note that a customer came by a member's code, before their first order."""

    def do() -> Did:
        row = bring(
            said.invitation, customer_meant(said.customer), at=request.at, by=actor(request)
        )
        return Did(201, FriendTold.of(row), row.member)

    return once(request, key, do)
