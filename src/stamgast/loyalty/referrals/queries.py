"""Who brought whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, Sum

from stamgast.customers.models import Customer
from stamgast.loyalty.codes.rules import tidy_code
from stamgast.loyalty.models.codes import DiscountCode
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.referrals import Referral, ReferralCode, ReferralRule
from stamgast.loyalty.queries import has_bought
from stamgast.loyalty.referrals import rules
from stamgast.loyalty.referrals.rules import Side
from stamgast.sales.models import Order

YEAR = timedelta(days=365)


def referral_rule() -> ReferralRule:
    """Return what both sides get; the defaults until somebody says otherwise."""
    return ReferralRule.objects.filter(pk=1).select_related("code_set").first() or ReferralRule(
        pk=1
    )


def member_behind(text: str) -> Member | None:
    """Return whose code this is."""
    return next(iter(invitations([text]).values()), None)


def invitations(texts: Iterable[str]) -> dict[str, Member]:
    """Return which of these codes are a member's invitation, tidied, and whose."""
    tidied = [tidy_code(text) for text in texts]
    rows = ReferralCode.objects.filter(text__in=tidied).select_related("member__customer")
    return {row.text: row.member for row in rows} if tidied else {}


def why_not(member: Member, friend: Customer, *, at: datetime, but: str = "") -> str:
    """Return why a friend does not count as brought by a member; empty when they do, or did.

    The purchase `but` is no earlier one: in it they bring the member's code.
    """
    before = brought_by(friend)
    if before is not None and before.member_id == member.pk:
        return ""
    circle = Referral.objects.filter(friend=member.customer_id, member__customer=friend)
    return rules.refusal_of(
        is_on=referral_rule().is_on,
        has_left=member.left_at is not None or member.merged_into_id is not None,
        same=rules.sameness(side_of(member.customer), side_of(friend)),
        bought_before=has_bought(friend, before=at, but=but),
        is_brought=before is not None,
        brought_member=circle.exists(),
    )


def welcome_code(row: Referral) -> DiscountCode | None:
    """Return the code that a friend got, if they did."""
    return DiscountCode.objects.filter(key=f"referral:{row.pk}").first()


def side_of(customer: Customer) -> Side:
    """Return what tells a customer from another."""
    return Side(
        id=customer.pk,
        email=customer.email,
        phone=customer.phone,
        postcode=customer.postcode,
        house_number=customer.house_number,
        last_name=customer.last_name,
    )


def brought_by(customer: Customer) -> Referral | None:
    """Return how a customer was brought, or None."""
    rows = Referral.objects.filter(friend=customer).select_related("member__customer")
    return rows.first()


def brought(member: Member) -> Sequence[Referral]:
    """Return whom a member brought, the newest first."""
    rows = Referral.objects.filter(member=member).select_related("friend")
    return list(rows.order_by("-at", "-pk"))


def rewarded_in_a_year(member: Member, *, at: datetime) -> int:
    """Return how many friends a member was rewarded for in the year before."""
    rows = Referral.objects.filter(member=member, state=Referral.State.REWARDED)
    return rows.filter(settled_at__gt=at - YEAR).count()


@dataclass(frozen=True, slots=True)
class Ambassador:
    """A member with what their friends are to us."""

    member: Member
    friends: int
    rewarded: int
    margin_minor: int  # of all their friends' orders in the shop's currency
    last_at: datetime


def ambassadors(*, currency: str, most: int = 100) -> list[Ambassador]:
    """Return the members who brought friends, those who brought most margin first."""
    rows = Referral.objects.exclude(state=Referral.State.REFUSED).values("member")
    counted = rows.annotate(
        friends=Count("pk"), rewarded=Count("pk", filter=Q(state="rewarded")), last=Max("at")
    )
    by_member = {row["member"]: row for row in counted}
    bought = (
        Order.objects.filter(
            customer__brought_by__member__in=by_member, currency=currency, is_cancelled=False
        )
        .exclude(customer__brought_by__state=Referral.State.REFUSED)
        .values("customer__brought_by__member")
        .annotate(margin=Sum("margin_minor"))
    )
    margins = {row["customer__brought_by__member"]: row["margin"] for row in bought}
    members = Member.objects.filter(pk__in=by_member).select_related("customer")
    found = [
        Ambassador(
            member,
            by_member[member.pk]["friends"],
            by_member[member.pk]["rewarded"],
            margins.get(member.pk) or 0,
            by_member[member.pk]["last"],
        )
        for member in members
    ]
    return sorted(found, key=lambda one: (-one.margin_minor, -one.friends, one.member.pk))[:most]
