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
ORDER_COLUMNS = (
    "order_number", "ordered_at", "customer_id", "email", "sku", "product_name", "category",
    "quantity", "unit_price", "discount", "cost", "currency", "vat_rate", "shop", "brand",
    "country", "channel", "kind", "original_order", "discount_code", "promised_on", "delivered_on",
)  # fmt: skip
_NOON = 12 * 3600 * 1_000_000
_OTHERS = ("contracts", "consents", "interactions", "answers")


def write_files(
    shop: SimulatedShop | Iterable[SimulatedShop],
    folder: Path | str,
    *,
    layout: str = "generic",
    format: str = "csv",
) -> dict[str, Path]:
    """Write one file per table and return their paths by name; the truth is not written.

    `shop` may be the parts of a large shop. In the generic layout `orders` has a row per order line
    and per return, with ORDER_COLUMNS; the other files have the columns of their tables. Refuses
    layouts and formats it does not know.
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
    """Return one row per order line, then one per return, with what belongs to order and customer.

    A return has a number of its own (R1, R2, ...), a negative quantity, what was paid back per unit
    as price, and as cost what the goods are worth again: nothing where they cannot be resold.
    """
    lines, returns = shop.lines, shop.returns
    sold = {
        "order_number": lines["order_number"].cast(pa.string()),
        "quantity": lines["quantity"],
        "unit_price": lines["unit_price"],
        "discount": lines["discount"],
        "cost": lines["cost"],
        "kind": lines["kind"],
        "original_order": pa.nulls(lines.num_rows, pa.string()),
    }
    number = lines["order_number"].to_numpy()
    back = np.searchsorted(number, returns["order_number"].to_numpy())
    line = lines.take(pa.array(back + returns["line_number"].to_numpy() - 1))
    price = pc.round(pc.divide(returns["refund"], returns["quantity"].cast(pa.float64())), 4)
    came_back = {
        "order_number": pc.binary_join_element_wise(
            "R", returns["return_number"].cast(pa.string()), ""
        ),
        "ordered_at": pc.add(
            returns["returned_on"].cast(pa.timestamp("us")), pa.scalar(_NOON, pa.duration("us"))
        ).cast(pa.timestamp("us", tz="UTC")),
        "quantity": pc.negate(returns["quantity"]),
        "unit_price": price,
        "discount": pa.array(np.zeros(returns.num_rows)),
        "cost": pc.if_else(returns["is_resellable"], line["cost"], 0.0),
        "kind": pa.array(["return"]).take(pa.array(np.zeros(returns.num_rows, dtype=np.int64))),
        "original_order": returns["order_number"].cast(pa.string()),
    }
    return pa.concat_tables([_rows(shop, lines, sold), _rows(shop, line, came_back)])


def _rows(shop: SimulatedShop, lines: pa.Table, own: dict[str, Any]) -> pa.Table:
    """Put beside the rows' own columns those of their order, customer and product."""
    orders = shop.orders
    order = np.searchsorted(orders["order_number"].to_numpy(), lines["order_number"].to_numpy())
    of_order = orders.take(pa.array(order))
    customer = pc.index_in(of_order["customer_id"], shop.customers["customer_id"])
    product = pc.index_in(lines["sku"], shop.products["sku"])
    name = shop.products["name"].take(product)
    shipping = shop.spec.shipping.name if shop.spec.shipping else None
    known = {
        **{column: of_order[column] for column in of_order.column_names},
        "email": shop.customers["email"].take(customer),
        "sku": lines["sku"],
        "product_name": pc.coalesce(name, pa.scalar(shipping, pa.string())),
        "category": shop.products["category"].take(product),
        "vat_rate": lines["vat_rate"],
        **own,
    }
    return pa.table({column: known[column] for column in ORDER_COLUMNS})


def _with_text_moments(table: pa.Table) -> pa.Table:
    """Write moments as 2025-03-01T13:22:05Z, which every reader of CSV understands."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            seconds = table[field.name].cast(pa.timestamp("s", tz="UTC")).cast(pa.int64())
            plain = seconds.cast(pa.timestamp("s"))
            table = table.set_column(i, field.name, pc.strftime(plain, format="%Y-%m-%dT%H:%M:%SZ"))
    return table
