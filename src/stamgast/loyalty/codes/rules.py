"""Whether a code applies, what it gives, and which codes go together: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from stamgast.kernel import Money, minor_digits
from stamgast.loyalty.codes.errors import BadCodeSet, GiftCardTooShort

KINDS = ("percent", "amount", "free_shipping", "gift_card")
VAT_KINDS = ("discount", "single_purpose", "multi_purpose")
STAGES = ("new", "active", "drifting", "lost", "won_back")

APPLICABLE, INAPPLICABLE, SKIPPED = "APPLICABLE", "INAPPLICABLE", "SKIPPED"

# No letters and figures that are mistaken for one another when read aloud or from paper.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
LONGEST = 40
MOST_CODES = 5  # in one checkout
HIGHEST = 10**15  # minor units; beyond it something is wrong
HELD_FOR = timedelta(minutes=30)
GIFT_CARD_YEARS = 2  # that a sold card is valid at least, in the Netherlands since 1 January 2022


@dataclass(frozen=True, slots=True)
class CartLine:
    """A product in the cart: what its pieces cost together, as the customer sees it."""

    sku: str
    amount_minor: int
    category: str = ""


@dataclass(frozen=True, slots=True)
class Cart:
    """What is about to be bought, or was: then `given_minor` is what the shop took off for codes."""

    currency: str
    lines: tuple[CartLine, ...]
    shipping_minor: int = 0
    points_minor: int = 0  # what points pay, before gift cards do
    given_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who is about to buy; without an id nobody knows them."""

    id: int | None = None
    orders: int = 0
    stage: str = ""
    tiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """A code with the conditions of its set, as they stand at this moment."""

    text: str
    kind: str = "percent"
    percent: Decimal | None = None
    amount_minor: int | None = None
    currency: str = "EUR"
    most_minor: int | None = None
    least_order_minor: int = 0
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    is_first_order: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_exclusive: bool = False
    family: str = ""
    rank: int = 0
    owner: int | None = None  # whose it is alone
    balance_minor: int | None = None
    is_closed: bool = False
    is_used_up: bool = False  # of the code, or of the whole set
    is_used_by_buyer: bool = False  # as often as one customer may
    is_limited_per_buyer: bool = False
    budget_left_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one code: whether it applies, why (not), and what it gives."""

    text: str
    status: str
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    amount_minor: int = 0
    lines: tuple[int, ...] = ()  # what goes off each line of the cart
    is_payment: bool = False  # a gift card pays; it lowers no price


def tidy_code(text: str) -> str:
    """Return a code as it is kept: capitals, without the spaces and dashes people read it with."""
    return re.sub(r"[\s\-–]+", "", text).upper()[:LONGEST]


def may_be_code(text: str) -> bool:
    """Say whether a tidied text can be a code: letters, figures and _ . only."""
    return bool(re.fullmatch(r"[A-Z0-9_.]{3,40}", text))


# --- whether one code applies -------------------------------------------------------------------


def refusal_of(
    terms: Terms, cart: Cart, buyer: Buyer, *, at: datetime
) -> tuple[str, dict[str, Any]]:
    """Return why this code does not apply by itself, with facts; an empty reason when it does."""
    total = sum(line.amount_minor for line in cart.lines)
    matched = sum(amount for amount in matching(terms, cart))
    if terms.is_closed:
        return "closed", {}
    if terms.starts_at and at < terms.starts_at:
        return "not_started", {"from": terms.starts_at}
    if terms.ends_at and at >= terms.ends_at:
        return "ended", {"until": terms.ends_at}
    if terms.currency != cart.currency and terms.kind != "percent":
        return "other_currency", {"currency": terms.currency}
    if terms.owner is not None and terms.owner != buyer.id:
        return "not_yours", {}
    if terms.is_used_up:
        return "used_up", {}
    if terms.kind == "gift_card" and not terms.balance_minor:
        return "card_empty", {}
    if why := _buyer_refused(terms, buyer):
        return why, {}
    if terms.budget_left_minor is not None and terms.budget_left_minor <= 0:
        return "budget_spent", {}
    if total < terms.least_order_minor:
        return "below_minimum", {
            "least": terms.least_order_minor,
            "missing": terms.least_order_minor - total,
            "currency": cart.currency,
        }
    if (terms.skus or terms.categories) and matched <= 0:
        return "no_such_products", {}
    return "", {}


def _buyer_refused(terms: Terms, buyer: Buyer) -> str:
    if terms.is_used_by_buyer:
        return "used_by_you"
    asks = terms.is_first_order or terms.stages or terms.tiers or terms.is_limited_per_buyer
    if asks and buyer.id is None:
        return "unknown_buyer"
    if terms.is_first_order and buyer.orders > 0:
        return "not_first_order"
    if terms.stages and buyer.stage not in terms.stages:
        return "other_stage"
    if terms.tiers and not (terms.tiers & buyer.tiers):
        return "other_tier"
    return ""


def matching(terms: Terms, cart: Cart) -> list[int]:
    """Return the amount of each line that the code is about, 0 for the others."""
    everything = not terms.skus and not terms.categories
    return [
        max(0, line.amount_minor)
        if everything or line.sku in terms.skus or line.category in terms.categories
        else 0
        for line in cart.lines
    ]


# --- several codes together ---------------------------------------------------------------------


def answer_codes(codes: Sequence[Terms], cart: Cart, buyer: Buyer, *, at: datetime) -> list[Answer]:
    """Say of every code whether it applies and what it gives, in the order they were typed.

    The highest rank goes first, then percentages, amounts and free shipping in that order; each
    works on what the ones before it left. Then points pay, and gift cards last. A code that would
    apply alone but not beside the others is skipped, with the reason. What the shop gave already is
    the most that codes gave together, and a code that gave nothing was used all the same.
    """
    left = [max(0, line.amount_minor) for line in cart.lines]
    shipping, points = max(0, cart.shipping_minor), cart.points_minor
    given = cart.given_minor
    answers: dict[int, Answer] = {}
    applied: list[Terms] = []
    for place in sorted(range(len(codes)), key=lambda i: (*_turn(codes[i]), i)):
        terms = codes[place]
        if terms.kind == "gift_card" and points:
            off = min(points, sum(left))
            left = [rest - part for rest, part in zip(left, spread(off, left), strict=True)]
            shipping, points = max(0, shipping - points + off), 0
        reason, facts = refusal_of(terms, cart, buyer, at=at)
        if reason:
            answers[place] = Answer(terms.text, INAPPLICABLE, reason, facts)
            continue
        why, facts = _beside(terms, applied)
        if why:
            answers[place] = Answer(terms.text, SKIPPED, why, facts)
            continue
        found = _given(terms, cart, left, shipping, given)
        is_given = given is not None and not found.is_payment
        if found.amount_minor <= 0 and not is_given:
            answers[place] = Answer(terms.text, SKIPPED, "nothing_left")
            continue
        answers[place] = found
        applied.append(terms)
        left = [rest - off for rest, off in zip(left, found.lines, strict=True)]
        shipping -= found.amount_minor - sum(found.lines)
        if given is not None and is_given:
            given -= found.amount_minor
    return [answers[place] for place in range(len(codes))]


def _turn(terms: Terms) -> tuple[bool, int, int]:
    return terms.kind == "gift_card", -terms.rank, KINDS.index(terms.kind)


def _beside(terms: Terms, applied: Sequence[Terms]) -> tuple[str, dict[str, Any]]:
    """Return why a code does not go with those before it; gift cards go with everything."""
    others = [one for one in applied if one.kind != "gift_card"]
    if any(one.text == terms.text for one in applied):
        return "twice", {}
    if terms.kind == "gift_card" or not others:
        return "", {}
    if exclusive := next((one for one in others if one.is_exclusive), None):
        return "beside_exclusive", {"other": exclusive.text}
    if terms.is_exclusive:
        return "exclusive", {"other": others[0].text}
    same = next((one for one in others if terms.family and one.family == terms.family), None)
    return ("same_family", {"other": same.text}) if same else ("", {})


def _given(
    terms: Terms, cart: Cart, left: Sequence[int], shipping: int, given: int | None
) -> Answer:
    """Return what a code gives on what is left of lines and shipping; no more than was `given`."""
    if terms.kind == "gift_card":
        wanted = min(terms.balance_minor or 0, sum(left) + shipping)
        on_lines = spread(min(wanted, sum(left)), left)
        return Answer(terms.text, APPLICABLE, "", {}, wanted, on_lines, is_payment=True)
    caps = [terms.most_minor, terms.budget_left_minor, given]
    if terms.kind == "free_shipping":
        wanted = _capped(shipping, caps)
        return Answer(terms.text, APPLICABLE, "", {}, wanted, (0,) * len(left))
    about = [min(rest, one) for rest, one in zip(left, matching(terms, cart), strict=True)]
    if terms.kind == "percent":
        wanted = share_of(sum(about), terms.percent or Decimal(0))
    else:
        wanted = min(terms.amount_minor or 0, sum(about))
    wanted = _capped(wanted, caps)
    return Answer(terms.text, APPLICABLE, "", {}, wanted, spread(wanted, about))


def _capped(wanted: int, caps: Iterable[int | None]) -> int:
    return max(0, min([wanted, *(cap for cap in caps if cap is not None)]))


def share_of(minor: int, percent: Decimal) -> int:
    """Return a percentage of an amount, rounded half up; two decimals of the percentage count."""
    hundredths = int(percent * 100)
    return (2 * minor * hundredths + 10_000) // 20_000


def spread(minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount over lines by what each still costs; the largest remainders get the rest."""
    if minor <= 0:
        return (0,) * len(weights)
    return tuple(part.minor for part in Money(minor, "EUR").split(weights))


