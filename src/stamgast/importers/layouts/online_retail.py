"""The Online Retail files of the UCI Machine Learning Repository: a British gift wholesaler.

Invoices whose number begins with C are returns, those with A are bookkeeping; prices are in pounds
and, being a wholesaler's, without VAT.
"""

from __future__ import annotations

from stamgast.importers.layouts.by_names import ByNames

CHARGES = frozenset(
    (
        "POST",
        "DOT",
        "M",
        "D",
        "S",
        "B",
        "C2",
        "C3",
        "BANK CHARGES",
        "AMAZONFEE",
        "CRUK",
        "ADJUST",
        "ADJUST2",
    )
)

layout = ByNames(
    name="online_retail",
    known={"currency": "GBP", "vat": "excluded"},
    charges=CHARGES,
    return_prefix="C",
    charge_prefix="A",
    signs=(
        frozenset(("invoiceno", "invoice")),
        frozenset(("stockcode",)),
        frozenset(("invoicedate",)),
        frozenset(("quantity",)),
        frozenset(("unitprice", "price")),
    ),
    columns=(
        ("number", ("invoiceno", "invoice")),
        ("ordered_at", ("invoicedate",)),
        ("customer_key", ("customerid",)),
        ("country", ("country",)),
        ("sku", ("stockcode",)),
        ("product_name", ("description",)),
        ("quantity", ("quantity",)),
        ("unit_price", ("unitprice", "price")),
    ),
)
