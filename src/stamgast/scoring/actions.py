"""Scoring the base: read, understand, write, and only then show."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from stamgast.customers.models import Consent
from stamgast.database.exclusive import Taken, exclusive
from stamgast.events.actions import tell
from stamgast.scoring import feed, writing
from stamgast.scoring.calculation import Findings, calculate
from stamgast.scoring.errors import AlreadyScoring, NothingToScore
from stamgast.scoring.models import CurrentRun, Run, Score, Summary
from stamgast.staff.queries import shop

Progress = Callable[[float, str], None]


def score_base(*, as_of: date | None, at: datetime, progress: Progress) -> Run:
    """Score every customer as of the end of a business day, and show the result at once.

    Without a day, the last one until which orders are known. Refuses when there are no customers,
    the day lies before the first order, or another scoring is under way. Whatever happens on the
    way, the scores that were shown stay visible: the new ones are complete before one write points
    at them.
    """
    try:
        with exclusive("scoring"):
            return _score(as_of=as_of, at=at, progress=progress)
    except Taken:
        raise AlreadyScoring() from None


def _score(*, as_of: date | None, at: datetime, progress: Progress) -> Run:
    began = time.perf_counter()
    _forget_unfinished(at)
    run = Run.objects.create(as_of=as_of or at.date(), started_at=at, currency=shop().currency)
    folder = Path(tempfile.mkdtemp(dir=feed.scratch_folder()))
    try:
        progress(0.02, "reading")
        counts = feed.extract(folder)
        if not counts["customers"]:
            raise NothingToScore()
        findings = calculate(
            folder,
            as_of=as_of,
            today=at.date(),
            currency=run.currency,
            discount_rate=float(shop().discount_rate) / 100,
            knows_consent=Consent.objects.exists(),
            memory=settings.ENGINE_MEMORY,
            threads=settings.ENGINE_THREADS,
            progress=lambda share, doing: progress(0.1 + 0.5 * share, doing),
        )
        progress(0.6, "writing")
        run.customers = writing.write_scores(
            findings.scores, run_id=run.pk, progress=lambda s: progress(0.6 + 0.35 * s, "writing")
        )
        _show(run, findings, at=at, seconds=time.perf_counter() - began)
    except BaseException as error:
        Run.objects.filter(pk=run.pk).update(
            status=Run.Status.FAILED, ended_at=at, error=f"{type(error).__name__}: {error}"[:500]
        )
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    progress(0.97, "tidying")
    _forget_replaced(run)
    progress(1.0, "done")
    return run


def _show(run: Run, findings: Findings, *, at: datetime, seconds: float) -> None:
    """Complete the run and point at it, in one transaction."""
    run.as_of = findings.as_of
    run.orders_until = findings.orders_until
    run.facts = {**findings.facts, "seconds": round(seconds, 2)}
    run.status = Run.Status.READY
    run.ended_at = at
    with transaction.atomic():
        Summary.objects.bulk_create(
            Summary(run=run, facet=facet, value=value, facts=facts)
            for (facet, value), facts in findings.summaries.items()
        )
        run.save()
        CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
        tell("base_scored", at=at, actor="scoring", subject="run", subject_id=run.pk)


def _forget_unfinished(at: datetime) -> None:
    """Clear what runs left behind that were ended half-way."""
    dead = Run.objects.filter(status=Run.Status.RUNNING)
    ids = list(dead.values_list("pk", flat=True))
    dead.update(status=Run.Status.FAILED, ended_at=at, error="ended half-way")
    failed = list(Run.objects.filter(status=Run.Status.FAILED).values_list("pk", flat=True))
    writing.forget_scores(sorted({*ids, *failed}))


def _forget_replaced(run: Run) -> None:
    """Clear the scores and summaries that the new run replaced."""
    old = set(Score.objects.exclude(run=run).values_list("run_id", flat=True).distinct())
    writing.forget_scores(sorted(old))
    Summary.objects.exclude(run=run).delete()
