"""Where a file of the watched folder stands: waiting, being worked on, done, or failed and why."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings

from stamgast.kernel import Refusal

WORKING, DONE, FAILED = "working", "done", "failed"
_STILL = 5.0  # seconds without growing, after which a file is taken for whole
_UNFINISHED = {".part", ".tmp", ".crdownload", ".filepart"}


def inbox() -> Path:
    """Return the watched folder of this home."""
    return Path(settings.HOME) / "inbox"


def waiting(folder: Path, at: datetime) -> list[Path]:
    """Return the files of the folder that stopped growing."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if _is_whole(path, at)]


def _is_whole(path: Path, at: datetime) -> bool:
    if path.name.startswith((".", "~")) or path.suffix.lower() in _UNFINISHED:
        return False
    try:
        return path.is_file() and at.timestamp() - path.stat().st_mtime >= _STILL
    except OSError:  # gone, or not ours to see
        return False


def move(path: Path, place: str, *, refusal: Refusal | None = None) -> Path:
    """Move a file of the watched folder to `working`, `done` or `failed`; returns where it is now.

    With a refusal a text beside it says why.
    """
    folder = (path.parent.parent if path.parent.name == WORKING else path.parent) / place
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / path.name
    times = 1
    while target.exists():
        times += 1
        target = folder / f"{path.stem} ({times}){path.suffix}"
    path.replace(target)
    if refusal is not None:
        target.with_name(target.name + ".txt").write_text(in_words(refusal), "utf-8")
    return target


def in_words(refusal: Refusal) -> str:
    """Return a refusal as plain text: what its kind means, and the facts."""
    meaning = (type(refusal).__doc__ or refusal.code).strip().splitlines()[0]
    facts = "".join(f"\n{name}: {value}" for name, value in refusal.facts.items())
    return f"{meaning}\n{facts}\n"


def is_from_inbox(path: Path) -> bool:
    """Say whether a kept file came by the watched folder."""
    return path.parent.name == WORKING and path.parent.parent == inbox()
