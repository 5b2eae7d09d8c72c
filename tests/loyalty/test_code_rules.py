"""Which codes apply, what they give, and why not: text tables, one row per case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamgast.loyalty.codes import rules
from stamgast.loyalty.codes.errors import BadCodeSet, GiftCardTooShort
from stamgast.loyalty.codes.rules import Answer, Buyer, Cart, CartLine, Terms

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CART = Cart("EUR", (CartLine("BEANS", 3000, "coffee"), CartLine("CUP", 1999, "cups")), 495)
ANNA = Buyer(id=1, orders=12, stage="active", tiers=frozenset({"silver"}))

TEN = Terms("TEN", percent=Decimal(10))
FIVE_OFF = Terms("FIVE", kind="amount", amount_minor=500)
CARD = Terms("CARD", kind="gift_card", balance_minor=2500)
SHIP = Terms("SHIP", kind="free_shipping")


def _said(answers: list[Answer]) -> list[str]:
    return [f"{a.text} {a.status} {a.reason} {a.amount_minor}".replace("  ", " ") for a in answers]


@pytest.mark.parametrize(
    ("change", "buyer", "said"),
    [
        ({}, ANNA, "APPLICABLE 500"),
        ({"is_closed": True}, ANNA, "INAPPLICABLE closed 0"),
        ({"starts_at": AT + timedelta(seconds=1)}, ANNA, "INAPPLICABLE not_started 0"),
        ({"starts_at": AT}, ANNA, "APPLICABLE 500"),
        ({"ends_at": AT}, ANNA, "INAPPLICABLE ended 0"),
        ({"ends_at": AT + timedelta(seconds=1)}, ANNA, "APPLICABLE 500"),
        ({"owner": 2}, ANNA, "INAPPLICABLE not_yours 0"),
        ({"owner": 1}, ANNA, "APPLICABLE 500"),
        ({"owner": 1}, Buyer(), "INAPPLICABLE not_yours 0"),
        ({"is_used_up": True}, ANNA, "INAPPLICABLE used_up 0"),
        ({"is_used_by_buyer": True}, ANNA, "INAPPLICABLE used_by_you 0"),
        ({"is_limited_per_buyer": True}, Buyer(), "INAPPLICABLE unknown_buyer 0"),
        ({"is_first_order": True}, ANNA, "INAPPLICABLE not_first_order 0"),
        ({"is_first_order": True}, Buyer(id=2), "APPLICABLE 500"),
        ({"is_first_order": True}, Buyer(), "INAPPLICABLE unknown_buyer 0"),
        ({"stages": frozenset({"drifting"})}, ANNA, "INAPPLICABLE other_stage 0"),
        ({"stages": frozenset({"active", "new"})}, ANNA, "APPLICABLE 500"),
        ({"tiers": frozenset({"gold"})}, ANNA, "INAPPLICABLE other_tier 0"),
        ({"tiers": frozenset({"silver"})}, ANNA, "APPLICABLE 500"),
        ({"least_order_minor": 4999}, ANNA, "APPLICABLE 500"),
        ({"least_order_minor": 5000}, ANNA, "INAPPLICABLE below_minimum 0"),
        ({"skus": frozenset({"BEANS"})}, ANNA, "APPLICABLE 300"),
        ({"categories": frozenset({"cups"})}, ANNA, "APPLICABLE 200"),
        ({"categories": frozenset({"tea"})}, ANNA, "INAPPLICABLE no_such_products 0"),
        ({"most_minor": 250}, ANNA, "APPLICABLE 250"),
        ({"budget_left_minor": 40}, ANNA, "APPLICABLE 40"),
        ({"budget_left_minor": 0}, ANNA, "INAPPLICABLE budget_spent 0"),
        ({"currency": "USD"}, ANNA, "APPLICABLE 500"),
    ],
)
def test_one_code_applies_or_says_why_not(change: dict[str, Any], buyer: Buyer, said: str) -> None:
    answers = rules.answer_codes([replace(TEN, **change)], CART, buyer, at=AT)
    assert _said(answers) == [f"TEN {said}"]


def test_an_amount_in_another_currency_does_not_apply() -> None:
    dollars = replace(FIVE_OFF, currency="USD")
    assert _said(rules.answer_codes([dollars], CART, ANNA, at=AT)) == [
        "FIVE INAPPLICABLE other_currency 0"
    ]


def test_an_order_below_the_minimum_says_what_is_missing() -> None:
    (answer,) = rules.answer_codes([replace(TEN, least_order_minor=6000)], CART, ANNA, at=AT)
    assert answer.facts == {"least": 6000, "missing": 1001, "currency": "EUR"}


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        # a percentage goes before an amount, however they were typed; each takes of what is left
        ([FIVE_OFF, TEN], ["FIVE APPLICABLE 500", "TEN APPLICABLE 500"]),
        ([TEN, replace(TEN, text="TEN2")], ["TEN APPLICABLE 500", "TEN2 APPLICABLE 450"]),
        # unless a rank says otherwise
        ([TEN, replace(FIVE_OFF, rank=1)], ["TEN APPLICABLE 450", "FIVE APPLICABLE 500"]),
        ([TEN, TEN], ["TEN APPLICABLE 500", "TEN SKIPPED twice 0"]),
        (
            [replace(TEN, family="sale"), replace(FIVE_OFF, family="sale")],
            ["TEN APPLICABLE 500", "FIVE SKIPPED same_family 0"],
        ),
        (
            [replace(TEN, is_exclusive=True), FIVE_OFF],
            ["TEN APPLICABLE 500", "FIVE SKIPPED beside_exclusive 0"],
        ),
        (
            [TEN, replace(FIVE_OFF, is_exclusive=True)],
            ["TEN APPLICABLE 500", "FIVE SKIPPED exclusive 0"],
        ),
        # a card pays what is left, delivery too, and goes with everything
        (
            [CARD, replace(TEN, is_exclusive=True), SHIP],
            ["CARD APPLICABLE 2500", "TEN APPLICABLE 500", "SHIP SKIPPED beside_exclusive 0"],
        ),
        ([replace(CARD, balance_minor=9999)], ["CARD APPLICABLE 5494"]),
        ([replace(CARD, balance_minor=0)], ["CARD INAPPLICABLE card_empty 0"]),
        (
            [SHIP, replace(CARD, balance_minor=9999)],
            ["SHIP APPLICABLE 495", "CARD APPLICABLE 4999"],
        ),
        (
            [replace(FIVE_OFF, amount_minor=9999), replace(TEN, rank=-1)],
            ["FIVE APPLICABLE 4999", "TEN SKIPPED nothing_left 0"],
        ),
        # what does not apply by itself does not stand in the way of others
        (
            [replace(TEN, is_exclusive=True, is_closed=True), FIVE_OFF],
            ["TEN INAPPLICABLE closed 0", "FIVE APPLICABLE 500"],
        ),
    ],
)
def test_codes_go_together_or_say_why_not(codes: list[Terms], said: list[str]) -> None:
    assert _said(rules.answer_codes(codes, CART, ANNA, at=AT)) == said


@given(
    amounts=st.lists(st.integers(0, 10**7), min_size=1, max_size=6),
    shipping=st.integers(0, 2000),
    percent=st.decimals("0.01", "100", places=2),
    off=st.integers(1, 10**6),
    balance=st.integers(1, 10**7),
)
def test_no_cent_is_lost_and_nothing_goes_below_zero(
    amounts: list[int], shipping: int, percent: Decimal, off: int, balance: int
) -> None:
    cart = Cart("EUR", tuple(CartLine(f"S{n}", one) for n, one in enumerate(amounts)), shipping)
    codes = [
        Terms("P", percent=percent),
        replace(FIVE_OFF, amount_minor=off),
        SHIP,
        replace(CARD, balance_minor=balance),
    ]
    answers = rules.answer_codes(codes, cart, ANNA, at=AT)
    for place, amount in enumerate(amounts):
        assert sum(a.lines[place] for a in answers if a.lines) <= amount
    assert sum(a.amount_minor for a in answers) <= sum(amounts) + shipping
    assert all(sum(a.lines) <= a.amount_minor for a in answers)
    assert all((a.amount_minor > 0) == (a.status == rules.APPLICABLE) for a in answers)


@given(
    used=st.integers(0, 10**6),
    paid=st.integers(1, 10**6),
    parts=st.lists(st.integers(1, 10**5), min_size=1, max_size=8),
)
def test_any_split_of_a_return_gives_back_exactly_what_was_used(
    used: int, paid: int, parts: list[int]
) -> None:
    back = returned = 0
    for part in [*parts, paid]:
        returned = min(paid, returned + part)
        now = rules.back_of(used, back, paid_minor=paid, returned_minor=returned)
        assert now >= 0
        back += now
    assert back == used


@pytest.mark.parametrize(
    ("minor", "percent", "share"),
    [(1999, "10", 200), (1995, "10", 200), (1994, "10", 199), (1, "50", 1), (333, "33.33", 111)],
)
def test_a_percentage_is_rounded_half_up(minor: int, percent: str, share: int) -> None:
    assert rules.share_of(minor, Decimal(percent)) == share


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" welkom-10 ", "WELKOM10"), ("we l\tkom – 10", "WELKOM10"), ("VÉLO", "VÉLO")],
)
def test_a_code_is_read_as_people_type_it(typed: str, kept: str) -> None:
    assert rules.tidy_code(typed) == kept


@pytest.mark.parametrize("text", ["", "AB", "A B C", "VÉLO", "X" * 41, "<SCRIPT>"])
def test_what_cannot_be_typed_everywhere_is_no_code(text: str) -> None:
    assert not rules.may_be_code(text)


SOLD = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("is_sold", "sold_on", "last_day", "is_refused"),
    [
        (True, SOLD, None, False),  # no date shown is unlimited
        (True, SOLD, date(2028, 11, 20), False),
        (True, SOLD, date(2028, 11, 19), True),
        (False, SOLD, date(2027, 1, 1), False),  # given away: may be shorter
        (True, date(2028, 2, 29), date(2030, 2, 28), True),
        (True, date(2028, 2, 29), date(2030, 3, 1), False),
    ],
)
def test_a_gift_card_that_is_sold_holds_for_two_years(
    is_sold: bool, sold_on: date, last_day: date | None, is_refused: bool
) -> None:
    facts: dict[str, Any] = {"sold_on": sold_on, "last_day": last_day, "amount_minor": 2500}
    if not is_refused:
        rules.check_gift_card(is_sold=is_sold, **facts)
        return
    with pytest.raises(GiftCardTooShort) as refused:
        rules.check_gift_card(is_sold=is_sold, **facts)
    assert refused.value.facts["least"] == rules.years_after(sold_on, 2)


GOOD: dict[str, Any] = {
    "name": "Autumn",
    "kind": "percent",
    "percent": Decimal(10),
    "currency": "EUR",
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "lottery"}, "kind"),
        ({"percent": None}, "percent"),
        ({"percent": Decimal(0)}, "percent"),
        ({"percent": Decimal("100.01")}, "percent"),
        ({"kind": "amount", "amount_minor": -1}, "amount_minor"),
        ({"kind": "amount", "amount_minor": 10**16}, "amount_minor"),
        ({"currency": "XXQ"}, "currency"),
        ({"uses_most": 0}, "uses_most"),
        ({"budget_minor": -5}, "budget_minor"),
        ({"least_order_minor": -1}, "least_order_minor"),
        ({"stages": ["rich"]}, "stages"),
        ({"starts_at": AT, "ends_at": AT}, "ends_at"),
        ({"vat_kind": "none"}, "vat_kind"),
        ({"is_sold": True}, "vat_kind"),  # a discount is not sold
        ({"vat_kind": "multi_purpose", "requires_purchase": True}, "requires_purchase"),
    ],
)
def test_refuses_a_set_of_codes_that_cannot_be(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadCodeSet) as refused:
        rules.check_set({**GOOD, **change})
    assert refused.value.facts["field"] == field
