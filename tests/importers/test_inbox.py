"""The watched folder: what is whole comes in, what cannot be read is set aside with the reason."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from importers.files import PLAIN, write_csv
from stamgast.events.models import Job
from stamgast.importers.actions import import_batch
from stamgast.importers.errors import BatchClosed
from stamgast.importers.jobs import look_in_inbox
from stamgast.importers.models import Batch
from stamgast.kernel import Refusal
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(home: Path) -> Path:
    folder = home / "inbox"
    folder.mkdir()
    return folder


def put(file: Path, at: datetime, *, age: float = 60) -> Path:
    """Let a file be of so many seconds ago."""
    moment = (at - timedelta(seconds=age)).timestamp()
    os.utime(file, (moment, moment))
    return file


def test_a_whole_file_is_asked_for_and_ends_in_done(inbox: Path, at: datetime) -> None:
    put(write_csv(inbox / "orders.csv", PLAIN), at)
    (batch,) = look_in_inbox(at)
    job = Job.objects.get(kind="import_batch")
    assert job.facts == {"batch": batch.pk}
    assert look_in_inbox(at) == []
    batch.refresh_from_db()
    done = import_batch(batch, at=at)
    assert (done.status, done.imported) == (Batch.Status.DONE, 5)
    assert sorted(path.name for path in inbox.rglob("*.csv")) == ["orders.csv"]
    assert (inbox / "done" / "orders.csv").is_file()
    assert Order.objects.count() == 4
    with pytest.raises(BatchClosed):
        import_batch(done, at=at)


def test_a_growing_or_unfinished_file_is_left_alone(inbox: Path, at: datetime) -> None:
    put(write_csv(inbox / "growing.csv", PLAIN), at, age=1)
    put(write_csv(inbox / "download.part", PLAIN), at)
    put(write_csv(inbox / ".hidden.csv", PLAIN), at)
    assert look_in_inbox(at) == []
    assert len(list(inbox.iterdir())) == 3


def test_a_file_that_cannot_be_read_is_set_aside_with_the_reason(inbox: Path, at: datetime) -> None:
    (inbox / "empty.csv").write_text("")
    put(inbox / "empty.csv", at)
    put(write_csv(inbox / "strange.csv", [("a", "b")], ("this", "that")), at)
    assert look_in_inbox(at) == []
    reason = (inbox / "failed" / "empty.csv.txt").read_text()
    assert reason.startswith("The file holds no rows.")
    assert (inbox / "failed" / "strange.csv.txt").is_file()
    assert set(Batch.objects.values_list("status", flat=True)) == {Batch.Status.FAILED}


def test_a_file_that_breaks_while_it_is_read_is_set_aside_too(inbox: Path, at: datetime) -> None:
    file = write_csv(inbox / "orders.csv", PLAIN * 50)
    with file.open("a") as end:
        end.write('9,2025-01-01,"' + "x" * 2_000_000 + '",tea,1,2\n')
    put(file, at)
    (batch,) = look_in_inbox(at)
    batch.refresh_from_db()
    with pytest.raises(Refusal):
        import_batch(batch, at=at)
    batch.refresh_from_db()
    assert batch.error["code"] == "cell_too_large"
    assert batch.file == "inbox/failed/orders.csv"
    assert (inbox / "failed" / "orders.csv.txt").is_file()


def test_files_of_one_name_do_not_replace_each_other(inbox: Path, at: datetime) -> None:
    for _ in range(2):
        put(write_csv(inbox / "orders.csv", PLAIN), at)
        (batch,) = look_in_inbox(at)
        batch.refresh_from_db()
        import_batch(batch, at=at)
    assert sorted(path.name for path in (inbox / "done").iterdir()) == [
        "orders (2).csv",
        "orders.csv",
    ]
