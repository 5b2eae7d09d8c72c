"""The arithmetic for a million lines comes to the same cents as that for one order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from stamgast.sales import rules
from stamgast.sales.in_bulk import amounts_sql
from stamgast.sales.rules import LineFacts, WholeFacts, work_out

quantities = st.decimals("-50", "50", places=3).filter(bool)
prices = st.decimals("-5", "500", places=6)
money = st.one_of(st.none(), st.decimals("0", "300", places=3))
lines = st.fixed_dictionaries(
    {
        "quantity": quantities,
        "price": prices,
        "discount": st.decimals("0", "5", places=2),
        "cost": st.one_of(st.none(), st.decimals("0", "300", places=4)),
        "vat": st.sampled_from((Decimal(0), Decimal("5.5"), Decimal(9), Decimal(21))),
        "margin": st.integers(0, 9999),
        "is_charge": st.booleans(),
    }
)
orders = st.fixed_dictionaries(
    {
        "lines": st.lists(lines, min_size=1, max_size=5),
        "kind": st.sampled_from(("sale", "return")),
        "currency": st.sampled_from(("EUR", "JPY", "KWD")),
        "discount": money,
        "charges": money,
        "refund": money,
        "fees": money,
    }
)


def by_rules(order: dict[str, Any], *, is_vat_included: bool) -> tuple[int, ...]:
    currency = order["currency"]

    def minor(amount: Decimal | None) -> int:
        return 0 if amount is None else rules.to_minor(amount, currency)

    facts = [
        LineFacts(
            quantity=one["quantity"],
            unit_price=one["price"],
            amount_minor=minor(one["quantity"] * one["price"]),
            discount_minor=minor(one["discount"]) * (1 if one["quantity"] > 0 else -1),
            cost_minor=None if one["cost"] is None else minor(one["cost"] * one["quantity"]),
            margin=Decimal(one["margin"]) / 10_000,
            vat_rate=one["vat"],
            is_charge=one["is_charge"],
            content=place,
        )
        for place, one in enumerate(order["lines"])
    ]
    is_sale = order["kind"] == "sale"
    whole = WholeFacts(
        kind=order["kind"],
        discount_minor=minor(order["discount"]) if is_sale else 0,
        charges_minor=minor(order["charges"]) if is_sale else 0,
        refund_minor=minor(order["refund"]) if is_sale else 0,
        fees_minor=minor(order["fees"]) if is_sale and order["fees"] is not None else None,
        is_vat_included=is_vat_included,
        vat_rate=Decimal(21),
    )
    found = work_out(facts, whole)
    return (
        found.total_minor,
        found.revenue_minor,
        found.charges_minor,
        found.discount_minor,
        found.cost_minor,
        found.margin_minor,
        found.refund_minor,
        found.refund_margin_minor,
        found.units,
        found.is_margin_assumed,
        found.is_purchase,
    )


def in_bulk(many: list[dict[str, Any]], *, is_vat_included: bool) -> list[tuple[int, ...]]:
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE bulk_lines (ox INTEGER, line BIGINT, content BIGINT, is_charge BOOLEAN, "
        "quantity DECIMAL(12,3), unit_price DECIMAL(18,6), exact DECIMAL(30,9), "
        "discount DECIMAL(18,6), unit_cost DECIMAL(18,6), vat_rate DECIMAL(5,2), margin INTEGER)"
    )
    con.execute(
        "CREATE TABLE bulk_orders (ox INTEGER, kind VARCHAR, currency VARCHAR, factor INTEGER, "
        "is_vat_included BOOLEAN, vat_rate INTEGER, discount DECIMAL(18,6), charges DECIMAL(18,6), "
        "refund DECIMAL(18,6), fees DECIMAL(18,6))"
    )
    for ox, order in enumerate(many):
        factor = {"EUR": 100, "JPY": 1, "KWD": 1000}[order["currency"]]
        stated = [order[name] for name in ("discount", "charges", "refund", "fees")]
        con.execute(
            "INSERT INTO bulk_orders VALUES (?, ?, ?, ?, ?, 2100, ?, ?, ?, ?)",
            [ox, order["kind"], order["currency"], factor, is_vat_included, *stated],
        )
        for place, one in enumerate(order["lines"]):
            sign = 1 if one["quantity"] > 0 else -1
            con.execute(
                "INSERT INTO bulk_lines VALUES (?, ?, ?, ?, ?, ?, "
                "?::DECIMAL(12,3) * ?::DECIMAL(18,6), ?, ?, ?, ?)",
                [
                    *(ox, place, place, one["is_charge"], one["quantity"], one["price"]),
                    *(one["quantity"], one["price"], one["discount"] * sign, one["cost"]),
                    *(one["vat"], one["margin"]),
                ],
            )
    for statement in amounts_sql(
        has_discount=True, has_whole_discount=True, has_vat=is_vat_included
    ):
        con.execute(statement)
    return con.execute(
        "SELECT total, revenue, charges, discount, cost, margin, returned, returned_margin, units, "
        "is_assumed, is_purchase FROM worked_orders ORDER BY ox"
    ).fetchall()


@settings(max_examples=40)
@given(many=st.lists(orders, min_size=1, max_size=4), is_vat_included=st.booleans())
def test_both_come_to_the_same_cent(many: list[dict[str, Any]], is_vat_included: bool) -> None:
    one_by_one = [by_rules(order, is_vat_included=is_vat_included) for order in many]
    assert in_bulk(many, is_vat_included=is_vat_included) == one_by_one
