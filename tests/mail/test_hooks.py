"""What a provider tells by itself: proven, about mail of ours, in any order, and each word once."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from mail.test_sending import queue, send, status
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.mail.actions import lift_suppression, make_hook_secret
from stamgast.mail.links import mark_of
from stamgast.mail.models import Hook, Message, Suppression
from stamgast.mail.permission import may_mail

pytestmark = pytest.mark.django_db

TO = "anna@example.nl"
Payload = Callable[[str, str], Any]  # what happened, and our mark, in the words of one provider


def postmark(what: str, mark: str) -> Any:
    kinds = {"gone": "HardBounce", "soft": "SoftBounce", "complained": "SpamComplaint"}
    about = {"MessageID": "883953f4", "Metadata": {"stamgast": mark}, "MessageStream": "outbound"}
    if what == "delivered":
        return {
            **about, "RecordType": "Delivery", "Recipient": TO, "Details": "250 ok",
            "DeliveredAt": "2026-11-20T09:00:30Z",
        }  # fmt: skip
    if what == "unsubscribed":
        return {
            **about, "RecordType": "SubscriptionChange", "Recipient": TO, "SuppressSending": True,
            "SuppressionReason": "ManualSuppression", "ChangedAt": "2026-11-20T09:01:00Z",
        }  # fmt: skip
    return {
        **about, "RecordType": "SpamComplaint" if what == "complained" else "Bounce", "ID": 42,
        "Type": kinds[what], "Email": TO, "BouncedAt": "2026-11-20T09:01:00Z",
        "Details": "smtp;550 5.1.1 no such user", "Description": "It came back.",
    }  # fmt: skip


def mailgun(what: str, mark: str) -> Any:
    events = {"gone": "failed", "soft": "failed"}
    return {
        "signature": {"token": f"t-{what}", "timestamp": "1763629200", "signature": "f00d"},
        "event-data": {
            "event": events.get(what, what), "id": "DACSsAdV", "timestamp": 1795165260.5,
            "severity": "temporary" if what == "soft" else "permanent", "recipient": TO,
            "reason": "bounce", "user-variables": {"stamgast": mark}, "tags": [],
            "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
            "message": {"headers": {"to": TO, "message-id": "20261120.1@shop.example"}},
        },
    }  # fmt: skip


def brevo(what: str, mark: str) -> Any:
    events = {"gone": "hard_bounce", "soft": "soft_bounce", "complained": "spam"}
    return {
        "event": events.get(what, what.replace("unsubscribed", "unsubscribe")), "email": TO,
        "id": 26224, "message-id": "<2026.1@smtp-relay.mailin.fr>", "ts_epoch": 1795165260000,
        "reason": "550 5.1.1 no such user", "X-Mailin-custom": json.dumps({"stamgast": mark}),
    }  # fmt: skip


def mailjet(what: str, mark: str) -> Any:
    events = {
        "gone": "bounce", "soft": "bounce", "complained": "spam", "unsubscribed": "unsub",
        "delivered": "sent",
    }  # fmt: skip
    told = {
        "event": events[what], "time": 1795165260, "MessageID": 17300, "Message_GUID": "1ab23cd4",
        "email": TO, "Payload": json.dumps({"stamgast": mark}), "smtp_reply": "550 5.1.1",
    }  # fmt: skip
    if events[what] == "bounce":
        told |= {"hard_bounce": what == "gone", "error_related_to": "recipient"}
        told["error"] = "user unknown" if what == "gone" else "quota exceeded"
    return [told]


def sparkpost(what: str, mark: str) -> Any:
    events = {
        "gone": "bounce", "soft": "bounce", "complained": "spam_complaint",
        "unsubscribed": "list_unsubscribe", "delivered": "delivery",
    }  # fmt: skip
    told = {
        "type": events[what], "event_id": f"92356-{what}", "timestamp": "1795165260",
        "transmission_id": "65832150921904138", "raw_rcpt_to": TO,
        "rcpt_meta": {"stamgast": mark}, "raw_reason": "550 5.1.1 no such user",
    }  # fmt: skip
    if events[what] == "bounce":
        told["bounce_class"] = "10" if what == "gone" else "22"
    kind = {"complained": "message_event", "unsubscribed": "unsubscribe_event"}
    return [{"msys": {kind.get(what, "message_event"): told}}]


def resend(what: str, mark: str) -> Any:
    events = {"gone": "bounced", "soft": "bounced"}
    data: dict[str, Any] = {
        "email_id": "56761188", "to": [TO], "from": "post@shop.example", "subject": "Dag Anna",
        "headers": [{"name": "X-Metadata", "value": json.dumps({"stamgast": mark})}],
    }  # fmt: skip
    if what in events:
        kind = "Permanent" if what == "gone" else "Transient"
        said = "The recipient's email provider sent a general bounce message."
        data["bounce"] = {"type": kind, "subType": "General", "message": said}
    return {
        "type": f"email.{events.get(what, what)}", "created_at": "2026-11-20T09:01:00.0Z",
        "data": data,
    }  # fmt: skip


PROVIDERS: dict[str, Payload] = {
    one.__name__: one for one in (postmark, mailgun, brevo, mailjet, sparkpost, resend)
}
BY_ALL = pytest.mark.parametrize("name", sorted(PROVIDERS))


@pytest.fixture
def secret(shop: int, at: datetime) -> str:
    return make_hook_secret(at=at)


@pytest.fixture
def sent(anna: Customer, at: datetime, shop: int) -> Message:
    """A message that went to Anna."""
    message = queue(anna, at)
    send(at)
    assert status(message) == ("sent", "")
    return message


def post(name: str, payload: Any, secret: str) -> HttpResponse:
    proof = base64.b64encode(f"stamgast:{secret}".encode()).decode()
    body = payload if isinstance(payload, str | bytes) else json.dumps(payload)
    answer = Client().post(
        f"/m/hook/{name}",
        body,
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Basic {proof}",
    )
    assert isinstance(answer, HttpResponse)
    return answer


def tell(name: str, what: str, message: Message, secret: str) -> int:
    return post(name, PROVIDERS[name](what, mark_of(message.pk)), secret).status_code


@BY_ALL
def test_only_mail_that_came_back_for_good_stops_mail_to_that_address(
    name: str, sent: Message, secret: str
) -> None:
    assert tell(name, "soft", sent, secret) == 200
    assert not Suppression.objects.exists()
    Message.objects.update(status="sent")
    assert tell(name, "gone", sent, secret) == 200
    assert status(sent) == ("failed", "bounced")
    assert Suppression.objects.get().reason == "bounced"


@BY_ALL
def test_a_complaint_withdraws_consent_and_suppresses(
    name: str, sent: Message, anna: Customer, secret: str, at: datetime
) -> None:
    assert tell(name, "complained", sent, secret) == 200
    assert Suppression.objects.get().reason == "complained"
    refusal = may_mail(anna, "offers", at)
    assert refusal is not None
    assert Event.objects.filter(kind="unsubscribed").count() == 1


@pytest.mark.parametrize("name", sorted(set(PROVIDERS) - {"resend"}))
def test_who_unsubscribes_at_the_provider_is_unsubscribed_here(
    name: str, sent: Message, anna: Customer, secret: str, at: datetime
) -> None:
    assert tell(name, "unsubscribed", sent, secret) == 200
    refusal = may_mail(anna, "offers", at)
    assert refusal is not None
    assert refusal.facts["reason"] == "withdrawn"
    assert not Suppression.objects.exists()


@BY_ALL
def test_word_that_it_arrived_settles_what_nobody_knew(
    name: str, sent: Message, secret: str
) -> None:
    Message.objects.update(status="uncertain", reason="connection_lost")
    assert tell(name, "delivered", sent, secret) == 200
    assert status(sent) == ("sent", "")


def test_the_same_again_changes_nothing_also_after_the_address_was_let_through(
    sent: Message, secret: str, at: datetime
) -> None:
    tell("postmark", "complained", sent, secret)
    told = Event.objects.count()
    lift_suppression(Suppression.objects.get(), because="She called", at=at)
    for _ in range(3):
        assert tell("postmark", "complained", sent, secret) == 200
    assert not Suppression.objects.filter(lifted_at=None).exists()
    assert Event.objects.exclude(kind="suppression_lifted").count() == told
    assert Hook.objects.count() == 1


@pytest.mark.parametrize("order", [("gone", "delivered"), ("delivered", "gone")])
def test_what_came_back_stays_so_whatever_comes_in_first(
    order: tuple[str, str], sent: Message, secret: str
) -> None:
    for what in order:
        assert tell("brevo", what, sent, secret) == 200
    assert status(sent) == ("failed", "bounced")


@pytest.mark.parametrize("order", [("gone", "complained"), ("complained", "gone")])
def test_a_complaint_counts_before_and_after_mail_came_back(
    order: tuple[str, str], sent: Message, anna: Customer, secret: str, at: datetime
) -> None:
    for what in order:
        tell("mailgun", what, sent, secret)
    assert status(sent) == ("failed", "bounced")
    assert Event.objects.filter(kind="unsubscribed").count() == 1
    assert Suppression.objects.count() == 1


def test_without_the_secret_nothing_is_heard(sent: Message, secret: str, at: datetime) -> None:
    said = postmark("gone", mark_of(sent.pk))
    assert post("postmark", said, "guessed").status_code == 403
    bare = Client().post("/m/hook/postmark", json.dumps(said), content_type="application/json")
    assert bare.status_code == 403
    make_hook_secret(at=at)
    assert post("postmark", said, secret).status_code == 403, "the one before opens nothing more"
    assert status(sent) == ("sent", "")


def test_there_is_no_such_address_until_a_secret_was_made(sent: Message) -> None:
    assert tell("postmark", "gone", sent, "") == 404
    assert status(sent) == ("sent", "")


def test_a_forged_or_missing_mark_is_mail_of_somebody_else(sent: Message, secret: str) -> None:
    for mark in (f"{sent.pk}-{'0' * 20}", "", mark_of(sent.pk + 1), "\x00", "7"):
        assert post("postmark", postmark("gone", mark), secret).status_code == 200
    assert status(sent) == ("sent", "")
    assert not Suppression.objects.exists()


def test_word_from_long_ago_is_not_heard(sent: Message, secret: str, at: datetime) -> None:
    old = postmark("gone", mark_of(sent.pk))
    old["BouncedAt"] = (at - timedelta(days=400)).isoformat()
    assert post("postmark", old, secret).status_code == 200
    assert status(sent) == ("sent", "")


def test_word_that_comes_before_our_own_answer_is_asked_for_again(
    sent: Message, secret: str
) -> None:
    Message.objects.update(status="sending")
    assert tell("sparkpost", "gone", sent, secret) == 503
    Message.objects.update(status="sent")
    assert tell("sparkpost", "gone", sent, secret) == 200
    assert status(sent) == ("failed", "bounced")


@BY_ALL
def test_what_no_provider_says_is_refused_and_breaks_nothing(name: str, secret: str) -> None:
    for body in ("", "[]", "{}", "null", "[null]", '"x"', "\x00", '{"event": []}'):
        assert post(name, body, secret).status_code in {200, 400}
    assert not Hook.objects.exists()


def test_a_word_with_a_nul_in_it_is_kept_without(sent: Message, secret: str) -> None:
    said = brevo("gone", mark_of(sent.pk))
    said["reason"] = "550 \x00 gone"
    assert post("brevo", said, secret).status_code == 200
    assert status(sent) == ("failed", "bounced")
    assert "\x00" not in sent.answer
