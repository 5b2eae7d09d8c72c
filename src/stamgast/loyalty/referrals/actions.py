"""The writers of referrals: the rule, codes, friends who come, and what both get for it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from stamgast.customers.actions import record_referral
from stamgast.customers.actions.people import there
from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.loyalty.actions import grant_points
from stamgast.loyalty.codes.actions import issue_code
from stamgast.loyalty.codes.rules import ALPHABET
from stamgast.loyalty.membership.letters import WELCOME
from stamgast.loyalty.models.codes import DiscountCode
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.programme import Programme
from stamgast.loyalty.models.referrals import Referral, ReferralCode, ReferralRule
from stamgast.loyalty.referrals import queries, rules
from stamgast.loyalty.referrals.errors import ReferralRefused
from stamgast.mail.actions import queue_message
from stamgast.sales.models import Order
from stamgast.staff.queries import Who, actor

_RULE = (
    "is_on", "points_member", "points_friend", "code_set", "least_order_minor", "within_days",
    "most_each",
)  # fmt: skip
CODE_LENGTH = 7
AT_ONCE = 200


def set_rule(*, at: datetime, by: Who = None, **facts: Any) -> ReferralRule:
    """Say what both sides get for a friend, and the caps; what is not given stays."""
    with transaction.atomic():
        row = ReferralRule.objects.select_for_update().filter(pk=1).first() or ReferralRule(pk=1)
        for name, value in facts.items():
            if name not in _RULE:
                raise TypeError(f"a referral rule has no {name}")
            setattr(row, name, value)
        numbers = {name: getattr(row, name) for name in _RULE if name not in ("is_on", "code_set")}
        rules.check_rule(**numbers)
        row.save()
        tell("referral_rule_set", at=at, actor=actor(by), facts={"changed": sorted(facts)})
    return row


def code_of(member: Member, *, at: datetime) -> ReferralCode:
    """Return the code in a member's link; it is made when first asked for, and stays the same."""
    row = ReferralCode.objects.filter(member=member).first()
    while row is None:
        text = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        try:
            with transaction.atomic():
                row = ReferralCode.objects.create(member=member, text=text, made_at=at)
        except IntegrityError:  # made by another at the same moment, or the text is taken
            row = ReferralCode.objects.filter(member=member).first()
    return row


def bring_friend(
    text: str, friend: Customer, *, at: datetime, by: Who = None, but: str = ""
) -> Referral:
    """Note that a customer came by a member's code; a welcome code may go with it.

    The same code again returns the referral that is there. Refuses with a reason: an unknown code,
    oneself or one's household, somebody who bought before (other than in the purchase `but`) or was
    brought by another.
    """
    member = queries.member_behind(text)
    if member is None:
        raise ReferralRefused(reason="unknown_code")
    try:
        with transaction.atomic():
            return _bring(member, there(friend), at=at, by=by, but=but)
    except IntegrityError:  # brought by two at the same moment: the first counts
        row = Referral.objects.get(friend=friend)
        if row.member_id != member.pk:
            raise ReferralRefused(reason="brought_before") from None
        return row


def _bring(member: Member, friend: Customer, *, at: datetime, by: Who, but: str) -> Referral:
    if reason := queries.why_not(member, friend, at=at, but=but):
        raise ReferralRefused(reason=reason)
    before = queries.brought_by(friend)
    if before is not None:
        return before
    rule = queries.referral_rule()
    row = Referral.objects.create(member=member, friend=friend, at=at)
    if rule.code_set is not None and rule.code_set.closed_at is None:
        code = issue_code(rule.code_set, friend, at=at, key=f"referral:{row.pk}")
        _mail_welcome(row, code, at=at)
    tell("friend_brought", **_on(row, at=at, by=by))
    return row


def _mail_welcome(row: Referral, code: DiscountCode, *, at: datetime) -> None:
    """Mail a friend their code, where they have an address; it goes only to who wants offers."""
    if row.friend.email:
        queue_message(
            row.friend,
            content=WELCOME,
            purpose="offers",
            kind="points",
            facts={"code": code.text},
            key=f"welcome:{row.pk}",
            at=at,
        )


