"""Whoever looks for a page finds it: each is listed, and listed once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.plan import REPOSITORY

DOCS = REPOSITORY / "docs"
KINDS = ("tutorial", "howto", "explanation", "reference")
LINKED = re.compile(r"\]\((?P<place>[\w./-]+\.md)\)")


def listed(page: str) -> Counter[str]:
    """Return the pages that a list links to, with how often it does."""
    return Counter(LINKED.findall(page))


def pages(folder: Path, kinds: tuple[str, ...] = KINDS) -> Iterator[str]:
    for kind in kinds:
        yield from (path.relative_to(folder).as_posix() for path in (folder / kind).glob("*.md"))


def test_every_page_is_listed_once() -> None:
    found = listed((DOCS / "README.md").read_text("utf-8"))
    assert found.pop("decisions/README.md") == 1
    assert found == Counter(pages(DOCS))


def test_every_decision_is_listed_by_its_own_number() -> None:
    folder = DOCS / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    lines = re.findall(r"^(\d+)\. \[.+\]\((.+)\)$", (folder / "README.md").read_text("utf-8"), re.M)
    assert lines == [(str(int(name[:4])), name) for name in records]
    for name in records:
        assert (folder / name).read_text("utf-8").startswith(f"# {int(name[:4])}. ")


@pytest.mark.parametrize(
    "page", ["[A](howto/a.md)", "[A](howto/a.md) [again](howto/a.md) [B](howto/b.md)"]
)
def test_a_page_that_is_left_out_or_listed_twice_is_seen(page: str, tmp_path: Path) -> None:
    (tmp_path / "howto").mkdir()
    for name in ("a", "b"):
        (tmp_path / "howto" / f"{name}.md").touch()
    assert listed(page) != Counter(pages(tmp_path))
