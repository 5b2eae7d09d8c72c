"""The Monday mail: once a week to who asked for it, in their language, with what their role may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from cast import employ
from mail.conftest import set_up
from mail.mailbox import Mailbox, listening
from stamgast import wiring
from stamgast.events.actions import tell
from stamgast.mail.models import Message
from stamgast.mail.sending import Sender
from stamgast.measurement.models import Experiment, Verdict
from stamgast.staff.actions import change_user
from stamgast.staff.models import User
from stamgast.web.marketer.monday import look
from web.base_in_figures import show_base
from web.conftest import SignIn
from web.pages import get, text

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 07:00 in Amsterdam


@pytest.fixture(autouse=True)
def known(home: object) -> None:
    """A base whose newest order is of this morning."""
    show_base(orders_until=MONDAY - timedelta(hours=1))


def wanting(role: str = "marketer", language: str = "en", **more: Any) -> User:
    user = employ(role, email=f"{role}.{language}@shop.example")
    return change_user(user, at=MONDAY, by=user, language=language, monday_mail=True, **more)


def read(mailbox: Mailbox, number: int = -1) -> str:
    body = mailbox.message(number).get_body(["plain"])
    assert body is not None
    return " ".join(body.get_content().split())


def deliver() -> Mailbox:
    mailbox = Mailbox()
    with listening(mailbox) as port:
        set_up(port, MONDAY)
        Sender(clock=lambda: MONDAY).work_until_idle()
    return mailbox


def judged() -> Verdict:
    """Write down an effort of which it became known on Saturday that it worked."""
    experiment = Experiment.objects.create(
        kind="campaign", name="Win **back** {{ shop.name }}", salt="s", window_days=90,
        after_days=90, currency="EUR", started_at=MONDAY - timedelta(days=90), key="e",
    )  # fmt: skip
    net = {"estimate": 396_000, "low": 159_000, "high": 633_000}
    facts = {"reason": "", "net_minor": net, "per_euro": None, "spent_minor": 0}
    verdict = Verdict.objects.create(
        experiment=experiment, as_of=MONDAY.date(), code="worked", facts=facts, made_at=MONDAY
    )
    tell("verdict_changed", at=MONDAY - timedelta(days=2), actor="judging", subject="experiment",
         subject_id=experiment.pk, facts={"code": "worked", "before": ""})  # fmt: skip
    return verdict


def test_the_overview_arrives_in_sentences() -> None:
    wanting()
    judged()
    assert look(MONDAY) == 1
    mailbox = deliver()
    said = read(mailbox)
    assert "412 are drifting, 37 more than last week." in mailbox.message()["Subject"]
    assert "At stake: €14,800 margin in the coming year" in said
    assert "Orders known up to today 06:00." in said
    assert "Win **back** {{ shop.name }}: Worked. €3,960 extra margin after costs" in said
    assert "This week" in said
    assert "you asked for it" in said
    assert mailbox.message()["List-Unsubscribe"] is None


def test_each_reads_their_own_language() -> None:
    wanting(language="nl")
    look(MONDAY)
    said = read(deliver())
    assert "dreigen er 412 af te haken, 37 meer dan vorige week." in said
    assert "brutomarge komend jaar" in said


def test_margin_is_hidden_from_customer_service(signed_in: SignIn) -> None:
    wanting("service")
    judged()
    look(MONDAY)
    said = read(deliver())
    assert "412 are drifting" in said
    assert "margin" not in said.lower()
    assert "14,800" not in said


def test_nor_does_customer_service_read_that_of_others_in_the_outbox(signed_in: SignIn) -> None:
    user = wanting()
    look(MONDAY)
    place = reverse("mail_message_text", args=[Message.objects.get(to=user.email).pk])
    service = signed_in("service")
    assert service.get(place).status_code == 404
    assert signed_in("analyst").get(place).status_code == 403
    assert "412" in get(signed_in("admin"), place)
    shown = reverse("mail_message", args=[Message.objects.get().pk])
    page = text(get(service, shown))
    assert "holds margin, which your role does not see" in page


def test_once_a_week_whatever_happens_meanwhile() -> None:
    user = wanting()
    assert look(MONDAY) == 1
    assert look(MONDAY + timedelta(minutes=1)) == 0
    show_base(orders_until=MONDAY, drifting_a_week_ago=1)  # other figures by now
    change_user(user, at=MONDAY, by=user, email="new@shop.example")
    assert look(MONDAY + timedelta(hours=3)) == 0
    assert look(MONDAY + timedelta(days=7)) == 1
    assert Message.objects.count() == 2


def test_two_processes_at_once_write_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wanting()
    look(MONDAY)
    monkeypatch.setattr("stamgast.web.marketer.monday.Message.objects.filter", _knows_nothing)
    look(MONDAY)
    monkeypatch.undo()
    assert Message.objects.count() == 1


def _knows_nothing(**asked: Any) -> Any:
    if "key__in" in asked:
        return Message.objects.none()
    return Message.objects.all().filter(**asked)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 5, 59, tzinfo=UTC),  # 06:59 in the shop's zone
        datetime(2026, 11, 22, 23, 30, tzinfo=UTC),  # just past midnight there
        datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 23, 30, tzinfo=UTC),  # Tuesday there
    ],
)
def test_not_before_monday_morning_nor_after_monday(moment: datetime) -> None:
    wanting()
    assert look(moment) == 0


def test_who_did_not_ask_or_left_gets_none() -> None:
    employ("analyst")
    gone = wanting()
    change_user(gone, at=MONDAY, is_active=False)
    assert look(MONDAY) == 0


def test_old_figures_are_not_sent_but_said_to_be_old() -> None:
    show_base(orders_until=MONDAY - timedelta(days=5))
    wanting()
    assert look(MONDAY) == 1
    said = read(deliver())
    assert "The newest order we know was placed 5 days ago." in said
    assert "412" not in said


def test_before_there_is_a_base_there_is_no_mail() -> None:
    show_base(customers=0)
    wanting()
    assert look(MONDAY) == 0


def test_one_asks_for_it_on_ones_own_page(signed_in: SignIn) -> None:
    client = signed_in("analyst")
    user = User.objects.get(email="analyst.en@shop.example")
    assert "Mail me the overview every Monday morning" in text(get(client, "/me"))
    given = {"name": user.name, "language": "en"}
    client.post("/me", {**given, "monday_mail": "on"})
    user.refresh_from_db()
    assert user.monday_mail
    assert "checked" in get(client, "/me")
    client.post("/me", given)
    user.refresh_from_db()
    assert not user.monday_mail


def test_the_work_loop_looks_for_it() -> None:
    wanting()
    for task in wiring.EVERY_HALF_MINUTE:
        task(MONDAY)
    assert Message.objects.filter(sender_ref__startswith="monday:").count() == 1
