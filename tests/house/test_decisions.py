"""Each decision is one screen, and names the check that guards it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from house.plan import REPOSITORY, shown

LINTERS = {"import-linter", "ruff", "mypy"}
GUARD = re.compile(r"^\**Guard:?\**:?\s*(.+?)(?:\n\s*\n|\Z)", re.DOTALL | re.MULTILINE)


def _unguarded(text: str) -> Iterator[str]:
    """Yield what is wrong with the guards of a record: none, or one that does not exist."""
    named = [name for part in GUARD.findall(text) for name in re.findall(r"`([^`]+)`", part)]
    guards = [name for name in named if name in LINTERS or name.startswith(("tests/", "bench/"))]
    if not guards:
        yield "no guard"
    for guard in guards:
        path, _, test = guard.partition("::")
        place = REPOSITORY / path
        is_there = place.is_file() or any(place.glob("**/test_*.py")) or guard in LINTERS
        if not is_there or (test and f"def {test}(" not in place.read_text("utf-8")):
            yield guard


def test_each_decision_names_a_guard_that_exists() -> None:
    records = sorted((REPOSITORY / "docs" / "decisions").glob("[0-9]*.md"))
    assert records
    wrong = [
        f"{shown(record)}: {reason}"
        for record in records
        for reason in _unguarded(record.read_text("utf-8"))
    ]
    assert not wrong


def test_a_decision_fits_on_a_screen() -> None:
    records = (REPOSITORY / "docs" / "decisions").glob("[0-9]*.md")
    assert not [shown(path) for path in records if len(path.read_text("utf-8").splitlines()) > 60]


def test_a_missing_guard_is_seen() -> None:
    here = "tests/house/test_decisions.py"
    assert list(_unguarded("Guard: `docs/explanation`, which checks nothing.\n")) == ["no guard"]
    assert list(_unguarded("Guard: `tests/gone`.\n")) == ["tests/gone"]
    assert list(_unguarded("# We do this\n")) == ["no guard"]
    assert list(_unguarded(f"Guard: `ruff`, `{here}`\nand `{here}::test_gone`.\n")) == [
        f"{here}::test_gone"
    ]
    assert not list(_unguarded(f"**Guard:** `{here}::test_a_missing_guard_is_seen`\n"))
