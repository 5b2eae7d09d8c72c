"""Orders of any shop: one row per order line, or per order, under common English or Dutch names."""

from __future__ import annotations

from stamgast.importers.layouts.by_names import ByNames

# Codes that shops everywhere use for what is billed but is no product.
CHARGES = frozenset(
    [
        "POST",
        "POSTAGE",
        "SHIPPING",
        "DELIVERY",
        "PORTO",
        "VERZENDING",
        "VERZENDKOSTEN",
        "TRANSACTIEKOSTEN",
        "HANDLING",
        "ADMINISTRATIEKOSTEN",
        "STATIEGELD",
    ]
)

layout = ByNames(name="generic", charges=CHARGES)
