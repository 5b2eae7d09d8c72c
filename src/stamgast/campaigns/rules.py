"""Decisions about campaigns: values in, values out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from stamgast.campaigns.errors import BadCampaign, BadCodes
from stamgast.customers.questions import QUESTIONS
from stamgast.customers.rules import tidy

RHYTHMS = ("once", "daily", "on_event")
# What makes a campaign look at a customer: the event that is told, and which of them count.
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "ordered": ("order_recorded",),
    "complaint_closed": ("complaint_closed",),
    "question_answered": ("question_answered",),
    "joined": ("programme_joined",),
    "tier_reached": ("tier_reached",),
    "friend_rewarded": ("referral_rewarded",),
    "reward_claimed": ("reward_claimed",),
}
OFFER_KINDS = ("text", "discount_code", "gift", "points", "reward")
CONTROL_ARM = "control"
# Of a running campaign this may change: it touches nobody who is in it.
MAY_CHANGE_WHILE_RUNNING = frozenset({"name", "most_customers", "orders_may_be_old"})
LEAST_CONTROL, MOST_CONTROL = Decimal("0.01"), Decimal("0.9")
LONGEST_CODE, MOST_CODES = 80, 500_000
MOST_OFFERS, MOST_STEPS = 6, 12
LANGUAGES = ("nl", "en")


@dataclass(frozen=True)
class OfferPlan:
    """An offer as one writes it down; `code` names its arm."""

    code: str = "offer"
    kind: str = "text"
    title: Mapping[str, str] = field(default_factory=dict)
    share: int = 1
    cost_minor: int = 0
    valid_days: int = 30
    code_list: int | None = None
    code_set: int | None = None  # instead of a list: codes that the programme makes itself
    reward: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)  # points, question


@dataclass(frozen=True)
class StepPlan:
    """A contact as one writes it down; `offer` names the arm it is for, empty is all."""

    content: Mapping[str, Any]
    wait_days: int = 0
    channel: str = "email"
    offer: str = ""
    only_if: Mapping[str, Any] = field(default_factory=dict)
    cost_minor: int = 0


def clean_name(name: str) -> str:
    """Return a campaign's name on one line; refuses none and too long a one."""
    clean = tidy(name)
    if not 1 <= len(clean) <= 120:
        raise BadCampaign(field="name")
    return clean


def clean_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain facts of a campaign; refuses what is not possible, with its field."""
    clean = dict(facts)
    if "name" in clean:
        clean["name"] = clean_name(clean["name"])
    if "pool" in clean:
        clean["pool"] = tidy(clean["pool"])[:80]
    checks = {
        "rhythm": lambda v: v in RHYTHMS,
        "trigger": lambda v: v == "" or v in TRIGGERS,
        "purpose": lambda v: v in ("offers", "news", "survey"),
        "control_share": lambda v: Decimal(str(v)).is_finite(),
        "window_days": lambda v: 1 <= v <= 365,
        "most_customers": lambda v: v is None or 1 <= v <= 10_000_000,
        "orders_may_be_old": lambda v: v is None or 1 <= v <= 24 * 90,
    }
    for name, is_possible in checks.items():
        if name in clean and not _holds(is_possible, clean[name]):
            raise BadCampaign(field=name)
    if "control_share" in clean:
        clean["control_share"] = Decimal(str(clean["control_share"])).quantize(Decimal("0.001"))
    return clean


def _holds(is_possible: Any, value: Any) -> bool:
    try:
        return bool(is_possible(value))
    except (TypeError, ArithmeticError, ValueError):
        return False


def clean_offers(offers: Sequence[OfferPlan]) -> list[OfferPlan]:
    """Return the offers; refuses none, too many, a code twice, and amounts below zero."""
    if not 1 <= len(offers) <= MOST_OFFERS:
        raise BadCampaign(field="offer")
    codes = [offer.code for offer in offers]
    if len(set(codes)) < len(codes) or CONTROL_ARM in codes:
        raise BadCampaign(field="offer")
    for offer in offers:
        if offer.kind not in OFFER_KINDS or not 1 <= len(offer.code) <= 40:
            raise BadCampaign(field="offer_kind")
        if not 0 <= offer.cost_minor <= 10**9:
            raise BadCampaign(field="cost")
        if not 1 <= offer.valid_days <= 730:
            raise BadCampaign(field="valid_days")
        if not 1 <= offer.share <= 100:
            raise BadCampaign(field="share")
        if not 0 <= offer.facts.get("points", 0) <= 1_000_000:
            raise BadCampaign(field="points")
        if offer.facts.get("question", "nps") not in QUESTIONS:
            raise BadCampaign(field="question")
        if any(len(text) > 200 for text in offer.title.values()):
            raise BadCampaign(field="title")
    return list(offers)


def clean_steps(steps: Sequence[StepPlan], offers: Sequence[str]) -> list[StepPlan]:
    """Return the steps; refuses none, too many, and a step for an offer that is not there."""
    if not 1 <= len(steps) <= MOST_STEPS:
        raise BadCampaign(field="step")
    for step in steps:
        if step.offer and step.offer not in offers:
            raise BadCampaign(field="offer")
        if not 0 <= step.wait_days <= 365:
            raise BadCampaign(field="wait_days")
        if not 0 <= step.cost_minor <= 10**7:
            raise BadCampaign(field="cost")
    return list(steps)


def shares(control: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """Return the share of each offer's arm, when this share gets nothing."""
    total = sum(weights)
    return [
        ((1 - control) * weight / total).quantize(Decimal("0.000001"), rounding="ROUND_DOWN")
        for weight in weights
    ]


def worst_case(customers: int, control: Decimal, cost_minor: int) -> int:
    """Return what a campaign costs at most when everybody who gets it uses it."""
    return -int(-(customers * (1 - control) * cost_minor // 1))


def digest(document: Mapping[str, Any]) -> str:
    """Return what an approval is about, in 64 signs."""
    text = json.dumps(document, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_document(plan: OfferPlan | StepPlan) -> dict[str, Any]:
    """Return a plan as plain values."""
    return asdict(plan)


def code_text(text: str) -> str:
    """Return a discount code as orders show it, whatever capitals were typed."""
    return tidy(text).upper()


def read_codes(text: str) -> list[str]:
    """Read codes from a paste or a CSV: the first column, a heading left out.

    Refuses none, one that is too long, and one that is there twice, each with its line.
    """
    found: dict[str, int] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        code = code_text(line.replace(";", ",").split(",")[0].strip().strip('"'))
        if not code or (number == 1 and code in _HEADINGS):
            continue
        if len(code) > LONGEST_CODE:
            raise BadCodes(line=number, problem="too_long")
        if code in found:
            raise BadCodes(line=number, problem="twice")
        found[code] = number
        if len(found) > MOST_CODES:
            raise BadCodes(line=number, problem="too_many")
    if not found:
        raise BadCodes(line=1, problem="empty")
    return list(found)


_HEADINGS = frozenset({"CODE", "CODES", "KORTINGSCODE", "DISCOUNT CODE", "DISCOUNT_CODE", "NAME"})
