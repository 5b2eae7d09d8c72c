"""A tier in a purchase at the till: more points and free delivery, unless the lot left a member out."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from stamgast.loyalty.models import Checkout, Member, TierBenefit
from stamgast.loyalty.parts import Basket, Effect
from stamgast.loyalty.worth.queries import benefits_of
from stamgast.staff.queries import Who


class TiersPart:
    """What a member's tier gives with a purchase: it holds when that is committed."""

    def quote(self, basket: Basket, member: Member | None, *, at: datetime) -> list[Effect]:
        """Return how many times the points they earn, and that delivery is free where it is.

        What delivery costs the shop knows, so it is told (`gives`) and not counted.
        """
        benefits = benefits_of(member, at=at) if member is not None else []
        if not benefits:
            return []
        name = benefits[0].tier.name
        given = []
        extra = [one.factor for one in benefits if one.kind == TierBenefit.Kind.EXTRA_POINTS]
        if max(extra, default=1) > 1:
            given.append(Effect("tiers", name, factor=max(extra)))
        if any(one.kind == TierBenefit.Kind.FREE_SHIPPING for one in benefits):
            given.append(
                Effect("tiers", name, facts={"gives": TierBenefit.Kind.FREE_SHIPPING.value})
            )
        return given

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
