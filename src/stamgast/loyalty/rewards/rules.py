"""Who may have which reward, and what a reward may be: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from stamgast.kernel import minor_digits
from stamgast.loyalty.codes.rules import HIGHEST, VAT_KINDS
from stamgast.loyalty.rewards.errors import BadReward

KINDS = ("gift", "discount", "free_shipping", "product", "experience", "donation", "service")
BY_CODE = ("discount", "free_shipping")  # given as a code, by itself
MOST_POINTS = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """A reward and the member who asks for it, at one moment."""

    points: int
    available: int
    is_open: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    left: int | None = None  # in stock
    tiers: frozenset[str] = frozenset()
    mine: frozenset[str] = frozenset()  # the member's tier and those below it
    most_each: int | None = None
    had: int = 0
    has_left: bool = False  # the programme
    lacks_purchase: bool = False  # it goes with one, and none is left that has no reward yet


def may_see(asked: Asked, *, at: datetime) -> bool:
    """Say whether a member is shown a reward at all."""
    is_in_time = not (asked.ends_at and at >= asked.ends_at)
    is_theirs = not asked.tiers or bool(asked.tiers & asked.mine)
    return asked.is_open and is_in_time and is_theirs and not asked.has_left


def refusal_of(asked: Asked, *, at: datetime) -> str:
    """Return why a member cannot have a reward now; empty when they can."""
    if asked.has_left:
        return "left"
    if not asked.is_open:
        return "closed"
    if asked.starts_at and at < asked.starts_at:
        return "not_started"
    if asked.ends_at and at >= asked.ends_at:
        return "ended"
    if asked.tiers and not asked.tiers & asked.mine:
        return "other_tier"
    if asked.most_each is not None and asked.had >= asked.most_each:
        return "had_enough"
    if asked.left is not None and asked.left <= 0:
        return "out_of_stock"
    if asked.available < asked.points:
        return "too_few_points"
    return "needs_purchase" if asked.lacks_purchase else ""


def check_reward(facts: Mapping[str, Any]) -> None:
    """Refuse a reward that cannot be, and a VAT kind that does not go with how it is had."""
    name, text = str(facts.get("name") or ""), str(facts.get("text") or "")
    if not name or len(name) > 120:
        raise BadReward(field="name")
    if len(text) > 500:
        raise BadReward(field="text")
    if facts.get("kind") not in KINDS:
        raise BadReward(field="kind")
    points = facts.get("points")
    if type(points) is not int or not 0 < points <= MOST_POINTS:
        raise BadReward(field="points")
    try:
        minor_digits(str(facts.get("currency")))
    except ValueError:
        raise BadReward(field="currency") from None
    for field, most in (("stock", 10**9), ("most_each", 1000)):
        value = facts.get(field)
        if value is not None and not 0 <= value <= most:
            raise BadReward(field=field)
    if not 0 <= (facts.get("cost_minor") or 0) <= HIGHEST:
        raise BadReward(field="cost_minor")
    starts, ends = facts.get("starts_at"), facts.get("ends_at")
    if starts and ends and ends <= starts:
        raise BadReward(field="ends_at")
    if not 1 <= (facts.get("code_days") or 0) <= 3660:
        raise BadReward(field="code_days")
    if (facts["kind"] in BY_CODE) != (facts.get("code_set") is not None):
        raise BadReward(field="code_set")
    _check_vat(facts)


def _check_vat(facts: Mapping[str, Any]) -> None:
    """Points that only go with a purchase are a discount, no voucher (CJEU C-436/24)."""
    vat_kind, rate = facts.get("vat_kind"), facts.get("vat_rate")
    if vat_kind not in VAT_KINDS:
        raise BadReward(field="vat_kind")
    if facts.get("requires_purchase") and vat_kind != "discount":
        raise BadReward(field="requires_purchase")
    if rate is not None and not Decimal(0) <= rate <= 100:
        raise BadReward(field="vat_rate")
    if vat_kind == "single_purpose" and rate is None:  # its rate is known when it is given
        raise BadReward(field="vat_rate")
