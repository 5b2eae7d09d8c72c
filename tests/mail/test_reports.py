"""Mail that comes back, and complaints: known by a mark that only we can make."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime

import pytest

from api.conftest import Program
from cast import employ
from mail.mailbox import Mailbox
from mail.test_sending import queue, send
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.mail import links
from stamgast.mail.actions import note_bounce, note_complaint, take_report
from stamgast.mail.errors import ReportNotOurs, ReportUnreadable
from stamgast.mail.models import Message, Suppression
from stamgast.mail.permission import may_mail
from stamgast.mail.suppressed import suppression_of
from stamgast.privacy.actions import erase_person
from stamgast.staff.actions import make_key

pytestmark = pytest.mark.django_db

RETURNED = """\
From: MAILER-DAEMON@mx.example.nl
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.nl
Arrival-Date: Fri, 20 Nov 2026 10:00:00 +0100

Final-Recipient: rfc822; anna@example.nl
Original-Recipient: rfc822;anna@example.nl
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.nl
Diagnostic-Code: smtp; 550 {status} <anna@example.nl>: Recipient address
    rejected: User unknown

--B
Content-Type: {quoted}

From: Koffiehuis <post@shop.example>
Message-ID: {message_id}
Subject: Dag Anna

--B--
"""
COMPLAINT = """\
From: feedback@mailbox.example
To: abuse@shop.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report for a message received from 192.0.2.1.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Mailbox/1.0
Version: 1
Original-Rcpt-To: <anna@example.nl>

--B
Content-Type: message/rfc822

From: Koffiehuis <post@shop.example>
Message-ID: {message_id}
Subject: Dag Anna

