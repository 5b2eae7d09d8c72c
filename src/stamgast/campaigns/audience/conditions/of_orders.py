"""Conditions on what somebody bought, brought back and signed."""

from __future__ import annotations

from typing import Any

from django.db import connection

from stamgast.campaigns.audience.conditions.pieces import Given, among
from stamgast.campaigns.audience.fields import Field, days, names, whole
from stamgast.campaigns.audience.kinds import Kind, Test
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.sales.models import Contract, Line, Order, Product

_ORDER, _LINE = Order._meta.db_table, Line._meta.db_table
_PRODUCT, _CONTRACT = Product._meta.db_table, Contract._meta.db_table
_SALE = "o.kind = 'sale' AND o.is_purchase AND NOT o.is_cancelled"


def _since(given: Given, look: Looking) -> Sql:
    if "days" not in given:
        return Sql("")
    # SQLite takes any stretch of time for short and would fetch years of orders one by one; by its
    # customers it finds all it needs in the index. PostgreSQL knows how long a stretch is.
    seen = "+" if connection.vendor == "sqlite" else ""
    return Sql(f" AND {seen}o.ordered_at >= %s", (look.moment(given["days"]),))


def _times(given: Given) -> str:
    times = given.get("times", 1)
    return f"COUNT(*) >= {times:d}" if times > 1 else ""


def _who(look: Looking, rows: str, *filled: Any, having: str = "") -> Sql:
    return look.who(rows, *filled, customer="o.customer_id", having=having)


def _ordered(given: Given, look: Looking) -> Sql:
    since = _since(given, look)
    return _who(
        look,
        f"FROM {_ORDER} o WHERE {_SALE}{since.text}",
        *since.filled,
        having=_times(given),
    )


def _bought(column: str) -> Test:
    """Bought a product of which this column holds one of the names, so many times."""

    def test(given: Given, look: Looking) -> Sql:
        named, since = among(f"p.{column}", given["in"]), _since(given, look)
        of_it = (
            f"FROM {_LINE} l WHERE NOT l.is_charge AND l.product_id IN"
            f" (SELECT p.id FROM {_PRODUCT} p WHERE {named.text})"
        )
        has_it = f"o.id IN (SELECT l.order_id {of_it})"  # one walk past all lines
        if look.ids is not None:  # or past those of a few customers
            has_it = f"EXISTS (SELECT 1 {of_it} AND l.order_id = o.id)"
        return _who(
            look,
            f"FROM {_ORDER} o WHERE {has_it} AND {_SALE}{since.text}",
            *named.filled,
            *since.filled,
            having=_times(given),
        )

    return test


def _used_code(given: Given, look: Looking) -> Sql:
    since = _since(given, look)
    named = among("o.discount_code", given["in"]) if "in" in given else Sql("o.discount_code <> ''")
    return _who(
        look,
        f"FROM {_ORDER} o WHERE {named.text} AND {_SALE}{since.text}",
        *named.filled,
        *since.filled,
    )


def _returned(given: Given, look: Looking) -> Sql:
    since = _since(given, look)
    return _who(
        look,
        f"FROM {_ORDER} o WHERE o.kind = 'return' AND NOT o.is_cancelled{since.text}",
        *since.filled,
        having=_times(given),
    )


def _contract(given: Given, look: Looking, test: str, *filled: Any) -> Sql:
    return look.who(
        f"FROM {_CONTRACT} k WHERE {test}",
        *filled,
        customer="k.customer_id",
    )


def _has_contract(given: Given, look: Looking) -> Sql:
    today = look.as_of.isoformat()
    runs = "k.started_on <= %s AND (k.ends_on IS NULL OR k.ends_on >= %s)"
    return _contract(given, look, runs, today, today)


def _contract_ends(given: Given, look: Looking) -> Sql:
    first = look.ago(-given.get("at_least", 0)).isoformat()
    until = look.ago(-given["days"]).isoformat()
    return _contract(given, look, "k.ends_on >= %s AND k.ends_on <= %s", first, until)


def _gave_notice(given: Given, look: Looking) -> Sql:
    today = look.as_of.isoformat()
    return _contract(
        given, look, "k.notice_on <= %s AND (k.ends_on IS NULL OR k.ends_on >= %s)", today, today
    )


def _times_and_days(what: str) -> tuple[Field, ...]:
    return (names("in", what), days(optional=True), whole("times", 1, 1000, optional=True))


CONDITIONS = (
    Kind(
        "ordered",
        "buying",
        _ordered,
        (whole("times", 1, 1000, optional=True), days()),
    ),
    Kind("bought_product", "products", _bought("sku"), _times_and_days("product")),
    Kind("bought_category", "products", _bought("category"), _times_and_days("category")),
    Kind("bought_brand", "products", _bought("brand"), _times_and_days("brand")),
    Kind(
        "used_code",
        "value",
        _used_code,
        (Field("in", "names", True, suggests="code"), days(optional=True)),
    ),
    Kind(
        "returned_order",
        "experience",
        _returned,
        (whole("times", 1, 1000, optional=True), days(optional=True)),
    ),
    Kind("has_contract", "contract", _has_contract),
    Kind(
        "contract_ends",
        "contract",
        _contract_ends,
        (days(), days("at_least", least=0, optional=True)),
    ),
    Kind("gave_notice", "contract", _gave_notice),
)
