"""Cutting off who somebody is, and keeping what they bought."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from cast import ANNA, buy, meet
from stamgast.customers.actions import (
    add_interaction,
    add_task,
    lift_erasure,
    record_consent,
    record_customer,
)
from stamgast.customers.errors import CustomerErased
from stamgast.customers.models import Consent, Customer, Identity, Interaction, Task, Tombstone
from stamgast.customers.personal import person
from stamgast.customers.queries import find, may_contact, open_complaints, open_tasks
from stamgast.database.exclusive import exclusive
from stamgast.events.actions import ask, fail
from stamgast.events.models import Event
from stamgast.importers.models import Batch, RowToMend
from stamgast.kernel import Person
from stamgast.privacy.actions import (
    erase_again,
    erase_person,
    export_person,
    merge_customers,
    unmerge_customers,
)
from stamgast.privacy.errors import ImportUnderWay, UnknownReason
from stamgast.sales.models import Order
from stamgast.scoring.models import Run, Score, Stage
from stamgast.staff.actions import note_call, save_filter
from stamgast.staff.models import ApiCall, SavedFilter, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def _batch(at: datetime, **facts: Any) -> Batch:
    return Batch.objects.create(
        **{"name": "orders.csv", "status": Batch.Status.DONE, "made_at": at, **facts}
    )


def _row(batch: Batch, line: int, row: dict[str, Any], **facts: Any) -> RowToMend:
    return RowToMend.objects.create(
        batch=batch, line=line, problem="bad_number", row=row, content=line, **facts
    )


def test_the_record_stays_without_a_name(anna: Customer, at: datetime) -> None:
    erase_person(anna, at=at, by="user:1")
    anna.refresh_from_db()
    assert anna.full_name == ""
    assert (anna.key, anna.email, anna.phone, anna.street, anna.postcode, anna.search) == (
        (None,) + ("",) * 5
    )
    assert anna.erased_at == at
    assert anna.objects_to_profiling
    assert (anna.country, anna.since) == (ANNA.facts["country"], ANNA.facts["since"])
    assert not anna.identities.exists()
    assert find("anna") == find("C-1001") == find("06-12345678") == []


def test_what_they_bought_stays(anna: Customer, at: datetime) -> None:
    order = buy(anna, "1001", names=["Coffee", "Mug with Anna van der Berg on it"])
    before = Order.objects.values().get()
    erase_person(anna, at=at, by="user:1")
    assert Order.objects.values().get() == before
    shown = [line.name or (line.product and line.product.name) for line in order.lines.all()]
    assert shown == ["Coffee", "Mug with […] on it"]


def test_what_was_said_and_promised_loses_its_words(
    anna: Customer, colleague: User, at: datetime
) -> None:
    complaint = add_interaction(
        anna, kind="complaint", text="My cup broke", order_number="1", at=at, key="desk-anna"
    )
    task = add_task(anna, title="Send Anna a cup", at=at, by=colleague)
    erase_person(anna, at=at, by=colleague)
    complaint.refresh_from_db(), task.refresh_from_db()
    assert (complaint.text, complaint.order_number, complaint.key) == ("", "", None)
    assert (complaint.kind, complaint.closed_at) == ("complaint", at)
    assert (task.title, task.owner, task.done_at) == ("", colleague, at)
    assert not open_complaints(as_of=at.date())
    assert not open_tasks(as_of=at.date())


def test_consents_stay_as_figures_and_reach_nobody(anna: Customer, at: datetime) -> None:
    erase_person(anna, at=at, by="user:1")
    consents = Consent.objects.filter(customer=anna)
    assert {c.is_granted for c in consents} == {True}
    assert {(c.source, c.wording, c.key) for c in consents} == {("", "", None)}
    anna.refresh_from_db()
    assert may_contact(anna, channel="email", purpose="offers").reason == "erased"


def test_what_we_thought_of_them_is_gone(anna: Customer, bram: Customer, at: datetime) -> None:
    run = Run.objects.create(as_of=at.date(), started_at=at)
    for customer in (anna, bram):
        Score.objects.create(
            run=run,
            customer=customer,
            stage=Stage.LOST,
            orders=1,
            revenue_minor=1,
            margin_minor=1,
            step="win_back",
        )
    erase_person(anna, at=at, by="user:1")
    assert Score.objects.get().customer == bram


def test_others_words_about_them_lose_their_name(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    texts = [
        "Neighbour of anna van der berg",
        "Mail ANNA@example.nl or call 06-12345678",
        "See Van Der Berg, Anna: +31 6 12345678",
        "Anna says hi, Kerkstraat 12",
    ]
    for text in texts:
        add_interaction(bram, kind="note", text=text, at=at)
    add_task(bram, title="Call 0612345678 too", at=at)
    record_consent(
        bram,
        channel="post",
        purpose="news",
        is_granted=True,
        source="told by anna@example.nl",
        at=at,
        key="by-anna@example.nl",
    )
    erase_person(anna, at=at, by="user:1")
    assert list(Interaction.objects.order_by("pk").values_list("text", flat=True)) == [
        "Neighbour of […]",
        "Mail […] or call […]",
        "See […]: […]",
        "Anna says hi, […]",
    ]
    assert Task.objects.get().title == "Call […] too"
    consent = Consent.objects.get(channel="post")
    assert (consent.source, consent.key) == ("told by […]", None)


def test_nobody_else_loses_a_letter(anna: Customer, bram: Customer, at: datetime) -> None:
    texts = ["Hanna van der Bergen", "10612345678", "xanna@example.nl", "anna@example.nlx", "Anna"]
    for text in texts:
        add_interaction(bram, kind="note", text=text, at=at)
    before = Customer.objects.filter(pk=bram.pk).values().get()
    erase_person(anna, at=at, by="user:1")
    assert list(Interaction.objects.order_by("pk").values_list("text", flat=True)) == texts
    assert Customer.objects.filter(pk=bram.pk).values().get() == before


def test_traces_in_calls_filters_events_and_jobs_go(
    anna: Customer, colleague: User, at: datetime
) -> None:
    note_call(
        None,
        at=at,
        method="GET",
        path="/api/v1/customers/anna%40example.nl",
        status=404,
        took_ms=1,
        problem={"detail": "nobody is anna@example.nl", "input": [{"x": "Anna van der Berg"}]},
    )
    save_filter(colleague, name="Her", query="q=anna%40example.nl", at=at)
    save_filter(colleague, name="Drifting", query="stage=drifting", at=at)
    job = ask("score", at=at, facts={"for": "Anna van der Berg"})
    fail(job, at=at, error="no such person: anna@example.nl")
    erase_person(anna, at=at, by="user:1")
    call = ApiCall.objects.get()
    assert call.path == "/api/v1/customers/[…]"
    assert call.problem == {"detail": "nobody is […]", "input": [{"x": "[…]"}]}
    assert SavedFilter.objects.get().name == "Drifting"
    job.refresh_from_db()
    assert (job.error, job.facts) == ("no such person: […]", {"for": "[…]"})


def test_rows_to_mend_that_name_them_are_emptied(anna: Customer, at: datetime) -> None:
    buy(anna, "1001")
    batch = _batch(at, mapping={"customer_key": "Customer ID", "email": "Email"})
    theirs = [
        _row(batch, 2, {"Email": "Anna@Example.nl", "Price": "x"}, value="x"),
        _row(batch, 3, {"Customer ID": "C-1001", "Price": "x"}),
        _row(batch, 4, {"First": "Anna", "Infix": "van der", "Last": "Berg"}),
        _row(batch, 5, {"Order": "1001", "Price": "x"}, number="1001"),
        _row(batch, 6, {"Price": "x"}, value="anna@example.nl"),
    ]
    others = [
        _row(batch, 7, {"Email": "bram@example.nl", "Price": "C-1001"}),
        _row(batch, 8, {"Customer ID": "C-10011", "Price": "x"}),
    ]
    changed = erase_person(anna, at=at, by="user:1")
    assert changed["rows_to_mend"] == 5
    for row in theirs:
        row.refresh_from_db()
        assert (row.row, row.value, row.number, row.dropped_at) == ({}, "", "", at)
    for row in others:
        row.refresh_from_db()
        assert row.row
        assert row.dropped_at is None


@pytest.mark.parametrize(
    ("name", "content", "is_kept"),
    [
        ("a.csv", b"Order,Email\n1,Anna@Example.nl\n", False),
        ("a.csv", b"Order;First;Infix;Last\n1;Anna;van der;Berg\n", False),
        ("a.csv", b"Order,Customer\n1,C-1001\n", False),
        ("a.csv", "Order\tEmail\n1\tanna@example.nl\n".encode("utf-16"), False),
        ("a.xlsx", b"PK packed, so nobody can tell", False),
        ("a.parquet", b"PAR1 packed, so nobody can tell", False),
        ("a.csv", b"Order,Email\n1,bram@example.nl\n", True),
        ("a.csv", b"Order,Customer\n1,C-10011\n2,XC-1001\n", True),
        ("a.csv", b"x" * (2**20 - 8) + b",anna@example.nl\n", False),
    ],
)
def test_uploads_that_may_hold_them_are_deleted(
    name: str, content: bytes, is_kept: bool, anna: Customer, home: Path, at: datetime
) -> None:
    file = home / "uploads" / name
    file.write_bytes(content)
    batch = _batch(at, file=f"uploads/{name}")
    erase_person(anna, at=at, by="user:1")
    batch.refresh_from_db()
    assert file.exists() is is_kept
    assert bool(batch.file) is is_kept


def test_a_file_outside_the_home_is_not_ours_to_delete(
    anna: Customer, tmp_path_factory: pytest.TempPathFactory, at: datetime
) -> None:
    file = tmp_path_factory.mktemp("theirs") / "orders.csv"
    file.write_text("anna@example.nl")
    _batch(at, file=str(file))
    erase_person(anna, at=at, by="user:1")
    assert file.exists()


def test_refuses_while_a_file_is_on_its_way_in(anna: Customer, at: datetime) -> None:
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive("import"):
            is_held.set()
            may_go.wait(10)
        connection.close()

    importing = threading.Thread(target=hold)
    importing.start()
    assert is_held.wait(10)
    with pytest.raises(ImportUnderWay):
        erase_person(anna, at=at, by="user:1")
    may_go.set()
    importing.join()
    anna.refresh_from_db()
    assert anna.erased_at is None
    erase_person(anna, at=at, by="user:1")


@pytest.mark.parametrize(
    ("content", "days", "is_refused"),
    [(b"1,anna@example.nl", 0, True), (b"1,bram@example.nl", 0, False), (b"1,C-1001", 2, False)],
)
def test_refuses_while_an_upload_waits_that_may_hold_them(
    content: bytes, days: int, is_refused: bool, anna: Customer, home: Path, at: datetime
) -> None:
    (home / "uploads" / "a.csv").write_bytes(content)
    _batch(at - timedelta(days=days), status="waiting", file="uploads/a.csv")
    if is_refused:
        with pytest.raises(ImportUnderWay):
            erase_person(anna, at=at, by="user:1")
        return
    erase_person(anna, at=at, by="user:1")
    assert (home / "uploads" / "a.csv").exists() is (days == 0)


def test_scratch_of_a_killed_import_is_cleared(anna: Customer, home: Path, at: datetime) -> None:
    for name, age in (("import-old", 2), ("import-fresh", 0)):
        (home / name).mkdir()
        (home / name / "spill").write_text("anna@example.nl")
        moment = (at - timedelta(hours=age)).timestamp()
        os.utime(home / name, (moment, moment))
    erase_person(anna, at=at, by="user:1")
    assert not (home / "import-old").exists()
    assert (home / "import-fresh").exists()


def test_refuses_a_reason_that_is_none(anna: Customer, at: datetime) -> None:
    with pytest.raises(UnknownReason):
        erase_person(anna, at=at, by="user:1", reason="Anna asked, she was angry")


def test_refuses_to_erase_or_export_twice(anna: Customer, at: datetime) -> None:
    erase_person(anna, at=at, by="user:1")
    for act in (erase_person, export_person):
        with pytest.raises(CustomerErased):
            act(anna, at=at, by="user:1")


def test_of_a_merged_record_the_whole_person_is_erased(
    anna: Customer, bram: Customer, carla: Customer, at: datetime
) -> None:
    merge_customers(bram, carla, at=at, by="user:1")
    merge = merge_customers(anna, bram, at=at, by="user:1")
    erase_person(carla, at=at, by="user:1")
    for customer in (anna, bram, carla):
        customer.refresh_from_db()
        assert (customer.erased_at, customer.full_name, customer.email) == (at, "", "")
    merge.refresh_from_db()
    assert merge.moved == {}
    with pytest.raises(CustomerErased):
        unmerge_customers(merge, at=at, by="user:1")
    for key in ("C-1001", "C-1002", "C-1003"):
        with pytest.raises(CustomerErased):
            record_customer(at=at, key=key)


def test_it_is_told_with_its_reason_and_counts_and_without_the_person(
    anna: Customer, at: datetime
) -> None:
    erase_person(anna, at=at, by="user:1", reason="objection")
    event = Event.objects.get(kind="person_erased")
    assert (event.subject_id, event.actor, event.facts["reason"]) == (
        anna.pk,
        "user:1",
        "objection",
    )
    assert event.facts["changed"]["customers"] == 1


def test_whoever_comes_back_after_it_was_lifted_is_somebody_new(
    anna: Customer, at: datetime
) -> None:
    erase_person(anna, at=at, by="user:1")
    for kind, value in (("email", "anna@example.nl"), ("key", "C-1001")):
        assert lift_erasure(kind=kind, value=value, at=at, by="user:1")
    again, outcome = record_customer(at=at, **ANNA.facts)
    assert (outcome, again.pk != anna.pk) == ("made", True)


def test_an_older_backup_put_back_is_erased_from_again(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    erase_person(anna, at=at, by="user:1")
    # what a restore does: the database is as it was, and knows of no erasure
    Tombstone.objects.all().delete()
    back = meet(ANNA)
    assert erase_again(at=at, by="nightly") == 1
    back.refresh_from_db()
    bram.refresh_from_db()
    assert back.erased_at == at
    assert bram.erased_at is None
    assert erase_again(at=at, by="nightly") == 0


def test_nobody_is_erased_again_after_the_erasure_was_lifted(anna: Customer, at: datetime) -> None:
    erase_person(anna, at=at, by="user:1")
    for kind, value in (
        ("email", "anna@example.nl"),
        ("key", "C-1001"),
        ("phone", "+31612345678"),
    ):
        lift_erasure(kind=kind, value=value, at=at, by="user:1")
    back = meet(ANNA)
    assert erase_again(at=at + timedelta(days=1), by="nightly") == 0
    back.refresh_from_db()
    assert back.erased_at is None


def test_a_tombstone_says_nothing_without_the_shops_secret(
    anna: Customer, home: Path, at: datetime, settings: Any
) -> None:
    erase_person(anna, at=at, by="user:1")
    listed = (home / "erased.txt").read_text()
    assert "anna" not in listed.lower()
    assert {line[1:] for line in listed.split()} == set(
        Tombstone.objects.values_list("digest", flat=True)
    )
    settings.SECRET_KEY = "another"
    assert record_customer(at=at, email="anna@example.nl")[1] == "made"


def test_a_person_is_known_by_every_notation_of_what_betrays_them(eva: Customer) -> None:
    whom: Person = person(eva)
    for text in ("bakkerij ozdemir", "Eva Özdemir", "eva%40example.nl", "0031687654321"):
        assert whom.is_in(f"<{text}>"), text
    for text in ("Eva", "Özdemir", "4567DE"):
        assert not whom.is_in(text), text
    assert Identity.objects.filter(customer=eva).count() == 2
