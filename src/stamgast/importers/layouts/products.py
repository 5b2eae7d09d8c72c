"""Products of any shop: a code, and a name, category, price, cost or VAT rate."""

from __future__ import annotations

from stamgast.importers.layouts.by_names import ByNames

layout = ByNames(
    name="products",
    kind="products",
    bars=frozenset(
        ("orderdate", "ordernumber", "orderid", "bestelnummer", "besteldatum", "invoiceno")
    ),
    needs=(
        ("sku",),
        (
            "cost",
            "price",
            "category",
            "vat_rate",
            "product_name",
            "is_charge",
            "is_sole_source",
            "is_consumable",
            "is_platform",
            "in_stock",
            "url",
        ),
    ),
    signs=(
        frozenset(
            [
                "cost",
                "costprice",
                "unitcost",
                "inkoopprijs",
                "kostprijs",
                "purchaseprice",
                "costperitem",
                "price",
                "prijs",
                "verkoopprijs",
                "category",
                "categorie",
                "listprice",
                "productgroep",
                "artikelgroep",
                "vatrate",
                "btw",
            ]
        ),
    ),
)
