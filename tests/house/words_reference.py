"""Writes docs/reference/words.md: `python tests/house/words_reference.py`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "words.md"
HEAD = """# Words

The words on screen, with their Dutch: one word per thing, the same on every page, and in the code
as well. Made from `src/stamgast/web/terms.py`, `words.py` and the Dutch catalogue by
`python tests/house/words_reference.py`. On the screens the page “Words” holds the first part.
"""
KINDS = {
    "stage": "Stages",
    "step": "Next steps",
    "role": "Roles",
    "interaction": "What was said",
    "channel": "Channels of consent",
    "purpose": "Purposes of consent",
    "facet": "Parts of the base",
    "scope": "What a key may do",
}


def page() -> str:
    """Return the whole page."""
    from stamgast.web.terms import GROUPS, TERMS
    from stamgast.web.words import KINDS as WORDS

    parts = [HEAD]
    for group, title in GROUPS.items():
        terms = [term for term in TERMS.values() if term.group == group]
        rows = [(*_both(term.name), *_both(term.meaning)) for term in terms]
        parts.append(_table(_in("en", title), "English | Dutch | meaning | betekenis", rows))
    for kind, title in KINDS.items():
        coded = [(f"`{code}`", *_both(word)) for code, word in WORDS[kind].items() if code]
        parts.append(_table(title, "code | English | Dutch", coded))
    return "\n".join(parts)


def _both(word: object) -> tuple[str, str]:
    return _in("en", word), _in("nl", word)


def _in(language: str, word: object) -> str:
    from django.utils.translation import override

    with override(language):
        return str(word)


def _table(title: str, head: str, rows: Iterable[tuple[str, ...]]) -> str:
    rule = "|".join(["---"] * len(head.split("|")))
    lines = [f"## {title}\n", f"| {head} |", f"|{rule}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
    import django

    django.setup()
    PAGE.write_text(page(), "utf-8")
