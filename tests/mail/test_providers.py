"""Mail through providers: taken once, tried again when it cannot have been taken, else uncertain."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from mail.conftest import set_up
from mail.provider import TAKES, open_desk
from mail.test_sending import queue, send, status
from stamgast.customers.models import Customer
from stamgast.mail import configuration, providers
from stamgast.mail.connecting import server_of
from stamgast.mail.errors import BadMailSetting
from stamgast.mail.links import mark_of
from stamgast.mail.models import MailSettings, Suppression
from stamgast.mail.sending import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain_shop(at: datetime, home: object) -> None:
    """A shop that has all but a mail server."""
    set_up(25, at)


@pytest.mark.parametrize("name", sorted(TAKES))
def test_each_provider_gets_the_whole_message_with_its_mark(
    name: str, anna: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    message = queue(anna, at)
    with open_desk(name) as (desk, url):
        settings.SMTP_URL = url
        assert send(at) == 1
    assert status(message) == ("sent", "")
    assert name in message.answer
    [(_, headers, said)] = desk.asked
    told = json.dumps([headers, said])
    for part in ("anna@example.nl", "Dag Anna", "post@shop.example", "List-Unsubscribe-Post"):
        assert part in told, part
    assert mark_of(message.pk) in told, "nobody would know it again"
    assert "<html" in told, "the laid out version is missing"
    assert "secret-key" not in message.answer


def test_nothing_is_followed_by_a_provider_that_would(
    anna: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    queue(anna, at)
    with open_desk("postmark") as (desk, url):
        settings.SMTP_URL = url
        send(at)
    said = desk.asked[0][2]
    assert (said["TrackOpens"], said["TrackLinks"]) == (False, "None")


@pytest.mark.parametrize("code", [429, 503])
def test_a_provider_that_says_not_now_gets_it_later_and_is_left_alone_meanwhile(
    code: int, anna: Customer, bram: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    first, second = queue(anna, at), queue(bram, at, purpose="", kind="service", sender_ref="")
    with open_desk("postmark") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [(code, {"ErrorCode": 429, "Message": "slow down"})]
        send(at)
        assert len(desk.asked) == 1, "it was asked again at once"
        assert MailSettings.objects.get().trouble["code"] == "server_busy"
        send(at + timedelta(minutes=3))
        assert len(desk.asked) == 3
    assert status(first) == status(second) == ("sent", "")


@pytest.mark.parametrize("code", [500, 502, 504])
def test_a_provider_that_fails_may_have_it_so_it_is_never_sent_again_by_itself(
    code: int, anna: Customer, bram: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    messages = [queue(one, at, purpose="", kind="service") for one in (anna, bram)]
    with open_desk("brevo") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [(code, {"message": "failed"})]
        send(at)
        assert len(desk.asked) == 1, "the next one was put at risk at once"
        send(at + timedelta(hours=5))
        assert len(desk.asked) == 2
    assert sorted(status(one) for one in messages) == [
        ("sent", ""),
        ("uncertain", "connection_lost"),
    ]


def test_an_answer_that_comes_too_late_leaves_it_uncertain(
    anna: Customer, at: datetime, plain_shop: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "ANSWER_SECONDS", 0.1)
    message = queue(anna, at)
    with open_desk("resend") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [0.5]
        send(at)
        send(at + timedelta(hours=5))
        assert len(desk.asked) == 1
    assert status(message) == ("uncertain", "connection_lost")


def test_a_provider_that_cannot_be_reached_gets_it_later(
    anna: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    message = queue(anna, at)
    with open_desk("postmark") as (desk, url):
        pass
    settings.SMTP_URL = url
    send(at)
    assert status(message) == ("waiting", "connection_lost")
    assert not desk.asked
    assert Sender(clock=lambda: at + timedelta(minutes=3)).work_once() == 1


def test_a_wrong_key_stops_everything_and_is_said(
    anna: Customer, bram: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    message = queue(anna, at)
    queue(bram, at, purpose="", kind="service")
    with open_desk("sparkpost") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [(401, {"errors": [{"message": "Unauthorized."}]})]
        send(at)
        assert len(desk.asked) == 1
    trouble = MailSettings.objects.get().trouble
    assert trouble["code"] == "sign_in_refused"
    assert "secret-key" not in json.dumps(trouble)
    assert status(message)[0] == "waiting"


def test_a_message_that_a_provider_does_not_understand_waits_and_is_said(
    anna: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    message = queue(anna, at)
    with open_desk("resend") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [
            (422, {"name": "validation_error", "message": "The domain is not verified"})
        ]
        send(at)
    assert status(message) == ("waiting", "refused_for_now")
    assert "domain is not verified" in message.answer
    assert MailSettings.objects.get().trouble["code"] == "sender_refused"


def test_an_address_that_the_provider_refuses_fails_and_is_not_asked_again(
    anna: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    message = queue(anna, at)
    inactive = (
        "You tried to send to a recipient that has been marked as inactive.\n Found inactive "
        "addresses: anna@example.nl.\n Inactive recipients are ones that have generated a hard "
        "bounce or a spam complaint. "
    )
    with open_desk("postmark") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [(422, {"ErrorCode": 406, "Message": inactive})]
        send(at)
    assert status(message) == ("failed", "refused")
    assert not Suppression.objects.exists(), "whether the address works is not said"


def test_an_answer_that_says_neither_yes_nor_no_leaves_it_uncertain(
    anna: Customer, at: datetime, plain_shop: None, settings: Any
) -> None:
    message = queue(anna, at)
    with open_desk("postmark") as (desk, url):
        settings.SMTP_URL = url
        desk.answers = [(422, {"ErrorCode": 406, "Message": "something new"})]
        send(at)
    assert status(message) == ("uncertain", "connection_lost")


def test_the_key_is_kept_in_a_file_and_shown_nowhere(at: datetime, plain_shop: None) -> None:
    from stamgast.mail.actions import change_mail_settings

    change_mail_settings(at=at, provider="postmark", password="secret-key", host="")
    server = configuration.server()
    assert server is not None
    assert (server.provider, server.password) == ("postmark", "secret-key")
    assert "secret-key" not in repr(server)
    assert "secret-key" not in repr(MailSettings.objects.values().get())
    with pytest.raises(BadMailSetting):
        change_mail_settings(at=at, provider="pigeon")


def test_an_address_names_a_provider_and_what_it_knows_us_by() -> None:
    one = server_of("mailgun-eu://shop.example:key%2F1@")
    assert (one.provider, one.user, one.password) == ("mailgun_eu", "shop.example", "key/1")
    assert one.address == "", "its own address is used"
    with pytest.raises(BadMailSetting):
        server_of("pigeon://:key@")
