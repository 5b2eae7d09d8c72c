"""Rewards as members and colleagues see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from stamgast.loyalty.models.checkouts import Checkout
from stamgast.loyalty.models.ledger import Wallet
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.rewards import Claim, Reward
from stamgast.loyalty.rewards import rules
from stamgast.loyalty.rewards.rules import Asked
from stamgast.loyalty.tiers.queries import tiers_at

WITHIN = timedelta(days=30)  # that a reward may follow the purchase it goes with


@dataclass(frozen=True, slots=True)
class Offered:
    """A reward as one member sees it: whether they can have it now, else why not."""

    reward: Reward
    reason: str
    missing: int  # points

    @property
    def is_within_reach(self) -> bool:
        """Whether it can be claimed now."""
        return not self.reason


def rewards() -> QuerySet[Reward]:
    """Return all rewards, those that can be had first, the cheapest first."""
    open_claims = Count("claims", filter=Q(claims__state="claimed"))
    return Reward.objects.annotate(open_claims=open_claims).order_by("closed_at", "points", "pk")


def asked_of(
    reward: Reward,
    member: Member,
    *,
    available: int,
    mine: frozenset[str],
    had: int,
    purchases: int,
) -> Asked:
    """Return a reward and who asks for it as the rules see them; a code goes with a purchase anyhow."""
    is_alone = reward.kind in rules.BY_CODE or not reward.requires_purchase
    return Asked(
        points=reward.points,
        available=available,
        is_open=reward.closed_at is None,
        starts_at=reward.starts_at,
        ends_at=reward.ends_at,
        left=None if reward.stock is None else reward.stock - reward.claimed,
        tiers=frozenset(reward.tiers),
        mine=mine,
        most_each=reward.most_each,
        had=had,
        has_left=member.left_at is not None,
        lacks_purchase=not is_alone and purchases <= 0,
    )


def purchases_left(member: Member, *, at: datetime) -> int:
    """Return how many late purchases of a member no reward went with yet; each goes with one.

    A purchase of which all that it earned came back does not count.
    """
    since = at - WITHIN
    bought = Checkout.objects.filter(
        member=member, status="committed", committed_at__gt=since, committed_at__lte=at
    )
    kept = bought.exclude(earned__gt=0, taken_back=F("earned"))
    claims = Claim.objects.filter(
        member=member, points__gt=0, reward__requires_purchase=True, at__gt=since
    )
    took = claims.exclude(state=Claim.State.UNDONE).exclude(reward__kind__in=rules.BY_CODE)
    return kept.count() - took.count()


def had_of(member: Member) -> Mapping[int, int]:
    """Return how often a member claimed each reward, less what was undone; given ones count apart."""
    rows = Claim.objects.filter(member=member, points__gt=0).exclude(state=Claim.State.UNDONE)
    counted = rows.values("reward").annotate(times=Count("pk"))
    return {row["reward"]: row["times"] for row in counted}


def rewards_for(member: Member, *, available: int, at: datetime) -> list[Offered]:
    """Return the rewards that a member is shown, the cheapest first."""
    mine, had = frozenset(tiers_at(member.customer, at=at)), had_of(member)
    purchases = purchases_left(member, at=at)
    found = []
    for reward in Reward.objects.filter(closed_at=None).order_by("points", "pk"):
        asked = asked_of(
            reward,
            member,
            available=available,
            mine=mine,
            had=had.get(reward.pk, 0),
            purchases=purchases,
        )
        if rules.may_see(asked, at=at):
            reason = rules.refusal_of(asked, at=at)
            found.append(Offered(reward, reason, max(0, reward.points - available)))
    return found


def available_of(member: Member) -> int:
    """Return the points a member may spend, as the wallet says."""
    row = Wallet.objects.filter(member=member, kind=Wallet.Kind.SPENDABLE).first()
    return row.available if row else 0


def claims_of(member: Member) -> Sequence[Claim]:
    """Return a member's claims with their rewards, the newest first."""
    rows = Claim.objects.filter(member=member).select_related("reward", "code", "task")
    return list(rows.order_by("-at", "-pk"))


def open_claims() -> QuerySet[Claim]:
    """Return the claims that wait for a colleague, the oldest first."""
    rows = Claim.objects.filter(state=Claim.State.CLAIMED)
    return rows.select_related("reward", "member__customer", "task").order_by("at", "pk")
