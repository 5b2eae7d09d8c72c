"""Doing what orders ask of the programme."""

from __future__ import annotations

from stamgast.events.models import Job
from stamgast.events.worker import Worker
from stamgast.wiring import JOBS


def work() -> None:
    """Do what was asked for."""
    worker = Worker(
        jobs={name: JOBS[name] for name in ("reward_order", "reward_history", "reward_known")},
        nightly=(),
        often=(),
    )
    worker.work_until_idle()
    assert not Job.objects.filter(status="failed").exists()
