"""Jobs are asked for once, claimed by one worker, and done again when that worker dies."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from stamgast.events import actions
from stamgast.events.models import Event, Job

pytestmark = pytest.mark.django_db


def test_the_same_key_is_one_job(at: datetime) -> None:
    first = actions.ask("score", at=at, key="night:1")
    again = actions.ask("score", at=at + timedelta(hours=1), key="night:1")
    assert first.pk == again.pk
    assert Job.objects.count() == 1


def test_an_event_asks_for_the_jobs_of_who_listens(at: datetime) -> None:
    actions.connect({"history_imported": ("score",)})
    try:
        event = actions.tell("history_imported", at=at, subject="batch", subject_id=3)
        actions.tell("note_added", at=at)
    finally:
        from stamgast import wiring

        actions.connect(wiring.LISTENERS, one_is_enough=wiring.LOOK_AT_ALL)
    job = Job.objects.get()
    assert (job.kind, job.facts) == ("score", {"event": event.pk})


def test_of_jobs_that_look_at_all_one_that_waits_is_enough(at: datetime) -> None:
    actions.tell("base_scored", at=at)
    actions.tell("base_scored", at=at + timedelta(seconds=5))
    assert Job.objects.filter(kind="watch").count() == 1
    assert actions.claim(worker="a", at=at + timedelta(seconds=6), kinds=["watch"]) is not None
    actions.tell("base_scored", at=at + timedelta(seconds=7))  # the one that runs may not see it
    assert Job.objects.filter(kind="watch").count() == 2


def test_of_jobs_about_one_thing_each_is_asked_for(at: datetime) -> None:
    actions.tell("order_recorded", at=at, subject="order", subject_id=1)
    actions.tell("order_recorded", at=at, subject="order", subject_id=2)
    assert Job.objects.filter(kind="reward_order").count() == 2


def test_news_that_is_rolled_back_leaves_no_job(at: datetime) -> None:
    with transaction.atomic():
        actions.tell("history_imported", at=at)
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not Event.objects.exists()


def test_a_job_goes_to_one_worker(at: datetime) -> None:
    actions.ask("score", at=at)
    assert actions.claim(worker="a", at=at, kinds=["score"]) is not None
    assert actions.claim(worker="b", at=at, kinds=["score"]) is None


def test_a_worker_takes_only_what_it_knows_and_what_is_due(at: datetime) -> None:
    actions.ask("dance", at=at)
    actions.ask("score", at=at, run_at=at + timedelta(minutes=5))
    assert actions.claim(worker="a", at=at, kinds=["score"]) is None


def test_the_job_of_a_dead_worker_is_done_again(at: datetime) -> None:
    actions.ask("score", at=at)
    dead = actions.claim(worker="a", at=at, kinds=["score"])
    later = at + actions.SILENCE + timedelta(seconds=1)
    again = actions.claim(worker="b", at=later, kinds=["score"])
    assert dead is not None
    assert again is not None
    assert again.pk == dead.pk
    assert not actions.show_progress(dead, at=later, progress=0.5)
    actions.finish(dead, at=later)
    assert Job.objects.get().status == Job.Status.RUNNING


def test_a_failed_job_waits_longer_each_time_and_then_stays_failed(at: datetime) -> None:
    actions.ask("score", at=at)
    waits = []
    for _ in range(actions.ATTEMPTS):
        job = actions.claim(worker="a", at=at, kinds=["score"])
        assert job is not None
        actions.fail(job, at=at, error="no disk")
        job.refresh_from_db()
        waits.append(job.run_at - at)
        at = max(at, job.run_at)
    assert waits[0] < waits[1]
    assert job.status == Job.Status.FAILED
    assert job.error == "no disk"
