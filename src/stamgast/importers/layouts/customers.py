"""Customers of any shop: a number of the shop's own or an e-mail address, and what is known."""

from __future__ import annotations

from stamgast.importers.layouts.by_names import ByNames

layout = ByNames(
    name="customers",
    kind="customers",
    bars=frozenset(
        ("orderdate", "ordernumber", "orderid", "bestelnummer", "sku", "invoiceno", "quantity")
    ),
    needs=(
        ("customer_key", "email"),
        (
            "last_name",
            "name",
            "company",
            "first_name",
            "phone",
            "street",
            "postcode",
            "city",
            "marketing",
            "language",
            "since",
            "birth_date",
        ),
    ),
)
