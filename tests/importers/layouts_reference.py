"""Writes docs/reference/layouts.md from the fields: `python tests/importers/layouts_reference.py`."""

from __future__ import annotations

from pathlib import Path

from stamgast.importers.fields import OF_KIND, Field

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "layouts.md"
HEAD = """# Layouts of files

Made from the importer's own fields by `python tests/importers/layouts_reference.py`.

A layout is recognised by column names; capitals, spaces, hyphens and accents do not matter. What is not
recognised is mapped once, on the screen or with `--map "Column=field"`, and remembered for files with the
same columns.

| layout | what it is |
|---|---|
| generic | orders of any shop: one row per line, or per order |
| shopify | the orders export of Shopify; what holds for the order stands on its first row only |
| online_retail | the Online Retail files of the UCI repository; invoices that begin with C are returns |
| customers | customers with what is known of them and what they allow |
| products | products with category, price, cost and flags |

Another package adds a layout by an entry point in the group `stamgast.layouts`.

Files may be CSV (comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1252), XLSX or Parquet. Numbers
are 1,234.56 or 1.234,56; days are 2025-12-31, 31-12-2025 or 31/12/2025, with or without a time. Which of
them a column uses is decided over the whole column, never per row.
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(_section(kind, fields) for kind, fields in OF_KIND.items())


def _section(kind: str, fields: tuple[Field, ...]) -> str:
    lines = [
        f"\n## Fields of {kind}\n",
        "| field | recognised by these column names |",
        "|---|---|",
    ]
    lines += [f"| `{field.name}` | {', '.join(field.names)} |" for field in fields]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
