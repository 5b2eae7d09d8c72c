"""The columns each calculation needs, with their types and units: the contract with the outside.

A calculation takes tables of any Ibis backend and asks only for columns named here. Amounts are
floats in one currency (the shop's), days are business dates in the shop's zone, names of customers
and orders may be integers or strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.types as ir


class TableError(ValueError):
    """A table lacks a column, or has it in another type than the calculation needs."""


@dataclass(frozen=True)
class Column:
    """One column of a contract: its name, what kind of values it holds, and what they mean."""

    name: str
    kind: str  # "id", "day", "moment", "amount", "count", "number", "flag" or "text"
    meaning: str
    is_optional: bool = False


ORDERS = (
    Column("order_id", "id", "the order", is_optional=True),
    Column("customer_id", "id", "who ordered; empty for an anonymous sale"),
    Column("day", "day", "business day of the order in the shop's zone"),
    Column("ordered_at", "moment", "moment of the order, UTC", is_optional=True),
    Column("revenue", "amount", "without VAT, after discount, before returns", is_optional=True),
    Column("margin", "amount", "after discount, returns and all costs", is_optional=True),
    Column("discount", "amount", "given on this order, zero or more", is_optional=True),
    Column("returned", "amount", "revenue of this order that came back later", is_optional=True),
    Column("is_purchase", "flag", "at least one product was bought", is_optional=True),
    Column("shop", "text", "which shop", is_optional=True),
    Column("brand", "text", "which brand", is_optional=True),
    Column("country", "text", "ISO 3166 code, or as the file named it", is_optional=True),
    Column("channel", "text", "sales channel", is_optional=True),
)

CUSTOMERS = (
    Column("customer_id", "id", "the customer"),
    Column("may_email", "flag", "offers by e-mail are allowed", is_optional=True),
    Column("may_phone", "flag", "offers by phone are allowed", is_optional=True),
    Column("has_open_complaint", "flag", "a complaint is not yet closed", is_optional=True),
    Column("last_contact", "day", "last time we reached out ourselves", is_optional=True),
    Column("contract_start", "day", "start of the running or last contract", is_optional=True),
    Column("contract_end", "day", "agreed end; empty for an open contract", is_optional=True),
    Column("contract_notice", "day", "day the customer gave notice", is_optional=True),
)

BOUGHT = (
    Column("customer_id", "id", "who bought"),
    Column("product_id", "id", "what was bought"),
    Column("day", "day", "business day of the purchase in the shop's zone"),
    Column("quantity", "number", "pieces bought"),
    Column("revenue", "amount", "of the line, without VAT, after discount"),
    Column("margin", "amount", "of the line"),
)

PRODUCTS = (
    Column("product_id", "id", "the product"),
    Column("category", "text", "what kind of product it is; empty when nobody said"),
    Column("is_for_sale", "flag", "in stock, and no charge such as postage"),
)

DIMENSIONS = ("shop", "brand", "country", "channel")  # what a table may be narrowed to

_FITS = {
    "id": lambda t: t.is_integer() or t.is_string(),
    "day": lambda t: t.is_date(),
    "moment": lambda t: t.is_timestamp(),
    "amount": lambda t: t.is_numeric(),
    "count": lambda t: t.is_numeric(),
    "number": lambda t: t.is_numeric(),
    "flag": lambda t: t.is_boolean(),
    "text": lambda t: t.is_string(),
}

# What a column without a single value is taken for: frames give such a column no type.
_STANDARD = {
    "id": "string",
    "day": "date",
    "moment": "timestamp",
    "amount": "float64",
    "count": "int64",
    "number": "float64",
    "flag": "boolean",
    "text": "string",
}


def check(table: ir.Table, contract: Iterable[Column], *, need: Iterable[str] = ()) -> ir.Table:
    """Return the table, or refuse with TableError naming the column, its type and what was needed.

    Columns of the contract that are not optional must be there, and those in `need` as well.
    A moment is accepted where a day is needed, and cast to its date: its UTC date if it has a zone,
    so a shop elsewhere must give its own business days. Counts that a frame holds as floats (for
    the sake of missing values) become whole numbers again.
    """
    schema = table.schema()
    needed = set(need)
    casts: dict[str, Any] = {}
    for column in contract:
        if column.name not in schema:
            if column.is_optional and column.name not in needed:
                continue
            raise TableError(
                f"the table has no column {column.name!r} ({column.meaning}); "
                f"it has {', '.join(schema.names)}"
            )
        kind: dt.DataType = schema[column.name]
        if kind.is_null():
            casts[column.name] = table[column.name].cast(_STANDARD[column.kind])
        elif column.kind == "day" and kind.is_timestamp():
            casts[column.name] = table[column.name].date()
        elif column.kind == "count" and not kind.is_integer() and kind.is_numeric():
            casts[column.name] = table[column.name].cast("int64")
        elif not _FITS[column.kind](kind):
            raise TableError(
                f"column {column.name!r} is of type {kind}; "
                f"expected {column.kind} ({column.meaning})"
            )
    return table.mutate(**casts) if casts else table


def business_day(as_of: date) -> date:
    """Return the day a calculation looks back from, or refuse a moment with TypeError.

    A moment has no business day without the shop's time zone, which calculations do not know.
    """
    if isinstance(as_of, datetime) or not isinstance(as_of, date):
        raise TypeError(f"as_of must be a date in the shop's zone, not {type(as_of).__name__}")
    return as_of


def narrow(table: ir.Table, only: Mapping[str, str] | None) -> ir.Table:
    """Keep the rows of one shop, brand, country or channel; refuse any other column."""
    for name, wanted in (only or {}).items():
        if name not in DIMENSIONS:
            raise TableError(f"a table can be narrowed by {', '.join(DIMENSIONS)}, not by {name!r}")
        if name not in table.columns:
            raise TableError(f"the table has no column {name!r} to narrow by")
        table = table.filter(table[name] == wanted)
    return table


def groups(by: str | None) -> list[str]:
    """Return the columns to tell apart by: none, or one of DIMENSIONS; refuses any other."""
    if by is not None and by not in DIMENSIONS:
        raise TableError(f"a table can be told apart by {', '.join(DIMENSIONS)}, not by {by!r}")
    return [by] if by else []


def refuse_broken_values(table: ir.Table, contract: Iterable[Column] = ORDERS) -> ir.Table:
    """Return the table, or refuse with TableError when days are missing or amounts are no numbers.

    Runs one pass over the table: the only look at values before a calculation. A missing amount
    (NULL) is allowed and counts as unknown; NaN and infinite amounts are not, since one of them
    silently spoils every sum it enters.
    """
    faults = {}
    for column in contract:
        if column.name not in table.columns:
            continue
        values = table[column.name]
        if column.name == "day":
            faults["day"] = values.isnull().sum()
        elif column.kind == "amount" and values.type().is_floating():
            faults[column.name] = (values.isnan() | values.isinf()).sum()
    if not faults:
        return table
    counts = table.aggregate(**faults).to_pyarrow().to_pylist()[0]
    for name, count in counts.items():
        if count:
            what = "no day" if name == "day" else f"a {name} that is not a finite number"
            raise TableError(f"{count} rows have {what}; mend or leave out those rows first")
    return table
