"""Telling what happened, and handing out what still has to happen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from stamgast.database.rows import add_row
from stamgast.events.models import Event, Job

# A worker that gave no sign of life for so long is taken for dead, and its job is done again.
SILENCE = timedelta(minutes=3)
ATTEMPTS = 3

# Which jobs each kind of event asks for; `wiring` fills it when Stamgast starts.
_listeners: dict[str, tuple[str, ...]] = {}
_one_is_enough: set[str] = set()


def connect(listeners: Mapping[str, Sequence[str]], *, one_is_enough: Collection[str] = ()) -> None:
    """Let these kinds of events ask for these kinds of jobs, of some no second while one waits."""
    _listeners.clear()
    _listeners.update({event: tuple(jobs) for event, jobs in listeners.items()})
    _one_is_enough.clear()
    _one_is_enough.update(one_is_enough)


def tell(
    kind: str,
    *,
    at: datetime,
    actor: str = "",
    subject: str = "",
    subject_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
    is_historic: bool = False,
) -> Event:
    """Write down that something happened: ids only, no personal data.

    Who listens gets a job in the same transaction, so that no news is lost and none comes twice.
    """
    told = {
        "kind": kind,
        "at": at,
        "actor": actor,
        "subject": subject,
        "subject_id": subject_id,
        "facts": dict(facts or {}),
        "is_historic": is_historic,
    }
    event = Event(pk=add_row(Event, told), **told)
    for job in _listeners.get(kind, ()):
        if not (job in _one_is_enough and _waits(job, at)):
            ask(job, at=at, key=f"{job}:event:{event.pk}", by=actor, facts={"event": event.pk})
    return event


def _waits(kind: str, at: datetime) -> bool:
    """Say whether such a job waits already; it begins no sooner than the caller's transaction ends."""
    waiting = Job.objects.filter(kind=kind, status=Job.Status.WAITING, run_at__lte=at)
    with transaction.atomic():
        return waiting.select_for_update().first() is not None


def let_hear(kind: str, *, at: datetime, actor: str, facts: Mapping[str, Any]) -> None:
    """Give who listens to this kind a job about an event that was written another way.

    The points ledger writes its events with its entries; `facts` name the entry.
    """
    for job in _listeners.get(kind, ()):
        ask(job, at=at, key=f"{job}:entry:{facts['entry']}", by=actor, facts=facts)


def ask(
    kind: str,
    *,
    at: datetime,
    run_at: datetime | None = None,
    key: str | None = None,
    by: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Job:
    """Put a job in the queue; the same key again returns the job that is already there."""
    job = Job(
        kind=kind, key=key, facts=dict(facts or {}), run_at=run_at or at, made_at=at, made_by=by
    )
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError:
        return Job.objects.get(key=key)
    return job


def claim(*, worker: str, at: datetime, kinds: list[str]) -> Job | None:
    """Take the oldest due job, or one whose worker died; None when there is nothing to do."""
    due = Q(status=Job.Status.WAITING, run_at__lte=at)
    orphaned = Q(status=Job.Status.RUNNING, seen_at__lt=at - SILENCE)
    for job in Job.objects.filter(due | orphaned, kind__in=kinds).order_by("run_at", "id")[:5]:
        taken = Job.objects.filter(
            pk=job.pk, status=job.status, seen_at=job.seen_at, attempts=job.attempts
        ).update(
            status=Job.Status.RUNNING,
            claimed_by=worker,
            seen_at=at,
            attempts=F("attempts") + 1,
        )
        if taken:
            return Job.objects.get(pk=job.pk)
    return None


def show_progress(job: Job, *, at: datetime, progress: float, doing: str = "") -> bool:
    """Give a sign of life; False when the job is no longer ours (then stop working on it)."""
    return bool(
        Job.objects.filter(pk=job.pk, claimed_by=job.claimed_by, status=Job.Status.RUNNING).update(
            progress=progress, doing=doing, seen_at=at
        )
    )


def finish(job: Job, *, at: datetime, result: Mapping[str, Any] | None = None) -> None:
    """The job is done; its key stays, so that the same request does not run twice."""
    Job.objects.filter(pk=job.pk, claimed_by=job.claimed_by).update(
        status=Job.Status.DONE, progress=1.0, doing="", result=dict(result or {}), ended_at=at
    )


def fail(job: Job, *, at: datetime, error: str, is_final: bool = False) -> None:
    """The job failed: it waits for another try, ever longer, until its attempts are used up."""
    if is_final or job.attempts >= ATTEMPTS:
        change: dict[str, Any] = {"status": Job.Status.FAILED, "ended_at": at}
    else:
        wait = timedelta(minutes=4**job.attempts)
        change = {"status": Job.Status.WAITING, "run_at": at + wait}
    Job.objects.filter(pk=job.pk, claimed_by=job.claimed_by).update(error=error[:2000], **change)
