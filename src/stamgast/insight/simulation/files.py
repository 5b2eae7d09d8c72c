"""Files as a shop would export them, written in parts so that any size fits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from stamgast.insight.simulation.shop import SimulatedShop

FORMATS = ("csv", "parquet")
LAYOUTS = ("generic",)
_CUSTOMER_COLUMNS = (
    "customer_id", "first_name", "infix", "last_name", "company", "email", "phone", "street",
    "house_number", "postcode", "city", "country", "language", "since",
)  # fmt: skip
_PRODUCT_COLUMNS = ("sku", "name", "category", "brand", "price", "cost")
_OTHERS = ("returns", "contracts", "consents", "interactions", "answers")


def write_files(
    shop: SimulatedShop | Iterable[SimulatedShop],
    folder: Path | str,
    *,
    layout: str = "generic",
    format: str = "csv",
) -> dict[str, Path]:
    """Write one file per table and return their paths by name; the truth is not written.

    `shop` may be the parts of a large shop. In the generic layout `orders` has one row per line:
    order_number, ordered_at, customer_id, email, sku, product, category, quantity, unit_price,
    discount, cost, currency, vat_rate, shop, brand, country, channel, kind. Refuses layouts and
    formats it does not know.
    """
    if layout not in LAYOUTS or format not in FORMATS:
        raise ValueError(f"layouts are {LAYOUTS} and formats {FORMATS}, not {layout!r}, {format!r}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = _Files(folder, format)
    try:
        for number, part in enumerate([shop] if isinstance(shop, SimulatedShop) else shop):
            files.write("orders", order_rows(part))
            files.write("customers", part.customers.select(list(_CUSTOMER_COLUMNS)))
            if number == 0:
                files.write("products", part.products.select(list(_PRODUCT_COLUMNS)))
            for name in _OTHERS:
                files.write(name, getattr(part, name))
    finally:
        files.close()
    return files.paths


class _Files:
    """One open writer per table."""

    def __init__(self, folder: Path, format: str) -> None:
        self._folder = folder
        self._format = format
        self._writers: dict[str, Any] = {}
        self.paths: dict[str, Path] = {}

    def write(self, name: str, table: pa.Table) -> None:
        """Append the table to its file, which is begun anew at the first call."""
        table = table.replace_schema_metadata(None)
        if self._format == "csv":
            table = _with_text_moments(table)
        if name not in self._writers:
            path = self.paths[name] = self._folder / f"{name}.{self._format}"
            self._writers[name] = (
                csv.CSVWriter(
                    path, table.schema, write_options=csv.WriteOptions(quoting_style="needed")
                )
                if self._format == "csv"
                else parquet.ParquetWriter(path, table.schema)
            )
        self._writers[name].write_table(table)

    def close(self) -> None:
        """Close every file."""
        for writer in self._writers.values():
            writer.close()


def order_rows(shop: SimulatedShop) -> pa.Table:
    """Return one row per order line with what belongs to its order, customer and product."""
    orders, lines = shop.orders, shop.lines
    order = np.searchsorted(orders["order_number"].to_numpy(), lines["order_number"].to_numpy())
    of_order = orders.take(pa.array(order))
    customer = pc.index_in(of_order["customer_id"], shop.customers["customer_id"])
    product = pc.index_in(lines["sku"], shop.products["sku"])
    name = shop.products["name"].take(product)
    shipping = shop.spec.shipping.name if shop.spec.shipping else None
    return pa.table(
        {
            "order_number": lines["order_number"],
            "ordered_at": of_order["ordered_at"],
            "customer_id": of_order["customer_id"],
            "email": shop.customers["email"].take(customer),
            "sku": lines["sku"],
            "product": pc.coalesce(name, pa.scalar(shipping, pa.string())),
            "category": shop.products["category"].take(product),
            "quantity": lines["quantity"],
            "unit_price": lines["unit_price"],
            "discount": lines["discount"],
            "cost": lines["cost"],
            "currency": of_order["currency"],
            "vat_rate": lines["vat_rate"],
            "shop": of_order["shop"],
            "brand": of_order["brand"],
            "country": of_order["country"],
            "channel": of_order["channel"],
            "kind": lines["kind"],
        }
    )


def _with_text_moments(table: pa.Table) -> pa.Table:
    """Write moments as 2025-03-01T13:22:05Z, which every reader of CSV understands."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            plain = table[field.name].cast(pa.timestamp("s", tz="UTC")).cast(pa.timestamp("s"))
            table = table.set_column(i, field.name, pc.strftime(plain, format="%Y-%m-%dT%H:%M:%SZ"))
    return table
