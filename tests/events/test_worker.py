"""The work loop runs each job once, in words or as a process, and survives what goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from stamgast.events import actions
from stamgast.events.models import Job
from stamgast.events.worker import Worker, let_others_first
from stamgast.kernel import Refusal

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def worker(**jobs: object) -> Worker:
    return Worker(jobs=jobs, nightly=(), often=())


def test_does_what_is_due_and_keeps_the_answer() -> None:
    actions.ask("add", at=LONG_AGO, facts={"a": 2, "b": 3})
    done = worker(add=lambda job: {"sum": job.facts["a"] + job.facts["b"]}).work_until_idle()
    job = Job.objects.get()
    assert done == 1
    assert (job.status, job.result) == (Job.Status.DONE, {"sum": 5})


def test_a_refusal_is_final_and_keeps_its_code() -> None:
    class NoOrders(Refusal):
        code = "no_orders"

    def refuse(job: Job) -> None:
        raise NoOrders(day="2026-11-20")

    actions.ask("score", at=LONG_AGO)
    worker(score=refuse).work_until_idle()
    job = Job.objects.get()
    assert job.status == Job.Status.FAILED
    assert '"code": "no_orders"' in job.error


def test_a_crash_is_tried_again_later() -> None:
    actions.ask("score", at=LONG_AGO)
    worker(score=lambda job: 1 / 0).work_until_idle()
    job = Job.objects.get()
    assert job.status == Job.Status.WAITING
    assert job.run_at > datetime.now(UTC)
    assert job.error.startswith("ZeroDivisionError")


def test_asks_for_the_nightly_tasks_once() -> None:
    tonight = Worker(jobs={"score": lambda job: None}, nightly=("score",), often=())
    at_four = datetime(2026, 11, 20, 4, tzinfo=UTC)
    tonight._ask_for_tonight(at_four)
    tonight._ask_for_tonight(at_four + timedelta(hours=2))
    assert Job.objects.count() == 1
    tonight._ask_for_tonight(at_four + timedelta(days=1))
    assert Job.objects.count() == 2


def test_the_night_has_not_come_before_three() -> None:
    tonight = Worker(jobs={}, nightly=("score",), often=())
    tonight._ask_for_tonight(datetime(2026, 11, 20, 2, 59, tzinfo=UTC))
    assert not Job.objects.exists()


def test_looks_at_the_small_tasks_twice_a_minute() -> None:
    seen: list[datetime] = []
    looking = Worker(jobs={}, nightly=(), often=(seen.append,))
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for second in range(0, 61, 5):
        looking._ask_for_tonight(start + timedelta(seconds=second))
    assert len(seen) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere work has the priority of pages")
def test_work_in_a_process_of_its_own_lets_pages_go_first() -> None:
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as one:
        let_others_first(one.pid)
        assert os.getpriority(os.PRIO_PROCESS, one.pid) > os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, one.pid, 19)
        let_others_first(one.pid)
        assert os.getpriority(os.PRIO_PROCESS, one.pid) == 19, "it had less already"
        one.communicate(b"\n")
    let_others_first(one.pid)  # it ended meanwhile
