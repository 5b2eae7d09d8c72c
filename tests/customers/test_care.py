"""What was said, complaints until their end, and promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from stamgast.customers.actions import (
    add_interaction,
    add_task,
    assign_complaint,
    close_complaint,
    finish_task,
    remove_note,
    reopen_complaint,
    reopen_task,
)
from stamgast.customers.errors import (
    AlreadyClosed,
    BadInteraction,
    BadTask,
    CustomerErased,
    InTheFuture,
    KeyReused,
    NotAComplaint,
    NotClosed,
    TooLateToUndo,
)
from stamgast.customers.models import Customer, Interaction, Task
from stamgast.customers.queries import open_complaints, open_tasks, timeline
from stamgast.events.models import Event
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def _note(customer: Customer, at: datetime, **more: Any) -> Interaction:
    return add_interaction(customer, kind="note", text="Likes blue", at=at, **more)


def _complaint(customer: Customer, at: datetime, **more: Any) -> Interaction:
    return add_interaction(customer, kind="complaint", text="Broken cup", at=at, **more)


def test_a_note_keeps_its_lines_and_its_writer(
    anna: Customer, colleague: User, at: datetime
) -> None:
    note = add_interaction(anna, kind="note", text=" one\r\ntwo\x00 ", at=at, by=colleague)
    assert (note.text, note.by, note.at) == ("one\ntwo", colleague, at)


def test_what_was_said_earlier_stands_at_its_own_time(anna: Customer, at: datetime) -> None:
    call = add_interaction(
        anna, kind="call", text="Will order", at=at, happened_at=at - timedelta(days=2)
    )
    assert call.at == at - timedelta(days=2)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "gossip"}, "kind"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"order_number": "x" * 65}, "order_number"),
    ],
)
def test_refuses_an_interaction_that_says_nothing(
    facts: dict[str, str], field: str, anna: Customer, at: datetime
) -> None:
    with pytest.raises(BadInteraction) as refusal:
        add_interaction(anna, **{"kind": "note", "text": "x", **facts}, at=at)
    assert refusal.value.facts == {"field": field}


def test_refuses_an_interaction_of_the_future(anna: Customer, at: datetime) -> None:
    with pytest.raises(InTheFuture):
        _note(anna, at, happened_at=at + timedelta(hours=1))


def test_refuses_an_owner_for_what_is_no_complaint(
    anna: Customer, colleague: User, at: datetime
) -> None:
    with pytest.raises(NotAComplaint):
        _note(anna, at, owner=colleague)
    with pytest.raises(NotAComplaint):
        assign_complaint(_note(anna, at), owner=colleague, at=at)


def test_refuses_an_interaction_with_somebody_erased(anna: Customer, at: datetime) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=at)
    with pytest.raises(CustomerErased):
        _note(anna, at)


def test_the_same_key_with_the_same_facts_is_the_same_row(anna: Customer, at: datetime) -> None:
    assert _note(anna, at, key="desk-9") == _note(anna, at + MINUTE, key="desk-9")
    with pytest.raises(KeyReused):
        add_interaction(anna, kind="note", text="Likes red", at=at, key="desk-9")


def test_a_complaint_belongs_to_its_writer_until_it_is_given_away(
    anna: Customer, colleague: User, employee: Callable[..., User], at: datetime
) -> None:
    complaint = _complaint(anna, at, by=colleague)
    assert complaint.owner == colleague
    marketer = employee("marketer")
    complaint = assign_complaint(complaint, owner=marketer, due=date(2026, 11, 24), at=at)
    assert (complaint.owner, complaint.due) == (marketer, date(2026, 11, 24))


def test_open_complaints_come_by_urgency_and_say_when_late(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    someday = _complaint(anna, at)
    late = _complaint(anna, at, due=date(2026, 11, 19))
    today = _complaint(bram, at, due=date(2026, 11, 20))
    found = open_complaints(as_of=date(2026, 11, 20))
    assert [(c.pk, c.is_late) for c in found] == [
        (late.pk, True),
        (today.pk, False),
        (someday.pk, False),
    ]


def test_a_closed_complaint_has_an_outcome_and_an_end(anna: Customer, at: datetime) -> None:
    closed = close_complaint(_complaint(anna, at), outcome="New cup sent", at=at + MINUTE)
    assert (closed.outcome, closed.closed_at) == ("New cup sent", at + MINUTE)
    assert not open_complaints(as_of=at.date())
    with pytest.raises(AlreadyClosed):
        close_complaint(closed, outcome="Again", at=at)
    with pytest.raises(AlreadyClosed):
        assign_complaint(closed, owner=None, at=at)


def test_the_end_of_a_complaint_can_be_taken_back(anna: Customer, at: datetime) -> None:
    complaint = _complaint(anna, at)
    with pytest.raises(NotClosed):
        reopen_complaint(complaint, at=at)
    reopened = reopen_complaint(close_complaint(complaint, outcome="Sent", at=at), at=at)
    assert (reopened.closed_at, reopened.outcome) == (None, "")


def test_only_a_complaint_is_closed(anna: Customer, at: datetime) -> None:
    with pytest.raises(NotAComplaint):
        close_complaint(_note(anna, at), outcome="Done", at=at)


def test_a_writer_takes_a_note_back_within_a_quarter_of_an_hour(
    anna: Customer, colleague: User, at: datetime
) -> None:
    note = _note(anna, at, by=colleague, happened_at=at - timedelta(days=9))
    remove_note(note, at=at + 14 * MINUTE, by=colleague)
    assert not Interaction.objects.exists()
    trail = Event.objects.get(kind="interaction_removed")
    assert (trail.facts, trail.actor) == (
        {"interaction": note.pk, "kind": "note"},
        f"user:{colleague.pk}",
    )
    remove_note(note, at=at + 14 * MINUTE, by=colleague)  # again: nothing left to do


def test_refuses_to_take_back_late_or_for_somebody_else(
    anna: Customer, colleague: User, employee: Callable[..., User], at: datetime
) -> None:
    note = _note(anna, at, by=colleague)
    with pytest.raises(TooLateToUndo):
        remove_note(note, at=at + 16 * MINUTE, by=colleague)
    with pytest.raises(TooLateToUndo):
        remove_note(note, at=at, by=employee("admin"))
    assert Interaction.objects.count() == 1


def test_a_promise_is_its_makers_until_it_is_kept(
    anna: Customer, colleague: User, at: datetime
) -> None:
    task = add_task(anna, title="Call  back", at=at, by=colleague, due=date(2026, 11, 1))
    assert (task.title, task.owner) == ("Call back", colleague)
    assert [t.is_late for t in open_tasks(as_of=at.date())] == [True]
    finish_task(task, at=at)
    assert not open_tasks(as_of=at.date())
    with pytest.raises(AlreadyClosed):
        finish_task(task, at=at)
    assert reopen_task(task, at=at).done_at is None
    with pytest.raises(NotClosed):
        reopen_task(task, at=at)


def test_refuses_a_task_without_a_title(anna: Customer, at: datetime) -> None:
    for title in (" ", "x" * 201):
        with pytest.raises(BadTask):
            add_task(anna, title=title, at=at)
    assert not Task.objects.exists()


def test_a_task_with_the_same_key_is_the_same_task(anna: Customer, at: datetime) -> None:
    assert add_task(anna, title="Call", at=at, key="t-1") == add_task(
        anna, title="Call", at=at + MINUTE, key="t-1"
    )
    with pytest.raises(KeyReused):
        add_task(anna, title="Write", at=at, key="t-1")


def test_the_timeline_tells_all_newest_first(anna: Customer, at: datetime) -> None:
    _note(anna, at)
    finish_task(add_task(anna, title="Call", at=at - MINUTE), at=at + MINUTE)
    moments = timeline(anna)
    assert [m.kind for m in moments[:3]] == ["task_done", "interaction", "task_made"]
    assert {m.kind for m in moments[3:]} == {"consent"}
    assert [m.at for m in moments] == sorted((m.at for m in moments), reverse=True)
    assert len(timeline(anna, limit=2)) == 2


def test_no_event_holds_what_was_said(anna: Customer, at: datetime) -> None:
    close_complaint(_complaint(anna, at), outcome="New cup sent", at=at)
    add_task(anna, title="Call back", at=at)
    told = " ".join(str(facts) for facts in Event.objects.values_list("facts", flat=True))
    assert "cup" not in told
    assert "Call" not in told
