"""The watched folder: whoever puts a file there has it imported."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from stamgast.importers import inbox
from stamgast.importers.actions.uploads import confirm_upload, fail_file, take_file
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
        batch = take_file(place, at=at, by="inbox")
        try:
            asked.append(confirm_upload(batch, at=at, by="inbox"))
        except Refusal as refusal:
            failed = inbox.move(place, inbox.FAILED, refusal=refusal)
            fail_file(batch, failed, refusal, at=at)
    return asked
