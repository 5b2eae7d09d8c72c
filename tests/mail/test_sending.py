"""What waits is handed over to a real server, once; what the server says decides what follows."""

from __future__ import annotations

import tarfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mail.conftest import set_up
from mail.letters import HELLO, WITH_CODE
from mail.mailbox import Mailbox, listening
from stamgast import backup
from stamgast.backup import back_up
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.mail.actions import (
    change_brand,
    change_mail_settings,
    doubt_what_waited,
    hold_sending,
    queue_message,
    resume_sending,
)
from stamgast.mail.actions.conditions import note_trouble
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.errors import BadBrand
from stamgast.mail.models import Brand, MailSettings, Message, Suppression
from stamgast.mail.sending import Sender

pytestmark = pytest.mark.django_db


def queue(customer: Customer | None, at: datetime, **changes: Any) -> Message:
    asked: dict[str, Any] = {
        "content": HELLO,
        "purpose": "offers",
        "kind": "campaign",
        "facts": {},
        "key": f"key:{customer and customer.pk}",
        "at": at,
        "sender_ref": "campaign:3",
        **changes,
    }
    return queue_message(customer, **asked)


def send(at: datetime, **options: Any) -> int:
    return Sender(clock=lambda: at, **options).work_until_idle()


def status(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.status, message.reason


@pytest.mark.parametrize(
    "name",
    [
        "Anna Berg",
        "A. Berg",
        'Anna "An" Berg',
        "Berg, Anna",
        "Zoë",
        "x" * 90,
        "<b>",
    ],
)
def test_any_name_arrives_as_it_is_written(
    name: str, anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    Customer.objects.filter(pk=anna.pk).update(first_name=name, infix="", last_name="")
    queue(anna, at)
    send(at)
    got = mailbox.message()
    assert [(one.display_name, one.addr_spec) for one in got["To"].addresses] == [
        (name, "anna@example.nl")
    ]
    head = mailbox.received[-1][1].partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in head.splitlines())


def test_a_message_arrives_as_it_was_written(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(anna, at)
    assert send(at) == 1
    assert status(message) == ("sent", "")
    got = mailbox.message()
    assert mailbox.recipients == ["anna@example.nl"]
    assert got["To"] == "Anna van der Berg <anna@example.nl>"
    assert got["From"] == "Koffiehuis <post@shop.example>"
    assert got["Reply-To"] == "vragen@shop.example"
    assert got["Subject"] == "Dag Anna"
    text = got.get_body(("plain",))
    html = got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Beste Anna, nieuw in de winkel." in text.get_content()
    assert "Beste Anna, <strong>nieuw</strong> in de winkel." in html.get_content()
    assert "U bestelde al een tijd niets." in text.get_content()
    assert "Op 16 oktober 2025 gaf u Koffiehuis toestemming" in text.get_content()
    assert "Kerkstraat 1, Utrecht" in html.get_content()
    told = Event.objects.get(kind="message_sent")
    assert told.facts == {"customer": anna.pk, "kind": "campaign", "sender_ref": "campaign:3"}


def test_a_shop_with_a_name_in_other_letters_mails_and_shuts_nobody_out(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    change_brand(
        at=at,
        sender_address="post@bücher.example",
        reply_address="fragen@bücher.example",
        bounce_address="zurueck@bücher.example",
    )
    change_mail_settings(at=at, public_address="https://bücher.example")
    message = queue(anna, at)
    send(at)
    assert status(message) == ("sent", "")
    got = mailbox.message()
    assert got["From"] == "Koffiehuis <post@xn--bcher-kva.example>"
    assert got["List-Unsubscribe"].startswith("<https://xn--bcher-kva.example/m/u/")
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("field", ["sender_address", "reply_address", "bounce_address"])
def test_refuses_an_address_of_ours_that_no_header_can_hold(
    field: str, at: datetime, shop: int
) -> None:
    with pytest.raises(BadBrand):
        change_brand(at=at, **{field: "jörg@shop.example"})


def test_what_is_wrong_with_our_own_address_is_not_held_against_theirs(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    Brand.objects.update(sender_address="post@bücher.example")  # as an older version kept it
    message = queue(anna, at)
    send(at)
    assert status(message) == ("failed", "content_refused")
    assert not Suppression.objects.exists()


def test_unsubscribing_takes_one_click(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    queue(anna, at)
    send(at)
    got = mailbox.message()
    assert got["List-Unsubscribe"].startswith("<https://post.shop.example/m/u/")
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_a_customer_asked_for_has_nothing_to_unsubscribe_from(
    eva: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(eva, at, kind="service", purpose="")
    send(at)
    assert status(message) == ("sent", "")
    assert mailbox.message()["List-Unsubscribe"] is None


def test_the_server_knows_where_a_refusal_comes_back_to(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(anna, at)
    send(at)
    sender, _ = mailbox.envelopes[0]
    assert sender.startswith(f"terug+{message.pk}-")
    mark = sender.removeprefix("terug+").partition("@")[0]
    assert mailbox.message()["Message-ID"] == f"<{mark}@shop.example>"


def test_one_connection_carries_many_messages(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    for number in range(7):
        queue(anna, at, key=str(number))
    assert send(at) == 7
    assert len(mailbox.received) == 7
    assert mailbox.connections == 1


def test_who_waits_at_a_screen_goes_first(
    anna: Customer, bram: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    queue(anna, at, key="offer")
    queue(bram, at, key="code", kind="sign_in", purpose="")
    send(at)
    assert mailbox.recipients == ["bram@example.nl", "anna@example.nl"]


def test_a_code_to_sign_in_with_is_forgotten_once_it_is_sent(
    anna: Customer, at: datetime, shop: int
) -> None:
    facts = {"offer": {"percent": 1, "code": "918273"}}
    message = queue(anna, at, kind="sign_in", purpose="", content=WITH_CODE, facts=facts)
    send(at)
    message.refresh_from_db()
    assert (message.status, message.facts) == ("sent", {})


def test_an_address_that_does_not_exist_fails_and_gets_nothing_any_more(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_recipient = lambda to: "550 5.1.1 no such user"
    message = queue(anna, at)
    send(at)
    assert status(message) == ("failed", "refused")
    assert message.answer == "550 5.1.1 no such user"
    assert Suppression.objects.get().address == "anna@example.nl"
    again = queue(anna, at, key="again", kind="service", purpose="")
    send(at)
    assert status(again) == ("withheld", "bounced")
    assert not mailbox.received


def test_a_server_that_blocks_us_does_not_cost_the_customer_their_address(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_recipient = lambda to: "550 5.7.1 you are on a block list"
    message = queue(anna, at)
    send(at)
    assert status(message) == ("failed", "refused")
    assert not Suppression.objects.exists()


def test_a_greylisting_server_gets_it_later(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_recipient = lambda to: "451 4.7.1 greylisted, try again later"
    message = queue(anna, at)
    send(at)
    assert status(message) == ("waiting", "refused_for_now")
    assert message.due_at == at + timedelta(minutes=2)
    assert send(at + timedelta(minutes=1)) == 0
    mailbox.on_recipient = lambda to: None
    send(at + timedelta(minutes=2))
    assert status(message) == ("sent", "")
    assert len(mailbox.received) == 1


def test_a_server_that_puts_us_off_for_days_is_given_up(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_recipient = lambda to: "451 4.2.2 mailbox full"
    message = queue(anna, at)
    for hours in range(0, 80, 7):
        send(at + timedelta(hours=hours))
    assert status(message) == ("failed", "refused_too_long")
    assert not Suppression.objects.exists()


def test_what_a_message_says_may_be_refused(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_content = lambda to: "554 5.7.1 looks like spam"
    message = queue(anna, at)
    send(at)
    assert status(message) == ("failed", "content_refused")


def test_a_refused_sender_stops_everything_and_costs_no_message(
    anna: Customer, bram: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_sender = lambda sender: "550 5.7.1 not your domain"
    both = [queue(anna, at), queue(bram, at)]
    send(at)
    assert {status(message)[0] for message in both} == {"waiting"}
    trouble = MailSettings.objects.get().trouble
    assert (trouble["code"], trouble["words"]) == ("sender_refused", "550 5.7.1 not your domain")


def test_a_connection_cut_before_the_end_is_no_delivery(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    mailbox.on_content = lambda to: "421 4.3.0 shutting down"
    message = queue(anna, at)
    send(at)
    assert status(message) == ("waiting", "refused_for_now")
    mailbox.on_content = lambda to: None
    send(at + timedelta(minutes=2))
    assert status(message) == ("sent", "")


@pytest.mark.parametrize(("end", "arrived"), [("cut", 0), ("take and cut", 1)])
def test_a_connection_cut_after_the_end_is_uncertain_and_never_tried_again(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox, end: str, arrived: int
) -> None:
    mailbox.on_end = lambda to: end
    message = queue(anna, at)
    send(at)
    assert status(message) == ("uncertain", "connection_lost")
    mailbox.on_end = lambda to: ""
    for days in range(5):
        assert send(at + timedelta(days=days)) == 0
    assert len(mailbox.received) == arrived


@pytest.mark.parametrize(("patience", "expected"), [(5.0, "sent"), (0.3, "uncertain")])
def test_a_server_slow_to_answer_is_waited_for_and_past_that_it_is_uncertain(
    anna: Customer,
    at: datetime,
    shop: int,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
    expected: str,
) -> None:
    monkeypatch.setattr("stamgast.mail.server.ANSWER_SECONDS", patience)
    mailbox.seconds = 1.0
    message = queue(anna, at)
    send(at)
    assert status(message)[0] == expected
    mailbox.seconds = 0.0
    for days in range(3):
        assert send(at + timedelta(days=days)) == 0
    assert len(mailbox.received) <= 1


def test_a_server_that_is_down_makes_everything_wait(
    anna: Customer, at: datetime, home: object, mailbox: Mailbox
) -> None:
    with listening(mailbox) as port:
        pass
    set_up(port, at)
    message = queue(anna, at)
    assert send(at) == 0
    assert status(message) == ("waiting", "")
    assert message.attempts == 0
    assert MailSettings.objects.get().trouble["code"] == "no_connection"


def test_trouble_is_forgotten_once_mail_flows_again(
    anna: Customer, at: datetime, shop: int
) -> None:
    note_trouble("no_connection", words="refused", at=at)
    queue(anna, at)
    send(at)
    assert MailSettings.objects.get().trouble == {}


def test_without_a_server_mail_waits(anna: Customer, at: datetime, home: object) -> None:
    message = queue(anna, at)
    assert send(at) == 0
    assert status(message) == ("waiting", "")


def test_without_an_address_of_our_own_only_what_was_asked_for_goes(
    anna: Customer, at: datetime, home: object, port: int, mailbox: Mailbox
) -> None:
    set_up(port, at, public_address="")
    offer = queue(anna, at)
    code = queue(anna, at, key="code", kind="sign_in", purpose="")
    send(at)
    assert status(offer)[0] == "waiting"
    assert status(code)[0] == "sent"


def test_a_colleague_can_hold_all_mail(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    queue(anna, at)
    hold_sending(at=at)
    assert send(at) == 0
    resume_sending(at=at)
    assert send(at) == 1


def test_no_more_goes_than_the_pace_allows(
    anna: Customer, at: datetime, port: int, home: object, mailbox: Mailbox
) -> None:
    set_up(port, at, most_per_minute=3)
    for number in range(5):
        queue(anna, at, key=str(number))
    send(at)
    assert len(mailbox.received) == 3
    send(at + timedelta(seconds=30))
    assert len(mailbox.received) == 3
    send(at + timedelta(seconds=61))
    assert len(mailbox.received) == 5


def test_a_poisoned_text_fails_alone(
    anna: Customer, bram: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    endless = "{% for i in (1..100000000) %}x{% endfor %}"
    poisoned = Content.of(nl=Version("Dag", (Block("text", text=endless),)))
    first = queue(anna, at, content=poisoned)
    second = queue(anna, at, key="missing", content=WITH_CODE)
    last = queue(bram, at)
    send(at)
    assert status(first) == ("failed", "cannot_render")
    assert first.answer == "text_endless 1"
    assert status(second) == ("failed", "cannot_render")
    assert second.answer == "field_missing 4 offer.code"
    assert status(last) == ("sent", "")


def test_an_address_that_no_header_can_hold_fails_alone(
    anna: Customer, bram: Customer, at: datetime, shop: int
) -> None:
    Customer.objects.filter(pk=anna.pk).update(email="ännä@example.nl")
    first, last = queue(anna, at), queue(bram, at)
    send(at)
    assert status(first) == ("failed", "refused")
    assert status(last) == ("sent", "")


def test_a_worker_that_died_leaves_one_uncertain_message(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(anna, at)
    Message.objects.filter(pk=message.pk).update(
        status="sending", claimed_by="gone:1", seen_at=at, attempts=1
    )
    send(at + timedelta(minutes=9))
    assert status(message) == ("sending", "")
    send(at + timedelta(minutes=11))
    assert status(message) == ("uncertain", "worker_gone")
    assert Event.objects.filter(kind="message_uncertain", subject_id=message.pk).exists()
    send(at + timedelta(days=1))
    assert not mailbox.received


def test_what_waited_in_a_backup_is_not_sent_by_itself(
    anna: Customer, bram: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    due = queue(anna, at)
    later = queue(bram, at, due_at=at + timedelta(days=2))
    assert doubt_what_waited(at=at + timedelta(days=1)) == 1
    send(at + timedelta(days=1))
    assert status(due) == ("uncertain", "restored")
    assert not mailbox.received
    send(at + timedelta(days=2))
    assert status(later) == ("sent", "")


@pytest.mark.django_db(transaction=True)
def test_no_backup_holds_the_password_of_the_mail_server(at: datetime, home: Path) -> None:
    change_mail_settings(at=at, host="smtp.shop.example", user="post", password="geheim woord")
    with tarfile.open(back_up(home / "backups")) as archive:
        files = [archive.extractfile(one) for one in archive.getmembers() if one.isfile()]
        assert len(files) > 1
        assert not any(b"geheim woord" in file.read() for file in files if file)


@pytest.mark.django_db(transaction=True)
def test_nobody_else_can_read_a_backup_while_it_is_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "safe").mkdir(mode=0o755)  # a folder that others look into
    seen: list[int] = []
    add = backup._add_text

    def watched(*args: Any) -> None:
        seen.extend(one.stat().st_mode & 0o777 for one in (home / "safe").iterdir())
        add(*args)

    monkeypatch.setattr(backup, "_add_text", watched)
    file = backup.back_up(home / "safe")
    assert [*seen, file.stat().st_mode & 0o777] == [0o600, 0o600]
