"""The pages around mail: what waits and why, texts written in place, the look, the list, the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mail.conftest import set_up
from mail.letters import HELLO
from mail.mailbox import Mailbox, listening
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.mail.actions import change_mail_settings, queue_message, save_template, suppress
from stamgast.mail.configuration import brand, mail_settings, read_password
from stamgast.mail.content import from_document
from stamgast.mail.models import Message, Suppression, Template
from web.conftest import SignIn
from web.pages import get, said, text
from web.test_mail_links import PIXEL

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with listening(mailbox) as port:
        yield port


def queue(customer: Customer, at: datetime, key: str = "1", **changes: str) -> Message:
    asked = {"purpose": "offers", "kind": "campaign", **changes}
    return queue_message(customer, content=HELLO, facts={}, key=key, at=at, **asked)


# --- the outbox --------------------------------------------------------------------------------


def test_an_empty_outbox_says_what_will_come(signed_in: SignIn) -> None:
    page = get(signed_in("marketer"), "/mail")
    assert said(page) == "No mail has gone out yet."


def test_the_outbox_says_why_everything_waits(
    signed_in: SignIn, anna: Customer, at: datetime
) -> None:
    queue(anna, at)
    page = text(get(signed_in("marketer"), "/mail"))
    assert "1 message waits to be sent." in page
    assert "There is no mail server yet. Until there is one, everything waits." in page
    assert "Anna van der Berg" in page


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("withheld", "withdrawn", "they do not want it any more"),
        ("withheld", "bounced", "mail to this address came back"),
        ("failed", "refused", "their mail server refused it"),
        ("waiting", "capped", "they heard from us often enough lately"),
        ("waiting", "quiet_hours", "it is night where they live"),
        ("uncertain", "worker_gone", "the program that was sending it stopped halfway"),
    ],
)
def test_the_outbox_says_why_in_words(
    signed_in: SignIn, anna: Customer, at: datetime, status: str, reason: str, words: str
) -> None:
    Message.objects.filter(pk=queue(anna, at).pk).update(
        status=status, reason=reason, ended_at=at, seen_at=at
    )
    assert words in text(get(signed_in("service"), f"/mail?status={status}"))


@pytest.mark.parametrize(
    ("what", "status", "event"),
    [("resend", "waiting", "message_resent"), ("drop", "failed", "message_dropped")],
)
def test_a_colleague_decides_about_an_uncertain_message(
    signed_in: SignIn, anna: Customer, at: datetime, what: str, status: str, event: str
) -> None:
    message = queue(anna, at)
    Message.objects.filter(pk=message.pk).update(status="uncertain", reason="worker_gone")
    client = signed_in("marketer")
    assert said(get(client, "/mail")).startswith("Of 1 message nobody knows")
    client.post(f"/mail/messages/{message.pk}/{what}")
    message.refresh_from_db()
    assert message.status == status
    assert Event.objects.get(kind=event).actor.startswith("user:")
    again = client.post(f"/mail/messages/{message.pk}/{what}")
    assert again.status_code == 409, "once it is known what became of it there is nothing to decide"


def test_service_looks_but_does_not_decide(signed_in: SignIn, anna: Customer, at: datetime) -> None:
    message = queue(anna, at)
    client = signed_in("service")
    assert client.post(f"/mail/messages/{message.pk}/resend").status_code == 403
    assert client.get("/mail/look").status_code == 403
    assert client.get("/mail/server").status_code == 403


def test_a_message_is_read_in_a_frame_that_can_do_nothing(
    signed_in: SignIn, anna: Customer, at: datetime
) -> None:
    Customer.objects.filter(pk=anna.pk).update(first_name="<script>alert(1)</script>")
    message = queue(anna, at)
    client = signed_in("marketer")
    outside = client.get(f"/mail/messages/{message.pk}")
    assert "frame-src 'self'" in outside.headers["Content-Security-Policy"]
    inside = client.get(f"/mail/messages/{message.pk}/text")
    assert "&lt;script&gt;alert(1)" in inside.content.decode()
    assert "<script" not in inside.content.decode()
    policy = inside.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy


def test_nobody_reads_a_code_to_sign_in_with(
    signed_in: SignIn, anna: Customer, at: datetime
) -> None:
    message = queue(anna, at, kind="sign_in", purpose="")
    assert signed_in("admin").get(f"/mail/messages/{message.pk}/text").status_code == 404


def test_all_mail_can_be_stopped_and_let_go(signed_in: SignIn) -> None:
    client = signed_in("marketer")
    client.post("/mail/hold")
    assert mail_settings().is_held
    assert "Let mail go out again" in get(client, "/mail")
    client.post("/mail/hold")
    assert not mail_settings().is_held


# --- texts -------------------------------------------------------------------------------------

WRITTEN = {
    "name": "Win-back",
    "nl-subject": "We missen u",
    "nl-0-kind": "heading",
    "nl-0-text": "We missen u",
    "nl-1-kind": "text",
    "nl-1-text": "{{ greeting }},\r\n\r\nTot ziens",
    "nl-2-kind": "button",
    "nl-2-text": "Bekijk",
    "nl-2-url": "https://shop.example/",
    "en-0-kind": "text",
    "do": "save",
}


def test_a_text_is_written_without_code_and_kept(signed_in: SignIn) -> None:
    client = signed_in("marketer")
    assert client.post("/mail/texts/new", WRITTEN).status_code == 302
    kept = Template.objects.get()
    content = from_document(kept.document)
    assert [language for language, _ in content.versions] == ["nl"], "nothing was said in English"
    version = content.versions[0][1]
    assert [block.kind for block in version.blocks] == ["heading", "text", "button"]
    assert version.blocks[1].text == "{{ greeting }},\n\nTot ziens"
    assert 'value="We missen u"' in get(client, f"/mail/texts/{kept.pk}")


def _kinds(page: str, language: str = "nl") -> list[str]:
    return re.findall(rf'name="{language}-\d+-kind" value="(\w+)"', page)


@pytest.mark.parametrize(
    ("do", "kinds"),
    [
        ("nl:up:2", ["heading", "button", "text"]),
        ("nl:down:0", ["text", "heading", "button"]),
        ("nl:remove:1", ["heading", "button"]),
        ("nl:add:3:divider", ["heading", "text", "button", "divider"]),
        ("nl:add:0:code", ["code", "heading", "text", "button"]),
    ],
)
def test_buttons_move_add_and_remove_blocks_and_keep_nothing_yet(
    signed_in: SignIn, do: str, kinds: list[str]
) -> None:
    page = signed_in("marketer").post("/mail/texts/new", {**WRITTEN, "do": do}).content.decode()
    assert _kinds(page) == kinds
    assert 'value="We missen u"' in page, "what was filled in is still there"
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Look at name of this text: there is nothing in it."),
        ({"nl-subject": ""}, "Look at the subject of this text: there is nothing in it."),
        ({"nl-2-url": ""}, "Look at part 3 of this text: there is nothing in it."),
    ],
)
def test_a_text_that_cannot_be_is_refused_and_stays_filled_in(
    signed_in: SignIn, change: dict[str, str], words: str
) -> None:
    response = signed_in("marketer").post("/mail/texts/new", {**WRITTEN, **change})
    assert response.status_code == 422
    page = response.content.decode()
    assert words in text(page)
    assert _kinds(page) == ["heading", "text", "button"]


def test_a_text_that_names_something_unknown_is_kept_with_a_warning(signed_in: SignIn) -> None:
    client = signed_in("marketer")
    written = {**WRITTEN, "nl-0-text": "Dag {{ customer.nickname }}"}
    page = client.post("/mail/texts/new", written, follow=True).content.decode()
    assert "This text names “customer.nickname” (part 1)" in text(page)
    inside = get(client, f"/mail/texts/{Template.objects.get().pk}/preview?language=nl")
    assert "customer.nickname" in text(inside)


def test_a_text_is_seen_as_any_customer_would(
    signed_in: SignIn, anna: Customer, bram: Customer, at: datetime
) -> None:
    template = save_template(None, name="Hello", content=HELLO, at=at)
    client = signed_in("marketer")
    address = f"/mail/texts/{template.pk}/preview?language=nl&who="
    assert "Beste Bram" in get(client, address + "bram@example.nl")
    assert "Beste Anna" in get(client, address + "C-1001")


def test_a_picture_is_chosen_in_place(signed_in: SignIn) -> None:
    file = SimpleUploadedFile("cup.png", PIXEL, "image/png")
    posted = {**WRITTEN, "nl-2-kind": "picture", "nl-2-file": file}
    client = signed_in("marketer")
    client.post("/mail/texts/new", posted)
    block = from_document(Template.objects.get().document).versions[0][1].blocks[2]
    assert client.get(f"/m/p/{block.picture}").content == PIXEL


def test_a_file_that_is_no_picture_is_refused(signed_in: SignIn) -> None:
    file = SimpleUploadedFile("cup.svg", b"<svg onload='x'/>", "image/svg+xml")
    posted = {**WRITTEN, "nl-2-kind": "picture", "nl-2-file": file}
    response = signed_in("marketer").post("/mail/texts/new", posted)
    assert response.status_code == 422
    assert "A picture is a PNG, JPEG or GIF" in text(response.content.decode())


def test_a_colleague_gets_a_test_and_the_customer_nothing(
    signed_in: SignIn, anna: Customer, at: datetime
) -> None:
    template = save_template(None, name="Hello", content=HELLO, at=at)
    signed_in("marketer").post(f"/mail/texts/{template.pk}/test")
    message = Message.objects.get()
    assert (message.kind, message.to, message.customer) == (
        "staff",
        "marketer.en@shop.example",
        anna,
    )


def test_a_text_taken_away_can_be_put_back(signed_in: SignIn, at: datetime) -> None:
    template = save_template(None, name="Hello", content=HELLO, at=at)
    client = signed_in("marketer")
    client.post(f"/mail/texts/{template.pk}/remove")
    assert client.get(f"/mail/texts/{template.pk}").status_code == 404
    client.post(f"/mail/texts/{template.pk}/restore")
    assert client.get(f"/mail/texts/{template.pk}").status_code == 200


# --- how it looks ------------------------------------------------------------------------------

LOOK = {
    "sender_name": "Koffiehuis",
    "sender_address": "post@shop.example",
    "reply_address": "",
    "bounce_address": "",
    "postal_address": "Kerkstraat 1",
    "tone": "friendly",
    "colour": "#AA3300",
    "ink": "#26231d",
    "paper": "#f6f3ec",
}


def test_the_look_is_set_once_with_a_logo(signed_in: SignIn) -> None:
    client = signed_in("marketer")
    file = SimpleUploadedFile("logo.png", PIXEL, "image/png")
    assert client.post("/mail/look", {**LOOK, "logo": file}).status_code == 302
    held = brand()
    assert (held.sender_address, held.tone, held.colour) == (
        "post@shop.example",
        "friendly",
        "#aa3300",
    )
    sample = get(client, "/mail/look/sample")
    assert held.logo is not None
    assert f"/m/p/{held.logo.digest}.png" in sample
    assert "#aa3300" in sample
    assert "Hi Anna" in sample
    client.post("/mail/look", LOOK)
    assert brand().logo is not None, "another change leaves the logo as it is"
    client.post("/mail/look", {**LOOK, "has_no_logo": "on"})
    assert brand().logo is None


@pytest.mark.parametrize(("field", "value"), [("colour", "red;}"), ("sender_address", "x")])
def test_a_look_that_cannot_be_is_refused(signed_in: SignIn, field: str, value: str) -> None:
    response = signed_in("marketer").post("/mail/look", {**LOOK, field: value})
    assert response.status_code == 422
    assert brand().sender_address == ""


# --- who gets no mail --------------------------------------------------------------------------


def test_an_address_is_put_on_the_list_and_taken_off_with_a_reason(
    signed_in: SignIn, at: datetime
) -> None:
    client = signed_in("marketer")
    client.post("/mail/suppressed/add", {"address": "Weg@example.nl", "note": "asked by phone"})
    page = text(get(client, "/mail/suppressed"))
    assert "1 address gets no mail." in page
    assert "weg@example.nl by a colleague asked by phone" in page
    listed = Suppression.objects.get()
    client.post(f"/mail/suppressed/{listed.pk}/lift", {"because": " "})
    assert "Say why this address may get mail again." in text(get(client, "/mail/suppressed"))
    client.post(f"/mail/suppressed/{listed.pk}/lift", {"because": "called again"})
    assert said(get(client, "/mail/suppressed")) == "Every address gets mail."
    assert "called again Marketer" in text(get(client, "/mail/suppressed?state=lifted"))


def test_service_sees_the_list_and_takes_nobody_off(signed_in: SignIn, at: datetime) -> None:
    listed = suppress("weg@example.nl", reason="bounced", at=at)
    client = signed_in("service")
    assert "weg@example.nl" in get(client, "/mail/suppressed")
    response = client.post(f"/mail/suppressed/{listed.pk}/lift", {"because": "x"})
    assert response.status_code == 403


# --- the server --------------------------------------------------------------------------------

SERVER = {
    "host": "smtp.shop.example",
    "port": "587",
    "security": "starttls",
    "user": "post",
    "password": "geheim woord",
    "public_address": "https://mail.shop.example/",
    "most_per_minute": "100",
    "most_contacts": "2",
    "within_days": "7",
    "quiet_from": "21:00",
    "quiet_until": "08:30",
}


def test_the_password_is_kept_apart_and_never_shown(signed_in: SignIn, home: Path) -> None:
    client = signed_in("admin")
    assert client.post("/mail/server", SERVER).status_code == 302
    assert read_password() == "geheim woord"
    assert (home / "smtp.password").stat().st_mode & 0o077 == 0
    assert "geheim" not in get(client, "/mail/server")
    client.post("/mail/server", {**SERVER, "password": "", "port": "465", "security": "tls"})
    assert read_password() == "geheim woord", "an empty field leaves it as it is"
    assert mail_settings().public_address == "https://mail.shop.example"
    assert "geheim" not in str(list(Event.objects.values_list("facts", flat=True)))
    client.post("/mail/server", {**SERVER, "user": "", "password": ""})
    assert read_password() == ""


@pytest.mark.parametrize(
    "moved", [{"host": "smtp.other.example"}, {"user": "other"}, {"provider": "postmark"}]
)
def test_what_is_kept_for_one_company_is_never_sent_to_another(
    signed_in: SignIn, home: Path, moved: dict[str, str]
) -> None:
    client = signed_in("admin")
    client.post("/mail/server", SERVER)
    asked = {**SERVER, **moved, "password": ""}
    refused = client.post("/mail/server", asked)
    assert refused.status_code == 422
    assert "needs its own password or key" in text(refused.content.decode())
    now = mail_settings()
    assert (now.host, now.user, now.provider) == ("smtp.shop.example", "post", "")
    assert client.post("/mail/server", {**asked, "password": "nieuw"}).status_code == 302
    assert read_password() == "nieuw"


def test_a_provider_is_chosen_by_its_key_and_gets_an_address_that_is_shown_once(
    signed_in: SignIn, home: Path
) -> None:
    client = signed_in("admin")
    assert client.post("/mail/server/hook").status_code == 404, "a mail server calls nobody"
    given = {**SERVER, "provider": "postmark", "host": "", "user": "", "password": "server-token"}
    assert client.post("/mail/server", given).status_code == 302
    page = get(client, "/mail/server")
    assert said(page) == "Mail leaves through Postmark."
    assert "server-token" not in page
    assert "Make a new address for it" in text(page)
    client.post("/mail/server", {**given, "password": ""})
    assert read_password() == "server-token", "an empty field leaves it as it is"
    shown = client.post("/mail/server/hook").content.decode()
    found = re.search(r"https://stamgast:([\w-]+)@mail.shop.example/m/hook/postmark", shown)
    assert found is not None
    assert (home / "mail-hook.secret").stat().st_mode & 0o077 == 0
    assert found[1] not in get(client, "/mail/server")
    assert found[1] not in str(list(Event.objects.values_list("facts", flat=True)))
    again = client.post("/mail/server/hook").content.decode()
    assert found[1] not in again, "the one before opens nothing any more"
    assert signed_in("marketer").post("/mail/server/hook").status_code == 403


def test_trying_it_out_sends_a_message_at_once(
    signed_in: SignIn, at: datetime, home: Path, port: int, mailbox: Mailbox
) -> None:
    set_up(port, at)
    page = signed_in("admin").post("/mail/server/try").content.decode()
    assert "The server took the message." in text(page)
    assert mailbox.recipients == ["admin.en@shop.example"]
    assert "arrives" in mailbox.message()["Subject"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("550 5.7.1 not yours", "The server does not let us send from this address."),
        ("421 4.3.2 busy", "The server does not let us send from this address."),
    ],
)
def test_trying_it_out_says_honestly_what_went_wrong(
    signed_in: SignIn,
    at: datetime,
    home: Path,
    port: int,
    mailbox: Mailbox,
    answer: str,
    words: str,
) -> None:
    set_up(port, at)
    mailbox.on_sender = lambda sender: answer
    page = text(signed_in("admin").post("/mail/server/try").content.decode())
    assert words in page
    assert answer in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port": 1}, "Nothing answers there"),
        ({"host": "nowhere.invalid"}, "There is no server with this name."),
        ({"security": "starttls"}, "does not speak this kind of encryption"),
        ({"security": "tls"}, "does not speak this kind of encryption"),
        ({"user": "post", "password": "x"}, "does not accept this user name"),
    ],
)
def test_trying_it_out_names_each_kind_of_trouble(
    signed_in: SignIn,
    at: datetime,
    home: Path,
    port: int,
    changes: dict[str, Any],
    words: str,
) -> None:
    set_up(port, at)
    change_mail_settings(at=at, **changes)
    assert words in text(signed_in("admin").post("/mail/server/try").content.decode())


@pytest.mark.parametrize("role", ["marketer", "service", "analyst", "privacy"])
def test_only_administrators_choose_the_server(signed_in: SignIn, role: str) -> None:
    client: Client = signed_in(role)
    assert client.post(reverse("mail_server"), SERVER).status_code == 403
