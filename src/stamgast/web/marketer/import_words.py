"""The words around imports: what a column may hold, what is asked, and what a bad row lacks."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stamgast.web.words import Words

# What a column holds, in the words of who fills in the mapping; the order is that of the choices.
FIELDS: Final[Words] = {
    "number": _("order number"),
    "ordered_at": _("order date"),
    "customer_key": _("customer number"),
    "email": _("e-mail address"),
    "sku": _("product code"),
    "product_name": _("product name"),
    "quantity": _("quantity"),
    "unit_price": _("price per piece"),
    "amount": _("amount of the line or order"),
    "discount": _("discount on the line"),
    "order_discount": _("discount on the whole order"),
    "discount_code": _("discount code"),
    "shipping": _("postage"),
    "fees": _("payment costs"),
    "refund": _("amount refunded"),
    "cost": _("purchase cost per piece"),
    "price": _("list price"),
    "vat_rate": _("VAT percentage"),
    "currency": _("currency"),
    "category": _("product category"),
    "brand": _("brand"),
    "shop": _("shop"),
    "channel": _("sales channel"),
    "country": _("country"),
    "kind": _("sale or return"),
    "of_order": _("order that a return belongs to"),
    "cancelled": _("cancelled, or status"),
    "promised_on": _("promised delivery"),
    "delivered_on": _("delivered on"),
    "name": _("full name"),
    "first_name": _("first name"),
    "infix": _("prefix"),
    "last_name": _("surname"),
    "company": _("company"),
    "phone": _("telephone number"),
    "street": _("street"),
    "house_number": _("house number"),
    "postcode": _("postcode"),
    "city": _("town"),
    "language": _("language"),
    "since": _("customer since"),
    "birth_date": _("date of birth"),
    "marketing": _("may be mailed with offers"),
    "marketing_sms": _("may be texted with offers"),
    "marketing_phone": _("may be called with offers"),
    "marketing_post": _("may be written to with offers"),
    "is_charge": _("charge, no product"),
    "in_stock": _("in stock"),
    "url": _("page in the shop"),
    "is_sole_source": _("sold by nobody else"),
    "is_consumable": _("only fits a device we supply"),
    "is_platform": _("device that needs our supplies"),
}
LAYOUTS: Final[Words] = {
    "generic": _("orders"),
    "shopify": _("orders from Shopify"),
    "online_retail": _("invoices in the Online Retail layout"),
    "customers": _("customers"),
    "products": _("products"),
}
QUESTIONS: Final[Words] = {
    "currency": _("In which currency are the amounts?"),
    "vat": _("Are the prices with or without VAT?"),
    "margin": _("What percentage of revenue is margin, where no cost is known?"),
    "dates": _("Does a date begin with the day or with the month?"),
    "decimal": _("What stands before the cents?"),
}
WHY_ASKED: Final[Words] = {
    "currency": _("Three letters: EUR, GBP, USD."),
    "margin": _(
        "40 means that 40 cents of each euro remain after buying. Figures that rest on it say so."
    ),
}
ANSWERS: Final[Words] = {
    "included": _("with VAT"),
    "excluded": _("without VAT"),
    "dmy": _("day first: 31-12-2026"),
    "mdy": _("month first: 12/31/2026"),
    "iso": _("year first: 2026-12-31"),
    "comma": _("a comma: 9,95"),
    "point": _("a point: 9.95"),
}
# What was expected in the place of a value that cannot be used.
EXPECTED: Final[Words] = {
    "date": _("a date, such as 31-12-2026"),
    "number": _("a number"),
    "not_finite": _("a number; this is none"),
    "currency": _("a currency in three letters, such as EUR"),
    "flag": _("yes or no"),
    "kind": _("sale or return"),
    "quantity": _("a quantity that is possible"),
    "too_large": _("an amount that is possible"),
    "too_long": _("something shorter"),
    "email": _("an e-mail address"),
    "encoding": _("readable letters; these are broken"),
    "order_number": _("an order number"),
    "customer_number": _("a customer number or an e-mail address"),
    "product_number": _("a product code"),
}
STATUSES: Final[Words] = {
    "draft": _("not started yet"),
    "waiting": _("waiting for its turn"),
    "running": _("being imported"),
    "done": pgettext_lazy("import", "done"),
    "failed": pgettext_lazy("import", "failed"),
}


def word(words: Words, code: str) -> str:
    """Return the words for a code; a code without words shows itself, and a test finds it."""
    return str(words.get(code, code))
