"""Contacts told to other programs by webhook: signed, once, and what they say came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns import world
from campaigns.receiver import Receiver, is_signed, listening
from stamgast.campaigns.actions import end_campaign, pause_campaign, settle_doubt, take_outcome
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.actions.sending_out import doubt_what_was_due, due_to_tell
from stamgast.campaigns.channels.webhook import listed, webhook
from stamgast.campaigns.errors import BadCampaign, BadOutcome, NoSuchContact
from stamgast.campaigns.jobs import do_work, tell_due
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.campaigns.rules import StepPlan
from stamgast.customers.actions import record_consent
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Consent, Customer, Interaction
from stamgast.loyalty.actions import add_endpoint, stop_endpoint
from stamgast.loyalty.actions.webhooks import WAITS
from stamgast.loyalty.models import WebhookEndpoint
from stamgast.mail.models import Suppression
from stamgast.measurement.models import Cost, Lot, Treatment
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.staff.models import User

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEXTS = {"nl": {"text": "Dag {{ customer.first_name }}, {{ offer.title }}: {{ offer.code }}"}}


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_PRIVATE = True
    with listening() as one:
        yield one


@pytest.fixture
def endpoint(db: None, receiver: Receiver, at: datetime) -> WebhookEndpoint:
    return add_endpoint(receiver.url, hears="contacts", at=at, by="test")


def allow(people: list[Customer], channel: str, at: datetime) -> None:
    for number, one in enumerate(people):
        one.phone, one.street, one.city = f"+3161234{number:04}", "Dorpsstraat", "Utrecht"
    Customer.objects.bulk_update(people, ["phone", "street", "city"])
    Consent.objects.bulk_create(
        Consent(
            customer=one, channel=channel, purpose="offers", is_granted=True, source="shop",
            at=at - timedelta(days=30),
        )
        for one in people
    )  # fmt: skip


def start(offer: Campaign, at: datetime, by: User, *, channel: str, **content: Any) -> Campaign:
    step = StepPlan(channel=channel, content=content, cost_minor=9)
    row = world.start(change_campaign(offer, steps=[step], at=at, by=by), at, by=by)
    do_work(at=at)
    return row


@pytest.fixture
def texting(
    offer: Campaign,
    drifting: list[Customer],
    endpoint: WebhookEndpoint,
    marketer: User,
    at: datetime,
) -> Campaign:
    """Three customers who allow text messages, and a campaign that sends them."""
    allow(drifting[:3], "sms", at)
    change_campaign(offer, control_share="0.01", at=at, by=marketer)
    content = {**TEXTS, "consent": "sms", "endpoint": endpoint.pk}
    return start(offer, at, marketer, channel="webhook", **content)


def tell(at: datetime) -> dict[str, int]:
    return tell_due(clock=lambda: at)


def test_each_treated_customer_is_told_once_signed_and_with_no_more_than_is_needed(
    texting: Campaign, receiver: Receiver, endpoint: WebhookEndpoint, at: datetime
) -> None:
    tell(at)
    tell(at + DAY)
    do_work(at=at)
    treated = set(
        Lot.objects.filter(arm__is_control=False).values_list("customer__phone", flat=True)
    )
    assert len(receiver.heard) == len(treated)
    assert {told["to"]["phone"] for told in receiver.told} == treated
    headers, body = receiver.heard[0]
    assert is_signed(endpoint, headers, body)
    assert not is_signed(endpoint, headers, body + b" ")
    told = receiver.told[0]
    assert told["text"].startswith(f"Dag {told['to']['first_name']}, 10% korting")
    assert told["offer"]["code"] in told["text"]
    assert set(told["to"]) == {"name", "first_name", "phone"}
    contact = Contact.objects.get(pk=told["contact"])
    assert (contact.status, contact.answer) == ("sent", "202")
    assert contact.delivery.state == "sent"
    assert Interaction.objects.filter(is_ours=True).count() == len(treated)
    assert Treatment.objects.count() == len(treated)
    assert sum(Cost.objects.values_list("amount_minor", flat=True)) == 9 * len(treated)


def test_consent_withdrawn_a_second_before_stops_it(
    texting: Campaign, receiver: Receiver, at: datetime
) -> None:
    contact = due_to_tell(at)[0]
    record_consent(
        contact.customer, channel="sms", purpose="offers", is_granted=False, source="me", at=at
    )
    tell(at + timedelta(seconds=1))
    assert contact.pk not in {told["contact"] for told in receiver.told}
    contact.refresh_from_db()
    assert (contact.status, contact.reason) == ("withheld", "withdrawn")


def test_it_keeps_quiet_at_night_and_while_the_campaign_stands_still(
    texting: Campaign, receiver: Receiver, marketer: User, at: datetime
) -> None:
    pause_campaign(texting, at=at, by=marketer)
    assert tell(at) == {}
    Campaign.objects.update(status="running")
    night = datetime(2026, 11, 20, 23, tzinfo=ZoneInfo("Europe/Amsterdam"))
    world.order_now(None, "N-2", night - MINUTE)
    tell(night)
    assert not receiver.heard
    assert set(Contact.objects.values_list("reason", flat=True)) == {"quiet_hours"}
    end_campaign(texting, at=night, by=marketer)
    assert not due_to_tell(night + DAY).exists()
    do_work(at=night)
    assert not Delivery.objects.filter(state="waiting").exists()


def test_a_receiver_that_refuses_is_asked_again_for_days_and_then_given_up(
    texting: Campaign, receiver: Receiver, at: datetime
) -> None:
    receiver.status, when = 503, at
    contact = due_to_tell(at)[0]
    Contact.objects.exclude(pk=contact.pk).update(status="withheld")
    for wait in WAITS:
        assert tell(when) == {"waiting": 1}
        when = when + wait
        noon = max(when, when.replace(hour=11))
        world.order_now(None, f"N-{noon}", noon - MINUTE)
        when = noon
    tell(when)
    contact.refresh_from_db()
    assert (contact.status, contact.reason, contact.answer) == ("failed", "not_taken", "503")
    assert len(receiver.heard) == len(WAITS) + 1
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1
    assert not Interaction.objects.exists()
    contact.delivery.assignment.refresh_from_db()
    assert contact.delivery.assignment.state == Assignment.State.EXITED


def test_what_was_on_its_way_when_the_line_broke_is_uncertain_and_not_told_again(
    texting: Campaign, receiver: Receiver, marketer: User, at: datetime
) -> None:
    receiver.status = 0
    assert set(tell(at)) == {"uncertain"}
    receiver.status = 202
    tell(at + DAY)
    contacts = list(Contact.objects.order_by("pk"))
    assert len(receiver.heard) == len(contacts)
    one, two = contacts[:2]
    assert take_outcome(one, "sent", at=at + DAY, by="key:1")
    assert settle_doubt(two, has_gone=False, at=at + DAY, by=marketer)
    assert not settle_doubt(two, has_gone=True, at=at + DAY, by=marketer)
    assert Delivery.objects.get(contact=one).state == "sent"
    assert Delivery.objects.get(contact=two).state == "failed"


def test_a_worker_that_died_leaves_its_contact_uncertain(
    texting: Campaign, receiver: Receiver, at: datetime
) -> None:
    from stamgast.campaigns.actions.contacting import take_contact

    contact = due_to_tell(at)[0]
    assert take_contact(contact, at=at) is None
    tell(at + 5 * MINUTE)
    contact.refresh_from_db()
    assert contact.status == "in_hand"
    tell(at + 11 * MINUTE)
    contact.refresh_from_db()
    assert (contact.status, contact.reason) == ("uncertain", "worker_gone")
    assert contact.pk not in {told["contact"] for told in receiver.told}


def test_what_was_due_in_a_backup_is_not_told_by_itself(
    texting: Campaign, receiver: Receiver, at: datetime
) -> None:
    later = Contact.objects.latest("pk")
    Contact.objects.filter(pk=later.pk).update(due_at=at + 6 * HOUR)
    assert doubt_what_was_due(at=at + MINUTE) == Contact.objects.count() - 1
    assert doubt_what_was_due(at=at + MINUTE) == 0
    tell(at + 6 * HOUR)
    assert [told["contact"] for told in receiver.told] == [later.pk]
    do_work(at=at + 6 * HOUR)
    assert Delivery.objects.filter(state="uncertain", reason="restored").exists()


def test_a_stopped_endpoint_hears_nothing_more(
    texting: Campaign, receiver: Receiver, endpoint: WebhookEndpoint, at: datetime
) -> None:
    stop_endpoint(endpoint, at=at, by="test")
    assert tell(at) == {}
    assert not receiver.heard


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_outcomes_in_any_order_and_twice_come_to_the_same(
    offer: Campaign,
    drifting: list[Customer],
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    marketer: User,
    at: datetime,
    order: tuple[int, ...],
) -> None:
    change_campaign(offer, control_share="0.01", most_customers=2, at=at, by=marketer)
    start(offer, at, marketer, channel="list", endpoint=endpoint.pk)
    tell(at)
    contact = Contact.objects.exclude(answer="")[0]
    assert contact.status == "in_hand"  # with the tool, which has yet to say what came of it
    said = [("sent", 1), ("bounced", 2), ("unsubscribed", 3), ("sent", 1)]
    for place in [*order, *order]:
        outcome, minutes = said[place]
        happened_at = at + minutes * MINUTE
        take_outcome(contact, outcome, happened_at=happened_at, at=at + DAY, by="key:1")
    contact.refresh_from_db()
    assert (contact.status, contact.reason) == ("failed", "bounced")
    assert Suppression.objects.get(lifted_at=None).address == contact.customer.email
    withdrawn = Consent.objects.get(is_granted=False)
    assert (withdrawn.channel, withdrawn.purpose, withdrawn.at) == (
        "email", "offers", at + 3 * MINUTE,
    )  # fmt: skip
    assert Interaction.objects.filter(customer=contact.customer).count() == 1
    assert Cost.objects.count() == 1
    assert contact.delivery.assignment.exit_reason == "unsubscribed"


def test_who_allowed_it_again_since_stays_allowed(
    texting: Campaign, receiver: Receiver, at: datetime
) -> None:
    tell(at)
    contact = Contact.objects.filter(status="sent")[0]
    record_consent(
        contact.customer, channel="sms", purpose="offers", is_granted=True, source="me",
        at=at + 2 * DAY,
    )  # fmt: skip
    take_outcome(contact, "unsubscribed", happened_at=at + DAY, at=at + 3 * DAY, by="key:1")
    ids = [contact.customer_id]
    step = contact.delivery.step
    assert webhook.refused(step.content, "offers", ids, at + 3 * DAY) == {}


def test_refuses_what_no_tool_can_say(texting: Campaign, receiver: Receiver, at: datetime) -> None:
    contact = Contact.objects.earliest("pk")
    with pytest.raises(NoSuchContact):  # it was never handed over
        take_outcome(contact, "unsubscribed", at=at, by="key:1")
    tell(at)
    with pytest.raises(BadOutcome):
        take_outcome(contact, "opened", at=at, by="key:1")
    with pytest.raises(InTheFuture):
        take_outcome(contact, "sent", happened_at=at + DAY, at=at, by="key:1")
    Contact.objects.filter(pk=contact.pk).update(channel="call")
    with pytest.raises(NoSuchContact):
        take_outcome(contact, "unsubscribed", at=at, by="key:1")


def test_merged_and_erased_customers(
    texting: Campaign, receiver: Receiver, drifting: list[Customer], marketer: User, at: datetime
) -> None:
    first, second = due_to_tell(at)[:2]
    other = drifting[30]
    merge_customers(other, first.customer, at=at, by=marketer)
    erase_person(second.customer, reason="request", at=at, by="test")
    tell(at)
    assert second.pk not in {told["contact"] for told in receiver.told}
    second.refresh_from_db()
    assert (second.status, second.facts, second.sent_to) == ("withheld", {}, "")
    first.refresh_from_db()
    assert first.customer == other
    if first.status == "sent":
        take_outcome(first, "unsubscribed", at=at, by="key:1")
        assert Consent.objects.filter(customer=other, is_granted=False).exists()


@pytest.mark.parametrize(
    "content",
    [
        {"consent": "pigeon"},
        {"consent": "sms"},  # what does it say?
        {"consent": "post", "endpoint": 10**9},
        {"consent": "post", "endpoint": "1"},
        {"consent": "post"},
    ],
)
def test_refuses_what_cannot_be_told(db: None, content: dict[str, Any]) -> None:
    with pytest.raises(BadCampaign):
        webhook.read(content)


def test_a_list_is_not_for_calls_and_an_endpoint_hears_of_one_thing(
    db: None, receiver: Receiver, at: datetime
) -> None:
    with pytest.raises(BadCampaign):
        listed.read({"consent": "phone"})
    points = add_endpoint(receiver.url, at=at, by="test")
    with pytest.raises(BadCampaign):
        listed.read({"endpoint": points.pk})
    assert listed.read({}) == {"consent": "email", "endpoint": None}
