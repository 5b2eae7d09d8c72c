"""Files of codes, read line by line however large they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_LONGEST = 1_000  # characters of a line that are looked at; the rest cannot make it a code
_AT_ONCE = 1024 * 1024


def count_lines(path: Path) -> int:
    """Count the lines of a file."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_AT_ONCE), b"")) + 1


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file, the end of what is too long to be a code left off."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while line := file.readline(_LONGEST):
            rest = line
            while rest and not rest.endswith("\n"):
                rest = file.readline(_AT_ONCE)
            yield line
