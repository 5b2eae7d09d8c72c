"""What the texts of a campaign know besides the customer and the shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.campaigns.models import Offer
from stamgast.customers.models import Customer
from stamgast.staff.queries import shop

SAMPLE_CODE = "VOORBEELD-1234"


def facts_for(offer: Offer, customer: Customer, *, code: str, at: datetime) -> dict[str, Any]:
    """Return what is filled in for this customer: the offer in their language, its code and end."""
    own = shop()
    language = (customer.language or own.language)[:2]
    title = offer.title.get(language) or next((t for t in offer.title.values() if t), "")
    zone = ZoneInfo(own.zone)
    until = (at.astimezone(zone) + timedelta(days=offer.valid_days)).date()
    return {"offer": {"title": title, "code": code, "until": until.isoformat(), "url": own.website}}


def sample_code(offer: Offer) -> str:
    """Return a code that shows what one looks like, where the offer has codes."""
    return SAMPLE_CODE if offer.kind == Offer.Kind.DISCOUNT_CODE else ""
