"""Files that come in by browser or watched folder: kept in the home, confirmed, imported by a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from stamgast.events.actions import ask, tell
from stamgast.importers.choosing import choose
from stamgast.importers.errors import BatchClosed, FileTooLarge
from stamgast.importers.files import open_file
from stamgast.importers.files.text import sha256
from stamgast.importers.models import Batch
from stamgast.kernel import Refusal
from stamgast.staff.queries import Who, actor, employee

MOST_UPLOADED = 2_000_000_000  # bytes


def keep_upload(name: str, chunks: Iterable[bytes], *, at: datetime, by: Who = None) -> Batch:
    """Keep an uploaded file inside the home and return it as a draft, to be looked at and confirmed.

    Refuses a file of more than two gigabytes.
    """
    place = _place(name)
    size = 0
    try:
        with place.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_UPLOADED:
                    raise FileTooLarge(name=PurePath(name).name, most=MOST_UPLOADED // 1_000_000)
                file.write(chunk)
        return _draft(name, place, at=at, by=by)
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def take_file(place: Path, *, at: datetime, by: Who = None) -> Batch:
    """Write down a file that lies inside the home already, and return it as a draft."""
    return _draft(place.name, place, at=at, by=by)


def fail_file(batch: Batch, place: Path, refusal: Refusal, *, at: datetime) -> None:
    """Write down that a file could not be imported, and where it lies now."""
    Batch.objects.filter(pk=batch.pk).update(
        status=Batch.Status.FAILED,
        file=str(place.relative_to(settings.HOME)),
        error={"code": refusal.code, **refusal.facts},
        ended_at=at,
    )


def confirm_upload(
    batch: Batch,
    *,
    layout: str | None = None,
    mapping: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
    at: datetime,
    by: Who = None,
) -> Batch:
    """Settle how a kept file is read, and ask for its import; the worker does it.

    Refuses what `choosing.choose` refuses, and a file that was confirmed before.
    """
    source = open_file(Path(settings.HOME) / batch.file)
    choice = choose(source.columns, layout=layout, mapping=mapping, answers=answers)
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch.pk)
        if batch.status not in {Batch.Status.DRAFT, Batch.Status.FAILED}:
            raise BatchClosed(status=batch.status)
        batch.layout, batch.mapping = choice.layout.name, choice.mapping
        batch.answers, batch.status, batch.error = choice.answers, Batch.Status.WAITING, {}
        batch.save()
        tries = f"{at:%Y%m%d%H%M%S%f}"
        ask(
            "import_batch",
            at=at,
            key=f"import_batch:{batch.pk}:{tries}",
            by=actor(by),
            facts={"batch": batch.pk},
        )
    return batch


def discard_upload(batch: Batch, *, at: datetime, by: Who = None) -> None:
    """Throw a kept file away that was never imported; refuses one that was."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch.pk)
        if batch.status not in {Batch.Status.DRAFT, Batch.Status.FAILED}:
            raise BatchClosed(status=batch.status)
        if batch.rows_to_mend.exists():
            raise BatchClosed(status=batch.status)
        file, pk = batch.file, batch.pk
        batch.delete()
        tell("upload_discarded", at=at, actor=actor(by), subject="batch", subject_id=pk)
    if file:
        (Path(settings.HOME) / file).unlink(missing_ok=True)


def _place(name: str) -> Path:
    """Return where a file of this name is kept: its ending stays, the rest is ours."""
    ending = PurePath(name).suffix.lower()
    if not re.fullmatch(r"\.[a-z0-9]{1,8}", ending):
        ending = ".dat"
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{uuid4().hex}{ending}"


def _draft(name: str, place: Path, *, at: datetime, by: Who) -> Batch:
    return Batch.objects.create(
        name=PurePath(name).name[:200],
        file=str(place.relative_to(settings.HOME)),
        sha256=sha256(place),
        made_at=at,
        made_by=employee(by),
    )