Beste Anna
--B--
"""


def returned(
    message: Message,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    by: str = "Message-ID",
    quoted: str = "message/rfc822",
) -> str:
    mark = links.mark_of(message.pk)
    to = f"terug+{mark}@shop.example" if by == "To" else "terug@shop.example"
    ours = f"<{mark}@shop.example>" if by == "Message-ID" else "<other@shop.example>"
    return RETURNED.format(to=to, action=action, status=status, message_id=ours, quoted=quoted)


@pytest.fixture
def sent(anna: Customer, at: datetime, shop: int, mailbox: Mailbox) -> Message:
    message = queue(anna, at)
    send(at)
    message.refresh_from_db()
    assert message.status == "sent"
    return message


@pytest.mark.parametrize(
    ("by", "quoted"),
    [("Message-ID", "message/rfc822"), ("Message-ID", "text/rfc822-headers"), ("To", "text/plain")],
)
def test_a_message_that_came_back_is_known_again(
    sent: Message, anna: Customer, at: datetime, by: str, quoted: str
) -> None:
    report = take_report(returned(sent, by=by, quoted=quoted), at=at)
    assert (report.kind, report.message, report.status) == ("bounced", sent.pk, "5.1.1")
    sent.refresh_from_db()
    assert (sent.status, sent.reason) == ("failed", "bounced")
    assert "User unknown" in sent.answer
    assert Suppression.objects.get().address == "anna@example.nl"
    assert Event.objects.get(kind="message_bounced").facts["is_gone"] is True
    refusal = may_mail(anna, "offers", at)
    assert refusal is not None
    assert refusal.facts == {"reason": "bounced"}


def test_the_same_report_again_changes_nothing(sent: Message, at: datetime) -> None:
    for _ in range(2):
        take_report(returned(sent), at=at)
    assert Event.objects.filter(kind="message_bounced").count() == 1
    assert Suppression.objects.count() == 1


def test_a_full_mailbox_costs_nobody_their_address(sent: Message, at: datetime) -> None:
    take_report(returned(sent, status="5.2.2"), at=at)
    sent.refresh_from_db()
    assert sent.status == "failed"
    assert not Suppression.objects.exists()


def test_a_delay_is_no_failure(sent: Message, at: datetime) -> None:
    report = take_report(returned(sent, status="4.4.1", action="delayed"), at=at)
    sent.refresh_from_db()
    assert (report.kind, sent.status) == ("delayed", "sent")


def test_refuses_a_report_with_a_mark_that_is_not_ours(sent: Message, at: datetime) -> None:
    forged = returned(sent).replace(links.mark_of(sent.pk), f"{sent.pk}-{'0' * 20}")
    with pytest.raises(ReportNotOurs):
        take_report(forged, at=at)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "hello", "Content-Type: multipart/report\n\n", "x" * 2_000_001, "\x00\ud800"]
)
def test_refuses_what_is_no_report(text: str, at: datetime, db: None) -> None:
    with pytest.raises(ReportUnreadable):
        take_report(text, at=at)


def test_a_complaint_withdraws_the_consent_and_silences_the_address(
    sent: Message, anna: Customer, at: datetime
) -> None:
    message_id = links.message_id(sent.pk, "post@shop.example")
    report = take_report(COMPLAINT.format(kind="abuse", message_id=message_id), at=at)
    assert report.kind == "complained"
    assert Suppression.objects.get().reason == "complained"
    assert Event.objects.filter(kind="unsubscribed", subject_id=anna.pk).exists()
    assert Event.objects.filter(kind="mail_complained", subject_id=sent.pk).exists()
    sent.refresh_from_db()
    assert sent.status == "sent", "it did arrive"


def test_word_that_mail_was_no_spam_is_no_complaint(sent: Message, at: datetime) -> None:
    message_id = links.message_id(sent.pk, "post@shop.example")
    with pytest.raises(ReportUnreadable):
        take_report(COMPLAINT.format(kind="not-spam", message_id=message_id), at=at)


def test_a_provider_tells_of_an_address(sent: Message, anna: Customer, at: datetime) -> None:
    assert note_bounce("Anna@example.nl", is_gone=True, at=at, by="key:1", words="550") == 1
    sent.refresh_from_db()
    assert sent.status == "failed"
    assert note_complaint("unknown@example.nl", at=at, by="key:1") == 0
    assert Suppression.objects.count() == 2


def test_who_was_erased_stays_suppressed_without_a_trace(
    sent: Message, anna: Customer, at: datetime
) -> None:
    take_report(returned(sent), at=at)
    erase_person(anna, at=at, by="user:1")
    listed = Suppression.objects.get()
    assert listed.address != "anna@example.nl"
    assert "anna" not in listed.note
    assert suppression_of("anna@example.nl") == listed


def program(scope: str, at: datetime) -> Program:
    maker = employ("admin", email=f"{scope[0]}@shop.example")
    key, plain = make_key("Provider", scopes=[scope], is_live=True, by=maker, at=at)
    return Program(plain, key)


def test_a_program_tells_what_came_back(sent: Message, at: datetime) -> None:
    teller = program("mail:write", at)
    answer = teller.post("/mail/reports", {"source": returned(sent)})
    assert (answer.status, answer.body) == (200, {"kind": "bounced", "message": sent.pk})
    notice = {"kind": "complained", "address": "boos@example.nl"}
    answer = teller.post("/mail/notices", notice)
    assert (answer.status, answer.body) == (200, {"messages": 0, "is_suppressed": True})
    assert program("customers:read", at).post("/mail/notices", notice).status == 403


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_pipes_what_came_back_into_a_command(
    sent: Message, anna: Customer, at: datetime
) -> None:
    command = [sys.executable, "-m", "stamgast", "bounces", "-", "--json"]
    done = subprocess.run(command, input=returned(sent), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"kind": "bounced", "message": sent.pk, "status": "5.1.1"}
    sent.refresh_from_db()
    assert sent.status == "failed"
    counts = subprocess.run(
        [sys.executable, "-m", "stamgast", "outbox", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(counts.stdout)["failed"] == 1
