"""The orders export of Shopify: one row per line, what holds for the order on its first row only."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.importers.layouts.by_names import ByNames
from stamgast.importers.layouts.orders import CHARGES


@dataclass(frozen=True, kw_only=True)
class Shopify(ByNames):
    """Shopify, which does not say whether prices include VAT: the totals do."""

    def conclude(self, totals: dict[str, float]) -> dict[str, object]:
        """Tell from the sums: is tax inside the subtotal, on top of it, or is there none?"""
        if not {"subtotal", "taxes", "total"} <= totals.keys():
            return {}
        taxes = totals["taxes"]
        if abs(taxes) < 0.005:
            return {"vat": "excluded"}
        rest = totals["total"] - totals["subtotal"] - totals.get("shipping", 0.0)
        return {"vat": "excluded" if abs(rest - taxes) < abs(rest) else "included"}


layout = Shopify(
    name="shopify",
    charges=CHARGES,
    number_prefix="#",
    signs=(
        frozenset(("name",)),
        frozenset(("createdat",)),
        frozenset(("lineitemquantity",)),
        frozenset(("lineitemprice",)),
    ),
    sums=(
        ("subtotal", ("subtotal",)),
        ("shipping", ("shipping",)),
        ("taxes", ("taxes",)),
        ("total", ("total",)),
    ),
    columns=(
        ("number", ("name",)),
        ("ordered_at", ("createdat",)),
        ("email", ("email",)),
        ("name", ("billingname", "shippingname")),
        ("company", ("billingcompany", "shippingcompany")),
        ("phone", ("phone", "billingphone", "shippingphone")),
        ("street", ("billingaddress1", "shippingaddress1", "billingstreet")),
        ("postcode", ("billingzip", "shippingzip")),
        ("city", ("billingcity", "shippingcity")),
        ("country", ("shippingcountry", "billingcountry")),
        ("marketing", ("acceptsmarketing",)),
        ("currency", ("currency",)),
        ("channel", ("source",)),
        ("discount_code", ("discountcode",)),
        ("order_discount", ("discountamount",)),
        ("shipping", ("shipping",)),
        ("refund", ("refundedamount",)),
        ("cancelled", ("cancelledat", "canceledat")),
        ("sku", ("lineitemsku",)),
        ("product_name", ("lineitemname",)),
        ("quantity", ("lineitemquantity",)),
        ("unit_price", ("lineitemprice",)),
        ("discount", ("lineitemdiscount",)),
    ),
)
