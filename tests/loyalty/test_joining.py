"""Who may join, and what each way of joining writes down: never a consent that nobody gave."""

from __future__ import annotations

from datetime import datetime

import pytest

from cast import buy
from stamgast.customers.actions import record_customer
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import join_programme, leave_programme, set_programme
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.errors import NotInvited
from stamgast.loyalty.models import EarningRule, Member
from stamgast.loyalty.queries import member_of
from stamgast.loyalty.referrals.actions import bring_friend, code_of, set_rule
from stamgast.loyalty.worth.actions import invite, open_invitation
from stamgast.loyalty.worth.queries import may_join
from stamgast.measurement.models import Lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_invitation(per_euro: EarningRule, at: datetime) -> None:
    """Only who is invited takes part."""
    set_programme(at=at, by="test", joining="invited")


def test_refuses_who_is_not_invited_where_that_is_the_rule(
    by_invitation: None, anna: Customer, at: datetime
) -> None:
    with pytest.raises(NotInvited):
        join_programme(anna, at=at)
    assert member_of(anna) is None
    follow_order(buy(anna, "1001", on=at), at=at)
    assert member_of(anna) is None
    set_programme(at=at, by="test", joining="on_request")
    assert join_programme(anna, at=at)[1]


def test_who_drew_an_invitation_may_join_and_whom_the_lot_left_out_may_not(
    by_invitation: None, at: datetime
) -> None:
    people = [record_customer(key=f"P-{n}", email=f"p{n}@example.nl", at=at)[0] for n in range(20)]
    experiment = open_invitation(name="Autumn", control_share=0.5, at=at, key="autumn")
    invite(experiment, people, page="https://shop.example/member", at=at)
    left_out = set(Lot.objects.filter(arm__is_control=True).values_list("customer", flat=True))
    assert left_out
    assert {one.pk for one in people if not may_join(one)} == left_out


def test_a_friend_that_a_member_brought_is_invited(
    member: Member, daan: Customer, at: datetime
) -> None:
    set_programme(at=at, by="test", joining="invited")
    set_rule(is_on=True, at=at)
    bring_friend(code_of(member, at=at).text, daan, at=at)
    assert join_programme(daan, at=at)[1]


def test_who_left_may_come_back_and_a_colleague_may_let_anybody_in(
    member: Member, bram: Customer, at: datetime
) -> None:
    set_programme(at=at, by="test", joining="invited")
    leave_programme(member, at=at)
    assert join_programme(member.customer, at=at)[1]
    assert join_programme(bram, at=at, is_invited=True)[1]