# --- what a set may be --------------------------------------------------------------------------


def check_set(facts: Mapping[str, Any]) -> None:
    """Refuse a set of codes that cannot be: what it gives is missing, or limits make no sense."""
    kind = facts.get("kind")
    if kind not in KINDS:
        raise BadCodeSet(field="kind")
    name = str(facts.get("name") or "").strip()
    if not name or len(name) > 120:
        raise BadCodeSet(field="name")
    try:
        minor_digits(str(facts.get("currency")))
    except ValueError:
        raise BadCodeSet(field="currency") from None
    percent, amount = facts.get("percent"), facts.get("amount_minor")
    if kind == "percent" and (percent is None or not 0 < percent <= 100):
        raise BadCodeSet(field="percent")
    if kind == "amount" and (amount is None or not 0 < amount <= HIGHEST):
        raise BadCodeSet(field="amount_minor")
    for name in ("most_minor", "uses_per_code", "uses_per_customer", "uses_most", "budget_minor"):
        value = facts.get(name)
        if value is not None and not 0 < value <= HIGHEST:
            raise BadCodeSet(field=name)
    if not 0 <= (facts.get("least_order_minor") or 0) <= HIGHEST:
        raise BadCodeSet(field="least_order_minor")
    if not set(facts.get("stages") or ()) <= set(STAGES):
        raise BadCodeSet(field="stages")
    starts, ends = facts.get("starts_at"), facts.get("ends_at")
    if starts and ends and ends <= starts:
        raise BadCodeSet(field="ends_at")
    _check_vat(facts)


