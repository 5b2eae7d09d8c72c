"""The way of codes through a checkout, one caller at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cast import buy
from loyalty.codes_cast import CART, a_card_set, a_set, hold
from stamgast.customers.errors import AlreadyClosed, KeyReused, NotClosed
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.loyalty.codes import queries
from stamgast.loyalty.codes.actions import (
    add_code,
    block_code,
    change_set,
    close_set,
    commit_codes,
    give_back_codes,
    hold_codes,
    issue_code,
    issue_gift_card,
    make_codes,
    make_set,
    quote_codes,
    release_codes,
    release_expired,
    reopen_set,
)
from stamgast.loyalty.codes.errors import (
    BadCodeSet,
    CodeHoldOver,
    CodeNotApplied,
    CodeTaken,
    GiftCardTooShort,
    NoSuchCode,
)
from stamgast.loyalty.models import CodeSet, CodeUse, DiscountCode

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _card(text: str) -> DiscountCode:
    return DiscountCode.objects.get(text=text)


def test_a_quote_says_of_every_code_what_it_does_and_writes_nothing(at: datetime) -> None:
    a_set(at, "TEN")
    said = quote_codes(CART, ["ten", "NOPE", "TEN"], at=at)
    assert [(a.text, a.status, a.reason, a.amount_minor) for a in said] == [
        ("TEN", "APPLICABLE", "", 500),
        ("NOPE", "INAPPLICABLE", "unknown_code", 0),
        ("TEN", "SKIPPED", "twice", 0),
    ]
    assert not CodeUse.objects.exists()


def test_only_five_codes_are_looked_at(at: datetime) -> None:
    for n in range(6):
        a_set(at, f"CODE{n}", kind="amount", amount_minor=1, percent=None)
    said = quote_codes(CART, [f"CODE{n}" for n in range(6)], at=at)
    assert [a.reason for a in said] == [""] * 5 + ["too_many"]


def test_a_code_is_held_used_and_used_up(at: datetime, anna: Customer) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    hold("cart-1", "ONCE", at=at, customer=anna)
    (said,) = quote_codes(CART, ["ONCE"], at=at)
    assert said.reason == "used_up"
    (use,) = commit_codes("cart-1", at=at)
    assert (use.state, use.amount_minor, use.customer_id) == ("used", 500, anna.pk)
    with pytest.raises(CodeNotApplied) as refused:
        hold("cart-2", "ONCE", at=at)
    assert refused.value.facts == {"text": "ONCE", "reason": "used_up"}


def test_committing_twice_is_committing_once(at: datetime) -> None:
    a_set(at, "TEN", uses_most=5)
    hold("cart-1", "TEN", at=at)
    commit_codes("cart-1", at=at)
    commit_codes("cart-1", at=at + HOUR)
    assert CodeSet.objects.get().uses == 1
    assert Event.objects.filter(kind="code_used").count() == 1
    with pytest.raises(KeyReused):
        commit_codes("cart-1", at=at, amounts={"TEN": 499})


def test_refuses_to_commit_after_the_hold_expired(at: datetime) -> None:
    a_set(at, "TEN")
    hold("cart-1", "TEN", at=at, minutes=30)
    with pytest.raises(CodeHoldOver):
        commit_codes("cart-1", at=at + timedelta(minutes=30))
    assert CodeUse.objects.get().state == "held"


def test_a_hold_frees_itself_when_its_time_is_over_whoever_looks(at: datetime) -> None:
    made = a_set(at, "ONCE", uses_per_code=1, uses_most=1, budget_minor=500)
    hold("cart-1", "ONCE", at=at, minutes=30)
    later = at + timedelta(minutes=30)
    assert quote_codes(CART, ["ONCE"], at=later)[0].amount_minor == 500
    hold("cart-2", "ONCE", at=later)
    assert CodeUse.objects.get(key="cart-1").state == "released"
    made.refresh_from_db()
    assert (made.uses, made.spent_minor) == (1, 500)
    assert release_expired(at=later + HOUR) == 1
    assert release_expired(at=later + HOUR) == 0
    made.refresh_from_db()
    assert (made.uses, made.spent_minor) == (0, 0)


def test_holding_again_under_the_same_name_replaces_what_was_held(at: datetime) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    a_set(at, "SHIP", kind="free_shipping", percent=None)
    hold("cart-1", "ONCE", "SHIP", at=at)
    hold("cart-1", "ONCE", at=at)
    states = dict(CodeUse.objects.values_list("code__text", "state"))
    assert states == {"ONCE": "held", "SHIP": "released"}
    assert DiscountCode.objects.get(text="ONCE").uses == 1


def test_refuses_a_hold_when_one_of_the_codes_does_not_apply_and_holds_nothing(
    at: datetime,
) -> None:
    a_set(at, "TEN", uses_most=5)
    a_set(at, "BIG", least_order_minor=99_999)
    with pytest.raises(CodeNotApplied) as refused:
        hold("cart-1", "TEN", "BIG", at=at)
    assert refused.value.facts["reason"] == "below_minimum"
    assert not CodeUse.objects.exists()
    assert not CodeSet.objects.filter(uses__gt=0).exists()


def test_released_codes_are_free_again_and_used_ones_cannot_be_released(at: datetime) -> None:
    a_set(at, "ONCE", uses_per_code=1)
    hold("cart-1", "ONCE", at=at)
    release_codes("cart-1", at=at)
    release_codes("cart-1", at=at)
    with pytest.raises(CodeHoldOver):
        commit_codes("cart-1", at=at)
    hold("cart-2", "ONCE", at=at)
    commit_codes("cart-2", at=at)
    with pytest.raises(CodeHoldOver):
        release_codes("cart-2", at=at)
    with pytest.raises(CodeHoldOver):
        hold("cart-2", "ONCE", at=at)


def test_refuses_to_commit_what_was_never_held(at: datetime) -> None:
    a_set(at, "TEN")
    with pytest.raises(NoSuchCode):
        commit_codes("nothing", at=at)
    hold("cart-1", "TEN", at=at)
    with pytest.raises(NoSuchCode):
        commit_codes("cart-1", at=at, amounts={"OTHER": 1})
    with pytest.raises(BadCodeSet):
        commit_codes("cart-1", at=at, amounts={"TEN": 501})


def test_a_customer_may_use_a_set_no_more_often_than_said(
    at: datetime, anna: Customer, bram: Customer
) -> None:
    made = a_set(at, "FIRST", uses_per_customer=1)
    add_code(made, "SECOND", at=at)
    hold("cart-1", "FIRST", at=at, customer=anna)
    with pytest.raises(CodeNotApplied) as refused:
        hold("cart-2", "SECOND", at=at, customer=anna)
    assert refused.value.facts["reason"] == "used_by_you"
    hold("cart-3", "SECOND", at=at, customer=bram)
    with pytest.raises(CodeNotApplied) as refused:
        hold("cart-4", "FIRST", at=at)
    assert refused.value.facts["reason"] == "unknown_buyer"


def test_conditions_look_at_orders_of_the_customer(at: datetime, anna: Customer) -> None:
    a_set(at, "HELLO", is_first_order=True)
    assert quote_codes(CART, ["HELLO"], customer=anna, at=at)[0].status == "APPLICABLE"
    buy(anna, "1", on=at - HOUR)
    assert quote_codes(CART, ["HELLO"], customer=anna, at=at)[0].reason == "not_first_order"


def test_the_budget_is_never_passed_and_the_last_bit_of_it_is_given(at: datetime) -> None:
    made = a_set(at, "TEN", budget_minor=700)
    assert hold("cart-1", "TEN", at=at)[0].amount_minor == 500
    assert hold("cart-2", "TEN", at=at)[0].amount_minor == 200
    with pytest.raises(CodeNotApplied) as refused:
        hold("cart-3", "TEN", at=at)
    assert refused.value.facts["reason"] == "budget_spent"
    commit_codes("cart-1", at=at, amounts={"TEN": 300})  # the cart became smaller
    made.refresh_from_db()
    assert made.spent_minor == 500


# --- gift cards ---------------------------------------------------------------------------------


def test_a_gift_card_is_used_in_parts_down_to_nothing(at: datetime) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=7000, at=at, key="sale-1")
    assert hold("cart-1", card.text, at=at)[0].amount_minor == 5495  # all that was to pay
    assert _card(card.text).balance_minor == 1505
    commit_codes("cart-1", at=at, amounts={card.text: 5000})
    assert _card(card.text).balance_minor == 2000
    assert hold("cart-2", card.text, at=at)[0].amount_minor == 2000
    commit_codes("cart-2", at=at)
    (said,) = quote_codes(CART, [card.text], at=at)
    assert (said.status, said.reason) == ("INAPPLICABLE", "card_empty")


def test_money_of_a_return_goes_back_on_the_card_to_the_cent_however_it_is_split(
    at: datetime,
) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=1000, at=at, key="sale-1")
    hold("cart-1", card.text, at=at)
    commit_codes("cart-1", at=at)
    back = [
        give_back_codes("cart-1", paid_minor=5495, returned_minor=so_far, at=at)
        for so_far in (1, 1833, 1833, 3000, 5495, 5495)
    ]
    assert sum(back) == 1000
    assert back[2] == back[5] == 0  # the same told twice
    assert _card(card.text).balance_minor == 1000


def test_a_card_whose_time_is_over_lives_longer_when_money_comes_back(at: datetime) -> None:
    made = a_card_set(at)
    last_day = date(2028, 11, 20)
    card = issue_gift_card(made, amount_minor=1000, at=at, key="sale-1", last_day=last_day)
    ending = card.valid_until
    assert ending is not None
    hold("cart-1", card.text, at=ending - HOUR)
    commit_codes("cart-1", at=ending - HOUR)
    give_back_codes("cart-1", paid_minor=100, returned_minor=100, at=ending + HOUR)
    soon = ending + timedelta(days=29)
    assert quote_codes(CART, [card.text], at=soon)[0].amount_minor == 1000
    assert quote_codes(CART, [card.text], at=soon + timedelta(days=2))[0].reason == "ended"


def test_refuses_to_sell_a_card_for_less_than_two_years(at: datetime) -> None:
    with pytest.raises(GiftCardTooShort) as refused:
        issue_gift_card(
            a_card_set(at), amount_minor=1000, at=at, key="s", last_day=date(2028, 11, 19)
        )
    assert refused.value.facts == {"least": date(2028, 11, 20)}
    assert not DiscountCode.objects.exists()


def test_the_same_sale_is_one_card(at: datetime) -> None:
    made = a_card_set(at)
    first = issue_gift_card(made, amount_minor=1000, at=at, key="sale-1")
    assert issue_gift_card(made, amount_minor=1000, at=at, key="sale-1") == first
    with pytest.raises(KeyReused):
        issue_gift_card(made, amount_minor=2000, at=at, key="sale-1")
    for amount in (0, -1, 10**16):
        with pytest.raises(BadCodeSet):
            issue_gift_card(made, amount_minor=amount, at=at, key=f"sale{amount}")


def test_a_code_that_may_be_had_back_is_free_once_more_after_the_whole_order_came_back(
    at: datetime,
) -> None:
    a_set(at, "KIND", uses_per_code=1, is_use_given_back=True)
    a_set(at, "STRICT", uses_per_code=1, kind="amount", amount_minor=100, percent=None)
    hold("cart-1", "KIND", "STRICT", at=at)
    commit_codes("cart-1", at=at)
    give_back_codes("cart-1", paid_minor=100, returned_minor=99, at=at)
    assert quote_codes(CART, ["KIND"], at=at)[0].reason == "used_up"
    for _ in range(2):
        give_back_codes("cart-1", paid_minor=100, returned_minor=100, at=at)
    assert quote_codes(CART, ["KIND"], at=at)[0].status == "APPLICABLE"
    assert quote_codes(CART, ["STRICT"], at=at)[0].reason == "used_up"
    assert DiscountCode.objects.get(text="KIND").uses == 0


# --- sets and codes -----------------------------------------------------------------------------


def test_the_same_set_twice_is_one_and_other_facts_are_refused(at: datetime) -> None:
    facts: dict[str, Any] = {"name": "A", "kind": "percent", "percent": Decimal(5)}
    first = make_set(at=at, key="k", currency="EUR", **facts)
    assert make_set(at=at, key="k", currency="EUR", **facts) == first
    with pytest.raises(KeyReused):
        make_set(at=at, key="k", currency="EUR", **{**facts, "percent": Decimal(6)})


def test_a_limit_that_is_set_later_counts_what_was_used_before(at: datetime) -> None:
    made = a_set(at, "TEN")
    for n in range(3):
        hold(f"cart-{n}", "TEN", at=at)
        commit_codes(f"cart-{n}", at=at)
    with pytest.raises(BadCodeSet) as refused:
        change_set(made, uses_most=2, at=at)
    assert refused.value.facts["field"] == "uses_most"
    change_set(made, uses_most=4, budget_minor=5000, at=at)
    made.refresh_from_db()
    assert (made.uses, made.spent_minor) == (3, 1500)
    hold("cart-4", "TEN", at=at)
    with pytest.raises(CodeNotApplied):
        hold("cart-5", "TEN", at=at)


def test_refuses_to_change_what_people_were_promised(at: datetime) -> None:
    made = a_set(at, "TEN")
    with pytest.raises(BadCodeSet):
        change_set(made, kind="amount", amount_minor=5, at=at)
    assert change_set(made, percent=Decimal(15), at=at).percent == 15


def test_closed_codes_answer_so_and_can_be_opened_again(at: datetime) -> None:
    made = a_set(at, "TEN")
    close_set(made, at=at)
    with pytest.raises(AlreadyClosed):
        close_set(made, at=at)
    assert quote_codes(CART, ["TEN"], at=at)[0].reason == "closed"
    reopen_set(made, at=at)
    with pytest.raises(NotClosed):
        reopen_set(made, at=at)
    block_code("ten", at=at)
    assert quote_codes(CART, ["TEN"], at=at)[0].reason == "closed"
    with pytest.raises(AlreadyClosed):
        block_code("TEN", at=at)
    with pytest.raises(NoSuchCode):
        block_code("NOPE", at=at)


def test_makes_unique_codes_and_goes_on_where_it_stopped(at: datetime) -> None:
    made = a_set(at)
    seen: list[float] = []
    assert make_codes(made, wanted=2500, at=at, prefix="AU-", progress=seen.append) == 2500
    assert make_codes(made, wanted=2500, at=at) == 2500
    assert make_codes(made, wanted=2600, at=at) == 2600
    texts = list(made.codes.values_list("text", flat=True))
    assert len(set(texts)) == 2600
    assert sum(text.startswith("AU") for text in texts) >= 2500
    assert seen == sorted(seen)
    assert seen[-1] < 1
    told = Event.objects.filter(kind="codes_made").order_by("pk")
    assert [event.facts["codes"] for event in told] == [2500, 100]
    for wanted in (0, -1, 10**9):
        with pytest.raises(BadCodeSet):
            make_codes(made, wanted=wanted, at=at)


def test_refuses_a_code_that_belongs_elsewhere(at: datetime) -> None:
    a_set(at, "TEN")
    with pytest.raises(CodeTaken):
        add_code(a_set(at), "TEN", at=at)
    with pytest.raises(BadCodeSet):
        add_code(a_set(at), "né", at=at)


def test_a_personal_code_is_given_once_from_what_lies_ready(
    at: datetime, anna: Customer, bram: Customer
) -> None:
    made = a_set(at, "READY")
    first = issue_code(made, anna, at=at, key="campaign:1", valid_for=timedelta(days=30))
    assert (first.text, first.valid_until) == ("READY", at + timedelta(days=30))
    assert issue_code(made, anna, at=at, key="campaign:1") == first
    assert issue_code(made, anna, at=at, key="campaign:2").text != "READY"
    with pytest.raises(KeyReused):
        issue_code(made, bram, at=at, key="campaign:1")
    assert quote_codes(CART, ["READY"], customer=bram, at=at)[0].reason == "not_yours"
    assert quote_codes(CART, ["READY"], customer=anna, at=at)[0].status == "APPLICABLE"
    assert [row.text for row in queries.codes_of(anna, at=at)][-1] == "READY"
    close_set(made, at=at)
    with pytest.raises(AlreadyClosed):
        issue_code(made, anna, at=at, key="campaign:3")


def test_a_checkout_with_codes_for_nobody_known_works(at: datetime) -> None:
    a_set(at, "TEN")
    hold_codes(CART, ["TEN"], key="c", at=at, expires_at=at + HOUR)
    assert commit_codes("c", at=at)[0].customer is None
