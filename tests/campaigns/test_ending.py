"""Ending a campaign whose last message may have gone: what a customer may hold is not taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import end_campaign
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.mail.models import Message
from stamgast.mail.sending import Sender
from stamgast.measurement.models import Treatment
from stamgast.strategy.models import Goal


@pytest.fixture
def doubted(running: Campaign, mailbox: Mailbox, at: datetime) -> Message:
    """A message of which nobody knows whether it arrived, before its campaign heard of that."""
    mailbox.on_end = lambda to: "" if mailbox.received else "take and cut"
    mailbox.on_content = lambda to: "451 later" if mailbox.received else None
    jobs.do_work(at=at)
    Sender(clock=lambda: at).work_until_idle()
    return Message.objects.get(status="uncertain")


def test_an_offer_that_may_have_arrived_stays_theirs_with_its_money(
    running: Campaign, doubted: Message, at: datetime, goal: Goal
) -> None:
    end_campaign(running, at=at)
    theirs = Assignment.objects.get(deliveries__message=doubted)
    assert (theirs.state, theirs.exit_reason) == ("given", "")
    assert set(Assignment.objects.exclude(pk=theirs.pk).values_list("state", flat=True)) == {
        "exited"
    }
    goal.refresh_from_db()
    assert goal.reserved_minor == 500
    jobs.do_work(at=at + timedelta(minutes=1))
    assert Delivery.objects.get(message=doubted).state == "uncertain"
    assert Treatment.objects.get().lot_id == theirs.lot_id


def test_a_contact_that_another_tool_may_have_made_is_not_taken_back(
    running: Campaign, at: datetime
) -> None:
    jobs.do_work(at=at)
    one = Delivery.objects.select_related("assignment__customer").earliest("pk")
    contact = Contact.objects.create(
        key="x", channel="webhook", customer=one.assignment.customer, consent="sms",
        purpose="offers", sender_ref="x", status="uncertain", made_at=at, due_at=at,
    )  # fmt: skip
    Delivery.objects.filter(pk=one.pk).update(message=None, contact=contact)
    end_campaign(running, at=at)
    one.assignment.refresh_from_db()
    assert one.assignment.state == "given"
