"""Every entry is told to who wants to hear of it: signed, in order, tried again, and nowhere inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from loyalty.till import give
from stamgast.events.models import Event
from stamgast.loyalty.actions import add_endpoint, send_again, spend_points, stop_endpoint
from stamgast.loyalty.actions.webhooks import WAITS, keep_answer, take_due
from stamgast.loyalty.errors import BadEndpoint
from stamgast.loyalty.models import Member, WebhookDelivery, WebhookEndpoint
from stamgast.loyalty.sending import Answer, send

LATER = timedelta(days=9)


class Shop:
    """A shop's program that hears of entries."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        shop = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                shop.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(shop.status)
                self.send_header("content-length", "0")
                self.send_header("location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?from=us"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    settings.WEBHOOKS_PRIVATE = True
    one = Shop()
    yield one
    one.server.shutdown()
    one.server.server_close()


def deliver(at: datetime) -> list[Answer]:
    """Send everything that is due, as the job does."""
    answers = []
    while (delivery := take_due(at=at)) is not None:
        answers.append(send(delivery, at=at))
        keep_answer(delivery, answers[-1], at=at)
    return answers


def test_an_entry_is_told_once_and_signed_by_the_standard_scheme(
    member: Member, shop: Shop, at: datetime
) -> None:
    endpoint = add_endpoint(shop.url, at=at, by="test")
    add_endpoint(shop.url, hears="contacts", at=at, by="test")  # of entries it hears nothing
    give(member, 100, at=at)
    assert [answer.said for answer in deliver(at)] == ["204"]
    assert deliver(at + LATER) == []
    headers, body = shop.heard[0]
    told = json.loads(body)
    assert told["type"] == "points.grant"
    assert told["data"]["member"] == "M-1"
    assert told["data"]["after"]["spendable.available"] == 100
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    secret = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_nothing_of_the_person_waits_in_the_outbox(
    member: Member, shop: Shop, at: datetime
) -> None:
    add_endpoint(shop.url, at=at, by="test")
    give(member, 100, at=at)
    row = WebhookDelivery.objects.values().get()
    assert "M-1" not in str(row)
    assert member.code not in str(row)


def test_each_members_entries_come_in_order_also_when_one_fails(
    member: Member, other: Member, shop: Shop, at: datetime
) -> None:
    add_endpoint(shop.url, at=at, by="test")
    give(member, 100, at=at)
    spend_points(member, 10, at=at, key="a")
    give(other, 50, at=at, key="b")
    shop.status = 500
    assert [answer.said for answer in deliver(at)] == ["500", "500"]
    shop.status = 200
    heard = len(shop.heard)
    deliver(at + WAITS[0])
    told = [json.loads(body)["data"] for _, body in shop.heard[heard:]]
    assert [one["sequence"] for one in told if one["member"] == "M-1"] == [1, 2]
    assert [one["sequence"] for one in told if one["member"] == "M-2"] == [1]


def test_what_never_arrives_is_given_up_and_may_be_sent_again(
    member: Member, shop: Shop, at: datetime
) -> None:
    add_endpoint(shop.url, at=at, by="test")
    give(member, 100, at=at)
    shop.status = 302  # not followed
    for attempt in range(len(WAITS) + 1):
        at += WAITS[attempt - 1] if attempt else timedelta()
        assert [answer.said for answer in deliver(at)] == ["302"]
    row = WebhookDelivery.objects.get()
    assert (row.status, row.attempts) == ("failed", len(WAITS) + 1)
    assert Event.objects.filter(kind="webhook_given_up").count() == 1
    shop.status = 200
    assert deliver(at + LATER) == []
    assert send_again(row, at=at)
    assert not send_again(row, at=at)
    assert [answer.is_taken for answer in deliver(at)] == [True]


def test_who_was_stopped_hears_nothing(member: Member, shop: Shop, at: datetime) -> None:
    endpoint = add_endpoint(shop.url, at=at, by="test")
    give(member, 100, at=at)
    stop_endpoint(endpoint, at=at, by="test")
    give(member, 100, at=at, key="more")
    assert deliver(at + LATER) == []
    assert WebhookDelivery.objects.count() == 1


def test_two_senders_never_take_the_same(member: Member, shop: Shop, at: datetime) -> None:
    add_endpoint(shop.url, at=at, by="test")
    give(member, 100, at=at)
    assert take_due(at=at) is not None
    assert take_due(at=at) is None
    assert take_due(at=at + timedelta(minutes=3)) is not None  # the first one died


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "ftp://shop.example/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1/",
        "https://localhost/hook",
        "https://printer.local/hook",
        "https://shop.example:22/hook",
        "https://shop.example:99999/hook",
        "https://user:secret@shop.example/hook",
        "https://shop.example/höok",
        "https:///hook",
        "https://shop.example/" + "x" * 500,
    ],
)
def test_an_address_that_is_not_public_is_refused(db: None, url: str, at: datetime) -> None:
    with pytest.raises(BadEndpoint):
        add_endpoint(url, at=at, by="test")


def test_an_address_that_cannot_be_written_down_holds_nobody_up(
    member: Member, shop: Shop, at: datetime
) -> None:
    endpoint = add_endpoint(shop.url, at=at, by="test")
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=shop.url + "ö")
    give(member, 100, at=at)
    assert [answer.said for answer in deliver(at)] == ["not sent: unreadable"]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=f"http://{'x' * 64}.example/hook")
    assert [answer.is_taken for answer in deliver(at + WAITS[0])] == [False]


def test_a_name_that_leads_inside_is_not_called(
    member: Member, shop: Shop, at: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_PRIVATE = False
    add_endpoint("https://rebinding.example/hook", at=at, by="test")
    give(member, 100, at=at)
    port = shop.server.server_port
    inside = [(2, 1, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: inside)
    assert [answer.said for answer in deliver(at)] == ["not sent: private"]
    assert shop.heard == []


def test_an_answer_that_drips_is_cut_off(
    member: Member, at: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_PRIVATE = True
    monkeypatch.setattr("stamgast.loyalty.sending._SECONDS", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            caller, _ = server.accept()
            with caller, suppress(OSError):
                caller.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
                while True:  # every piece comes in time, the answer never
                    caller.sendall(b"x")
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        add_endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/", at=at, by="test")
        give(member, 10, at=at)
        began = time.monotonic()
        assert deliver(at) == [Answer(False, "not reached: TimeoutError", is_lost=True)]
        assert time.monotonic() - began < 5
