"""A message is written down once, with what it says frozen, and can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from mail.letters import HELLO, WITH_CODE
from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.mail.actions import Draft, cancel_messages, queue_message, queue_messages
from stamgast.mail.content import Block, Content, Version, check, from_document
from stamgast.mail.errors import BadContent, BadMessage, MayNotMail
from stamgast.mail.models import KeptContent, Message

pytestmark = pytest.mark.django_db


def queue(customer: Customer | None, at: datetime, **changes: Any) -> Message:
    asked: dict[str, Any] = {
        "content": HELLO,
        "purpose": "offers",
        "kind": "campaign",
        "facts": {},
        "key": "campaign:3:1",
        "at": at,
        "sender_ref": "campaign:3:step:1",
        **changes,
    }
    return queue_message(customer, **asked)


def test_waits_in_the_outbox_until_it_is_due(anna: Customer, at: datetime) -> None:
    message = queue(anna, at, due_at=at + timedelta(hours=2))
    assert (message.status, message.due_at) == ("waiting", at + timedelta(hours=2))
    assert message.customer == anna
    assert message.to == "", "it goes to the address she has when it goes"


def test_is_written_in_the_transaction_of_the_decision(anna: Customer, at: datetime) -> None:
    with transaction.atomic():
        queue(anna, at)
        transaction.set_rollback(True)  # the decision was not made after all
    assert not Message.objects.exists()


def test_the_same_key_is_one_message(anna: Customer, at: datetime) -> None:
    first = queue(anna, at, facts={"offer": {"code": "A"}})
    assert queue(anna, at + timedelta(days=1), facts={"offer": {"code": "A"}}) == first
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"facts": {"offer": {"code": "B"}}}, {"content": WITH_CODE}, {"purpose": "news"}]
)
def test_refuses_the_same_key_with_other_facts(
    anna: Customer, at: datetime, other: dict[str, Any]
) -> None:
    queue(anna, at)
    with pytest.raises(KeyReused):
        queue(anna, at, **other)


def test_what_many_messages_say_is_kept_once(anna: Customer, bram: Customer, at: datetime) -> None:
    queue(anna, at, key="1")
    queue(bram, at, key="2")
    assert KeptContent.objects.count() == 1
    assert from_document(KeptContent.objects.get().document) == HELLO


def test_many_are_queued_at_once_and_each_once(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    drafts = [Draft(anna, "1"), Draft(bram, "2", facts={"offer": {"code": "X"}})]
    shape: dict[str, Any] = {"content": HELLO, "purpose": "offers", "kind": "campaign", "at": at}
    assert queue_messages(drafts, **shape) == 2
    assert queue_messages([*drafts, Draft(bram, "3")], **shape) == 1
    assert Message.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "tracking"}, "purpose"),
        ({"key": ""}, "key"),
        ({"language": "fr"}, "language"),
        ({"to": "nobody"}, "email"),
    ],
)
def test_refuses_a_message_that_cannot_be(
    anna: Customer, at: datetime, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadMessage) as refusal:
        queue(anna, at, **change)
    assert refusal.value.facts == {"field": field}


def test_refuses_a_message_to_nobody(at: datetime) -> None:
    with pytest.raises(BadMessage):
        queue(None, at)


def test_refuses_somebody_erased(anna: Customer, at: datetime) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=at)
    anna.refresh_from_db()
    with pytest.raises(MayNotMail) as refusal:
        queue(anna, at)
    assert refusal.value.facts == {"reason": "erased"}


def test_a_record_that_went_up_in_another_passes_it_on(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    bram.merged_into = anna
    bram.save()
    assert queue(bram, at).customer == anna


def test_what_is_not_sent_yet_can_be_taken_back(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    mine = queue(anna, at, key="1", facts={"offer": {"code": "A"}})
    sent = queue(bram, at, key="2")
    Message.objects.filter(pk=sent.pk).update(status="sent")
    other = queue(bram, at, key="3", sender_ref="campaign:33:step:1")
    assert cancel_messages("campaign:3:", at=at, reason="campaign_ended") == 1
    found = {m.pk: (m.status, m.reason) for m in Message.objects.all()}
    assert found[mine.pk] == ("withheld", "campaign_ended")
    assert found[sent.pk][0] == "sent"
    assert found[other.pk][0] == "waiting"
    told = Event.objects.get(kind="messages_taken_back")
    assert told.facts == {"sender_ref": "campaign:3:", "count": 1, "reason": "campaign_ended"}


def test_refuses_to_take_back_everything(at: datetime) -> None:
    with pytest.raises(BadMessage):
        cancel_messages("", at=at)


def content(*blocks: Block, subject: str = "Hello") -> Content:
    return Content.of(en=Version(subject=subject, blocks=blocks))


@pytest.mark.parametrize(
    ("impossible", "where", "problem"),
    [
        (Content(()), "text", "empty"),
        (Content.of(fr=Version("Bonjour", (Block("divider"),))), "fr", "unknown_language"),
        (content(Block("divider"), subject=" "), "subject", "empty"),
        (content(Block("divider"), subject="Hello\nBcc: all@example.nl"), "subject", "too_long"),
        (content(), "text", "empty"),
        (content(Block("divider"), Block("text")), "2", "empty"),
        (content(Block("button", text="Go")), "1", "empty"),
        (content(Block("script", text="x")), "1", "unknown_block"),
        (content(Block("text", text="x" * 8001)), "1", "too_long"),
        (content(*[Block("divider")] * 61), "text", "too_long"),
    ],
)
def test_refuses_impossible_content(impossible: Content, where: str, problem: str) -> None:
    with pytest.raises(BadContent) as refusal:
        check(impossible)
    assert refusal.value.facts == {"where": where, "problem": problem}
