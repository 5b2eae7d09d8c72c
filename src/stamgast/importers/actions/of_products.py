"""Bringing in products: brought up to date by their codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stamgast.importers.actions.outcome import Bringing, Outcome
from stamgast.importers.actions.quarantine import read_bad, write_bad
from stamgast.importers.staging import stage
from stamgast.sales.actions.loading import known_products
from stamgast.sales.actions.products import ProductFacts, record_products

_NAMES = {
    "sku": "sku",
    "product_name": "name",
    "category": "category",
    "brand": "brand",
    "price": "price",
    "cost": "cost",
    "vat_rate": "vat_rate",
    "is_charge": "is_charge",
    "is_sole_source": "is_sole_source",
    "is_consumable": "is_consumable",
    "is_platform": "is_platform",
    "in_stock": "in_stock",
    "url": "url",
}


def bring_products(bringing: Bringing) -> Outcome:
    """Bring in a file of products; in a dry run rows of known products count as unchanged."""
    con = bringing.con
    reader, _ = stage(con, bringing.sheet, bringing.scratch)
    bringing.progress(0.4, "checking_rows")
    bad_lines = con.execute(
        "SELECT line, bad, NULL, NULL FROM typed WHERE bad IS NOT NULL ORDER BY line"
    ).fetchall()
    bad = read_bad(bringing.sheet.source, dict(bringing.sheet.mapping), bad_lines)
    facts = _facts(con)
    bringing.progress(0.6, "writing_products")
    if bringing.is_dry_run:
        known = {row[1] for row in known_products()}
        imported = sum(one.sku not in known for one in facts)
    else:
        write_bad(bringing.batch, bad)
        results = record_products(facts, at=bringing.at, by=bringing.by, is_told=False)
        imported = sum(result.outcome in {"made", "changed"} for result in results)
    waiting = sum(not row.is_closed for row in bad)
    (read,) = con.execute("SELECT count(*) FROM typed").fetchone()
    return Outcome(
        read=read,
        imported=imported,
        unchanged=len(facts) - imported + len(bad) - waiting,
        quarantined=waiting,
        facts={
            "products": len({one.sku for one in facts}),
            "notation": reader.notation.as_facts(),
        },
    )


def _facts(con: Any) -> list[ProductFacts]:
    cursor = con.execute("SELECT * FROM typed WHERE bad IS NULL ORDER BY line")
    names = [column[0] for column in cursor.description]
    return [facts_of(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def facts_of(row: Mapping[str, Any]) -> ProductFacts:
    """Return what a row says of a product."""
    return ProductFacts(**{own: row[name] for name, own in _NAMES.items() if name in row})
