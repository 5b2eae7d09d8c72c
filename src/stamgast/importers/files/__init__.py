"""Opening a file of rows: what it is, is told by its content and not by its name."""

from __future__ import annotations

from pathlib import Path

from stamgast.importers.errors import (
    FileDamaged,
    FileEmpty,
    FileGone,
    FileIsNoise,
    FileProtected,
    HeaderOnly,
    WrongExtension,
)
from stamgast.importers.files.source import Source

_OF_EXTENSION = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_BEGINS = (
    (b"PK\x03\x04", "xlsx"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0", "ole"),  # Excel before 2007, or a workbook with a password
)
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"SQLite ",
)


def open_file(path: Path) -> Source:
    """Return the file as rows to read; refuses what is empty, noise, damaged or misnamed."""
    try:
        with path.open("rb") as file:
            head = file.read(64 * 1024)
    except OSError:
        raise FileGone(name=path.name) from None
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise FileEmpty(name=path.name)
    found = _kind(head)
    promised = _OF_EXTENSION.get(path.suffix.lower())
    if promised in {"xlsx", "parquet"} and found == "noise":
        raise FileDamaged(name=path.name, kind=promised)
    if found == "noise":
        raise FileIsNoise(name=path.name)
    if found == "ole":
        raise FileProtected(name=path.name)
    if promised is not None and promised != found:
        raise WrongExtension(name=path.name, extension=path.suffix.lower(), found=found)
    source = _source(found, path)
    if next(iter(source.rows()), None) is None:
        raise HeaderOnly(name=path.name)
    return source


def _kind(head: bytes) -> str:
    for begin, kind in _BEGINS:
        if head.startswith(begin):
            return kind
    if head.startswith(_OTHERS):
        return "noise"
    from stamgast.importers.files.text import looks_like_text

    return "text" if looks_like_text(head) else "noise"


def _source(kind: str, path: Path) -> Source:
    """Load the reader of this kind: each brings packages that the others can do without."""
    if kind == "xlsx":
        from stamgast.importers.files.workbook import Workbook

        return Workbook(path)
    if kind == "parquet":
        from stamgast.importers.files.parquet import ParquetFile

        return ParquetFile(path)
    from stamgast.importers.files.delimited import DelimitedFile

    return DelimitedFile(path)
