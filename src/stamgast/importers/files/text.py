"""Text files: which encoding, which delimiter, how many lines."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stamgast.importers.files.source import LONGEST_CELL

_CHUNK = 1 << 20
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_BROKEN = "\ufffd".encode()
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Text:
    """What a text file is like."""

    encoding: str
    is_clean: bool  # UTF-8 throughout, without a character that stands for a broken one
    line_feeds: int
    ends_with_line_feed: bool
    has_zero: bool


def looks_like_text(head: bytes) -> bool:
    """Say whether this can be the beginning of a text in any encoding we read."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _utf16(head):
        return True
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > len(head) / 100:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:  # letters outnumber what lies above them in every language we read
        high = len(_HIGH.findall(head))
        return high < len(head) / 3
    return True


def _utf16(head: bytes) -> str:
    """Return the encoding of UTF-16 without a mark: every second byte is zero."""
    some = head[:2000]
    if len(some) < 8:
        return ""
    even, odd = some[0::2].count(0), some[1::2].count(0)
    half = len(some) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and odd < half * 0.1 else ""


def survey(path: Path) -> Text:
    """Read the whole file once: is it UTF-8 throughout, and how many lines has it?"""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Text("utf-16", False, 0, False, False)
        if encoding := _utf16(head):
            return Text(encoding, False, 0, False, False)
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        line_feeds, last = 0, b""
        is_valid, has_broken, has_zero = True, False, False
        while chunk := file.read(_CHUNK):
            line_feeds += chunk.count(b"\n")
            has_zero = has_zero or b"\x00" in chunk
            has_broken = has_broken or _BROKEN in chunk
            last = chunk[-1:]
            is_valid = is_valid and _decodes(decoder, chunk)
    is_valid = is_valid and _decodes(decoder, b"", final=True)
    is_clean = is_valid and not has_broken and not has_zero
    encoding = "utf-8-sig" if is_valid or _is_mostly_utf8(path) else "cp1252"
    return Text(encoding, is_clean, line_feeds, last == b"\n", has_zero)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(path: Path) -> bool:
    """Say whether this is UTF-8 with some broken rows, rather than Western European Windows."""
    with path.open("rb") as file:
        high = multibyte = 0
        for line in iter(partial(file.readline, _CHUNK), b""):
            if not line.isascii():
                high += len(_HIGH.findall(line))
                multibyte += sum(map(len, _MULTIBYTE.findall(line)))
    return multibyte > high / 2


def lines(path: Path, encoding: str) -> Iterator[str]:
    """Return the file's lines, ends kept; what cannot be decoded becomes U+FFFD.

    A line that is longer than any cell may be comes in pieces, so that it never fills the memory.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        yield from iter(partial(file.readline, LONGEST_CELL + 1), "")


def delimiter(first_lines: list[str]) -> str:
    """Return the delimiter: of comma, semicolon, tab and bar the one that cuts most evenly."""
    best, best_worth = ",", 0.0
    for choice in (",", ";", "\t", "|"):
        widths = Counter(len(row) for row in csv.reader(first_lines, delimiter=choice) if row)
        if not widths:
            continue
        width, times = widths.most_common(1)[0]
        header = next((len(row) for row in csv.reader(first_lines, delimiter=choice) if row), 1)
        if header < 2:
            continue
        worth = times / sum(widths.values()) * min(header, width + 1) ** 0.5
        if worth > best_worth:
            best, best_worth = choice, worth
    return best


def sha256(path: Path) -> str:
    """Return the digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
