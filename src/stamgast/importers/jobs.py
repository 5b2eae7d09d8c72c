"""The watched folder: whoever puts a file there has it imported."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from stamgast.importers import inbox
from stamgast.importers.actions.importing import set_aside
from stamgast.importers.actions.uploading import ask_for_import, keep_upload
from stamgast.importers.choosing import choose
from stamgast.importers.files import open_file
from stamgast.importers.models import Batch
from stamgast.kernel import Refusal


def look_in_inbox(at: datetime, *, folder: Path | None = None) -> list[Batch]:
    """Ask for the import of every file in the watched folder that stopped growing.

    It moves to `working`, and after its import to `done`; one that cannot be read, or whose columns
    nobody knows, to `failed`, with a text beside it that says why. Unfinished downloads are left
    alone.
    """
    asked = []
    for path in inbox.waiting(folder or inbox.inbox(), at):
        place = inbox.move(path, inbox.WORKING)
        batch = keep_upload(place, name=path.name, at=at, by="inbox")
        try:
            choose(open_file(place).columns, layout=None, mapping=None, answers=None)
        except Refusal as refusal:
            set_aside(batch, place, refusal, at=at)
            continue
        ask_for_import(batch, at=at, by="inbox")
        asked.append(batch)
    return asked
