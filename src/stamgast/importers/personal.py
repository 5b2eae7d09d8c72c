"""What this room may hold on a person: rows somebody has to mend, and the files they came from.

A file is read here the plain way, as bytes: whichever importer reads it, a text in it is a text.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from stamgast.customers import rules
from stamgast.customers.tombstones import erased_among
from stamgast.database.mentions import redact
from stamgast.importers.models import Batch, RowToMend
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.sales.models import Order
from stamgast.staff.queries import shop

HOLDS = (Batch, RowToMend)

_PLAIN = {".csv", ".tsv", ".txt", ".json", ".jsonl"}
_ENCODINGS = ("utf-8", "cp1252", "utf-16-le")
_AT_ONCE = 1024 * 1024
_CHUNK = 500
_AN_HOUR, _A_DAY = timedelta(hours=1), timedelta(days=1)
_EMAIL = re.compile(r"[^\s@,;<>\"']+@[^\s@,;<>\"']+")
# What stands between cells, so that a name spread over two of them is still found.
_SPACES = bytes.maketrans(b';,"|\t', b"     ")


def waits_with(person: Person, *, at: datetime) -> bool:
    """Say whether an upload that may hold the person waits for its turn, since a day at most."""
    waiting = Batch.objects.filter(status=Batch.Status.WAITING, made_at__gt=at - _A_DAY)
    places = (_place(name) for name in waiting.values_list("file", flat=True))
    return any(place is not None and _may_hold(place, person) for place in places)


def export(person: Person) -> Held:
    """Return the rows to mend that name the person."""
    rows = RowToMend.objects.filter(pk__in=_rows_naming(person)).order_by("pk")
    return {"rows_to_mend": list(rows.values("batch__name", "line", "problem", "row"))}


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Empty the rows to mend that name the person, and delete the files that may hold them.

    Call it while no import runs.
    """
    clear_leftovers(at)
    return {
        "rows_to_mend": empty_rows(_rows_naming(person), at=at),
        "batches": redact(
            Batch.objects.all(), person, texts=["name"], documents=["answers", "result", "error"]
        ),
        "files": _delete_files(file for file in _files() if _may_hold(file, person)),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """No row here is a customer's own: `sweep` found those that name them."""
    return {}


def merge(kept: int, gone: int) -> dict[str, Any]:
    """No row here is a customer's own."""
    return {}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Nothing was moved."""


def forget_files(*, before: datetime) -> int:
    """Delete the files of imports that came in before this moment, and say how many."""
    old = Batch.objects.filter(made_at__lt=before).exclude(file="")
    places = [place for file in old.values_list("file", flat=True) if (place := _place(file))]
    return _delete_files(places)


def forget_rows(*, before: datetime) -> int:
    """Empty the rows that were mended or dropped before this moment, and say how many."""
    closed = Q(mended_at__lt=before) | Q(dropped_at__lt=before)
    rows = RowToMend.objects.filter(closed).exclude(row={})
    return rows.update(row={}, value="", number="")


def clear_leftovers(at: datetime) -> None:
    """Delete scratch folders of imports that were killed; a preview may be using a fresh one.

    Call it while no import runs.
    """
    for folder in Path(settings.HOME).glob("import-*"):
        if folder.is_dir() and folder.stat().st_mtime < (at - _AN_HOUR).timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def empty_rows(ids: list[int], *, at: datetime) -> int:
    """Empty rows to mend, which closes those that are open."""
    emptied = 0
    for start in range(0, len(ids), _CHUNK):
        rows = RowToMend.objects.filter(pk__in=ids[start : start + _CHUNK])
        rows.filter(mended_at=None, dropped_at=None).update(dropped_at=at)
        emptied += rows.update(row={}, value="", number="")
    return emptied


def name_erased(rows: Sequence[Mapping[str, str | None]], mapping: Mapping[str, str]) -> list[bool]:
    """Say of each row of a file whether it names somebody who was erased."""
    region = shop().country
    shown = [set(_identities(row, mapping, region)) for row in rows]
    erased = erased_among(pair for pairs in shown for pair in pairs)
    return [bool(pairs & erased) for pairs in shown]


def _identities(
    row: Mapping[str, str | None], mapping: Mapping[str, str], region: str
) -> Iterator[tuple[str, str]]:
    for cell in row.values():
        for found in _EMAIL.findall(cell or ""):
            yield "email", rules.email(found)
    yield "key", rules.tidy(row.get(mapping.get("customer_key", "")) or "")
    yield "phone", rules.phone(row.get(mapping.get("phone", "")) or "", region).number


def _rows_naming(person: Person) -> list[int]:
    """Return the rows that betray the person, bear one of their keys or belong to their orders."""
    orders = Order.objects.filter(customer__in=person.ids).exclude(number="").values("number")
    theirs = set(RowToMend.objects.filter(number__in=orders).values_list("pk", flat=True))
    rows = RowToMend.objects.exclude(row={}).values_list("pk", "row", "value", "batch__mapping")
    for pk, row, value, mapping in rows.iterator(chunk_size=2000):
        cells = [str(cell) for cell in row.values()]
        key = str(row.get(mapping.get("customer_key", "")) or "").strip()
        # A name may be spread over neighbouring cells.
        if key in person.keys or person.is_in(" ".join([*cells, value])):
            theirs.add(pk)
    return sorted(theirs)


def _files() -> Iterator[Path]:
    """Yield every file we keep of what came in."""
    for file in Path(settings.MEDIA_ROOT).rglob("*"):
        if file.is_file():
            yield file
    for name in Batch.objects.exclude(file="").values_list("file", flat=True):
        place = _place(name)
        if place and Path(settings.MEDIA_ROOT) not in place.parents:
            yield place


def _place(name: str) -> Path | None:
    """Return where we keep a file; None when that is not inside the home, so not ours to delete."""
    home = Path(settings.HOME).resolve()
    place = (home / name).resolve()
    return place if home in place.parents and place.is_file() else None


def _may_hold(file: Path, person: Person) -> bool:
    """Say whether a file betrays the person; of what is packed (XLSX, Parquet) nobody can tell."""
    if file.suffix.lower() not in _PLAIN:
        return True
    marks = {
        trace.lower().encode(encoding, "ignore")
        for trace in person.traces
        for encoding in _ENCODINGS
    }
    keys = b"|".join(re.escape(key.encode()) for key in person.keys)
    whole = re.compile(rb"(?<![\w.])(?:" + keys + rb")(?![\w.])") if keys else None
    longest = max((len(mark) for mark in marks), default=1) + 100
    with file.open("rb") as stream:
        tail = b""
        while part := stream.read(_AT_ONCE):
            text = tail + part
            cells = re.sub(rb" {2,}", b" ", text.lower().translate(_SPACES))
            if any(mark in cells for mark in marks) or (whole and whole.search(text)):
                return True
            tail = text[-longest:]
    return False


def _delete_files(files: Iterable[Path]) -> int:
    """Delete files, and forget where they were."""
    deleted = 0
    for file in files:
        file.unlink(missing_ok=True)
        deleted += 1
    for batch in Batch.objects.exclude(file=""):
        if _place(batch.file) is None:
            Batch.objects.filter(pk=batch.pk).update(file="")
    return deleted
