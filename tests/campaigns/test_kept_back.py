"""What a cap keeps waiting until its offer or the window ends is given up, and the pages say why."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from campaigns import world
from campaigns.test_calls import ALWAYS, SCRIPT
from campaigns.test_pages import at_this_moment, signed_in, text  # noqa: F401
from mail.letters import HELLO
from mail.mailbox import Mailbox
from measurement.conclusions import CASES
from stamgast.campaigns.actions import giving_up, pause_campaign, resume_campaign
from stamgast.campaigns.actions.contacting import take_contact
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.actions.following import hand_over_due
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.campaigns.rules import StepPlan
from stamgast.customers.actions import record_consent
from stamgast.customers.models import Customer
from stamgast.database.bulk import Pace
from stamgast.mail.actions import queue_message
from stamgast.mail.models import MailSettings, Message
from stamgast.measurement.models import Verdict
from stamgast.staff.models import User
from stamgast.strategy.models import Goal
from stamgast.web.marketer.campaigns.shown import counts_of

DAY = timedelta(days=1)


def work_on(at: datetime, *days: float) -> None:
    """Let what is due be done on these days, on each of which an order is known."""
    for day in days:
        now = at + day * DAY
        world.order_now(None, f"N-{now:%m%d%H%M}", now)
        world.work(now)


def kept_back() -> list[tuple[str, str, dict[str, object]]]:
    """Say of what waits or was given up how it stands, why, and with which figures."""
    rows = Delivery.objects.values_list("state", "reason", "facts")
    return [one for n, one in enumerate(rows) if one not in rows[:n]]


def test_what_may_not_go_before_the_offer_ends_is_kept_back_with_its_money_and_its_code_unheard(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=200)
    world.start(capped, at, by=marketer)
    work_on(at, 0, 1, 29.9, 30)
    assert mailbox.received == []
    assert kept_back() == [
        ("withheld", "kept_back", {"ended": "offer", "times": 1, "days": 200}),
    ]
    assert set(Message.objects.values_list("status", "reason")) == {("withheld", "kept_back")}
    assert set(Assignment.objects.values_list("state", "exit_reason")) == {("exited", "kept_back")}
    goal.refresh_from_db()
    assert (goal.reserved_minor, goal.spent_minor) == (0, 0)


def test_what_was_kept_back_is_not_counted_as_no_longer_meant_as_well(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=200)
    world.start(capped, at, by=marketer)
    work_on(at, 0, 30)
    left = Delivery.objects.earliest("pk").pk
    Delivery.objects.filter(pk=left).update(reason="left_campaign")
    found, given = counts_of(capped), Assignment.objects.count()
    assert (found.withheld, found.kept_back, found.waiting) == (1, given - 1, 0)
    assert found.done_share == 1


def test_it_waits_until_the_last_moment_of_the_offer(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=30)  # they may again on the 29th day
    world.start(capped, at, by=marketer)
    work_on(at, 0, 10, 28.9)
    assert mailbox.received == []
    assert {one[:2] for one in kept_back()} == {("waiting", "")}
    work_on(at, 29.1)
    assert len(mailbox.received) == Assignment.objects.count()


def test_it_waits_no_longer_than_the_window_in_which_its_effect_is_measured(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=20)
    world.start(change_campaign(capped, window_days=12, at=at), at, by=marketer)
    work_on(at, 0, 5, 11.9)
    assert {one[0] for one in kept_back()} == {"waiting"}
    work_on(at, 12, 25)
    assert mailbox.received == []
    assert kept_back() == [
        ("withheld", "kept_back", {"ended": "window", "times": 1, "days": 20}),
    ]
    goal.refresh_from_db()
    assert goal.reserved_minor == 0


def test_the_cap_of_the_shop_keeps_back_as_that_of_the_goal_does(
    offer: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    MailSettings.objects.update(most_contacts=2, within_days=60)
    for n, one in enumerate(Customer.objects.all()):
        for day in (1, 2):
            facts = {"purpose": "offers", "kind": "campaign", "facts": {}}
            row = queue_message(one, content=HELLO, at=at, key=f"m{n}-{day}", **facts)
            Message.objects.filter(pk=row.pk).update(status="sent", seen_at=at - day * DAY)
    world.start(offer, at, by=marketer)
    work_on(at, 0, 1, 29.9, 30)
    assert mailbox.received == []
    assert kept_back() == [
        ("withheld", "kept_back", {"ended": "offer", "times": 2, "days": 60}),
    ]


def test_what_was_to_follow_is_kept_back_with_it(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=200)
    _, steps = plans_of(capped)
    two = [steps[0], replace(steps[0], wait_days=5)]
    world.start(change_campaign(capped, steps=two, at=at), at, by=marketer)
    work_on(at, 0, 1, 29.9, 30)
    assert mailbox.received == []
    assert [one[:2] for one in kept_back()] == [("withheld", "kept_back")]
    assert Delivery.objects.count() == 2 * Assignment.objects.count()


def test_a_later_contact_is_kept_back_and_the_offer_stays_theirs(
    offer: Campaign, marketer: User, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1, contacts_days=200)
    _, steps = plans_of(offer)
    two = [steps[0], replace(steps[0], wait_days=5)]
    world.start(change_campaign(offer, steps=two, window_days=20, at=at), at, by=marketer)
    work_on(at, 0, 5, 10, 19.9, 20)
    given = Assignment.objects.count()
    assert len(mailbox.received) == given
    assert sorted(one[:2] for one in kept_back()) == [("sent", ""), ("withheld", "kept_back")]
    assert set(Assignment.objects.values_list("state", flat=True)) == {"given"}


def test_what_another_worker_handed_over_in_the_last_moment_is_not_kept_back(
    offer: Campaign, marketer: User, at: datetime, goal: Goal, monkeypatch: pytest.MonkeyPatch
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1, contacts_days=10)
    _, steps = plans_of(offer)
    two = [steps[0], replace(steps[0], wait_days=5)]
    row = world.start(change_campaign(offer, steps=two, window_days=12, at=at), at, by=marketer)
    work_on(at, 0, 5)
    early = at + 11.9 * DAY
    world.order_now(None, "N-early", early)
    row.refresh_from_db()

    class Late(Pace):
        def portion(self, rows: int) -> AbstractContextManager[None]:
            hand_over_due(row, at=early)
            return super().portion(rows)

    monkeypatch.setattr(giving_up, "Pace", Late)
    assert giving_up.give_up_kept_back(at=at + 12 * DAY) == 0
    later = Delivery.objects.filter(step__position=2)
    assert set(later.values_list("state", "message__status")) == {("waiting", "waiting")}


def test_a_call_is_kept_back_and_leaves_the_list(
    capped: Campaign, marketer: User, at: datetime, goal: Goal
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=200)
    for one in Customer.objects.all():
        record_consent(
            one, channel="phone", purpose="offers", is_granted=True, source="shop", at=at
        )
    Customer.objects.update(phone="+31612345678")
    call = StepPlan(channel="call", content={**SCRIPT, "hours": ALWAYS})
    world.start(change_campaign(capped, steps=[call], at=at), at, by=marketer)
    world.work(at)
    first = Contact.objects.order_by("pk")[0]
    refused = take_contact(first, at=at, by=marketer)
    assert refused is not None
    assert refused.facts["reason"] == "contacted_often"
    work_on(at, 1, 29.9, 30)
    first.refresh_from_db()
    assert (first.status, first.reason) == ("withheld", "kept_back")


def test_no_figures_are_given_of_a_cap_that_held_no_more_when_the_offer_ended(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    world.start(capped, at, by=marketer)
    work_on(at, 0, 31)  # nobody worked in between, so it could not go when it might
    assert mailbox.received == []
    assert kept_back() == [("withheld", "kept_back", {"ended": "offer"})]
    given = Assignment.objects.order_by("pk")[0]
    page = text(signed_in("admin").get(f"/customers/{given.customer_id}"))
    assert "they heard from us often enough until it was over" in page


def test_who_was_paused_at_the_end_was_not_kept_back_by_a_cap(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    running = world.start(capped, at, by=marketer)
    work_on(at, 0, 4)
    pause_campaign(running, at=at + 5 * DAY, by=marketer)
    work_on(at, 6, 20)
    resume_campaign(running, at=at + 40 * DAY, by=marketer)
    work_on(at, 40, 41)
    assert mailbox.received == []
    assert [one[:2] for one in kept_back()] == [("withheld", "offer_expired")]


@pytest.mark.parametrize(
    ("language", "sentence", "of_many", "in_verdict"),
    [
        (
            "en",
            "kept back because this customer had 1 message in 200 days, until the offer ended",
            "kept back because these customers had 1 message in 200 days, until the offer ended",
            "were to get it and did not: kept back because these customers had 1 message",
        ),
        (
            "nl",
            "tegengehouden omdat deze klant 1 bericht kreeg in 200 dagen, tot het aanbod afliep",
            "tegengehouden omdat deze klanten 1 bericht kregen in 200 dagen, tot het aanbod afliep",
            "zouden het krijgen en kregen het niet: tegengehouden omdat deze klanten 1 bericht",
        ),
    ],
    ids=["en", "nl"],
)
def test_customer_campaign_and_verdict_say_that_the_cap_kept_it_back(
    capped: Campaign,
    marketer: User,
    at: datetime,
    goal: Goal,
    language: str,
    sentence: str,
    of_many: str,
    in_verdict: str,
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_days=200)
    client = signed_in("admin", language=language)
    world.start(capped, at, by=marketer)
    work_on(at, 0, 1, 29.9, 30)
    capped.refresh_from_db()
    assert capped.experiment is not None
    one = CASES["not_yet_known"]
    Verdict.objects.create(
        experiment=capped.experiment, as_of=at.date(), code=one.code, facts=one.facts, made_at=at
    )
    given = Assignment.objects.order_by("pk")
    assert sentence in text(client.get(f"/customers/{given[0].customer_id}"))
    campaign = text(client.get(f"/campaigns/{capped.pk}"))
    assert sentence in campaign
    assert f"{len(given)} {of_many}" in campaign
    assert in_verdict in text(client.get(f"/verdicts/{capped.experiment_id}"))
