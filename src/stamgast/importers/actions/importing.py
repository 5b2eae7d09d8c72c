"""Bringing a file in: read, check, compare with what is there, write, tell.

All work is done in the calling process, which must not be the web server's: the analytic engine runs
here. Whoever kills it anywhere and starts again ends with the same: products and customers are
found again by their numbers, orders are written whole, and an order that is there already with the
same digest is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from stamgast.database.exclusive import Taken, exclusive
from stamgast.events.actions import tell
from stamgast.importers import inbox, layouts
from stamgast.importers.actions.of_customers import bring_customers
from stamgast.importers.actions.of_mended import bring_mended, choice_of_mended
from stamgast.importers.actions.of_orders import bring_orders
from stamgast.importers.actions.of_products import bring_products
from stamgast.importers.actions.outcome import Bringing, Outcome
from stamgast.importers.choosing import Choice, choose, headers_digest
from stamgast.importers.engine import engine
from stamgast.importers.errors import BatchClosed, FileGone, ImportBusy
from stamgast.importers.files import open_file
from stamgast.importers.files.source import Source, is_mended
from stamgast.importers.files.text import sha256
from stamgast.importers.models import Batch
from stamgast.importers.models import Mapping as Remembered
from stamgast.importers.sheet import Sheet
from stamgast.kernel import Refusal
from stamgast.staff.queries import Who, actor, employee, shop

Progress = Callable[[float, str], None]
_WAIT = 600.0  # seconds for another import to end
_TRIES = 3
_BRING = {"orders": bring_orders, "customers": bring_customers, "products": bring_products}


def _quiet(share: float, doing: str) -> None:
    """Show nothing."""


def import_file(
    path: Path,
    *,
    layout: str | None = None,
    mapping: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
    is_dry_run: bool = False,
    at: datetime,
    by: Who = None,
    progress: Progress = _quiet,
) -> Batch:
    """Bring in a file of orders, customers or products; the same file twice changes nothing.

    `mapping` is field to column. A dry run reads, checks and compares everything, and writes nothing.
    Refuses a file that cannot be read at all, one whose columns nobody knows, and answers that make
    no sense; rows that cannot be used wait as rows to mend.
    """
    path = Path(path)
    source = open_file(path)
    choice = choice_of_mended(source) or choose(
        source.columns, layout=layout, mapping=mapping, answers=answers
    )
    batch = Batch(
        name=path.name[:200],
        sha256=sha256(path),
        made_at=at,
        made_by=employee(by),
    )
    batch = _run(batch, source, choice, is_dry_run=is_dry_run, at=at, by=by, progress=progress)
    if not is_dry_run and (mapping or answers) and not is_mended(source):
        remember_mapping(
            source.columns,
            layout=batch.layout,
            mapping=batch.mapping,
            answers=choice.answers,
            at=at,
        )
    return batch


def import_batch(
    batch: Batch, *, at: datetime, by: Who = None, progress: Progress = _quiet
) -> Batch:
    """Bring in a file that was uploaded before; safe to run again when the last time broke off.

    Refuses what import_file refuses, and a batch that is done.
    """
    if batch.status == Batch.Status.DONE:
        raise BatchClosed(status=batch.status)
    path = Path(settings.HOME) / batch.file
    with _put_away(batch, path):
        return _import_kept(batch, path, at=at, by=by, progress=progress)


def _import_kept(batch: Batch, path: Path, *, at: datetime, by: Who, progress: Progress) -> Batch:
    try:
        if not batch.file or not path.is_file():
            raise FileGone(name=batch.name)
        source = open_file(path)
        choice = choice_of_mended(source) or choose(
            source.columns,
            layout=batch.layout or None,
            mapping=batch.mapping,
            answers=batch.answers,
        )
    except Refusal as refusal:
        _fail(batch, {"code": refusal.code, **refusal.facts}, at)
        raise
    if not batch.sha256:
        batch.sha256 = sha256(path)
    by = by if by is not None else batch.made_by
    return _run(batch, source, choice, is_dry_run=False, at=at, by=by, progress=progress)


@contextmanager
def _put_away(batch: Batch, path: Path) -> Iterator[None]:
    """Move a file of the watched folder to where it belongs after its import."""
    if not inbox.is_from_inbox(path) or not path.is_file():
        yield
        return
    try:
        yield
    except Refusal as refusal:
        _moved(batch, inbox.move(path, inbox.FAILED, refusal=refusal))
        raise
    _moved(batch, inbox.move(path, inbox.DONE))


def set_aside(batch: Batch, place: Path, refusal: Refusal, *, at: datetime) -> None:
    """Put a file of the watched folder that cannot be imported where somebody finds out why."""
    _fail(batch, {"code": refusal.code, **refusal.facts}, at)
    _moved(batch, inbox.move(place, inbox.FAILED, refusal=refusal))


def _moved(batch: Batch, place: Path) -> None:
    batch.file = str(place.relative_to(settings.HOME))
    Batch.objects.filter(pk=batch.pk).update(file=batch.file)


def remember_mapping(
    columns: list[str],
    *,
    layout: str,
    mapping: Mapping[str, str],
    answers: Mapping[str, Any] | None = None,
    at: datetime,
) -> Remembered:
    """Keep how a file with these headers is read, so that nobody is asked again."""
    row, _ = Remembered.objects.update_or_create(
        headers=headers_digest(columns),
        defaults={
            "layout": layout,
            "mapping": dict(mapping),
            "answers": dict(answers or {}),
            "used_at": at,
        },
    )
    return row


def _run(
    batch: Batch,
    source: Source,
    choice: Choice,
    *,
    is_dry_run: bool,
    at: datetime,
    by: Who,
    progress: Progress,
) -> Batch:
    began = time.perf_counter()
    batch.layout, batch.mapping, batch.answers = choice.layout.name, choice.mapping, choice.answers
    if is_dry_run:
        outcome = _bring(batch, source, choice, is_dry_run=True, at=at, by=by, progress=progress)
        _take(batch, outcome, source.columns, began)
        return batch
    with _alone(progress):
        Batch.objects.filter(status=Batch.Status.RUNNING).exclude(pk=batch.pk).update(
            status=Batch.Status.FAILED, error={"code": "broken_off"}, ended_at=at
        )
        batch.status, batch.started_at, batch.error = Batch.Status.RUNNING, at, {}
        batch.save()
        try:
            outcome = _try(batch, source, choice, at=at, by=by, progress=progress)
        except Refusal as refusal:
            _fail(batch, {"code": refusal.code, **refusal.facts}, at)
            raise
        except Exception:
            _fail(batch, {"code": "broken_off"}, at)
            raise
        _take(batch, outcome, source.columns, began)
        _finish(batch, outcome, at=at, by=by)
    progress(1.0, "done")
    return batch


def _try(
    batch: Batch, source: Source, choice: Choice, *, at: datetime, by: Who, progress: Progress
) -> Outcome:
    """Bring the file in; once more when a program wrote the same order or customer meanwhile."""
    for left in reversed(range(_TRIES)):
        try:
            return _bring(batch, source, choice, is_dry_run=False, at=at, by=by, progress=progress)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def _bring(
    batch: Batch,
    source: Source,
    choice: Choice,
    *,
    is_dry_run: bool,
    at: datetime,
    by: Who,
    progress: Progress,
) -> Outcome:
    own = shop()
    progress(0.0, "reading_file")
    if is_mended(source):
        return bring_mended(source, batch, is_dry_run=is_dry_run, at=at, by=by, progress=progress)
    sheet = Sheet(
        source=source,
        layout=choice.layout,
        mapping=choice.mapping,
        answers=choice.answers,
        zone=ZoneInfo(own.zone),
        comma=own.language == "nl",
        day_first=own.country != "US",
    )
    with engine() as (con, scratch):
        return _BRING[choice.layout.kind](
            Bringing(
                con=con,
                scratch=scratch,
                sheet=sheet,
                batch=batch,
                shop=own,
                at=at,
                by=by,
                is_dry_run=is_dry_run,
                progress=progress,
            )
        )


def _take(batch: Batch, outcome: Outcome, columns: list[str], began: float) -> None:
    batch.read, batch.imported = outcome.read, outcome.imported
    batch.unchanged, batch.quarantined = outcome.unchanged, outcome.quarantined
    counts = {
        "read": outcome.read,
        "imported": outcome.imported,
        "unchanged": outcome.unchanged,
        "quarantined": outcome.quarantined,
    }
    seconds = round(time.perf_counter() - began, 2)
    batch.result = {**counts, **outcome.facts, "columns": columns, "seconds": seconds}


def _finish(batch: Batch, outcome: Outcome, *, at: datetime, by: Who) -> None:
    """Close the batch and tell of it in one go: once per file, and as history."""
    batch.status, batch.ended_at = Batch.Status.DONE, at
    with transaction.atomic():
        batch.save()
        tell(
            "history_imported",
            at=at,
            actor=actor(by) or f"import:{batch.pk}",
            subject="batch",
            subject_id=batch.pk,
            facts={
                "layout": batch.layout,
                "kind": layouts.named(batch.layout).kind,
                "imported": batch.imported,
                "unchanged": batch.unchanged,
                "quarantined": batch.quarantined,
            },
            is_historic=True,
        )


def _fail(batch: Batch, error: dict[str, Any], at: datetime) -> None:
    batch.status, batch.error, batch.ended_at = Batch.Status.FAILED, error, at
    if batch.pk is not None:
        Batch.objects.filter(pk=batch.pk).update(
            status=batch.status, error=batch.error, ended_at=at
        )


@contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """Wait until no other file is on its way in: two at once would write the same customer twice."""
    waited = 0.0
    while True:
        try:
            with exclusive("import"):
                yield
                return
        except Taken:
            if waited >= _WAIT:
                raise ImportBusy() from None
            progress(0.0, "waiting_for_another_import")
            time.sleep(0.2)
            waited += 0.2
