"""Codes and a cart that tests of codes share."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stamgast.loyalty.codes.actions import add_code, hold_codes, make_set
from stamgast.loyalty.codes.rules import Answer, Cart, CartLine
from stamgast.loyalty.models import CodeSet

CART = Cart("EUR", (CartLine("BEANS", 3000, "coffee"), CartLine("CUP", 2000, "cups")), 495)


def a_set(at: datetime, text: str = "", **facts: Any) -> CodeSet:
    """Make a set of codes, ten percent unless told otherwise; with one code when a text is given."""
    usual = {"name": "Autumn", "kind": "percent", "percent": Decimal(10), "currency": "EUR"}
    made = make_set(at=at, **{**usual, **facts})
    if text:
        add_code(made, text, at=at)
    return made


def a_card_set(at: datetime, **facts: Any) -> CodeSet:
    """Make a set of gift cards that are sold."""
    usual = {"name": "Cards", "kind": "gift_card", "vat_kind": "multi_purpose", "is_sold": True}
    return make_set(at=at, **{"currency": "EUR", **usual, **facts})


def hold(key: str, *texts: str, at: datetime, minutes: int = 30, **facts: Any) -> list[Answer]:
    """Keep codes apart for a purchase of the usual cart."""
    facts.setdefault("cart", CART)
    cart = facts.pop("cart")
    return hold_codes(
        cart, texts, key=key, at=at, expires_at=at + timedelta(minutes=minutes), **facts
    )
