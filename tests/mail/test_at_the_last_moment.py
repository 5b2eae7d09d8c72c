"""What decides in the moment of claiming: consent, lists, pauses, caps, quiet hours, other rooms."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mail.conftest import set_up
from mail.mailbox import Mailbox
from mail.test_sending import queue, send, status
from stamgast.customers.actions import record_consent
from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.mail.actions import lift_suppression, pause_mail, resume_mail, suppress
from stamgast.mail.errors import NotYet
from stamgast.mail.models import Message
from stamgast.mail.permission import may_mail, may_mail_statement
from stamgast.mail.rules import quiet_until
from stamgast.mail.zones import zones_of
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.staff.queries import shop as the_shop

pytestmark = pytest.mark.django_db


def withdraw(customer: Customer, at: datetime, purpose: str = "offers") -> None:
    record_consent(
        customer, channel="email", purpose=purpose, is_granted=False, source="phone", at=at
    )


def test_who_withdrew_a_second_before_gets_nothing(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(anna, at)
    withdraw(anna, at + timedelta(seconds=59))
    send(at + timedelta(minutes=1))
    assert status(message) == ("withheld", "withdrawn")
    assert not mailbox.received


def test_what_changes_after_a_batch_was_read_still_counts(
    anna: Customer, bram: Customer, daan: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    for consenting in (bram, daan):
        record_consent(
            consenting, channel="email", purpose="offers", is_granted=True, source="phone", at=at
        )
    renamed, withdrawn, moved = (queue(one, at) for one in (anna, bram, daan))
    changes = [
        lambda: Customer.objects.filter(pk=anna.pk).update(first_name="Annie"),
        lambda: withdraw(bram, at),
        lambda: Customer.objects.filter(pk=daan.pk).update(email="elders@example.nl"),
    ]

    def meanwhile() -> None:  # the batch was read, and nothing of it was claimed yet
        while changes:
            changes.pop()()

    send(at, give_way=meanwhile)
    assert status(renamed) == status(moved) == ("sent", "")
    assert status(withdrawn) == ("withheld", "withdrawn")
    assert set(mailbox.recipients) == {"anna@example.nl", "elders@example.nl"}
    subjects = {mailbox.message(n)["Subject"] for n in range(2)}
    assert "Dag Annie" in subjects


def test_who_never_gave_consent_gets_no_offer(eva: Customer, at: datetime, shop: int) -> None:
    message = queue(eva, at)
    send(at)
    assert status(message) == ("withheld", "never_given")


def test_consent_for_offers_is_none_for_surveys(anna: Customer, at: datetime, shop: int) -> None:
    message = queue(anna, at, purpose="survey", kind="survey")
    send(at)
    assert status(message) == ("withheld", "never_given")


def test_it_goes_to_the_address_she_has_now(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    queue(anna, at)
    Customer.objects.filter(pk=anna.pk).update(email="new@example.nl")
    send(at)
    assert mailbox.recipients == ["new@example.nl"]


def test_who_was_erased_meanwhile_gets_nothing_and_nothing_is_kept(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    sent = queue(anna, at, key="mail-anna@example.nl")
    send(at)
    waiting = queue(anna, at, key="later", facts={"offer": {"note": "for Anna van der Berg"}})
    erase_person(anna, at=at, by="user:1")
    send(at)
    assert status(waiting) == ("withheld", "erased")
    sent.refresh_from_db()
    assert (sent.status, sent.sent_to, sent.facts, sent.answer) == ("sent", "", {}, "")
    assert "anna" not in sent.key
    assert len(mailbox.received) == 1


def test_who_went_up_in_another_record_is_asked_there(
    anna: Customer, bram: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(bram, at)
    merge_customers(anna, bram, at=at, by="user:1")
    send(at)
    assert status(message) == ("sent", "")
    assert mailbox.recipients == ["anna@example.nl"]


def test_a_suppressed_address_gets_nothing_until_it_is_lifted(
    anna: Customer, at: datetime, shop: int
) -> None:
    listed = suppress("Anna@example.nl", reason="by_hand", at=at)
    first = queue(anna, at, key="1")
    send(at)
    assert status(first) == ("withheld", "by_hand")
    lift_suppression(listed, because="She called", at=at)
    second = queue(anna, at, key="2")
    send(at)
    assert status(second) == ("sent", "")


def test_who_complained_still_gets_what_they_ask_for(
    anna: Customer, at: datetime, shop: int
) -> None:
    suppress("anna@example.nl", reason="complained", at=at)
    offer = queue(anna, at, key="1")
    code = queue(anna, at, key="2", kind="sign_in", purpose="")
    send(at)
    assert status(offer) == ("withheld", "complained")
    assert status(code) == ("sent", "")


def test_a_pause_holds_back_what_we_start_ourselves(
    anna: Customer, at: datetime, shop: int
) -> None:
    pause_mail(anna, at=at)
    offer = queue(anna, at, key="1")
    asked_for = queue(anna, at, key="2", kind="service", purpose="")
    send(at)
    assert status(offer) == ("withheld", "paused")
    assert status(asked_for) == ("sent", "")
    assert resume_mail(anna, at=at)
    later = queue(anna, at, key="3")
    send(at)
    assert status(later) == ("sent", "")


def test_a_pause_ends_by_itself(anna: Customer, at: datetime, shop: int) -> None:
    pause_mail(anna, at=at)
    later = at + timedelta(days=30, seconds=1)
    message = queue(anna, at, due_at=later)
    send(later)
    assert status(message) == ("sent", "")


def test_one_contact_too_many_is_put_off_and_not_dropped(
    anna: Customer, bram: Customer, at: datetime, port: int, home: object, mailbox: Mailbox
) -> None:
    set_up(port, at, most_contacts=2, within_days=7)
    mine = [queue(anna, at, key=str(n), sender_ref=f"campaign:{n}") for n in range(3)]
    other = queue(bram, at)
    asked_for = queue(anna, at, key="service", kind="service", purpose="")
    send(at)
    states = [status(message) for message in mine]
    assert states.count(("sent", "")) == 2
    assert states.count(("waiting", "capped")) == 1
    assert status(other) == ("sent", "")
    assert status(asked_for) == ("sent", ""), "what she asks for is no contact of ours"
    late = Message.objects.get(reason="capped")
    assert late.due_at == at + timedelta(days=7)
    assert send(at + timedelta(days=6)) == 0
    send(at + timedelta(days=7))
    assert status(late) == ("sent", "")


def test_mail_waits_for_the_morning_where_the_customer_lives(
    anna: Customer, at: datetime, shop: int
) -> None:
    night = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)  # 22:30 in Amsterdam
    message = queue(anna, night)
    code = queue(anna, night, key="code", kind="sign_in", purpose="")
    send(night)
    assert status(message) == ("waiting", "quiet_hours")
    assert message.due_at == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    assert status(code) == ("sent", "")
    send(message.due_at)
    assert status(message) == ("sent", "")


@pytest.mark.parametrize(
    ("country", "moment", "until"),
    [
        ("NL", "2026-11-20 12:00", None),
        ("NL", "2026-11-20 20:00", "2026-11-21 07:00"),  # nine in the evening sharp
        ("NL", "2026-11-20 06:59", "2026-11-20 07:00"),
        ("NL", "2026-11-20 07:00", None),
        ("NL", "2026-03-28 23:00", "2026-03-29 06:00"),  # the clock goes forward that night
        ("JP", "2026-11-20 12:00", "2026-11-20 23:00"),
        ("US", "2026-11-20 12:00", "2026-11-20 18:00"),  # until it is day on Hawaii too
        ("US", "2026-11-20 19:00", None),
        ("XX", "2026-11-20 12:00", None),  # no such country: the shop's own zone
    ],
)
def test_quiet_hours_are_those_of_the_customers_country(
    country: str, moment: str, until: str | None, db: None
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    zones = zones_of(Customer(country=country), the_shop())
    found = quiet_until(at, zones, start=time(21), end=time(8))
    assert found == (None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC))


def test_a_shop_may_have_no_quiet_hours() -> None:
    at = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert quiet_until(at, [ZoneInfo("UTC")], start=time(0), end=time(0)) is None


class CampaignEnded(Refusal):
    code = "refused"


def test_another_room_may_stop_a_message_or_put_it_off(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    def check(message: Message, now: datetime) -> Refusal | None:
        if message.sender_ref == "campaign:1":
            return CampaignEnded()
        if message.sender_ref == "campaign:2":
            return NotYet(until=at + timedelta(hours=3), reason="orders_too_old")
        return None

    stopped = queue(anna, at, key="1", sender_ref="campaign:1")
    late = queue(anna, at, key="2", sender_ref="campaign:2")
    goes = queue(anna, at, key="3", sender_ref="campaign:3")
    send(at, hooks=[check])
    assert status(stopped) == ("withheld", "refused")
    assert status(late) == ("waiting", "orders_too_old")
    assert late.due_at == at + timedelta(hours=3)
    assert status(goes) == ("sent", "")


def test_a_clock_that_jumps_back_sends_nothing_twice(
    anna: Customer, at: datetime, shop: int, mailbox: Mailbox
) -> None:
    message = queue(anna, at)
    send(at)
    for jump in (-timedelta(days=400), timedelta(days=400)):
        send(at + jump)
    assert status(message) == ("sent", "")
    assert len(mailbox.received) == 1


def test_one_statement_says_the_same_for_the_whole_base(
    everybody: dict[str, Customer], at: datetime
) -> None:
    withdraw(everybody["bram"], at)
    suppress("carla@example.be", reason="bounced", at=at)
    pause_mail(everybody["daan"], at=at)
    found = dict(may_mail_statement("offers", at=at))
    for name, customer in everybody.items():
        refusal = may_mail(customer, "offers", at)
        assert found[customer.pk] == (refusal.facts["reason"] if refusal else ""), name
    by_name = {name: found[customer.pk] for name, customer in everybody.items()}
    assert by_name == {
        "anna": "",
        "bram": "withdrawn",
        "carla": "bounced",
        "daan": "paused",
        "eva": "never_given",
    }
