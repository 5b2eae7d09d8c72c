"""Members really read in their mailbox which points end, by the night's own job."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from loyalty.till import give
from mail.conftest import set_up
from mail.mailbox import Mailbox, listening
from stamgast.customers.models import Customer
from stamgast.events.models import Event, Job
from stamgast.loyalty.actions import join_programme, set_programme
from stamgast.loyalty.models import Programme
from stamgast.loyalty.programme_jobs import keep_programme
from stamgast.mail.actions import change_mail_settings
from stamgast.mail.models import Message
from stamgast.mail.sending import Sender
from stamgast.staff.actions import change_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """The moment at which the night's job really runs."""
    return datetime.now(UTC)


@pytest.fixture
def mailbox(db: None, home: object, at: datetime) -> Iterator[Mailbox]:
    """What arrives of a shop that sends."""
    box = Mailbox()
    with listening(box) as port:
        set_up(port, at)
        yield box


@pytest.fixture
def saver(programme: Programme, anna: Customer, now: datetime) -> Customer:
    """Anna, whose eighty points end in some days."""
    set_programme(at=now, by="test", validity_months=1, expiry="exact", remind_days=30)
    member, _ = join_programme(anna, at=now - timedelta(days=21))
    give(member, 80, at=now - timedelta(days=20))
    return anna


def _night(now: datetime) -> None:
    keep_programme(Job(kind="keep_programme", made_at=now))
    Sender(clock=lambda: datetime.now(UTC) + timedelta(seconds=5)).work_until_idle()


def _read(mailbox: Mailbox) -> str:
    part = mailbox.message().get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_the_reminder_arrives_with_a_way_to_the_members_own_page(
    saver: Customer, mailbox: Mailbox, now: datetime
) -> None:
    _night(now)
    assert mailbox.recipients == [saver.email]
    text = _read(mailbox)
    (address,) = [word for word in text.split() if "/member/open/" in word]
    assert address.startswith("https://post.shop.example/")
    assert resolve(urlsplit(address).path).url_name == "member_open"
    assert "80 van uw 80 punten" in text
    assert str(now.year) in str(mailbox.message()["Subject"])
    assert Event.objects.filter(kind="points_expiry_reminded").count() == 1
    _night(now)
    assert len(mailbox.received) == 1


def test_the_button_leads_to_the_shop_where_our_own_pages_have_no_address(
    saver: Customer, mailbox: Mailbox, now: datetime, at: datetime
) -> None:
    change_mail_settings(at=at, public_address="")
    change_shop(at=at, website="https://shop.example")
    _night(now)
    assert "https://shop.example" in _read(mailbox)


def test_the_reminder_goes_without_a_button_where_there_is_no_page_at_all(
    saver: Customer, mailbox: Mailbox, now: datetime, at: datetime
) -> None:
    change_mail_settings(at=at, public_address="")
    change_shop(at=at, website="")
    _night(now)
    assert Message.objects.get(kind="points").status == Message.Status.SENT
    assert "Bekijk uw punten" not in _read(mailbox)
