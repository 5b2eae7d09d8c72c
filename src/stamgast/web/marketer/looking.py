"""A first look at an uploaded file, in a process of its own: whatever is in it cannot harm us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.core.cache import cache
from django.utils.translation import gettext

from stamgast.kernel import Refusal
from stamgast.web.refusals import SENTENCES, sentence

SECONDS: Final = 60
_KEPT_FOR: Final = 3600


class Unreadable(Exception):  # noqa: N818 - the answer to a file, not a fault of ours
    """The file cannot be read; the message is the sentence that says why."""


@dataclass(frozen=True)
class Question:
    """Something the file does not tell."""

    code: str
    choices: tuple[str, ...]  # empty: free
    default: str
    is_needed: bool


@dataclass(frozen=True)
class Look:
    """What a file looks like, read as one layout."""

    columns: list[str]
    layout: str
    is_known: bool
    mapping: dict[str, str]  # field to column
    fields: list[str]
    missing: list[str]
    rows: list[dict[str, str | None]]
    questions: list[Question]
    answers: dict[str, Any]

    def examples(self, column: str) -> list[str]:
        """Return up to three different values of a column."""
        values = dict.fromkeys(value for row in self.rows if (value := row.get(column)))
        return [value[:60] for value in list(values)[:3]]


def look_at(path: Path, *, layout: str = "") -> Look:
    """Look at a file; raises Unreadable with a sentence when nothing can be read from it."""
    key = f"look:{path.name}:{layout}"
    facts: dict[str, Any] | None = cache.get(key)
    if facts is None:
        facts = _look(path, layout)
        cache.set(key, facts, _KEPT_FOR)
    kept = {name: facts[name] for name in Look.__dataclass_fields__ if name != "questions"}
    return Look(**kept, questions=[Question(**asked) for asked in facts["questions"]])


def _look(path: Path, layout: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "stamgast", "look", str(path), "--json"]
    if layout:
        command += ["--layout", layout]
    surroundings = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own command; the path is ours too
            command, capture_output=True, timeout=SECONDS, env=surroundings, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(gettext("Looking at this file takes too long. Split it.")) from None
    facts = _last_line(done.stdout)
    if done.returncode or "columns" not in facts:
        raise Unreadable(_why(facts))
    return facts


def _last_line(output: bytes) -> dict[str, Any]:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    try:
        facts = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _why(facts: dict[str, Any]) -> str:
    """Say in the reader's language what the other process refused."""
    code = str(facts.get("error", ""))
    if code not in SENTENCES:
        return gettext("This file cannot be read.")
    told = {name: fact for name, fact in facts.items() if name not in {"error", "detail"}}
    return refused_in_words(code, told)


def refused_in_words(code: str, facts: dict[str, Any]) -> str:
    """Return the sentence for a refusal that comes as a code and facts."""
    kind = type("Told", (Refusal,), {"code": code})
    try:
        return sentence(kind(**facts))
    except KeyError:  # facts that the sentence asks for were lost on the way
        return gettext("This file cannot be read.")
