"""What may stand in any file: no address that ties us to a place, no dead link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.plan import files, shown

DOT = re.escape(".")
# Put together here, so that this file itself stays clean.
REGISTRIES = [
    DOT.join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "(?:org|com)"),
        ("npmmirror", "com"),
        ("yarnpkg", "com"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("cdnjs", "cloudflare", "com"),
    )
]
FOLDERS = ["work", "root", "opt/wheels", "opt/pypi", "tmp/brief", "tmp/probe", "tmp/bash_jobs"]
FORBIDDEN = re.compile("|".join([*REGISTRIES, r"(?<![\w.~/$}-])/(?:" + "|".join(FOLDERS) + r")\b"]))

FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = []
    for path in files():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{shown(path)}: {hit.group()}" for hit in FORBIDDEN.finditer(text)]
    assert not found


@pytest.mark.parametrize(
    ("text", "is_forbidden"),
    [
        ("see https://" + ".".join(["pypi", "org/project/x"]), True),
        ("cd /" + "work/main", True),
        ("STAMGAST_HOME=/" + "root/var", True),
        ("./var/work/x and https://shop.example/work/", False),
        ("chown root:root", False),
    ],
)
def test_what_is_forbidden_is_seen(text: str, is_forbidden: bool) -> None:
    assert bool(FORBIDDEN.search(text)) is is_forbidden


def _anchors(text: str) -> set[str]:
    """The names that a heading gets on the usual hosts of repositories."""
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(text))
    return {title.replace(" ", "-") for title in plain}


def _dead_links(path: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        is_there = target.exists()
        if is_there and anchor and target.suffix == ".md":
            is_there = anchor in _anchors(FENCE.sub("", target.read_text("utf-8")))
        if not is_there:
            yield f"{path.name}: {link}"


def test_links_between_documents_lead_somewhere() -> None:
    documents = [path for path in files() if path.suffix == ".md"]
    dead = [link for path in documents for link in _dead_links(path, path.read_text("utf-8"))]
    assert documents
    assert not dead


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Who *stays*, and why\n")
    text = "[a](page.md) [b](page.md#who-stays-and-why) [c](gone.md) [d](page.md#gone) `[e](f)`"
    assert list(_dead_links(page, text)) == ["page.md: gone.md", "page.md: page.md#gone"]
