"""What tests of the till share: baskets, and members with points."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from stamgast.loyalty.actions import Basket, grant_points
from stamgast.loyalty.models import Member
from stamgast.loyalty.rules import BoughtLine


def basket(ref: str, *amounts: float | tuple[float, int], currency: str = "EUR") -> Basket:
    """Return a basket with a line per amount in euros, or per (amount, pieces)."""
    lines = []
    for place, given in enumerate(amounts, start=1):
        paid, pieces = given if isinstance(given, tuple) else (given, 1)
        lines.append(BoughtLine(f"S-{place}", "", Decimal(pieces), round(paid * 100)))
    return Basket(ref, currency, lines)


def give(member: Member, points: int, *, at: datetime, key: str = "start") -> None:
    """Give a member points to start with, to be spent at once."""
    grant_points(member, points, at=at, key=key, by="test", reason="to start with")
