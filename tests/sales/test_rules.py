"""Working out one order: values in, values out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamgast.sales import rules
from stamgast.sales.rules import LineFacts, ReturnedLine, SoldLine, WholeFacts, work_out


def line(quantity: str, price: str, **facts: object) -> LineFacts:
    pieces, each = Decimal(quantity), Decimal(price)
    amount = rules.to_minor(pieces * each, "EUR")
    return LineFacts(quantity=pieces, unit_price=each, amount_minor=amount, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.345", "EUR", 1235),
        ("-12.345", "EUR", -1235),
        ("12.344999", "EUR", 1234),
        ("12.5", "JPY", 13),
        ("1.2345", "KWD", 1235),
    ],
)
def test_amounts_are_rounded_half_up(amount: str, currency: str, minor: int) -> None:
    assert rules.to_minor(Decimal(amount), currency) == minor


def test_vat_comes_out_of_an_amount() -> None:
    assert rules.without_vat(1210, Decimal(21)) == 1000
    assert rules.without_vat(-1210, Decimal(21)) == -1000
    assert rules.without_vat(1090, Decimal("9.00")) == 1000
    assert rules.without_vat(999, Decimal(0)) == 999


@given(
    whole=st.integers(-(10**18), 10**18),
    numerator=st.integers(0, 20_000),
    denominator=st.integers(1, 20_000),
)
def test_a_part_is_never_off_by_more_than_half(
    whole: int, numerator: int, denominator: int
) -> None:
    part = rules.part_of(whole, numerator, denominator)
    assert 2 * abs(part * denominator - whole * numerator) <= denominator
    assert rules.part_of(-whole, numerator, denominator) == -part


def test_margin_is_revenue_and_charges_less_all_costs() -> None:
    lines = [
        line("2", "10.00", cost_minor=900),
        line("1", "4.95", is_charge=True),
    ]
    amounts = work_out(lines, WholeFacts(fees_minor=650))
    assert amounts.revenue_minor == 2000
    assert amounts.charges_minor == 495
    assert amounts.margin_minor == 2000 + 495 - 900 - 650
    assert not amounts.is_margin_assumed


def test_unknown_costs_of_sending_equal_what_was_charged_for_it() -> None:
    amounts = work_out(
        [line("1", "10", cost_minor=600), line("1", "5", is_charge=True)], WholeFacts()
    )
    assert amounts.margin_minor == 400


def test_where_no_cost_is_known_the_margin_is_assumed_and_says_so() -> None:
    amounts = work_out([line("1", "10", margin=Decimal("0.35"))], WholeFacts())
    assert (amounts.margin_minor, amounts.is_margin_assumed) == (350, True)


def test_a_sale_of_nothing_but_charges_or_gifts_is_no_purchase() -> None:
    assert not work_out([line("1", "5", is_charge=True)], WholeFacts()).is_purchase
    assert not work_out([line("1", "0")], WholeFacts()).is_purchase
    assert not work_out([line("-1", "5")], WholeFacts()).is_purchase
    assert not work_out([line("1", "5")], WholeFacts(kind="return")).is_purchase
    assert work_out([line("1", "5"), line("-1", "5")], WholeFacts()).is_purchase


@given(
    prices=st.lists(st.integers(1, 10_000), min_size=1, max_size=8),
    discount=st.integers(0, 50_000),
)
def test_a_discount_on_the_order_is_split_without_losing_a_cent(
    prices: list[int], discount: int
) -> None:
    lines = [line("1", str(Decimal(p) / 100), content=i) for i, p in enumerate(prices)]
    amounts = work_out(lines, WholeFacts(discount_minor=discount))
    assert amounts.revenue_minor == max(0, sum(prices) - discount)
    assert amounts.discount_minor == min(discount, sum(prices))
    assert all(net >= 0 for net in amounts.net_minor)


def test_a_refund_for_the_whole_takes_margin_in_proportion() -> None:
    assert rules.refund_of(500, 1000, 600) == (500, 200)
    assert rules.refund_of(5000, 1000, 600) == (1000, 400)
    assert rules.refund_of(0, 1000, 600) == (0, 0)


def sold(id: int, at: str, quantity: int, *, order: int = 0, net: int = 1000) -> SoldLine:
    return SoldLine(id, order or id, 7, 70, at, quantity * 1000, net, 600)


def back(id: int, at: str, quantity: int, **facts: object) -> ReturnedLine:
    return ReturnedLine(id, 7, 70, at, quantity * 1000, 250 * quantity, **facts)  # type: ignore[arg-type]


def test_a_return_takes_the_latest_earlier_sale_with_enough_left() -> None:
    lines = [sold(1, "2025-01-01", 4), sold(2, "2025-02-01", 1), sold(3, "2025-04-01", 4)]
    returns = [back(11, "2025-03-01", 1), back(12, "2025-03-02", 3), back(13, "2025-03-03", 3)]
    assert rules.match_returns(returns, lines) == {11: 2, 12: 1, 13: None}


def test_a_return_that_names_its_order_looks_nowhere_else() -> None:
    lines = [sold(1, "2025-01-01", 1), sold(2, "2025-02-01", 1)]
    returns = [back(11, "2025-03-01", 1), back(12, "2025-03-02", 1, of_order=2)]
    assert rules.match_returns(returns, lines) == {12: 2, 11: 1}
    assert rules.match_returns([back(13, "2025-03-02", 1, of_order=9)], lines) == {13: None}


@given(
    sales=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=6),
    returns=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=6),
)
def test_never_more_comes_back_than_was_bought(
    sales: list[tuple[int, int]], returns: list[tuple[int, int]]
) -> None:
    lines = [sold(i, f"2025-01-0{at}", n) for i, (at, n) in enumerate(sales)]
    came = [back(100 + i, f"2025-01-0{at}", n) for i, (at, n) in enumerate(returns)]
    matches = rules.match_returns(came, lines)
    for one in lines:
        pieces = sum(r.quantity for r in came if matches[r.id] == one.id)
        assert pieces <= one.quantity
    for revenue, margin in rules.returned_of(matches, came, lines).values():
        assert 0 <= revenue <= 1000
        assert margin <= revenue


def test_goods_that_cannot_be_sold_again_cost_their_margin_too() -> None:
    lines = [sold(1, "2025-01-01", 4)]
    whole = rules.returned_of({11: 1}, [back(11, "2025-03-01", 2)], lines)
    spoilt = rules.returned_of({11: 1}, [back(11, "2025-03-01", 2, saved_minor=0)], lines)
    assert whole == {1: (500, 200)}
    assert spoilt == {1: (500, 500)}
