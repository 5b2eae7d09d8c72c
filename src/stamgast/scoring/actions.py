"""Scoring the base: read, understand, write, and only then show."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import connection, transaction

from stamgast.customers.models import Consent
from stamgast.database.exclusive import Taken, exclusive
from stamgast.events.actions import tell
from stamgast.scoring import feed
from stamgast.scoring.errors import AlreadyScoring, NothingToScore
from stamgast.scoring.models import BondScore, CurrentRun, Run, Score, Summary
from stamgast.scoring.writing import forget_scores, write_bonds, write_scores
from stamgast.staff.queries import shop

if TYPE_CHECKING:
    from stamgast.scoring.calculation import Findings

Progress = Callable[[float, str], None]
Written = TypeVar("Written")


def score_base(*, as_of: date | None, at: datetime, progress: Progress) -> Run:
    """Score every customer as of the end of a business day, and show the result at once.

    Without a day, the last one until which orders are known. Refuses when there are no customers,
    the day lies before the first order, the engine has too little memory, or another scoring is under
    way. Whatever happens on the way, the scores that were shown stay visible: the new ones are
    complete before one write points at them.
    """
    try:
        with exclusive("scoring"):
            return _score(as_of=as_of, at=at, progress=progress)
    except Taken:
        raise AlreadyScoring() from None


def _score(*, as_of: date | None, at: datetime, progress: Progress) -> Run:
    began = time.perf_counter()
    run = Run.objects.create(as_of=as_of or at.date(), started_at=at, currency=shop().currency)
    folder = Path(tempfile.mkdtemp(dir=feed.scratch_folder()))
    reading = feed.extract(folder, as_of=as_of or at.date())
    try:
        progress(0.02, "reading")
        forgotten = _runs_to_forget(run, at)
        # Its threads only get in the way of ours: the matrices here are a few numbers wide.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # Expressions are many small objects in no cycles: looking for those costs a tenth of the run.
        gc.set_threshold(100_000, 20, 100)
        with ThreadPoolExecutor(1, "writing") as pool:
            forgetting = pool.submit(_write, forget_scores, forgotten)
            from stamgast.scoring.calculation import calculate, warm_up, within

            warm_up()
            if not reading.wait()["customers"]:
                raise NothingToScore()
            writing: list[Future[int]] = []
            with within(settings.ENGINE_MEMORY):
                findings = calculate(
                    folder,
                    as_of=as_of,
                    today=at.date(),
                    currency=run.currency,
                    discount_rate=float(shop().discount_rate) / 100,
                    knows_consent=Consent.objects.exists(),
                    memory=settings.ENGINE_MEMORY,
                    threads=settings.ENGINE_THREADS,
                    progress=lambda share, doing: progress(0.1 + 0.7 * share, doing),
                    when_scored=lambda file: writing.append(
                        pool.submit(_write, write_scores, file, run_id=run.pk)
                    ),
                    read_later=reading.wait_for_later,
                    when_judged=lambda file: writing.append(
                        pool.submit(_write, write_bonds, file, run_id=run.pk)
                    ),
                )
            progress(0.8, "writing")
            forgetting.result()
            run.customers, run.facts["bonds"] = (one.result() for one in writing)
        progress(0.95, "showing")
        _show(run, findings, at=at, seconds=time.perf_counter() - began)
    except BaseException as error:
        Run.objects.filter(pk=run.pk).update(
            status=Run.Status.FAILED, ended_at=at, error=f"{type(error).__name__}: {error}"[:500]
        )
        raise
    finally:
        reading.stop()
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "done")
    return run


def _write(write: Callable[..., Written], *given: Any, **named: Any) -> Written:
    """Write in a thread of its own, while the engine works on."""
    try:
        return write(*given, **named)
    finally:
        connection.close()


def _show(run: Run, findings: Findings, *, at: datetime, seconds: float) -> None:
    """Complete the run and point at it, in one transaction."""
    run.as_of = findings.as_of
    run.orders_until = findings.orders_until
    run.facts |= {**findings.facts, "seconds": round(seconds, 2)}
    run.status = Run.Status.READY
    run.ended_at = at + timedelta(seconds=seconds)
    with transaction.atomic():
        Summary.objects.bulk_create(
            Summary(run=run, facet=facet, value=value, facts=facts)
            for (facet, value), facts in findings.summaries.items()
        )
        run.save()
        CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
        tell("base_scored", at=at, actor="scoring", subject="run", subject_id=run.pk)


def _runs_to_forget(run: Run, at: datetime) -> list[int]:
    """Return the runs whose scores nobody sees any more: older ones, and what ended half-way.

    The run that is shown stays, and becomes the previous one when the new run is shown.
    """
    Run.objects.filter(status=Run.Status.RUNNING).exclude(pk=run.pk).update(
        status=Run.Status.FAILED, ended_at=at, error="ended half-way"
    )
    shown = CurrentRun.objects.values_list("run_id", flat=True).first()
    written: set[int] = set()
    for table in (Score, BondScore):
        written |= set(table._default_manager.values_list("run_id", flat=True).distinct())
    Summary.objects.exclude(run_id__in=[shown or 0]).delete()
    return sorted(written - {run.pk, shown})
