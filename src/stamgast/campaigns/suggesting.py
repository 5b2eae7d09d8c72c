"""What may suit a customer, with the sentence that says why, in their own language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation

from stamgast.customers.models import Customer
from stamgast.mail.filling import money
from stamgast.sales.models import Product
from stamgast.sales.prices import reduction_of
from stamgast.sales.rules import to_minor
from stamgast.scoring.models import Suggestion
from stamgast.scoring.queries import suggestions_of
from stamgast.staff.models import Shop
from stamgast.staff.queries import shop

REASONS = {
    "nl": {
        "again": "U kocht dit eerder; meestal na zo’n {days} dagen opnieuw.",
        "together": "Wie {because} kocht, koos dit er vaak bij.",
        "step_up": "Een stap beter dan {because}, dat u al kent.",
    },
    "en": {
        "again": "You bought this before; usually again after some {days} days.",
        "together": "Who bought {because} often chose this with it.",
        "step_up": "One step up from {because}, which you know.",
    },
}


PRICES = {
    "nl": "Nu {now}; de laagste prijs van de dertig dagen ervoor was {was}.",
    "en": "Now {now}; the lowest price of the thirty days before was {was}.",
}


def suggested(customer: Customer, *, language: str, at: datetime) -> list[dict[str, Any]]:
    """Return what mails call `suggestions`: name, reason, price, url and kind; the best of each kind first.

    `price` is empty, but for a price that went down: then it says what it was, as the law asks.
    """
    return [told(one, language=language, at=at) for one in suggestions_of(customer)]


def told(one: Suggestion, *, language: str, at: datetime) -> dict[str, Any]:
    """Return one suggestion as plain values; a product without a name goes by its number."""
    words = REASONS.get(language) or REASONS["en"]
    because = one.because.name or one.because.sku
    return {
        "kind": one.kind,
        "name": one.product.name or one.product.sku,
        "reason": words[one.kind].format(because=because, days=one.days or 0),
        "price": _price(one.product, language, at),
        "url": one.product.url or shop().website,
    }


def _price(product: Product, language: str, at: datetime) -> str:
    own = shop()
    found = reduction_of(product, at=at) if own.vat == Shop.VatIn.INCLUDED else None
    if found is None:
        return ""
    language = language if language in PRICES else "en"
    with translation.override(language):
        was, now = (
            money(to_minor(price, own.currency), own.currency) for price in (found.was, found.now)
        )
    return PRICES[language].format(was=was, now=now)
