"""What the texts of a campaign know besides the customer and the shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.campaigns.models import Delivery, Offer
from stamgast.campaigns.suggesting import suggested
from stamgast.customers.actions import ask_question
from stamgast.customers.links import token_of
from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.membership.links import page_link
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.referrals.actions import code_of
from stamgast.loyalty.tiers.queries import present_tier
from stamgast.mail.configuration import mail_settings
from stamgast.staff.queries import shop

SAMPLE_CODE = "VOORBEELD-1234"
SAMPLE_FRIENDS = "VRIEND-1234"


def facts_of(delivery: Delivery, *, at: datetime) -> dict[str, Any]:
    """Return what is filled in for somebody who gets this contact: what its text names.

    What has to be made for it is made now: a member's code for friends, a question and its page.
    """
    assignment, said = delivery.assignment, str(delivery.step.content)
    offer, customer = assignment.offer, assignment.customer
    code = assignment.code or assignment.issued
    facts: dict[str, Any] = {
        "offer": _of_offer(offer, customer, code.text if code else "", assignment.at)
    }
    if "suggestions" in said:
        facts["suggestions"] = suggested(customer, language=_language(customer), at=at)
    if "member." in said:
        page = page_link(customer, at=at) or shop().website
        friend_code = _friend_code(customer, at)
        facts["member"] = _of_member(customer, at, friend_code=friend_code, page=page)
    if "answer_url" in said:
        facts["answer_url"] = _answer_url(offer, customer, key=f"delivery:{delivery.pk}", at=at)
    return facts


def facts_for(offer: Offer, customer: Customer, *, code: str, at: datetime) -> dict[str, Any]:
    """Return what this customer would read: the offer in their language, its code and end.

    `suggestions` is what may suit them, the best first, each with its reason; `member` what the
    programme holds for them (`is_member` is false for all others), and where their own page is; not
    the link that opens it, for colleagues read this.
    """
    return {
        "offer": _of_offer(offer, customer, code, at),
        "suggestions": suggested(customer, language=_language(customer), at=at),
        "member": _of_member(
            customer, at, friend_code=SAMPLE_FRIENDS, page=mail_settings().public_address
        ),
        "answer_url": shop().website,
    }


def _language(customer: Customer) -> str:
    return (customer.language or shop().language)[:2]


def _of_offer(offer: Offer, customer: Customer, code: str, at: datetime) -> dict[str, Any]:
    own = shop()
    until = (at.astimezone(ZoneInfo(own.zone)) + timedelta(days=offer.valid_days)).date()
    return {
        "title": _in(offer.title, _language(customer)),
        "code": code,
        "until": until.isoformat(),
        "url": own.website,
        "points": int(offer.facts.get("points", 0)),
        "reward": offer.reward.name if offer.reward is not None else "",
    }


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next((text for text in texts.values() if text), "")


def _member(customer: Customer) -> Member | None:
    return Member.objects.filter(customer=customer, merged_into=None, left_at=None).first()


def _friend_code(customer: Customer, at: datetime) -> str:
    member = _member(customer)
    return code_of(member, at=at).text if member is not None else ""


def _of_member(customer: Customer, at: datetime, *, friend_code: str, page: str) -> dict[str, Any]:
    member = _member(customer)
    same = {"friend_code": friend_code, "page": page}
    if member is None:
        return {"is_member": False, "points": 0, "tier": "", **same}
    tier = present_tier(member, at=at)
    return {
        "is_member": True,
        "points": balance_of(member, as_of=at).available,
        "tier": tier.name if tier is not None else "",
        **same,
    }


def _answer_url(offer: Offer, customer: Customer, *, key: str, at: datetime) -> str:
    """Return the page on which they answer the offer's question.

    Whoever may not be asked after all does not get this mail either: sending asks that again.
    """
    question = offer.facts.get("question", "why_stay")
    try:
        row = ask_question(customer, question=question, at=at, by="campaigns", key=key)
    except Refusal:
        return shop().website
    return f"{mail_settings().public_address.rstrip('/')}/a/{token_of(row)}"


def sample_code(offer: Offer) -> str:
    """Return a code that shows what one looks like, where the offer has codes."""
    return SAMPLE_CODE if offer.kind == Offer.Kind.DISCOUNT_CODE else ""
