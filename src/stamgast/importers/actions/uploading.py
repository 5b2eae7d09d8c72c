"""A file that somebody uploaded: kept as a draft, and brought in once they said how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from stamgast.events.actions import ask, tell
from stamgast.events.models import Job
from stamgast.importers.actions.importing import remember_mapping
from stamgast.importers.choosing import choose
from stamgast.importers.errors import BatchClosed
from stamgast.importers.models import Batch
from stamgast.staff.queries import Who, actor, employee

_OPEN = (Batch.Status.DRAFT, Batch.Status.FAILED)


def keep_upload(path: Path, *, name: str, layout: str = "", at: datetime, by: Who = None) -> Batch:
    """Keep a file that stands in the home as a draft; nothing is read from it yet."""
    with transaction.atomic():
        batch = Batch.objects.create(
            name=Path(name).name[:200] or "file",
            file=path.resolve().relative_to(Path(settings.HOME).resolve()).as_posix(),
            layout=layout,
            made_at=at,
            made_by=employee(by),
        )
        tell("file_uploaded", at=at, actor=actor(by), subject="batch", subject_id=batch.pk)
    return batch


def settle_upload(
    batch: Batch,
    *,
    columns: list[str],
    layout: str,
    mapping: Mapping[str, str],
    answers: Mapping[str, Any],
    at: datetime,
) -> Batch:
    """Write down how a draft with these columns is read, and remember it for files like it.

    `mapping` is field to column, empty for a field that no column holds. Refuses what `choose`
    refuses, and a file that came in or is on its way.
    """
    choice = choose(columns, layout=layout, mapping=mapping, answers=answers)
    name = choice.layout.name
    with transaction.atomic():
        row = _open(batch)
        row.layout, row.mapping, row.answers = name, choice.mapping, choice.answers
        row.save(update_fields=["layout", "mapping", "answers"])
        remember_mapping(
            columns, layout=name, mapping=choice.mapping, answers=choice.answers, at=at
        )
    return row


def ask_for_import(batch: Batch, *, at: datetime, by: Who = None) -> Job:
    """Let the file be brought in when its turn comes; refuses one that came in or is on its way."""
    with transaction.atomic():
        row = _open(batch)
        row.status, row.error = Batch.Status.WAITING, {}
        row.save(update_fields=["status", "error"])
        return ask("import_batch", at=at, by=actor(by), facts={"batch": row.pk})


def ask_for_check(batch: Batch, *, at: datetime, by: Who = None) -> Job:
    """Let the file be read and checked, writing nothing; the job's result tells the counts."""
    with transaction.atomic():
        return ask("check_batch", at=at, by=actor(by), facts={"batch": _open(batch).pk})


def drop_upload(batch: Batch, *, at: datetime, by: Who = None) -> None:
    """Throw a draft away with its file; refuses a file that came in or is on its way."""
    with transaction.atomic():
        row = _open(batch)
        row.delete()
        tell("upload_dropped", at=at, actor=actor(by), subject="batch", subject_id=batch.pk)
    (Path(settings.HOME) / row.file).unlink(missing_ok=True)


def _open(batch: Batch) -> Batch:
    """Return the batch, held, when it did not come in yet and nobody is bringing it in."""
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    is_left = row.status in {Batch.Status.WAITING, Batch.Status.RUNNING} and not _has_job(row)
    if row.status in _OPEN or is_left:
        return row
    raise BatchClosed(status=row.status)


def _has_job(batch: Batch) -> bool:
    """Say whether an import of this file is waiting or under way."""
    busy = Job.objects.filter(
        kind="import_batch", status__in=[Job.Status.WAITING, Job.Status.RUNNING]
    )
    return busy.filter(facts__batch=batch.pk).exists()
