"""A member's invitation in a friend's purchase: noted once, with a welcome, and never for oneself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cast import buy
from loyalty.codes_cast import a_set
from loyalty.till import basket
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import (
    Basket,
    commit_checkout,
    hold_checkout,
    join_programme,
    quote,
    record_purchase,
)
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.codes.errors import CodeNotApplied
from stamgast.loyalty.models import CodeUse, DiscountCode, Member, Referral
from stamgast.loyalty.referrals.actions import code_of, set_rule
from stamgast.mail.models import Message
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(member: Member, at: datetime) -> str:
    """Inviting is on, with a code of five euros for the friend; Anna's code."""
    five = a_set(at, name="Welcome", kind="amount", percent=None, amount_minor=500)
    set_rule(is_on=True, points_friend=250, code_set=five, at=at)
    return code_of(member, at=at).text


@pytest.fixture
def friend(daan: Customer, member: Member, at: datetime) -> Member:
    """Daan takes part, and never bought."""
    return join_programme(daan, at=at, ref="M-4")[0]


def with_code(ref: str, code: str) -> Basket:
    """Return a basket of fifty euros with a code."""
    return replace(basket(ref, 50.0), codes=[code])


def test_a_quote_tells_what_a_friend_gets(invitation: str, friend: Member, at: datetime) -> None:
    told = quote(with_code("R-1", f" {invitation.lower()} "), friend, at=at)
    assert [(e.part, e.name, e.status) for e in told.effects] == [
        ("friends", invitation, "applicable")
    ]
    gives = {"points": 250, "gives": "amount", "currency": "EUR", "amount": 500}
    assert told.effects[0].facts == gives
    assert (told.to_pay_minor, Referral.objects.count()) == (5000, 0)


def test_an_order_with_an_invitation_notes_who_brought_the_friend(
    invitation: str, friend: Member, member: Member, at: datetime
) -> None:
    hold_checkout(with_code("R-1", invitation), friend, at=at)
    assert not Referral.objects.exists()
    done = commit_checkout("R-1", at=at)
    again, _ = record_purchase(with_code("R-2", invitation), friend, at=at)
    row = Referral.objects.get()
    assert (row.member, row.friend, row.state) == (member, friend.customer, "waiting")
    own = DiscountCode.objects.get(customer=friend.customer)
    assert done.effects[0]["facts"]["discount_code"] == own.text
    assert again.effects[0]["status"] == "applicable"
    assert not CodeUse.objects.exists()


def test_a_friend_with_an_address_is_mailed_the_code_if_they_want_offers(
    invitation: str, friend: Member, at: datetime
) -> None:
    record_purchase(with_code("R-1", invitation), friend, at=at)
    message = Message.objects.get(customer=friend.customer)
    own = DiscountCode.objects.get(customer=friend.customer)
    assert (message.purpose, message.facts) == ("offers", {"code": own.text})


def test_nobody_invites_themselves_or_somebody_unknown(
    invitation: str, member: Member, at: datetime
) -> None:
    for buyer, reason in ((member, "self"), (None, "unknown_buyer")):
        told = quote(with_code("R-1", invitation), buyer, at=at)
        assert (told.effects[0].status, told.effects[0].reason) == ("inapplicable", reason)
        with pytest.raises(CodeNotApplied) as refused:
            hold_checkout(with_code("R-1", invitation), buyer, at=at)
        assert refused.value.facts["reason"] == reason
    done, _ = record_purchase(with_code("R-2", invitation), member, at=at)
    assert (done.earned, done.effects[0]["reason"]) == (50, "self")
    assert not Referral.objects.exists()


def test_who_bought_before_is_no_friend_but_this_very_order_does_not_count(
    invitation: str, friend: Member, at: datetime
) -> None:
    buy(friend.customer, "1001", on=at - timedelta(minutes=5))
    told = quote(with_code("1002", invitation), friend, at=at)
    assert told.effects[0].reason == "bought_before"
    record_purchase(with_code("1001", invitation), friend, at=at)
    assert Referral.objects.get().friend == friend.customer


def test_an_order_of_the_web_shop_notes_the_friend_who_is_no_member(
    invitation: str, member: Member, daan: Customer, at: datetime
) -> None:
    buy(daan, "1001", on=at)
    Order.objects.update(discount_code=invitation)
    order = Order.objects.select_related("customer").get()
    for _ in range(2):
        assert follow_order(order, at=at + timedelta(hours=9)) is None
    row = Referral.objects.get()
    assert (row.member, row.friend, row.at) == (member, daan, at)
