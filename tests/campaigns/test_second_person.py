"""Where the shop wants a second person, nobody approves alone what they wrote or changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from cast import employ
from stamgast.campaigns.actions import approve_campaign, change_campaign, run_campaign
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.errors import NeedsSecondPerson
from stamgast.campaigns.models import Campaign
from stamgast.staff.actions import change_shop
from stamgast.staff.models import User


@pytest.fixture(autouse=True)
def wants_two(db: None, at: datetime) -> None:
    change_shop(at=at, needs_second_person=True)


@pytest.fixture
def other(db: None) -> User:
    return employ("admin")


def make_dearer(offer: Campaign, at: datetime, *, by: User) -> Campaign:
    offers, _ = plans_of(offer)
    return change_campaign(offer, offers=[replace(offers[0], cost_minor=9_900)], at=at, by=by)


def test_the_writer_cannot_approve_where_a_second_person_is_wanted(
    offer: Campaign, marketer: User, other: User, at: datetime
) -> None:
    for alone in (marketer, "cli", None):
        with pytest.raises(NeedsSecondPerson):
            approve_campaign(offer, at=at, by=alone)
    approve_campaign(offer, at=at, by=other)
    run_campaign(offer, at=at, by=marketer)


def test_who_changed_what_another_wrote_cannot_approve_it_either(
    offer: Campaign, marketer: User, other: User, at: datetime
) -> None:
    dearer = make_dearer(offer, at, by=other)
    for one in (other, marketer):
        with pytest.raises(NeedsSecondPerson):
            approve_campaign(dearer, at=at, by=one)
    approve_campaign(dearer, at=at, by=employ("marketer", email="third@shop.example"))


def test_what_a_second_person_approved_and_then_changed_is_for_the_first_to_approve(
    offer: Campaign, marketer: User, other: User, at: datetime
) -> None:
    approve_campaign(offer, at=at, by=other)
    dearer = make_dearer(offer, at, by=other)
    with pytest.raises(NeedsSecondPerson):
        approve_campaign(dearer, at=at, by=other)
    approve_campaign(dearer, at=at, by=marketer)


def test_an_approval_of_ones_own_from_before_the_rule_is_not_a_second_person(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    change_shop(at=at, needs_second_person=False)
    approve_campaign(offer, at=at, by=marketer)
    change_shop(at=at, needs_second_person=True)
    dearer = make_dearer(offer, at, by=employ("admin"))
    with pytest.raises(NeedsSecondPerson):
        approve_campaign(dearer, at=at, by=marketer)
