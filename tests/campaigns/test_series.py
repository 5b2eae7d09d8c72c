"""A series half-way: its order and its waiting are kept, its branches asked, and each hears it once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns import world
from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import pause_campaign, resume_campaign
from stamgast.campaigns.actions.checking import blocking, most_cost
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.errors import CampaignRuns
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.customers.actions import add_interaction, object_to_profiling, record_consent
from stamgast.customers.models import Customer
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.staff.models import User

Drifting = list[Customer]
DAY = timedelta(days=1)


def series_of(row: Campaign, at: datetime, by: User, *steps: StepPlan) -> Campaign:
    return change_campaign(row, steps=list(steps), at=at, by=by)


def mail_of(row: Campaign, **facts: object) -> StepPlan:
    _, steps = plans_of(row)
    return StepPlan(content=steps[0].content, **facts)  # type: ignore[arg-type]


def work(at: datetime) -> None:
    """Work on this day, on which an order of somebody else is known."""
    world.order_now(None, f"N-{at:%d%H}", at)
    world.work(at)


def sent_on(position: int) -> int:
    return Delivery.objects.filter(step__position=position, state="sent").count()


@pytest.fixture
def three(offer: Campaign, marketer: User, at: datetime) -> Campaign:
    """Three mails: at once, five days later, and three days after that."""
    mails = [mail_of(offer, wait_days=days) for days in (0, 5, 3)]
    return world.start(series_of(offer, at, marketer, *mails), at, by=marketer)


def test_after_a_pause_what_was_due_goes_in_order_and_keeps_its_waiting(
    three: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    world.work(at)
    given = Assignment.objects.count()
    pause_campaign(three, at=at + DAY, by=marketer)
    work(at + 12 * DAY)
    assert len(mailbox.received) == given
    resume_campaign(three, at=at + 13 * DAY, by=marketer)
    work(at + 13 * DAY)
    assert (sent_on(2), sent_on(3)) == (given, 0)
    work(at + 15 * DAY)
    assert sent_on(3) == 0
    work(at + 16 * DAY)
    assert sent_on(3) == given
    assert len(mailbox.received) == 3 * given


def test_a_mail_that_did_not_go_yet_holds_the_next_one_up(
    three: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)  # given, and nothing sent: the server is down
    jobs.do_work(at=at + 6 * DAY)
    held = Delivery.objects.filter(step__position=2)
    assert set(held.values_list("message", "reason")) <= {(None, ""), (None, "contact_before")}
    assert not mailbox.received


def test_a_branch_that_is_not_theirs_is_passed_over_and_the_series_goes_on(
    offer: Campaign, marketer: User, drifting: Drifting, at: datetime, mailbox: Mailbox
) -> None:
    change_campaign(offer, exits_on_order=False, at=at, by=marketer)
    bought = {"version": 1, "who": {"is": "ordered", "days": 5}}
    thanks, last = mail_of(offer, wait_days=5, only_if=bought), mail_of(offer, wait_days=2)
    row = series_of(offer, at, marketer, mail_of(offer), thanks, last)
    world.start(row, at, by=marketer)
    world.work(at)
    given = Assignment.objects.count()
    buyer = Assignment.objects.earliest("pk").customer
    world.order_now(buyer, "B-1", at + 3 * DAY)
    work(at + 5 * DAY)
    assert sent_on(2) == 1
    assert set(Delivery.objects.filter(state="skipped").values_list("reason", flat=True)) == {
        "branch"
    }
    work(at + 7 * DAY)
    assert sent_on(3) == given


def test_a_first_contact_asks_its_condition_too_and_who_hears_nothing_leaves_with_the_money(
    offer: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    lost = {"version": 1, "who": {"is": "stage", "in": ["lost"]}}
    world.start(series_of(offer, at, marketer, mail_of(offer, only_if=lost)), at, by=marketer)
    world.work(at)
    assert not mailbox.received
    assert set(Assignment.objects.values_list("state", "exit_reason")) == {("exited", "branch")}
    assert offer.goal is not None
    offer.goal.refresh_from_db()
    assert offer.goal.reserved_minor == 0


def test_contacts_of_one_offer_come_among_those_of_all(
    offer: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    code, _ = plans_of(offer)[0][0], None
    other = OfferPlan(code="plain", title={"nl": "Een groet"}, share=1)
    steps = [
        mail_of(offer, offer="code", cost_minor=10),
        mail_of(offer, offer="plain", cost_minor=40),
        mail_of(offer, wait_days=4, cost_minor=5),
    ]
    row = change_campaign(offer, offers=[code, other], steps=steps, at=at, by=marketer)
    assert plans_of(row)[1] == steps
    assert most_cost(row, 10) == 8 * (500 + 10 + 5)
    world.start(row, at, by=marketer)
    world.work(at)
    work(at + 4 * DAY)
    seen = {
        arm: sorted(
            Delivery.objects.filter(assignment__offer__code=arm, state="sent")
            .values_list("step__position", flat=True)
            .distinct()
        )
        for arm in ("code", "plain")
    }
    assert seen == {"code": [1, 3], "plain": [2, 3]}


def test_an_offer_that_nobody_hears_of_stops_the_campaign(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    code = plans_of(offer)[0][0]
    row = change_campaign(
        offer, offers=[code, OfferPlan(code="plain")], steps=[mail_of(offer, offer="code")],
        at=at, by=marketer,
    )  # fmt: skip
    assert blocking(row, at) == ["no_contact"]


def test_a_contact_after_the_days_that_are_measured_stops_the_campaign(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    row = series_of(offer, at, marketer, *[mail_of(offer, wait_days=days) for days in (0, 5, 3)])
    assert blocking(change_campaign(row, window_days=9, at=at, by=marketer), at) == []
    late = change_campaign(row, window_days=8, at=at, by=marketer)
    assert blocking(late, at) == ["contact_too_late"]


def test_a_series_that_runs_cannot_change_but_for_its_limits(
    three: Campaign, marketer: User, at: datetime
) -> None:
    world.work(at)
    with pytest.raises(CampaignRuns):
        series_of(three, at, marketer, mail_of(three))
    with pytest.raises(CampaignRuns):
        change_campaign(three, offers=plans_of(three)[0], at=at, by=marketer)
    assert change_campaign(three, most_customers=3, at=at, by=marketer).steps.count() == 3


def test_who_is_merged_half_way_hears_the_rest_once_and_who_is_erased_nothing(
    three: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    world.work(at)
    kept, gone, erased = (one.customer for one in Assignment.objects.order_by("pk")[:3])
    address = erased.email
    merge_customers(kept, gone, at=at + DAY, by=None)
    erase_person(erased, at=at + DAY, by=None)
    before = len(mailbox.received)
    work(at + 5 * DAY)
    work(at + 8 * DAY)
    assert mailbox.recipients.count(kept.email) == 3
    assert mailbox.recipients[before:].count(gone.email) == 0
    assert mailbox.recipients.count(address) == 1


def test_who_objects_complains_or_withdraws_half_way_hears_no_more_of_it(
    three: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    world.work(at)
    objects, complains, withdraws, goes_on = (
        one.customer for one in Assignment.objects.order_by("pk")[:4]
    )
    object_to_profiling(objects, at=at + DAY, by=None)
    add_interaction(complains, kind="complaint", text="Broken", at=at + DAY)
    record_consent(
        withdraws, channel="email", purpose="offers", is_granted=False, source="x", at=at + DAY
    )
    work(at + 5 * DAY)
    work(at + 8 * DAY)
    heard = [mailbox.recipients.count(one.email) for one in (objects, complains, withdraws)]
    assert heard == [1, 1, 1]
    assert mailbox.recipients.count(goes_on.email) == 3
    theirs = Assignment.objects.filter(customer__in=[objects, complains, withdraws])
    assert set(theirs.values_list("state", flat=True)) == {"given"}, "what they have stays theirs"


def test_a_clock_that_jumps_back_half_way_sends_nothing_again_and_goes_on_in_time(
    three: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    world.work(at)
    given = Assignment.objects.count()
    work(at + 5 * DAY)
    assert (sent_on(1), sent_on(2)) == (given, given)
    for days in (1, 5, 6):  # the clock is set back by four days, and lives them again
        work(at + days * DAY + timedelta(hours=1))
    assert len(mailbox.received) == 2 * given
    work(at + 8 * DAY)
    assert sent_on(3) == given
    assert len(mailbox.received) == len(set(mailbox.received)) == 3 * given
