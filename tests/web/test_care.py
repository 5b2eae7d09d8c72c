"""Writing about a customer on their page: kept, refused beside the field, and taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from stamgast.customers.models import Consent, Customer, Interaction, Task
from stamgast.customers.queries import may_contact
from stamgast.events.models import Event
from stamgast.scoring.models import Run
from stamgast.staff.models import User
from web.pages import get, section, text, undo
from web.scored_people import Visitor, run, score

__all__ = ["run"]
pytestmark = pytest.mark.django_db


def write(client: Client, customer: Customer, what: str, **filled: object) -> Client:
    """Send a form of the page that must be accepted."""
    response = client.post(f"/customers/{customer.pk}/{what}", filled)
    assert response.status_code == 302, text(response.content.decode())
    return client


def test_keeps_a_note_and_takes_it_back(anna: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    write(client, anna, "note", text="Likes dark roast")
    assert Interaction.objects.get().by == User.objects.get()
    page = undo(client, f"/customers/{anna.pk}")
    assert "Taken back." in text(page)
    assert not Interaction.objects.exists()


def test_keeps_a_call_that_we_began(anna: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    write(client, anna, "talk", kind="call", is_ours="yes", text="Will order in May")
    talk = Interaction.objects.get()
    assert (talk.kind, talk.is_ours) == ("call", True)
    assert "we reached out" in section(get(client, f"/customers/{anna.pk}"), "Timeline")


def test_keeps_a_complaint_with_owner_and_deadline(anna: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    owner = User.objects.get()
    write(
        client,
        anna,
        "complaint",
        text="Broken cup",
        order_number="10045",
        owner=owner.pk,
        due="2026-11-27",
    )
    complaint = Interaction.objects.get()
    assert (complaint.owner, complaint.due) == (owner, date(2026, 11, 27))
    opened = section(get(client, f"/customers/{anna.pk}"), "Open now")
    assert "complaint about order 10045 (an order that is not known here)" in opened
    assert "since 20 November 2026, to be solved by 27 Nov" in opened


def test_makes_a_task_finishes_it_and_takes_that_back(anna: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    owner = User.objects.get()
    write(client, anna, "task", title="Ring back", owner=owner.pk, due="2026-11-21")
    task = Task.objects.get()
    get(client, f"/customers/{anna.pk}")  # says that the task was saved
    response = client.post(f"/tasks/{task.pk}/finish", {"next": f"/customers/{anna.pk}"})
    assert response.headers["Location"] == f"/customers/{anna.pk}"
    task.refresh_from_db()
    assert task.done_at is not None
    undo(client, f"/customers/{anna.pk}")
    task.refresh_from_db()
    assert task.done_at is None


def test_takes_back_a_task_just_made(anna: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    write(client, anna, "task", title="Ring back", owner=User.objects.get().pk, due="")
    undo(client, f"/customers/{anna.pk}")
    assert not Task.objects.exists()
    assert Event.objects.filter(kind="task_removed").exists()


def test_takes_nothing_back_for_somebody_else_or_too_late(
    anna: Customer, signed_in: Visitor, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, other = signed_in("service"), signed_in("marketer")
    write(writer, anna, "note", text="Mine")
    write(writer, anna, "task", title="Mine too", owner=User.objects.first().pk)  # type: ignore[union-attr]
    note, task = Interaction.objects.get(), Task.objects.get()
    assert other.post(f"/talks/{note.pk}/take-back").status_code == 409
    assert other.post(f"/tasks/{task.pk}/take-back").status_code == 409
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at + timedelta(minutes=16))
    assert writer.post(f"/talks/{note.pk}/take-back").status_code == 409
    assert writer.post(f"/tasks/{task.pk}/take-back").status_code == 409
    assert (Interaction.objects.count(), Task.objects.count()) == (1, 1)


@pytest.mark.parametrize("what", ["note", "talk", "complaint", "task", "consent"])
def test_says_beside_the_field_what_is_missing(
    anna: Customer, signed_in: Visitor, what: str
) -> None:
    client = signed_in("service")
    address = f"/customers/{anna.pk}/{what}"
    plain = client.post(address, {})
    assert plain.status_code == 422
    assert 'class="error"' in plain.content.decode()
    swapped = client.post(address, {}, headers={"HX-Request": "true"})
    assert swapped.status_code == 200  # htmx would leave out any other
    assert 'aria-invalid="true"' in swapped.content.decode()


def test_writes_down_consent_with_its_words_and_source(eva: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    write(
        client,
        eva,
        "consent",
        channel="email",
        purpose="offers",
        is_granted="yes",
        source="by phone",
        wording="Yes, mail me",
        basis="opt_in",
        said_on="2026-11-01",
    )
    consent = Consent.objects.get()
    assert (consent.source, consent.wording, consent.at.date()) == (
        "by phone",
        "Yes, mail me",
        date(2026, 11, 1),
    )
    assert may_contact(eva, channel="email", purpose="offers").is_allowed
    assert "yes offers by e-mail" in section(get(client, f"/customers/{eva.pk}"), "What they allow")


def test_corrects_a_consent_with_a_new_row_that_says_what_held_before(
    anna: Customer, signed_in: Visitor
) -> None:
    client = signed_in("service")
    before = Consent.objects.filter(customer=anna).count()
    write(
        client,
        anna,
        "consent",
        channel="email",
        purpose="offers",
        is_granted="no",
        source="by phone",
        basis="opt_in",
    )
    assert not may_contact(anna, channel="email", purpose="offers").is_allowed
    undo(client, f"/customers/{anna.pk}")
    assert may_contact(anna, channel="email", purpose="offers").is_allowed
    assert Consent.objects.filter(customer=anna).count() == before + 2


def test_a_first_consent_entered_by_mistake_counts_as_no_again(
    eva: Customer, signed_in: Visitor
) -> None:
    client = signed_in("service")
    filled = {"channel": "phone", "purpose": "offers", "is_granted": "yes"}
    write(client, eva, "consent", **filled, source="by phone", basis="opt_in")
    undo(client, f"/customers/{eva.pk}")
    assert not may_contact(eva, channel="phone", purpose="offers").is_allowed


def test_refuses_consent_by_a_sale_without_the_sale(eva: Customer, signed_in: Visitor) -> None:
    filled = {"channel": "email", "purpose": "offers", "is_granted": "yes", "source": "shop"}
    response = signed_in("service").post(
        f"/customers/{eva.pk}/consent", {**filled, "basis": "soft_opt_in"}
    )
    assert response.status_code == 422
    assert not Consent.objects.exists()


def test_refuses_consent_of_a_day_to_come(eva: Customer, signed_in: Visitor) -> None:
    filled = {"channel": "email", "purpose": "offers", "is_granted": "yes", "source": "shop"}
    response = signed_in("service").post(
        f"/customers/{eva.pk}/consent", {**filled, "basis": "opt_in", "said_on": "2026-12-24"}
    )
    assert "still to come" in text(response.content.decode())


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("analyst", set()), ("privacy", {"consent"}), ("marketer", {"note", "task", "consent"})],
)
def test_lets_a_role_write_only_what_it_may(
    anna: Customer, signed_in: Visitor, role: str, allowed: set[str]
) -> None:
    client = signed_in(role)
    answers = {
        what: client.post(f"/customers/{anna.pk}/{what}", {}).status_code
        for what in ("note", "task", "consent")
    }
    assert {what for what, status in answers.items() if status != 403} == allowed
    page = get(client, f"/customers/{anna.pk}")
    assert ("Save the note" in page) == ("note" in allowed)
    assert ("Write down what they said" in page) == ("consent" in allowed)


def test_answers_the_next_step_with_done(run: Run, bram: Customer, signed_in: Visitor) -> None:
    score(run, bram, stage="drifting", step="ask_why", reason="valued_and_drifting")
    client = signed_in("service")
    page = section(get(client, f"/customers/{bram.pk}"), "Next step")
    assert "Next step: Ask why they stay away rule of thumb, not proven" in page
    assert "among your most valuable customers" in page
    write(client, bram, "step/done")
    done = Interaction.objects.get()
    assert (done.kind, done.is_ours) == ("call", True)
    page = section(get(client, f"/customers/{bram.pk}"), "Next step")
    assert "Answered today 10:00 by Service" in page
    undo(write(client, bram, "step/done"), f"/customers/{bram.pk}")  # twice is once
    assert "Later" in section(get(client, f"/customers/{bram.pk}"), "Next step")


def test_plans_the_next_step_for_later(run: Run, bram: Customer, signed_in: Visitor) -> None:
    score(run, bram, stage="drifting", step="save_offer", reason="drifting_and_worth_it")
    client = signed_in("marketer")
    write(client, bram, "step/later", due="2026-12-03")
    assert Task.objects.get().due == date(2026, 12, 3)
    page = section(get(client, f"/customers/{bram.pk}"), "Next step")
    assert "Planned for 3 December 2026. Marketer" in page


def test_keeps_why_another_step_fits_better(run: Run, bram: Customer, signed_in: Visitor) -> None:
    score(run, bram, stage="drifting", step="save_offer", reason="drifting_and_worth_it")
    client = signed_in("service")
    write(client, bram, "step/otherwise", text="He is on holiday")
    note = Interaction.objects.get()
    assert note.text == "Instead of “Make an offer to stay”: He is on holiday"
    assert not note.is_ours


def test_asks_no_answer_when_there_is_nothing_to_do(
    run: Run, anna: Customer, signed_in: Visitor
) -> None:
    score(run, anna, step="let_be", reason="contacted_lately")
    page = section(get(signed_in("service"), f"/customers/{anna.pk}"), "Next step")
    assert "Let them be" in page
    assert "Done" not in page


def test_corrects_what_we_know_of_a_customer(anna: Customer, signed_in: Visitor) -> None:
    client = signed_in("service")
    form = get(client, f"/customers/{anna.pk}/edit")
    assert 'value="anna@example.nl"' in form
    filled = {"first_name": "Anna", "last_name": "Smit", "phone": "020 765 43 21"}
    write(client, anna, "edit", **filled)
    anna.refresh_from_db()
    assert (anna.last_name, anna.phone, anna.email) == ("Smit", "+31207654321", "")


def test_says_beside_the_field_what_cannot_be_read(anna: Customer, signed_in: Visitor) -> None:
    response = signed_in("service").post(
        f"/customers/{anna.pk}/edit", {"last_name": "Smit", "phone": "12"}
    )
    assert response.status_code == 422
    assert 'id="id_phone_error"' in response.content.decode()


def test_makes_a_customer_by_hand_and_opens_who_is_known(
    anna: Customer, signed_in: Visitor
) -> None:
    client = signed_in("service")
    made = client.post("/customers/new", {"email": "new@example.nl", "first_name": "Nora"})
    nora = Customer.objects.get(email="new@example.nl")
    assert made.headers["Location"] == f"/customers/{nora.pk}"
    known = client.post("/customers/new", {"email": "ANNA@example.nl"})
    assert known.headers["Location"] == f"/customers/{anna.pk}"
    assert client.post("/customers/new", {"first_name": "Nobody"}).status_code == 422


def test_goes_back_only_to_pages_of_ours(anna: Customer, signed_in: Visitor) -> None:
    response = signed_in("service").post(
        f"/customers/{anna.pk}/note", {"text": "x", "next": "https://evil.example/"}
    )
    assert response.headers["Location"] == f"/customers/{anna.pk}"


def test_writes_down_that_somebody_objects_to_being_scored(
    anna: Customer, signed_in: Visitor
) -> None:
    client = signed_in("service")
    write(client, anna, "profiling", objects="yes")
    anna.refresh_from_db()
    assert anna.objects_to_profiling
    undo(client, f"/customers/{anna.pk}")
    anna.refresh_from_db()
    assert not anna.objects_to_profiling
    write(client, anna, "profiling", objects="no")
