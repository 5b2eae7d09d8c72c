"""What goes with what, what is better, what runs out: on tables small enough to count by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from stamgast.insight.affinity import bought_together, one_step_up, runs_out, suggest, usual_gaps

TODAY = date(2026, 11, 19)
Row = tuple[str, str, int, float, float]  # customer, product, days ago, revenue, margin


def lines(rows: list[Row]) -> ir.Table:
    return ibis.memtable(
        [
            {"customer_id": who, "product_id": what, "day": TODAY - timedelta(days=ago),
             "quantity": 1.0, "revenue": revenue, "margin": margin}
            for who, what, ago, revenue, margin in rows
        ]
    )  # fmt: skip


def shelf(*rows: tuple[str, str, bool]) -> ir.Table:
    return ibis.memtable([{"product_id": p, "category": c, "is_for_sale": s} for p, c, s in rows])


def found(table: ir.Table, *columns: str) -> list[tuple[Any, ...]]:
    rows = table.select(*columns).order_by(list(columns)).to_pyarrow().to_pylist()
    return [tuple(row.values()) for row in rows]


def buyers(prefix: str, count: int, *products: str, ago: int = 30) -> list[Row]:
    return [(f"{prefix}{n}", p, ago, 10.0, 4.0) for n in range(count) for p in products]


def test_what_goes_together_is_counted_in_customers_and_drawn_to_everybody() -> None:
    # 40 of 160 have a mill; of the 30 with beans 20 have one too.
    table = lines(
        buyers("both", 20, "beans", "mill")
        + buyers("beans", 10, "beans")
        + buyers("mill", 20, "mill")
        + buyers("else", 110, "cup")
    )
    pair = bought_together(table, as_of=TODAY)
    assert found(pair, "product_id", "other_id", "buyers") == [
        ("beans", "mill", 20), ("mill", "beans", 20),
    ]  # fmt: skip
    (shares,) = found(pair.filter(pair.product_id == "beans"), "share", "lift")
    assert shares[0] == pytest.approx((20 + 20 * 0.25) / (30 + 20))
    assert shares[1] == pytest.approx(shares[0] / 0.25)


def test_a_pair_of_few_and_one_that_everybody_buys_say_nothing() -> None:
    few = lines(buyers("both", 4, "beans", "mill") + buyers("else", 50, "cup"))
    assert found(bought_together(few, as_of=TODAY), "product_id") == []
    everybody = lines(buyers("all", 50, "beans", "bag") + buyers("some", 10, "bag"))
    assert found(bought_together(everybody, as_of=TODAY), "product_id") == []
    old = lines(buyers("both", 20, "beans", "mill", ago=900) + buyers("else", 50, "cup"))
    assert found(bought_together(old, as_of=TODAY), "product_id") == []


def test_one_step_up_is_dearer_within_reach_and_worth_more() -> None:
    def sold(what: str, price: float, margin: float) -> list[Row]:
        return [(f"{what}{n}", what, 20, price, margin) for n in range(6)]

    table = lines(
        sold("plain", 10, 4) + sold("better", 15, 6) + sold("best", 30, 12) + sold("poor", 13, 3)
    )
    kinds = shelf(*((p, "coffee", True) for p in ("plain", "better", "best", "poor")))
    steps = one_step_up(table, kinds, as_of=TODAY)
    assert found(steps, "product_id", "better_id") == [
        ("better", "best"), ("plain", "better"), ("poor", "better"),
    ]  # fmt: skip
    nameless = shelf(*((p, "", True) for p in ("plain", "better")))
    assert found(one_step_up(table, nameless, as_of=TODAY), "better_id") == []


def test_only_what_is_bought_again_runs_out_and_own_habit_counts_most() -> None:
    table = lines(
        [(f"c{n}", "beans", ago, 10.0, 4.0) for n in range(6) for ago in (90, 60, 30)]
        + [("quick", "beans", ago, 10.0, 4.0) for ago in range(10, 130, 10)]
        + [("split", "beans", ago, 10.0, 4.0) for ago in (20, 18)]
        + buyers("once", 30, "mill")
    )
    assert found(usual_gaps(table, as_of=TODAY), "product_id", "buyers") == [("beans", 7)]
    due = {row[0]: row[1:] for row in found(runs_out(table, as_of=TODAY), "customer_id", "days")}
    gap = found(usual_gaps(table, as_of=TODAY), "gap")[0][0]
    assert due["quick"] == (round((3 * gap + 11 * 10) / 14),)
    assert due["split"] == (round(gap),)
    assert "once0" not in due
    days = {row[0]: row[1] for row in found(runs_out(table, as_of=TODAY), "customer_id", "due_on")}
    assert days["quick"] == TODAY - timedelta(days=10) + timedelta(days=due["quick"][0])


HAVE = [("anna", "beans", 25), ("bram", "beans", 25), ("bram", "mill", 400)]


def test_suggests_nothing_that_is_out_of_stock_or_theirs_and_says_because_of_what() -> None:
    table = lines(
        buyers("both", 20, "beans", "mill", "brush")
        + buyers("else", 60, "cup")
        + [(w, p, ago, 10.0, 4.0) for w, p, ago in HAVE]
    )
    every = shelf(
        ("beans", "b", True), ("mill", "m", True), ("brush", "r", False), ("cup", "", True)
    )
    told = suggest(table, every, as_of=TODAY)
    mine = told.filter(told.customer_id.isin(["anna", "bram"]))
    assert found(mine, "customer_id", "kind", "place", "product_id", "because_id") == [
        ("anna", "together", 1, "mill", "beans")
    ]


def test_margin_ranks_and_two_of_a_kind_are_enough() -> None:
    rows = buyers("all", 20, "beans") + buyers("else", 80, "cup")
    for name, margin in (("a", 2.0), ("b", 9.0), ("c", 5.0)):
        rows += [(f"all{n}", name, 20, 10.0, margin) for n in range(15)]
    table = lines([*rows, ("anna", "beans", 9, 10.0, 4.0)])
    told = suggest(table, shelf(*((p, "", True) for p in "abc"), ("beans", "", True)), as_of=TODAY)
    mine = told.filter(told.customer_id == "anna")
    assert found(mine, "place", "product_id") == [(1, "b"), (2, "c")]
