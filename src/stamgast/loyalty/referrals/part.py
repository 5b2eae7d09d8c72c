"""A member's invitation in a friend's purchase at the till: it notes who brought them."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from stamgast.loyalty.codes.errors import CodeNotApplied
from stamgast.loyalty.models import Checkout, Member
from stamgast.loyalty.parts import Basket, Effect
from stamgast.loyalty.referrals import queries
from stamgast.loyalty.referrals.actions import bring_friend
from stamgast.loyalty.referrals.errors import ReferralRefused
from stamgast.staff.queries import Who

PART = "friends"


class FriendsPart:
    """Invitations among the codes of a purchase; the friend gets their welcome when it is done."""

    def quote(self, basket: Basket, member: Member | None, *, at: datetime) -> list[Effect]:
        """Return what each invitation would bring the friend, or why it does not count."""
        found = []
        for text, inviter in queries.invitations(basket.codes).items():
            reason = "unknown_buyer"
            if member is not None:
                reason = queries.why_not(inviter, member.customer, at=at, but=basket.ref)
            found.append(_refused(text, reason) if reason else Effect(PART, text, facts=_welcome()))
        return found

    def hold(
        self, checkout: Checkout, basket: Basket, *, at: datetime, until: datetime, by: Who
    ) -> list[Effect]:
        """Note nothing yet; refuses an invitation that does not count."""
        effects = self.quote(basket, checkout.member, at=at)
        for one in effects:
            if one.reason:
                raise CodeNotApplied(text=one.name, reason=one.reason)
        return effects

    def commit(self, checkout: Checkout, basket: Basket, *, at: datetime, by: Who) -> list[Effect]:
        """Note who brought the friend, and tell the code they got for it; an order goes on without."""
        moment = min(at, basket.ordered_at or at)
        effects = []
        for one in self.quote(basket, checkout.member, at=moment):
            if one.reason or checkout.member is None:
                effects.append(one)
                continue
            try:
                friend = checkout.member.customer
                row = bring_friend(one.name, friend, at=moment, by=by, but=basket.ref)
            except ReferralRefused as refusal:  # brought by another at this moment
                effects.append(_refused(one.name, refusal.facts["reason"]))
            else:
                code = queries.welcome_code(row)
                own = {"discount_code": code.text} if code else {}
                effects.append(Effect(PART, one.name, facts={**one.facts, **own}))
        return effects

    def release(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Let nothing go."""

    def give_back(self, checkout: Checkout, share: Fraction, *, at: datetime, by: Who) -> None:
        """Bring nothing back: nobody is rewarded before the order can no longer come back."""

    def undo(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Take nothing back: a changed order was brought by the same friend."""


def _refused(text: str, reason: str) -> Effect:
    return Effect(PART, text, "inapplicable", reason)


def _welcome() -> dict[str, Any]:
    """Return what a friend gets: points once their order can no longer come back, a code at once."""
    rule = queries.referral_rule()
    facts: dict[str, Any] = {"points": rule.points_friend} if rule.points_friend else {}
    codes = rule.code_set
    if codes is not None and codes.closed_at is None:
        facts |= {"gives": codes.kind, "currency": codes.currency}
        if codes.percent is not None:
            facts["percent"] = f"{codes.percent.normalize():f}"
        if codes.amount_minor is not None:
            facts["amount"] = codes.amount_minor
    return facts


part = FriendsPart()