def follow_referrals(*, at: datetime) -> int:
    """See which friends ordered, and reward both sides when the return window is over.

    Safe to do again; returns how many changed.
    """
    changed = 0
    rule, programme = queries.referral_rule(), Programme.objects.filter(pk=1).first()
    waiting = Referral.objects.filter(state=Referral.State.WAITING).order_by("pk")
    for row in waiting.select_related("friend").iterator(chunk_size=AT_ONCE):
        changed += _see_order(row, rule, programme or Programme(pk=1), at=at)
    due = Referral.objects.filter(state=Referral.State.ORDERED, due_at__lte=at).order_by("pk")
    for row in due.select_related("friend", "member__customer", "order"):
        changed += _settle(row, rule, at=at)
    return changed


def _see_order(row: Referral, rule: ReferralRule, programme: Programme, *, at: datetime) -> int:
    within = timedelta(days=rule.within_days)
    bought = Order.objects.filter(
        customer=row.friend_id, kind=Order.Kind.SALE, is_purchase=True, is_cancelled=False
    )
    for order in bought.filter(ordered_at__lte=at).order_by("ordered_at", "pk")[:20]:
        if not rules.is_in_time(row.at, order.ordered_at, within):
            continue
        if order.revenue_minor < rule.least_order_minor:
            continue
        due_at = order.ordered_at + timedelta(days=programme.pending_days)
        waiting = Referral.objects.filter(pk=row.pk, state=Referral.State.WAITING)
        with transaction.atomic():
            if not waiting.update(state=Referral.State.ORDERED, order=order, due_at=due_at):
                return 0
            tell("friend_ordered", **_on(row, at=at, by="nightly", order=order.pk))
        return 1
    if at >= row.at + within:
        return _refuse(row, "too_late", at=at, was=Referral.State.WAITING)
    return 0


def _settle(row: Referral, rule: ReferralRule, *, at: datetime) -> int:
    """Reward both sides, or say why not. The member's row is locked, so that caps hold."""
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=row.member_id)
        order = row.order
        assert order is not None
        order.refresh_from_db()
        reason = rules.outcome(
            same=rules.sameness(queries.side_of(row.member.customer), queries.side_of(row.friend)),
            is_cancelled=order.is_cancelled,
            left_minor=order.revenue_minor - order.returned_minor,
            least_minor=rule.least_order_minor,
            rewarded=queries.rewarded_in_a_year(member, at=at),
            most=rule.most_each,
        )
        if member.left_at is not None:
            reason = "left"
        if reason:
            return _refuse(row, reason, at=at, was=Referral.State.ORDERED)
        ordered = Referral.objects.filter(pk=row.pk, state=Referral.State.ORDERED)
        if not ordered.update(state=Referral.State.REWARDED, settled_at=at):
            return 0
        Referral.objects.filter(pk=row.pk).update(**_rewards(row, member, rule, at=at))
        record_referral(member.customer, referred=row.friend, at=at, key=f"referral:{row.pk}")
        tell("referral_rewarded", **_on(row, at=at, by="nightly"))
    return 1


def _rewards(row: Referral, member: Member, rule: ReferralRule, *, at: datetime) -> dict[str, Any]:
    """Give points to both sides; the friend only when they are a member by now."""
    friend = Member.objects.filter(customer=row.friend_id, merged_into=None, left_at=None).first()
    given: dict[str, Any] = {}
    for side, who, points in (
        ("member", member, rule.points_member),
        ("friend", friend, rule.points_friend),
    ):
        if who is not None and points:
            outcome = grant_points(
                who,
                points,
                key=f"referral:{row.pk}:{side}",
                at=at,
                by="nightly",
                reason="referral",
            )
            given[f"{side}_entry_id"] = outcome.entry
    return given


def _refuse(row: Referral, reason: str, *, at: datetime, was: str) -> int:
    rows = Referral.objects.filter(pk=row.pk, state=was)
    with transaction.atomic():
        if not rows.update(state=Referral.State.REFUSED, reason=reason, settled_at=at):
            return 0
        tell("referral_ended", **_on(row, at=at, by="nightly", reason=reason))
    return 1


def _on(row: Referral, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a referral."""
    about = {"referral": row.pk, "member": row.member_id, "friend": row.friend_id, **facts}
    who = {"subject": "customer", "subject_id": row.member.customer_id, "facts": about}
    return {"at": at, "actor": actor(by), **who}
