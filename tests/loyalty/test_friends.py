"""Members who bring friends: who counts, and when both get their points."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cast import buy
from loyalty.codes_cast import a_set
from stamgast.customers.actions import edit_customer, record_customer
from stamgast.customers.models import Customer, Interaction
from stamgast.loyalty.actions import join_programme, leave_programme
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import DiscountCode, Member, Referral
from stamgast.loyalty.referrals import queries, rules
from stamgast.loyalty.referrals.actions import bring_friend, code_of, follow_referrals, set_rule
from stamgast.loyalty.referrals.errors import BadReferralRule, ReferralRefused
from stamgast.loyalty.referrals.rules import Side
from stamgast.sales.actions import cancel_order

DAY = timedelta(days=1)
LATELY = timedelta(days=100)  # friends come so long ago, and what follows is in the past too
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Side(1), Side(1), "self"),
        (Side(1, email="anna@x.nl"), Side(2, email="Anna+friend@x.nl"), "same_email"),
        (Side(1, email="an.na@gmail.com"), Side(2, email="anna@googlemail.com"), "same_email"),
        (Side(1, email="an.na@x.nl"), Side(2, email="anna@x.nl"), ""),
        (Side(1, phone="+31612345678"), Side(2, phone="+31612345678"), "same_phone"),
        (
            Side(1, postcode="1234AB", house_number="12"),
            Side(2, postcode="1234AB", house_number="12"),
            "same_household",
        ),
        (
            Side(1, postcode="1234AB", house_number="12"),
            Side(2, postcode="1234AB", house_number="14"),
            "",
        ),
        (Side(1), Side(2), ""),  # unknown is not the same
    ],
)
def test_who_seems_to_be_one(one: Side, other: Side, same: str) -> None:
    assert rules.sameness(one, other) == same


@pytest.fixture
def on(member: Member, at: datetime) -> str:
    """Inviting is on: five hundred points for a member, 250 for a friend; returns Anna's code."""
    set_rule(is_on=True, points_member=500, points_friend=250, within_days=90, at=at)
    return code_of(member, at=at).text


def _points(member: Member, at: datetime) -> int:
    return balance_of(member, as_of=at).available


def test_both_get_points_once_the_return_window_is_over(
    on: str, member: Member, daan: Customer, at: datetime
) -> None:
    at -= LATELY
    row = bring_friend(on, daan, at=at)
    assert bring_friend(on, daan, at=at) == row
    friend, _ = join_programme(daan, at=at)
    buy(daan, "D-1", on=at + DAY)
    assert follow_referrals(at=at + 2 * DAY) == 1
    assert _points(member, at + 14 * DAY) == 0
    assert follow_referrals(at=at + 14 * DAY) == 0
    due = at + 15 * DAY
    assert follow_referrals(at=due) == 1
    assert follow_referrals(at=due) == 0
    assert (_points(member, due), _points(friend, due)) == (500, 250)
    told = Interaction.objects.get(kind="referral")
    assert (told.customer_id, told.referred_id) == (member.customer_id, daan.pk)


def test_a_friend_whose_order_came_back_or_was_cancelled_earns_nobody_anything(
    on: str, member: Member, daan: Customer, at: datetime
) -> None:
    at -= LATELY
    bring_friend(on, daan, at=at)
    order = buy(daan, "D-1", on=at + DAY)
    follow_referrals(at=at + 2 * DAY)
    cancel_order(order, at=at + 3 * DAY)
    assert follow_referrals(at=at + 20 * DAY) == 1
    row = Referral.objects.get()
    assert (row.state, row.reason) == ("refused", "came_back")
    assert _points(member, at + 20 * DAY) == 0


def test_a_friend_who_buys_too_late_does_not_count(
    on: str, member: Member, daan: Customer, at: datetime
) -> None:
    at -= LATELY
    bring_friend(on, daan, at=at)
    assert follow_referrals(at=at + 89 * DAY) == 0
    buy(daan, "D-1", on=at + 91 * DAY)
    assert follow_referrals(at=at + 92 * DAY) == 1
    assert Referral.objects.get().reason == "too_late"


def _reason(code: str, friend: Customer, at: datetime) -> str:
    with pytest.raises(ReferralRefused) as refused:
        bring_friend(code, friend, at=at)
    return str(refused.value.facts["reason"])


def test_refuses_oneself_the_household_and_who_bought_before(
    on: str, member: Member, daan: Customer, bram: Customer, at: datetime
) -> None:
    assert _reason(on, member.customer, at) == "self"
    assert _reason("NOPE", daan, at) == "unknown_code"
    buy(bram, "B-1", on=at - DAY)
    assert _reason(on, bram, at) == "bought_before"
    edit_customer(daan, postcode="1234 AB", house_number="12", at=at, by="api")
    assert _reason(on, daan, at) == "same_household"
    set_rule(is_on=False, at=at)
    assert _reason(on, daan, at) == "off"


def test_refuses_a_circle_a_second_inviter_and_one_who_left(
    on: str, member: Member, daan: Customer, bram: Customer, at: datetime
) -> None:
    bring_friend(on, daan, at=at)
    friend, _ = join_programme(daan, at=at)
    second, _ = join_programme(bram, at=at)
    assert _reason(code_of(second, at=at).text, daan, at) == "brought_before"
    assert _reason(code_of(friend, at=at).text, member.customer, at) == "in_a_circle"
    leave_programme(second, at=at)
    new, _ = record_customer(key="N-1", email="new@example.nl", at=at)
    assert _reason(code_of(second, at=at).text, new, at) == "left"


def test_nobody_is_rewarded_more_often_than_the_cap(on: str, member: Member, at: datetime) -> None:
    at -= LATELY
    set_rule(most_each=2, at=at)
    for n in range(3):
        friend, _ = record_customer(key=f"F-{n}", email=f"f{n}@example.nl", at=at)
        bring_friend(on, friend, at=at)
        buy(friend, f"F-{n}", on=at + DAY)
    follow_referrals(at=at + 2 * DAY)
    follow_referrals(at=at + 20 * DAY)
    assert _points(member, at + 20 * DAY) == 1000
    assert Referral.objects.filter(reason="cap").count() == 1
    (ambassador,) = queries.ambassadors(currency="EUR")
    assert (ambassador.friends, ambassador.rewarded) == (2, 2)
    assert ambassador.margin_minor == 2 * 500  # ten euros less a cost of five, twice


def test_a_friend_gets_a_welcome_code_at_once(
    on: str, member: Member, daan: Customer, at: datetime
) -> None:
    set_rule(code_set=a_set(at, percent=Decimal(15)), at=at)
    bring_friend(on, daan, at=at)
    assert DiscountCode.objects.get().customer_id == daan.pk


def test_a_code_stays_the_same_and_rules_that_cannot_be_are_refused(
    on: str, member: Member, at: datetime
) -> None:
    assert code_of(member, at=at + DAY).text == on
    for change in ({"within_days": 0}, {"most_each": 0}, {"points_member": -1}):
        with pytest.raises(BadReferralRule):
            set_rule(at=at, **change)
