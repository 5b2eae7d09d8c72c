"""A ledger that was damaged is found at night, told, mailed once and shown until it is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.till import give
from mail.conftest import set_up
from mail.mailbox import Mailbox, listening
from stamgast.events.models import Event, Job
from stamgast.health import examine
from stamgast.loyalty.jobs import verify_points
from stamgast.loyalty.models import Leg, Member
from stamgast.loyalty.queries import ledger_alarm
from stamgast.mail.models import Message
from stamgast.mail.sending import Sender
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(db: None, home: object, at: datetime) -> Iterator[Mailbox]:
    """What arrives of a shop that sends."""
    box = Mailbox()
    with listening(box) as port:
        set_up(port, at)
        yield box


@pytest.fixture
def damage(member: Member, at: datetime) -> Callable[[int], None]:
    """Change a row of the ledger behind its back, by so many points."""
    give(member, 100, at=at)
    leg = Leg.objects.get(wallet__kind="spendable", account="available")

    def change(points: int) -> None:
        Leg.objects.filter(pk=leg.pk).update(points=leg.points + points)

    return change


def night() -> dict[str, Any]:
    """Verify as the night does, and send what that wrote."""
    found = verify_points(Job(kind="verify_points"))
    Sender(clock=lambda: datetime.now(UTC) + timedelta(seconds=5)).work_until_idle()
    return found


def test_a_ledger_in_balance_raises_no_alarm(damage: object, mailbox: Mailbox) -> None:
    assert night()["differences"] == 0
    assert ledger_alarm() is None
    assert not Event.objects.filter(kind__startswith="ledger_").exists()


def test_a_damaged_row_is_told_and_mailed_once_to_who_administers(
    damage: Callable[[int], None],
    mailbox: Mailbox,
    employee: Callable[..., User],
    caplog: pytest.LogCaptureFixture,
) -> None:
    employee("admin")
    employee("marketer")
    damage(-10)
    assert night()["differences"] > 0
    assert night()["differences"] > 0
    alarm = ledger_alarm()
    assert alarm is not None
    assert "legs_sum_to_zero" in alarm.facts["differences"]
    assert "out of balance" in caplog.text
    assert Event.objects.filter(kind="ledger_out_of_balance").count() == 1
    assert mailbox.recipients == ["admin@shop.example"]
    assert "Koffiehuis do not add up" in str(mailbox.message()["Subject"])
    assert Message.objects.get().status == Message.Status.SENT


def test_the_alarm_ends_in_the_night_after_it_was_mended_and_may_begin_again(
    damage: Callable[[int], None], mailbox: Mailbox, employee: Callable[..., User]
) -> None:
    employee("admin")
    damage(-10)
    night()
    damage(0)
    assert night()["differences"] == 0
    assert ledger_alarm() is None
    damage(5)
    night()
    assert ledger_alarm() is not None
    assert len(mailbox.received) == 2


def test_the_doctor_says_that_the_points_do_not_add_up(
    damage: Callable[[int], None], mailbox: Mailbox
) -> None:
    assert "points" not in [one.check for one in examine()]
    damage(-10)
    night()
    (found,) = [one for one in examine() if one.check == "points"]
    assert found.state == "bad"
