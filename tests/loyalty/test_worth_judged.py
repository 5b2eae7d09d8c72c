"""What an invitation and a benefit bring is judged by their lots, as any effort is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from measurement.efforts import BEGAN, effective, live, mark_known, usual, verdict
from scoring.shops import make_customers
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import join_programme
from stamgast.loyalty.models import MemberTier
from stamgast.loyalty.tiers.actions import set_tier
from stamgast.loyalty.worth.actions import (
    GIVEN,
    INVITED,
    draw_benefit,
    invite,
    open_benefit,
    open_invitation,
)
from stamgast.measurement.models import Lot

# Reading has a process of its own, so what it reads has to be committed.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
END = date(2026, 3, 1) + timedelta(days=150)


@pytest.fixture
def people(at: datetime) -> list[Customer]:
    return make_customers(600, at)


def judged(arm: str) -> tuple[str, dict[str, object]]:
    """Let those whom the lot gave it buy more, and return what is concluded."""
    lots = list(Lot.objects.select_related("arm"))
    assert {lot.arm.code for lot in lots if not lot.arm.is_control} == {arm}
    live(lots, effective(usual(0.9), usual(0.4)))
    mark_known(END)
    found = verdict(END)
    return found.code, found.facts


def test_an_invitation_that_makes_people_buy_is_said_to_have_worked(
    people: list[Customer],
) -> None:
    experiment = open_invitation(
        name="Spring", control_share=0.5, window_days=60, at=BEGAN, key="spring"
    )
    invited, left_out = invite(experiment, people, page="https://shop.example", at=BEGAN)
    assert min(invited, left_out) > 200
    code, facts = judged(INVITED)
    assert code == "worked"
    assert facts["net_minor"]["low"] > 0  # type: ignore[index]


def test_a_benefit_of_a_level_that_makes_members_buy_is_said_to_have_worked(
    people: list[Customer],
) -> None:
    tier = set_tier(
        name="Silver", threshold=100, benefits=[{"kind": "other", "text": "Thanks"}], at=BEGAN
    )
    for person in people:
        member, _ = join_programme(person, at=BEGAN)
        MemberTier.objects.create(member=member, tier=tier, since=BEGAN)
    benefit = tier.benefits.get()
    open_benefit(benefit, name="Thanks", control_share=0.5, window_days=60, at=BEGAN, key="thanks")
    assert draw_benefit(benefit, at=BEGAN) == 600
    code, facts = judged(GIVEN)
    assert code in ("worked", "worked_so_far")
    assert facts["net_minor"]["low"] > 0  # type: ignore[index]
