"""The tables of a shop agree with each other, with themselves and with the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from subprocess import run
from sys import executable

import numpy as np
import pyarrow.compute as pc
import pytest

from insight.simulation.checks import assert_holds_together, contents, frame
from stamgast.insight.simulation import WORLDS, coffee_shop, simulate, simulate_in_parts
from stamgast.insight.simulation.mechanisms import Surveys

END = date(2026, 1, 1)


def small(**changes):
    return coffee_shop(end=END, **{"customers": 300, "seed": 5, **changes})


def test_the_coffee_shop_holds_together(coffee):
    assert_holds_together(coffee)


@pytest.mark.parametrize("name", WORLDS)
def test_every_named_world_holds_together(name):
    assert_holds_together(simulate(WORLDS[name](customers=400, seed=3)))


def test_the_same_seed_gives_the_same_bytes():
    assert contents(simulate(small())) == contents(simulate(small()))


def test_the_same_seed_gives_the_same_bytes_in_another_process():
    script = (
        "from datetime import date; from hashlib import sha256\n"
        "from stamgast.insight.simulation import coffee_shop, simulate\n"
        "shop = simulate(coffee_shop(end=date(2026, 1, 1), customers=300, seed=5))\n"
        "print(sha256(repr(shop.lines.to_pydict()).encode()).hexdigest())"
    )
    other = run([executable, "-c", script], capture_output=True, text=True, check=True)
    here = sha256(repr(simulate(small()).lines.to_pydict()).encode()).hexdigest()
    assert other.stdout.strip() == here


def test_another_seed_gives_another_shop():
    assert contents(simulate(small()))["orders"] != contents(simulate(small(seed=6)))["orders"]


def test_one_mechanism_leaves_the_others_alone():
    plain, asked = contents(simulate(small())), contents(simulate(small(surveys=Surveys(ask=0.9))))
    assert plain["answers"] != asked["answers"]
    assert all(plain[name] == asked[name] for name in plain if name != "answers")


def test_parts_hold_together_and_never_share_a_number():
    parts = list(simulate_in_parts(small(customers=250), part=100))
    assert [part.customers.num_rows for part in parts] == [100, 100, 50]
    for part in parts:
        assert_holds_together(part)
    for table, key in (
        ("customers", "customer_id"),
        ("customers", "email"),
        ("orders", "order_number"),
        ("returns", "return_number"),
        ("contracts", "contract_number"),
        ("interactions", "interaction_id"),
        ("answers", "answer_id"),
    ):
        numbers = [n for part in parts for n in getattr(part, table)[key].to_pylist() if n]
        assert len(numbers) == len(set(numbers))


def test_a_shop_of_one_part_is_the_shop():
    spec = small()
    [part] = simulate_in_parts(spec, part=1_000)
    assert contents(part) == contents(simulate(spec))


def test_valued_orders_agree_with_lines_and_returns(coffee):
    valued, lines = frame(coffee.valued_orders()), frame(coffee.lines)
    paid = lines.quantity * lines.unit_price - lines.discount
    net = paid / (1 + lines.vat_rate / 100)
    assert valued.revenue.sum() == pytest.approx(net.sum(), rel=1e-6)
    cost = (lines.quantity * lines.cost).sum()
    back = frame(coffee.returns).merge(lines, on=["order_number", "line_number"])
    refund = (back.refund / (1 + back.vat_rate / 100)).sum()
    saved = (back.quantity_x * back.cost * back.is_resellable).sum()
    payment = pc.sum(coffee.orders["payment_cost"]).as_py()
    margin = net.sum() - refund - cost + saved - payment
    assert valued.margin.sum() == pytest.approx(margin, rel=1e-6)
    assert valued.is_purchase.all()
    assert np.isfinite(valued[["revenue", "margin", "discount", "returned"]]).all(axis=None)


def test_valued_orders_are_what_the_calculations_take(coffee):
    import ibis

    from stamgast.insight.tables import ORDERS, check

    table = check(ibis.memtable(coffee.valued_orders()), ORDERS, need=["revenue", "margin", "day"])
    assert table.count().execute() == coffee.orders.num_rows


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customers": 0}, "at least one customer"),
        ({"end": date(2022, 12, 31), "start": date(2023, 1, 1)}, "period is empty"),
        ({"anonymous": 1.0}, "anonymous"),
        ({"future_days": -1}, "future_days"),
        ({"channels": ()}, "every list needs an entry"),
        ({"seed": -1}, "seed"),
    ],
)
def test_refuses_what_cannot_be_simulated(changes, words):
    with pytest.raises(ValueError, match=words):
        simulate(replace(small(), **changes))
