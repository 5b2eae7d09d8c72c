"""What somebody buys, as values: refused, kept with the purchase, and known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from stamgast.loyalty import queries, rules
from stamgast.loyalty.errors import BadCheckout, OtherCurrency, PointsAboveTotal
from stamgast.loyalty.models import Checkout, Member, Programme
from stamgast.loyalty.parts import Basket, Effect
from stamgast.staff.queries import Who, actor

_MOST_LINES, _MOST_MINOR, _MOST_PIECES = 1_000, 10**13, 1_000_000


def buyer_of(member: Member | None) -> Member | None:
    """Return who buys, as they stand now; refuses who left."""
    return queries.taking_part(member) if member is not None else None


def refuse_bad(basket: Basket, settings: Programme) -> None:
    """Refuse a basket that cannot be: no reference, another currency, lines that nobody can buy."""
    if not 0 < len(basket.ref) <= 100:
        raise BadCheckout(field="ref")
    if basket.currency != settings.currency:
        raise OtherCurrency(currency=basket.currency, expected=settings.currency)
    if not 0 < len(basket.lines) <= _MOST_LINES:
        raise BadCheckout(field="lines")
    for place, line in enumerate(basket.lines, start=1):
        if not line.quantity.is_finite() or not 0 < line.quantity <= _MOST_PIECES:
            raise BadCheckout(field="quantity", line=place)
        if line.quantity != round(line.quantity, 3):
            raise BadCheckout(field="quantity", line=place)
        if not _is_amount(line.amount_minor):
            raise BadCheckout(field="amount", line=place)
    if not _is_amount(basket.shipping_minor):
        raise BadCheckout(field="shipping")


def _is_amount(minor: int) -> bool:
    return type(minor) is int and 0 <= minor <= _MOST_MINOR


def lines_of(basket: Basket) -> list[dict[str, Any]]:
    """Return the lines as a purchase keeps them."""
    return [
        {
            "sku": line.sku,
            "category": line.category,
            "quantity": int(line.quantity * 1000),
            "amount_minor": line.amount_minor,
            "weight": 0,
        }
        for line in basket.lines
    ]


def basket_of(checkout: Checkout) -> Basket:
    """Return the basket that a purchase keeps."""
    lines = [
        rules.BoughtLine(
            line["sku"], line["category"], Decimal(line["quantity"]) / 1000, line["amount_minor"]
        )
        for line in checkout.lines
    ]
    return Basket(checkout.ref, checkout.currency, lines, checkout.codes, checkout.shipping_minor)


def keep_basket(checkout: Checkout, basket: Basket) -> None:
    """Keep a basket with a purchase, to be saved with the rest."""
    checkout.currency, checkout.total_minor = basket.currency, basket.total_minor
    checkout.lines, checkout.codes = lines_of(basket), list(basket.codes)
    checkout.shipping_minor = basket.shipping_minor


def due_of(basket: Basket, effects: Sequence[Effect]) -> rules.Due:
    """Return what is left to pay of a basket after what the programme gives."""
    return rules.due(
        [line.amount_minor for line in basket.lines],
        basket.shipping_minor,
        effects,
        points_minor=basket.points_minor,
        paid=basket.paid,
    )


def paying(basket: Basket, points: int, settings: Programme) -> Basket:
    """Return the basket with what the points to be spent on it are worth."""
    return replace(basket, points_minor=rules.worth(points, settings.point_value))


def refuse_above(due: rules.Due, points: int, settings: Programme) -> None:
    """Refuse more points than a purchase comes to."""
    most = rules.points_for(due.most_minor, settings.point_value)
    if points > most:
        raise PointsAboveTotal(most=most)


def digest_of(basket: Basket, member: Member | None, spend: int) -> str:
    """Return what the same purchase again is known by."""
    lines = [[*map(str, line)] for line in basket.lines]
    who = member.pk if member else None
    told = [basket.currency, lines, list(basket.codes), basket.shipping_minor, who, spend]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def commit_digest(checkout: Checkout, points: int | None) -> str:
    """Return what the same commit again is known by."""
    told = [checkout.pk, "commit", points]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def plain(effects: list[Effect]) -> list[dict[str, Any]]:
    """Return effects as plain values."""
    return [{**asdict(effect), "factor": str(effect.factor)} for effect in effects]


def about_checkout(checkout: Checkout, member: Member, at: datetime, by: Who) -> dict[str, Any]:
    """Return what every operation for a purchase says."""
    return {
        "member": member.pk,
        "customer": member.customer_id,
        "at": at,
        "by": actor(by)[:60],
        "ref": checkout.ref,
    }