def _check_vat(facts: Mapping[str, Any]) -> None:
    """A card that was paid for is a voucher; what only goes with a purchase never is (C-436/24)."""
    vat_kind = facts.get("vat_kind", "discount")
    if vat_kind not in VAT_KINDS:
        raise BadCodeSet(field="vat_kind")
    is_voucher = vat_kind != "discount"
    if facts.get("is_sold") and (facts.get("kind") != "gift_card" or not is_voucher):
        raise BadCodeSet(field="vat_kind")
    if is_voucher and facts.get("requires_purchase"):
        raise BadCodeSet(field="requires_purchase")


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; of 29 February the 1st of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)


def check_gift_card(
    *, is_sold: bool, sold_on: date, last_day: date | None, amount_minor: int
) -> None:
    """Refuse a card without money, and a sold one that ends within two years; no end is unlimited."""
    if not 0 < amount_minor <= HIGHEST:
        raise BadCodeSet(field="amount_minor")
    if last_day is None:
        return
    if last_day < sold_on:
        raise BadCodeSet(field="valid_until")
    least = years_after(sold_on, GIFT_CARD_YEARS)
    if is_sold and last_day < least:
        raise GiftCardTooShort(least=least)


def back_of(used_minor: int, back_minor: int, *, paid_minor: int, returned_minor: int) -> int:
    """Return how much of what a code gave comes back now, of an order returned so far in all.

    Cumulative: after everything came back it is exactly what was used, however it was split.
    """
    if paid_minor <= 0 or returned_minor >= paid_minor:
        return used_minor - back_minor
    due = used_minor * max(0, returned_minor) // paid_minor
    return max(0, due - back_minor)
