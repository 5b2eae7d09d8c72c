"""The margin we assume where no cost is known, and the VAT where no line says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from stamgast.sales import rules
from stamgast.sales.models import MarginRate
from stamgast.staff.queries import shop


@dataclass(frozen=True, slots=True)
class Rates:
    """Margin rates by category, "" for the whole shop; and the shop's VAT rate in per cent."""

    margins: dict[str, Decimal] = field(default_factory=dict)
    vat: Decimal = Decimal(0)

    def of(self, category: str) -> Decimal:
        """Return the share of revenue that is kept on products of this category."""
        share = self.margins.get(category)
        return self.margins.get("", rules.DEFAULT_MARGIN) if share is None else share


def current_rates() -> Rates:
    """Return the rates that hold now."""
    rates = MarginRate.objects.values_list("category", "share")
    return Rates({category: Decimal(share) for category, share in rates}, Decimal(shop().vat_rate))
