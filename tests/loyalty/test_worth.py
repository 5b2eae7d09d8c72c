"""What a programme adds is seen by lot: whom it invites, and who does without a benefit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from loyalty.lots import leave_out
from loyalty.till import basket
from stamgast.api.v1.schemas.members import MemberTold
from stamgast.customers.actions import record_customer
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import join_programme, leave_programme, quote
from stamgast.loyalty.models import EarningRule, Member, MemberTier
from stamgast.loyalty.tiers.actions import set_tier
from stamgast.loyalty.worth.actions import draw_benefit, invite, open_benefit, open_invitation
from stamgast.loyalty.worth.queries import benefits_of
from stamgast.mail.models import Message
from stamgast.measurement.models import Experiment, Lot, Treatment

pytestmark = pytest.mark.django_db
PAGE = "https://shop.example/member"


def _people(count: int, at: datetime) -> list[Customer]:
    return [record_customer(key=f"P-{n}", email=f"p{n}@example.nl", at=at)[0] for n in range(count)]


def test_an_invitation_goes_to_whom_the_lot_says_and_to_nobody_twice(
    per_euro: EarningRule, anna: Customer, at: datetime
) -> None:
    join_programme(anna, at=at)
    people = _people(40, at)
    experiment = open_invitation(name="Autumn", control_share=0.5, at=at, key="autumn")
    invited, left_out = invite(experiment, [*people, anna], page=PAGE, at=at)
    assert invited + left_out == 40  # who takes part already is not invited
    assert min(invited, left_out) >= 5
    again = invite(experiment, people, page=PAGE, at=at + timedelta(hours=1))
    assert again == (invited, left_out)
    mailed = set(Message.objects.values_list("customer", flat=True))
    drew = Lot.objects.filter(arm__is_control=False).values_list("customer", flat=True)
    assert mailed == set(drew)
    assert Treatment.objects.count() == invited
    assert set(Message.objects.values_list("purpose", flat=True)) == {"offers"}


def test_a_benefit_that_is_tried_is_not_shown_to_whom_the_lot_left_out(
    per_euro: EarningRule, at: datetime
) -> None:
    kinds = ({"kind": "free_shipping", "text": "Free"}, {"kind": "other", "text": "Thanks"})
    tier = set_tier(name="Silver", threshold=100, benefits=kinds, at=at)
    free = tier.benefits.get(kind="free_shipping")
    members: list[Member] = []
    for person in _people(40, at):
        members.append(join_programme(person, at=at)[0])
        MemberTier.objects.create(member=members[-1], tier=tier, since=at)
    assert draw_benefit(free, at=at) == 0  # nothing is tried yet: everybody has everything
    assert all(len(benefits_of(one, at=at)) == 2 for one in members)
    open_benefit(free, name="Free delivery", control_share=0.5, at=at, key="free")
    assert draw_benefit(free, at=at) == 40
    without = [one for one in members if free not in benefits_of(one, at=at)]
    control = set(Lot.objects.filter(arm__is_control=True).values_list("customer", flat=True))
    assert {one.customer_id for one in without} == control
    assert 5 <= len(without) <= 35
    assert all(benefits_of(one, at=at)[-1].text == "Thanks" for one in members)
    told = {one.pk: quote(basket("R", 10.0), one, at=at).effects for one in members}
    assert {one.pk for one in members if not told[one.pk]} == {one.pk for one in without}
    given = {effect.facts["gives"] for effects in told.values() for effect in effects}
    assert given == {"free_shipping"}


def test_who_the_lot_leaves_out_is_not_told_of_early_access_anywhere(
    member: Member, other: Member, at: datetime
) -> None:
    first = {"kind": "early_access", "text": "First to see"}
    gold = set_tier(name="Gold", threshold=100, benefits=[first], at=at)
    for one in (member, other):
        MemberTier.objects.create(member=one, tier=gold, since=at)
    benefit = gold.benefits.get()
    tried = leave_out(member, benefit, at=at)
    assert benefits_of(member, at=at) == []
    assert benefits_of(other, at=at) == [benefit]
    assert MemberTold.of(member, at=at).benefits == []
    told = MemberTold.of(other, at=at).benefits
    assert [(one.kind, one.text, one.factor) for one in told] == [
        ("early_access", "First to see", None)
    ]
    Experiment.objects.filter(pk=tried.pk).update(ended_at=at + timedelta(days=90))
    assert benefits_of(member, at=at + timedelta(days=90)) == [benefit]


def test_who_has_no_tier_or_left_has_no_benefits(member: Member, at: datetime) -> None:
    assert benefits_of(member, at=at) == []
    tier = set_tier(name="Silver", threshold=100, benefits=[{"kind": "other", "text": "A"}], at=at)
    MemberTier.objects.create(member=member, tier=tier, since=at)
    assert [one.text for one in benefits_of(member, at=at)] == ["A"]
    assert benefits_of(leave_programme(member, at=at), at=at) == []
