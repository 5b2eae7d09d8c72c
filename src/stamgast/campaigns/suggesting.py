"""What may suit a customer, with the sentence that says why, in their own language."""

from __future__ import annotations

from typing import Any

from stamgast.customers.models import Customer
from stamgast.scoring.models import Suggestion
from stamgast.scoring.queries import suggestions_of
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


def suggested(customer: Customer, *, language: str) -> list[dict[str, Any]]:
    """Return what mails call `suggestions`: name, reason, url and kind; the best of each kind first."""
    return [told(one, language=language) for one in suggestions_of(customer)]


def told(one: Suggestion, *, language: str) -> dict[str, Any]:
    """Return one suggestion as plain values; a product without a name goes by its number."""
    words = REASONS.get(language) or REASONS["en"]
    because = one.because.name or one.because.sku
    return {
        "kind": one.kind,
        "name": one.product.name or one.product.sku,
        "reason": words[one.kind].format(because=because, days=one.days or 0),
        "url": one.product.url or shop().website,
    }
