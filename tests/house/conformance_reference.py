"""Writes docs/reference/conformance.md from the tests of tests/loyalty/conformance.

python tests/house/conformance_reference.py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "conformance.md"
CASES = REPOSITORY / "tests" / "loyalty" / "conformance"
HEAD = """\
# What the points ledger is held to

Every way in which loyalty programmes are known to lose or make points, as a case that runs with every
change, on SQLite and on PostgreSQL:

    ./stamgast test tests/loyalty/conformance

Made from those tests by `python tests/house/conformance_reference.py`. Beside them run random histories
(`test_histories.py`), properties (`test_properties.py`), and clients that are killed in the middle
(`test_killed.py`).
"""


def cases() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield each file's title and what it is about, with its cases: what holds, and what it guards."""
    for file in sorted(CASES.glob("test_*.py"), reverse=True):
        tree = ast.parse(file.read_text("utf-8"))
        title, _, about = (ast.get_docstring(tree) or "").partition(":")
        rows = [
            (node.name.removeprefix("test_").replace("_", " "), ast.get_docstring(node) or "")
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        yield title, about.strip(), rows


def page() -> str:
    """Return the page."""
    lines = [HEAD]
    for title, about, rows in cases():
        lines += [f"## {title}", "", f"{about[0].upper()}{about[1:]}", ""]
        lines += ["| what holds | what goes wrong elsewhere |", "|---|---|"]
        lines += [f"| {what[0].upper()}{what[1:]} | {why} |" for what, why in rows]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
