"""A member's own page: card, points, tier, rewards, codes, friends, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from stamgast.customers.models import Customer
from stamgast.loyalty.balances import Balance, balance_of
from stamgast.loyalty.codes.queries import codes_of, holds
from stamgast.loyalty.membership.queries import consents_of, missing_of
from stamgast.loyalty.models import DiscountCode, Member, Programme, Referral
from stamgast.loyalty.queries import programme
from stamgast.loyalty.referrals import queries as friends
from stamgast.loyalty.referrals.actions import code_of
from stamgast.loyalty.rewards.queries import claims_of, rewards_for
from stamgast.loyalty.rules import worth
from stamgast.loyalty.tiers import queries as tiers
from stamgast.loyalty.worth.queries import benefits_of, may_join
from stamgast.mail.links import preferences_token
from stamgast.web.code_words import gives
from stamgast.web.flash import flashes
from stamgast.web.member.history import history
from stamgast.web.member.look import look, qr
from stamgast.web.member.who import MemberRequest, member_page, public_page

COMING_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A code of one's own."""

    code: DiscountCode
    gives: str


@dataclass(frozen=True, slots=True)
class FriendShown:
    """A friend as the member who invited them sees it: when, and how far it is; no name."""

    row: Referral
    state: str


@member_page
@require_safe
def home(request: MemberRequest) -> HttpResponse:
    """Show a member their page, or somebody who is none what joining means."""
    facts: dict[str, Any] = {
        "look": look(),
        "programme": programme(),
        "customer": request.customer,
        "preferences": reverse("mail_preferences", args=[preferences_token(request.customer)]),
        "consents": consents_of(request.member) if request.member else {},
        "flashes": flashes(request),
    }
    if request.member is None or request.member.left_at is not None:
        facts["member"] = request.member
        facts["may_join"] = request.member is not None or may_join(request.customer)
        return render(request, "member/join.html", facts)
    return render(request, "member/home.html", {**facts, **_of(request, request.member)})


def _of(request: MemberRequest, member: Member) -> dict[str, Any]:
    settings = programme()
    balance = balance_of(member, as_of=request.at)
    tier = tiers.shown(member, at=request.at)
    offered = rewards_for(member, available=balance.available, at=request.at)
    return {
        "member": member,
        "qr": qr(member.code),
        "balance": balance,
        "worth_minor": worth(balance.available, settings.point_value),
        "activating": balance.activating[:COMING_SHOWN],
        "expiring": balance.expiring[:COMING_SHOWN],
        "tier": tier,
        "benefits": benefits_of(member, at=request.at),
        "rewards": offered,
        "claims": claims_of(member)[:10],
        "codes": _codes(request.customer, request),
        "friends": _friends(request, member),
        "history": history(member, at=request.at),
        "missing": missing_of(member)[:5],
        "is_ending_soon": _is_ending_soon(balance, settings, request),
    }


def _is_ending_soon(balance: Balance, settings: Programme, request: MemberRequest) -> bool:
    first = balance.expiring[0].at if balance.expiring else None
    return first is not None and (first - request.at).days <= settings.remind_days


def _codes(customer: Customer, request: MemberRequest) -> list[CodeShown]:
    rows = [row for row in codes_of(customer, at=request.at) if holds(row, at=request.at)]
    return [CodeShown(row, gives(row.code_set)) for row in rows]


def _friends(request: MemberRequest, member: Member) -> dict[str, Any] | None:
    rule = friends.referral_rule()
    if not rule.is_on:
        return None
    words = {
        "waiting": gettext("has not ordered yet"),
        "ordered": gettext("ordered; your points follow when it can no longer come back"),
        "rewarded": gettext("you got your points"),
        "refused": gettext("earned no points"),
    }
    code = code_of(member, at=request.at)
    return {
        "rule": rule,
        "code": code.text,
        "link": request.build_absolute_uri(reverse("invitation", args=[code.text])),
        "brought": [FriendShown(row, words[row.state]) for row in friends.brought(member)[:10]],
    }


@public_page
@require_safe
def invitation(request: MemberRequest, text: str) -> HttpResponse:
    """Welcome a friend who followed a member's link; says nothing of who sent it."""
    rule = friends.referral_rule()
    if not rule.is_on or friends.member_behind(text) is None:
        return redirect("member_sign_in")
    facts = {
        "look": look(),
        "programme": programme(),
        "rule": rule,
        "code": text.upper(),
        "gives": gives(rule.code_set) if rule.code_set else "",
    }
    return render(request, "member/invitation.html", facts)
