"""From a file to typed rows in the engine: the table `typed`, with the first problem of each row.

Steps: read the wanted columns as texts (`raw`); read every distinct text of a column once
(`distinct`); join these back. A row's digest (`content`) is over its values, not its texts, so that a
file says the same as CSV and as Parquet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stamgast.importers.distinct import notation_of, read_distinct
from stamgast.importers.fields import MOMENT, compact
from stamgast.importers.reading import Reader
from stamgast.importers.sheet import Sheet


def stage(con: Any, sheet: Sheet, scratch: Path) -> tuple[Reader, dict[str, object]]:
    """Make the table `typed(line, <fields>, content, bad)`; returns how it was read, and answers.

    `bad` is empty, or "field:problem" ("" as field: the row as a whole). The second result is what the
    layout concludes from sums of columns.
    """
    columns = set(sheet.mapping.values()) | {name for _, name in _sums(sheet)}
    sheet.source.stage(con, columns, scratch)
    con.execute("SET preserve_insertion_order = false")  # every row knows its line by now
    concluded = _conclude(con, sheet)
    reader = Reader(notation_of(con, sheet), sheet.zone)
    for field in sheet.fields:
        read_distinct(con, sheet, field, reader)
    con.execute(_typed_sql(sheet))
    con.execute("DROP VIEW raw")
    con.execute("DROP TABLE raw_rows")
    for field in sheet.fields:
        con.execute(f"DROP TABLE read_{field.name}")
    return reader, concluded


def _sums(sheet: Sheet) -> list[tuple[str, str]]:
    by_name = {compact(column): column for column in reversed(sheet.source.columns)}
    wanted = (
        (name, next((by_name[n] for n in names if n in by_name), None))
        for name, names in sheet.layout.sums
    )
    return [(name, column) for name, column in wanted if column is not None]


def _conclude(con: Any, sheet: Sheet) -> dict[str, object]:
    sums = _sums(sheet)
    if not sums:
        return {}
    parts = ", ".join(
        f"coalesce(sum(TRY_CAST(c{sheet.source.columns.index(column)} AS DOUBLE)), 0)"
        for _, column in sums
    )
    totals = con.execute(f"SELECT {parts} FROM raw").fetchone()
    return sheet.layout.conclude(dict(zip((name for name, _ in sums), totals, strict=True)))


def _typed_sql(sheet: Sheet) -> str:
    """Return the statement that joins all values back to their rows.

    A name given in the list of columns may be used further on in that same list.
    """
    values, joins, marks = [], [], []
    checks = ["WHEN r.flaw IS NOT NULL THEN ':' || r.flaw"]
    for field in sheet.fields:
        name, read = field.name, f"d_{field.name}"
        joins.append(f"LEFT JOIN read_{name} {read} ON {read}.text = r.{sheet.cell(field)}")
        values.append(f"{read}.value AS {name}")
        if field.kind == MOMENT:
            values.append(f"{read}.day AS {name}_day")
        marks.append(f"coalesce({read}.mark, 0)")
        check = f"WHEN {read}.problem IS NOT NULL"
        if name == "email" and "customer_key" in sheet.mapping:
            check += " AND customer_key IS NULL"  # known by a number, the address can wait
        checks.append(f"{check} THEN '{name}:' || {read}.problem")
    checks += _missing(sheet)
    # what reading.content does
    return f"""
        CREATE TABLE typed AS SELECT * EXCLUDE (marks) FROM (
            SELECT r.line, {", ".join(values)}, CASE {" ".join(checks)} ELSE NULL END AS bad,
                {" + ".join(marks)} AS marks,
                xor(marks, (marks >> 31) * (marks & 2147483647)) AS content
            FROM raw r {" ".join(joins)}
        )
    """


def _missing(sheet: Sheet) -> list[str]:
    """Return the checks for what every row must say."""
    mapped = sheet.mapping
    match sheet.layout.kind:
        case "orders":
            price = [name for name in ("unit_price", "amount") if name in mapped]
            checks = [f"WHEN coalesce({', '.join(price)}) IS NULL THEN '{price[0]}:number'"]
            if "quantity" in mapped:
                checks.insert(0, "WHEN quantity IS NULL THEN 'quantity:quantity'")
            if "number" in mapped:
                checks.insert(0, "WHEN number IS NULL THEN 'number:order_number'")
        case "customers":
            keys = [name for name in ("customer_key", "email") if name in mapped]
            checks = [f"WHEN coalesce({', '.join(keys)}) IS NULL THEN '{keys[0]}:customer_number'"]
        case _:
            checks = ["WHEN sku IS NULL THEN 'sku:product_number'"]
    return checks
