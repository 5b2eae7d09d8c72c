"""Complaints and tasks until their end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from stamgast.customers.actions import add_interaction, add_task
from stamgast.customers.models import Customer, Interaction, Task
from stamgast.sales.actions import OrderFacts, OrderLine, record_order
from stamgast.staff.models import User
from stamgast.web.words import TASKS
from web.pages import get, names, said, text, undo
from web.scored_people import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def complaints(anna: Customer, bram: Customer, at: datetime) -> list[Interaction]:
    """One that is too late, and one that is not."""
    return [
        add_interaction(person, kind="complaint", text="Broken cup", due=due, at=at)
        for person, due in ((anna, date(2026, 11, 27)), (bram, date(2026, 11, 18)))
    ]


def test_shows_the_most_urgent_complaint_first(
    complaints: list[Interaction], signed_in: Visitor
) -> None:
    page = get(signed_in("service"), "/complaints")
    assert said(page) == "2 complaints are open, 1 too late."
    assert names(page) == ["Bram Jansen", "Anna van der Berg"]


def test_closes_a_complaint_and_opens_it_again(
    complaints: list[Interaction], signed_in: Visitor
) -> None:
    client = signed_in("service")
    late = complaints[1]
    client.post(f"/complaints/{late.pk}/close", {"outcome": "New cup sent", "next": "/complaints"})
    page = get(client, "/complaints?state=closed")
    assert names(page) == ["Bram Jansen"]
    assert "New cup sent" in page
    client.post(f"/complaints/{late.pk}/reopen")
    assert said(get(client, "/complaints")) == "2 complaints are open, 1 too late."


def test_takes_back_that_a_complaint_was_closed(
    complaints: list[Interaction], signed_in: Visitor
) -> None:
    client = signed_in("service")
    client.post(f"/complaints/{complaints[0].pk}/close", {"outcome": "Done"})
    page = undo(client, "/complaints")
    assert said(page) == "2 complaints are open, 1 too late."


def test_refuses_to_close_without_saying_what_came_of_it(
    complaints: list[Interaction], signed_in: Visitor
) -> None:
    response = signed_in("service").post(f"/complaints/{complaints[0].pk}/close", {"outcome": ""})
    assert response.status_code == 422
    assert 'id="close-outcome_error"' in response.content.decode()


def test_gives_a_complaint_to_a_colleague(
    complaints: list[Interaction], signed_in: Visitor
) -> None:
    client, other = signed_in("service"), signed_in("marketer")
    owner = User.objects.get(role="marketer")
    client.post(f"/complaints/{complaints[0].pk}/assign", {"owner": owner.pk, "due": "2026-12-01"})
    assert names(get(other, "/complaints?whose=mine")) == ["Anna van der Berg"]
    page = get(client, f"/complaints/{complaints[0].pk}")
    assert "Marketer" in text(page)
    assert "Complaint given to Marketer." in text(page)
    client.post(f"/complaints/{complaints[0].pk}/assign", {"owner": "", "due": "2026-12-02"})
    undo(client, "/complaints")
    complaints[0].refresh_from_db()
    assert (complaints[0].owner, complaints[0].due) == (owner, date(2026, 12, 1))


def test_says_that_nothing_is_open(db: None, signed_in: Visitor) -> None:
    client = signed_in("service")
    assert said(get(client, "/complaints")) == "No complaint is open."
    assert said(get(client, "/tasks")) == "You have nothing left to do for a customer."
    assert said(get(client, "/tasks?whose=all")) == "Everything that was promised is done."


def test_shows_my_tasks_and_everyones(
    anna: Customer, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    client = signed_in("service")
    me = User.objects.get()
    signed_in("marketer")
    add_task(anna, title="Ring back", owner=me, due=date(2026, 11, 19), at=at)
    add_task(bram, title="Send a sample", owner=User.objects.get(role="marketer"), at=at)
    page = get(client, "/tasks")
    assert said(page) == "You have 1 task, 1 too late."
    assert names(page) == ["Anna van der Berg"]
    assert said(get(client, "/tasks?whose=all")) == "2 tasks are open, 1 too late."


def test_finishes_a_task_with_one_press_and_takes_it_back(
    anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    client = signed_in("service")
    task = add_task(anna, title="Ring back", owner=User.objects.get(), at=at)
    page = client.post(f"/tasks/{task.pk}/finish", {"next": "/tasks"}, follow=True)
    assert "Task done: Ring back." in text(page.content.decode())
    assert names(get(client, "/tasks?state=done")) == ["Anna van der Berg"]
    client.post(f"/tasks/{task.pk}/reopen")
    task.refresh_from_db()
    assert task.done_at is None


def test_refuses_to_finish_twice(anna: Customer, signed_in: Visitor, at: datetime) -> None:
    client = signed_in("service")
    task = add_task(anna, title="Ring back", at=at)
    client.post(f"/tasks/{task.pk}/finish")
    assert client.post(f"/tasks/{task.pk}/finish").status_code == 409


def test_pages_through_many_tasks(anna: Customer, signed_in: Visitor, at: datetime) -> None:
    for i in range(30):
        add_task(anna, title=f"Task {i:02d}", due=(at + timedelta(days=i)).date(), at=at)
    client = signed_in("service")
    assert len(names(get(client, "/tasks?whose=all"))) == 25
    assert len(names(get(client, "/tasks?whose=all&page=2"))) == 5
    assert Task.objects.filter(done_at=None).count() == 30


@pytest.mark.parametrize("role", ["analyst", "privacy"])
def test_shows_but_does_not_change_for_who_may_only_look(
    complaints: list[Interaction], signed_in: Visitor, role: str
) -> None:
    client = signed_in(role)
    assert "Close the complaint" not in get(client, "/complaints")
    answer = client.post(f"/complaints/{complaints[0].pk}/close", {"outcome": "x"})
    assert answer.status_code == 403


def test_words_a_task_that_nobody_worded(anna: Customer, signed_in: Visitor, at: datetime) -> None:
    task = Task.objects.create(customer=anna, reason=Task.Reason.LOW_SCORE, made_at=at)
    client = signed_in("service")
    assert "they gave a low score" in text(get(client, "/tasks?whose=all"))
    client.post(f"/tasks/{task.pk}/finish")
    assert "they gave a low score" in text(get(client, f"/customers/{anna.pk}"))


def test_has_words_for_every_reason_of_a_task() -> None:
    assert set(Task.Reason.values) == set(TASKS)


@pytest.mark.parametrize(
    ("number", "doubt"),
    [
        ("A1", ""),
        ("B1", "(an order of another customer)"),
        ("C1", "(an order that is not known here)"),
        ("", ""),
    ],
)
def test_says_when_a_complaint_names_an_order_that_is_not_theirs(
    number: str, doubt: str, anna: Customer, bram: Customer, signed_in: Visitor, at: datetime
) -> None:
    for own, person in (("A1", anna), ("B1", bram)):
        line = OrderLine(Decimal(1), Decimal("9.00"), sku="tea")
        record_order(OrderFacts(own, at, "EUR", [line], customer=person), at=at)
    add_interaction(anna, kind="complaint", text="Broken cup", order_number=number, at=at)
    client = signed_in("service")
    for page in ("/complaints", f"/customers/{anna.pk}"):
        told = text(get(client, page))
        assert ("(an order" in told) == bool(doubt)
        assert doubt in told
