"""Who may join, and what each way of joining writes down: never a consent that nobody gave."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cast import buy
from stamgast.customers.actions import record_customer
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import join_programme, leave_programme, set_programme
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.errors import NotInvited
from stamgast.loyalty.membership.actions import Agreed, decide_profiling, join, leave
from stamgast.loyalty.membership.queries import consents_of
from stamgast.loyalty.models import EarningRule, Member, ProgrammeConsent
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


def test_who_became_a_member_by_buying_gave_no_consent_and_may_still_give_it(
    per_euro: EarningRule, anna: Customer, at: datetime
) -> None:
    set_programme(at=at, by="test", joining="first_order", terms_version="2026-1")
    follow_order(buy(anna, "1001", on=at), at=at)
    member = member_of(anna)
    assert member is not None
    assert (member.joined_by, member.terms_version) == ("orders", "")
    assert not ProgrammeConsent.objects.exists()
    anna.refresh_from_db()
    assert not anna.objects_to_profiling
    agreed = Agreed("I take part", "member page", terms_version="2026-1")
    _, is_new = join(anna, agreed, at=at)
    assert not is_new
    assert member_of(anna).terms_version == "2026-1"  # type: ignore[union-attr]
    assert consents_of(member)["membership"].terms_version == "2026-1"


def test_the_same_words_are_kept_once_and_others_beside_them(
    per_euro: EarningRule, anna: Customer, at: datetime
) -> None:
    agreed = Agreed("I take part", "web shop", may_profile=False, profiling_wording="Use my data")
    for hours in range(3):
        member, _ = join(anna, agreed, at=at + timedelta(hours=hours))
    assert ProgrammeConsent.objects.count() == 2
    leave(member, source="api", at=at + timedelta(days=1))
    join(anna, agreed, at=at + timedelta(days=2))
    said = ProgrammeConsent.objects.filter(kind="membership").order_by("pk")
    assert [row.is_granted for row in said] == [True, False, True]


def test_a_yes_from_before_the_last_no_does_not_undo_it(
    per_euro: EarningRule, anna: Customer, at: datetime
) -> None:
    join(anna, Agreed("I take part", "member page", may_profile=False), at=at)
    earlier = at - timedelta(days=3)
    told = Agreed("I take part", "web shop", may_profile=True, said_at=earlier)
    member, _ = join(anna, told, at=at)
    anna.refresh_from_db()
    assert anna.objects_to_profiling
    assert not consents_of(member)["profiling"].is_granted
    decide_profiling(anna, is_allowed=True, wording="Yes", source="member page", at=at)
    anna.refresh_from_db()
    assert not anna.objects_to_profiling


def test_refuses_a_yes_from_the_future(per_euro: EarningRule, anna: Customer, at: datetime) -> None:
    with pytest.raises(InTheFuture):
        join(anna, Agreed("I", "web shop", said_at=at + timedelta(days=1)), at=at)
    assert member_of(anna) is None
