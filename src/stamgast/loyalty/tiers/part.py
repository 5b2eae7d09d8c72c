"""A tier in a purchase at the till: its members earn more points, unless the lot left them out."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from stamgast.loyalty.models import Checkout, Member, TierBenefit
from stamgast.loyalty.parts import Basket, Effect
from stamgast.loyalty.tiers.queries import present_tier
from stamgast.loyalty.worth.queries import benefits_of
from stamgast.staff.queries import Who


class TiersPart:
    """Extra points of a member's tier: they hold when the purchase is committed."""

    def quote(self, basket: Basket, member: Member | None, *, at: datetime) -> list[Effect]:
        """Return how many times the points a member of this tier gets; nothing without one."""
        tier = present_tier(member, at=at) if member is not None else None
        if member is None or tier is None:
            return []
        extra = [
            one
            for one in benefits_of(member, tier)
            if one.kind == TierBenefit.Kind.EXTRA_POINTS and one.factor > 1
        ]
        factor = max((one.factor for one in extra), default=None)
        return [Effect("tiers", tier.name, factor=factor)] if factor else []

    def hold(
        self, checkout: Checkout, basket: Basket, *, at: datetime, until: datetime, by: Who
    ) -> list[Effect]:
        """Keep nothing apart."""
        return self.quote(basket, checkout.member, at=at)

    def commit(self, checkout: Checkout, basket: Basket, *, at: datetime, by: Who) -> list[Effect]:
        """Return what the tier gives now."""
        return self.quote(basket, checkout.member, at=at)

    def release(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Let nothing go."""

    def give_back(self, checkout: Checkout, share: Fraction, *, at: datetime, by: Who) -> None:
        """Bring nothing back: a return follows what was earned."""

    def undo(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Take nothing back, for the same reason."""


part = TiersPart()
