"""Orders recorded by programs and imports earn for members; returns take it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cast import buy
from loyalty.codes_cast import a_card_set, a_set
from loyalty.following import work
from loyalty.till import basket
from stamgast.events.actions import tell
from stamgast.events.models import Job
from stamgast.loyalty.actions import (
    add_rule,
    join_programme,
    leave_programme,
    quote,
    record_purchase,
    return_order,
    set_programme,
)
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.actions.returns import ReturnedLine
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import issue_gift_card
from stamgast.loyalty.models import Checkout, CodeUse, Member
from stamgast.loyalty.queries import member_of
from stamgast.sales.actions import (
    OrderFacts,
    OrderLine,
    ReturnFacts,
    cancel_order,
    record_order,
    record_return,
)
from stamgast.sales.models import Order

DAY = timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


def send_back(order: Order, number: str, at: datetime, pieces: int = 1) -> None:
    line = order.lines.select_related("product").get(position=1)
    assert line.product
    back = OrderLine(quantity=Decimal(pieces), unit_price=line.unit_price, sku=line.product.sku)
    record_return(
        ReturnFacts(number=number, returned_at=at, lines=[back], of_order=order.number), at=at
    )


def buy_with_code(
    member: Member, number: str, code: str, *, at: datetime, price: str, **off: str
) -> Order:
    """Let a member order a bag of coffee with a code: `line` off that line, `whole` off the order."""
    line = OrderLine(
        quantity=Decimal(1),
        unit_price=Decimal(price),
        sku="BAG",
        vat_rate=Decimal(21),
        discount=Decimal(off.get("line", 0)),
    )
    facts = OrderFacts(
        number=number,
        ordered_at=at,
        currency="EUR",
        lines=[line],
        customer=member.customer,
        is_vat_included=True,
        discount_code=code,
        discount=Decimal(off.get("whole", 0)),
    )
    return record_order(facts, at=at)[0]


@pytest.mark.parametrize(
    ("off", "gave"),
    [
        ({"whole": "50"}, 5000),
        ({"line": "50"}, 5000),
        ({"line": "20", "whole": "40"}, 4000),
        ({}, 0),
    ],
)
def test_a_code_gave_what_the_order_says_was_taken_off(
    member: Member, at: datetime, off: dict[str, str], gave: int
) -> None:
    a_set(at, "HALF", percent=Decimal(50), uses_per_code=1)
    paid = 100 - sum(Decimal(one) for one in off.values())
    buy_with_code(member, "1001", "HALF", at=at, price="100", **off)
    work()
    assert (CodeUse.objects.get().state, CodeUse.objects.get().amount_minor) == ("used", gave)
    assert Checkout.objects.get().earned == paid


def test_a_code_that_made_a_web_order_free_is_used_up(member: Member, at: datetime) -> None:
    a_set(at, "TENNER", kind="amount", percent=None, amount_minor=1000, uses_per_code=1)
    buy_with_code(member, "1001", "TENNER", at=at, price="10", whole="10")
    work()
    assert CodeUse.objects.get().amount_minor == 1000
    assert balance_of(member, as_of=at).pending == 0


def test_a_code_for_a_first_order_counts_for_that_order_itself(
    member: Member, at: datetime
) -> None:
    a_set(at, "HELLO", is_first_order=True)
    for number in ("1001", "1002"):
        then = at + timedelta(days=int(number[-1]))
        buy_with_code(member, number, "HELLO", at=then, price="10", whole="1")
    work()
    assert CodeUse.objects.get().key == f"checkout:{Checkout.objects.get(ref='1001').pk}"


def test_an_order_earns_by_what_was_paid_with_vat(member: Member, at: datetime) -> None:
    buy(member.customer, "1001", on=at, price="121.00")
    work()
    assert balance_of(member, as_of=at).pending == 121
    work()
    assert Checkout.objects.get().ref == "1001"


def test_a_round_price_earns_round_points_though_its_vat_does_not_divide(
    member: Member, at: datetime
) -> None:
    buy(member.customer, "1001", on=at, price="100.00")
    work()
    assert balance_of(member, as_of=at).pending == 100


def test_an_order_of_nobody_or_of_a_stranger_earns_nothing(
    member: Member, bram: object, at: datetime
) -> None:
    buy(None, "1001", on=at)
    buy(bram, "1002", on=at)  # type: ignore[arg-type]
    work()
    assert not Checkout.objects.exists()


def test_who_buys_becomes_a_member_where_the_programme_says_so(
    member: Member, bram: object, at: datetime
) -> None:
    set_programme(at=at, by="test", joining="first_order")
    buy(bram, "1002", on=at, price="121.00")  # type: ignore[arg-type]
    work()
    joined = member_of(bram)  # type: ignore[arg-type]
    assert joined
    assert balance_of(joined, as_of=at).pending == 121


def test_a_return_takes_back_and_so_does_calling_off(member: Member, at: datetime) -> None:
    first = buy(member.customer, "1001", on=at, names=["Cup", "Coffee"], price="60.50")
    second = buy(member.customer, "1002", on=at, price="12.10")
    work()
    assert balance_of(member, as_of=at).pending == 121 + 12
    send_back(first, "B-1", at)
    cancel_order(second, at=at)
    work()
    assert balance_of(member, as_of=at).pending == 60


def test_a_changed_order_earns_anew(member: Member, at: datetime) -> None:
    buy(member.customer, "1001", on=at, price="121.00")
    work()
    buy(member.customer, "1001", on=at, price="242.00")
    work()
    assert balance_of(member, as_of=at).pending == 242


def test_a_changed_order_uses_its_code_as_it_is_now(member: Member, at: datetime) -> None:
    made = a_set(at, "HALF", percent=Decimal(50), uses_per_code=1, uses_most=9, ends_at=at + DAY)
    buy_with_code(member, "1001", "HALF", at=at, price="100", whole="50")
    work()
    later = at + 2 * DAY  # the code has ended, which a change does not feel
    buy_with_code(member, "1001", "HALF", at=at, price="60", whole="30")
    follow_order(Order.objects.select_related("customer").get(), at=later)
    used = CodeUse.objects.get(state="used")
    assert used.key == f"checkout:{Checkout.objects.get(ref='1001').pk}"
    assert (used.amount_minor, used.code.uses) == (3000, 1)
    made.refresh_from_db()
    assert (made.uses, made.spent_minor) == (1, 3000)
    assert balance_of(member, as_of=at).pending == 30


def test_a_gift_card_is_taken_again_when_an_order_changes(member: Member, at: datetime) -> None:
    card = issue_gift_card(a_card_set(at), amount_minor=10_000, at=at, key="sale")
    for price in ("40", "60"):
        buy_with_code(member, "1001", card.text, at=at, price=price)
        work()
        card.refresh_from_db()
        assert card.balance_minor == 10_000 - int(price) * 100


def test_what_the_till_told_of_an_order_stands(member: Member, at: datetime) -> None:
    a_set(at, "HALF", percent=Decimal(50), uses_per_code=1)
    record_purchase(replace(basket("1001", 100), codes=["HALF"]), member, at=at)
    buy_with_code(member, "1001", "HALF", at=at, price="100", whole="50")
    work()
    assert Checkout.objects.get().earned == 50
    assert CodeUse.objects.get().amount_minor == 5000


def test_points_for_a_first_order_go_to_no_old_customer(
    member: Member, other: Member, at: datetime
) -> None:
    add_rule(at=at, by="test", name="Hello", kind="action", action="first_order", points=500)
    buy(member.customer, "0999", on=at - timedelta(days=90))
    Job.objects.all().delete()  # history is no news
    for whom, earns in ((member, 50), (other, 550)):
        ref = f"R-{whom.pk}"
        assert quote(basket(ref, 50), whom, at=at).earns == earns
        assert record_purchase(basket(ref, 50), whom, at=at)[0].earned == earns


def test_a_first_order_stays_the_first_when_it_is_told_before_or_changed(
    member: Member, at: datetime
) -> None:
    add_rule(at=at, by="test", name="Hello", kind="action", action="first_order", points=500)
    for price in ("12.10", "24.20"):
        buy(member.customer, "1001", on=at, price=price)
        assert quote(basket("1001", 50), member, at=at).earns == 550
        work()
    assert balance_of(member, as_of=at).pending == 524


def test_what_came_back_of_an_order_stays_back_when_it_is_changed(
    member: Member, at: datetime
) -> None:
    first = buy(member.customer, "1001", on=at, names=["Cup", "Coffee"], price="60.50")
    send_back(first, "B-1", at)
    work()
    assert balance_of(member, as_of=at).pending == 60
    buy(member.customer, "1001", on=at, names=["Cup", "Coffee"], price="121.00")
    work()
    assert balance_of(member, as_of=at).pending == 121


def test_an_order_from_before_joining_earns_nothing(member: Member, at: datetime) -> None:
    buy(member.customer, "1001", on=at - timedelta(days=1))
    work()
    assert balance_of(member, as_of=at).pending == 0


def test_imported_history_earns_nothing_unless_the_shop_says_so(
    per_euro: object, anna: object, at: datetime
) -> None:
    then = at - timedelta(days=100)
    member, _ = join_programme(anna, at=then)  # type: ignore[arg-type]
    order = buy(anna, "1001", on=then, price="121.00")  # type: ignore[arg-type]
    Job.objects.all().delete()
    Order.objects.update(batch=7)
    told = {"at": at, "subject": "batch", "subject_id": 7, "is_historic": True}
    tell("history_imported", **told)  # type: ignore[arg-type]
    work()
    assert not Checkout.objects.exists()
    set_programme(at=at, by="test", does_history_earn=True)
    tell("history_imported", **told)  # type: ignore[arg-type]
    work()
    assert balance_of(member, as_of=at).available == 121
    assert follow_order(order, at=at) == Checkout.objects.get()
    assert balance_of(member, as_of=at).available == 121


def test_calling_off_after_the_member_left_takes_the_points_back(
    member: Member, at: datetime
) -> None:
    order = buy(member.customer, "1001", on=at, price="121.00")
    work()
    leave_programme(member, at=at)
    cancel_order(order, at=at)
    work()
    join_programme(member.customer, at=at)
    found = balance_of(member, as_of=at)
    assert (found.pending, found.owed, found.qualifying) == (0, 0, 0)


def buy_lines(
    member: Member, *lines: tuple[str, int, str], at: datetime, refund: str = "0"
) -> Order:
    """Record order 1001 as it stands now: article, pieces and price of each line."""
    facts = OrderFacts(
        number="1001",
        ordered_at=at,
        currency="EUR",
        lines=[
            OrderLine(quantity=Decimal(pieces), unit_price=Decimal(price), sku=sku)
            for sku, pieces, price in lines
        ],
        customer=member.customer,
        is_vat_included=True,
        refund=Decimal(refund),
    )
    return record_order(facts, at=at)[0]


FIRST = (("CUP", 2, "40"), ("TEA", 1, "20"))


def test_an_order_that_was_empty_for_a_while_earns_anew(member: Member, at: datetime) -> None:
    buy_lines(member, *FIRST, at=at)
    work()
    shipping = OrderLine(Decimal(1), Decimal(4), name="Shipping", is_charge=True)
    facts = OrderFacts(
        number="1001", ordered_at=at, currency="EUR", lines=[shipping], customer=member.customer
    )
    for _ in range(2):
        follow_order(record_order(facts, at=at)[0], at=at)
        assert balance_of(member, as_of=at).pending == 0
    buy_lines(member, *FIRST, at=at)
    work()
    assert balance_of(member, as_of=at).pending == 100


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (FIRST, 100),
        ((("CUP", 2, "40"),), 80),  # a line removed
        ((("CUP", 1, "40"), ("TEA", 1, "20")), 60),  # a piece less
        ((("CUP", 2, "30"), ("TEA", 1, "20")), 80),  # a lower price
        ((("CUP", 1, "30"), ("TEA", 1, "15")), 45),
        ((("POT", 2, "40"), ("TEA", 1, "20")), 20),  # another article
        ((("CUP", 3, "50"), ("TEA", 1, "20"), ("POT", 1, "9")), 100),  # more earns nothing
        ((("TEA", 1, "20"), ("CUP", 1, "40"), ("CUP", 1, "40")), 100),  # the same, told otherwise
        ((), 0),
    ],
)
def test_a_change_after_the_member_left_takes_back_the_difference(
    member: Member, at: datetime, now: tuple[tuple[str, int, str], ...], left: int
) -> None:
    buy_lines(member, *FIRST, at=at)
    work()
    leave_programme(member, at=at)
    for _ in range(2):  # told again it changes nothing
        order = buy_lines(member, *now, at=at) if now else Order.objects.get()
        if not now:
            order.lines.all().delete()
        follow_order(order, at=at)
    work()
    join_programme(member.customer, at=at + DAY)
    found = balance_of(member, as_of=at)
    assert (found.pending, found.owed, found.qualifying) == (left, 0, left)


def test_changes_after_the_member_left_add_up(member: Member, at: datetime) -> None:
    buy_lines(member, *FIRST, at=at)
    work()
    leave_programme(member, at=at)
    for now, left in (
        ((("CUP", 2, "35"), ("TEA", 1, "20")), 90),
        ((("CUP", 1, "35"), ("TEA", 1, "20")), 55),
        ((("CUP", 2, "40"), ("TEA", 1, "20")), 55),  # what came back in is no points
        ((("CUP", 1, "35"),), 35),
    ):
        buy_lines(member, *now, at=at)
        work()
        assert balance_of(member, as_of=at).pending == left


def test_what_was_sent_back_is_not_taken_again_by_a_change_after_leaving(
    member: Member, at: datetime
) -> None:
    order = buy_lines(member, ("TEA", 1, "20"), ("CUP", 2, "40"), at=at)
    work()
    leave_programme(member, at=at)
    send_back(order, "B-1", at)
    work()
    for price in ("20", "15"):
        buy_lines(member, ("TEA", 1, price), ("CUP", 2, "40"), at=at)
        work()
    buy_lines(member, ("CUP", 2, "40"), at=at)
    work()
    assert balance_of(member, as_of=at).pending == 80


def test_a_change_after_leaving_of_what_was_given_up_makes_no_debt(
    member: Member, at: datetime
) -> None:
    buy_lines(member, *FIRST, at=at)
    work()
    leave_programme(member, at=at, points="forfeit")
    buy_lines(member, ("TEA", 1, "20"), at=at)
    work()
    join_programme(member.customer, at=at)
    found = balance_of(member, as_of=at)
    assert (found.pending, found.owed) == (0, 0)


def test_a_change_after_leaving_takes_no_more_than_a_refund_left(
    member: Member, at: datetime
) -> None:
    buy_lines(member, *FIRST, at=at, refund="90")
    work()
    leave_programme(member, at=at)
    for now in ((("CUP", 1, "40"), ("TEA", 1, "20")), (("TEA", 1, "9"),)):
        buy_lines(member, *now, at=at, refund="90")
        work()
        assert balance_of(member, as_of=at).pending == 0


def test_a_refund_that_grows_is_taken_back_once(member: Member, at: datetime) -> None:
    for refund in ("10", "30", "30"):
        buy_lines(member, *FIRST, at=at, refund=refund)
        work()
    assert balance_of(member, as_of=at).pending == 70


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"return_ref": "refund:R-7", "lines": [ReturnedLine("TEA", Decimal(1))]}, 70),
        ({"return_ref": "refund:50000", "lines": [ReturnedLine("TEA", Decimal(1))]}, 70),
        ({"return_ref": "refund:1000", "lines": [ReturnedLine("TEA", Decimal(1))]}, 80),
        ({"return_ref": "R-7", "amount_minor": 400}, 90),  # part of what the order says
        ({"return_ref": "R-7", "amount_minor": 2500}, 75),
    ],
)
def test_a_refund_of_an_order_goes_with_what_the_till_told_whatever_it_calls_that(
    member: Member, at: datetime, told: dict[str, Any], left: int
) -> None:
    buy_lines(member, *FIRST, at=at)
    work()
    return_order("1001", at=at, **told)
    for _ in range(2):
        buy_lines(member, *FIRST, at=at, refund="10")
        work()
        assert balance_of(member, as_of=at).pending == left


def test_a_refund_and_a_lower_price_after_leaving_are_both_taken_back_once(
    member: Member, at: datetime
) -> None:
    buy_lines(member, *FIRST, at=at)
    work()
    leave_programme(member, at=at)
    for refund, left in (("10", 85), ("10", 85), ("25", 70)):
        buy_lines(member, ("CUP", 2, "40"), ("TEA", 1, "15"), at=at, refund=refund)
        work()
        assert balance_of(member, as_of=at).pending == left


@pytest.mark.parametrize("leaves", [False, True])
def test_pieces_sent_back_after_a_refund_leave_nothing_of_what_they_earned(
    member: Member, at: datetime, leaves: bool
) -> None:
    order = buy_lines(member, *FIRST, at=at, refund="30")
    work()
    if leaves:
        leave_programme(member, at=at)
    for place, (_, pieces, _), left in ((2, FIRST[1], 50), (1, FIRST[0], 0)):
        line = order.lines.select_related("product").get(position=place)
        assert line.product
        back = OrderLine(Decimal(pieces), unit_price=line.unit_price, sku=line.product.sku)
        facts = ReturnFacts(number=f"B-{place}", returned_at=at, lines=[back], of_order="1001")
        record_return(facts, at=at)
        work()
        assert balance_of(member, as_of=at).pending == left


def test_pieces_sent_back_after_their_price_was_lowered_leave_nothing_of_what_they_earned(
    member: Member, at: datetime
) -> None:
    buy_lines(member, ("CUP", 1, "40"), at=at)
    work()
    leave_programme(member, at=at)
    order = buy_lines(member, ("CUP", 1, "30"), at=at)
    work()
    send_back(order, "B-1", at)
    work()
    assert balance_of(member, as_of=at).pending == 0


def test_calling_off_what_was_given_up_on_leaving_makes_no_debt(
    member: Member, at: datetime
) -> None:
    order = buy(member.customer, "1001", on=at, price="121.00")
    work()
    leave_programme(member, at=at, points="forfeit")
    cancel_order(order, at=at)
    work()
    join_programme(member.customer, at=at)
    assert balance_of(member, as_of=at).owed == 0


def test_an_order_that_comes_after_the_member_left_earns_nothing(
    member: Member, at: datetime
) -> None:
    leave_programme(member, at=at)
    buy(member.customer, "1001", on=at, price="121.00")
    work()
    assert not Checkout.objects.exists()
