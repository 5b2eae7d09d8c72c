"""The Dutch catalogue: what has to be in it, and bringing it up to date without GNU gettext.

    .venv/bin/python tests/house/catalogue.py

adds new texts (to be translated by hand), drops those that are gone, and compiles the catalogue.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "stamgast"
DUTCH = SOURCE / "locale" / "nl" / "LC_MESSAGES" / "django.po"
# Functions that mark a text, and what their first arguments are.
MARKS = {
    "gettext": ("text",),
    "ngettext": ("text", "plural"),
    "pgettext": ("context", "text"),
    "npgettext": ("context", "text", "plural"),
    "_": ("text",),
    "N_": ("text",),
}
MARK_IN_TEMPLATE = re.compile(r"\b(?:n?p?gettext|_)\(")
HEADER = {
    "Project-Id-Version": "Stamgast",
    "Language": "nl",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


@dataclass(frozen=True)
class Message:
    text: str
    plural: str = ""
    context: str | None = None


def messages() -> dict[Message, list[str]]:
    """Return every text that the source marks for translation, with the files it is in."""
    found: dict[Message, list[str]] = {}
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("templates/**/*.*")]):
        text = path.read_text("utf-8")
        of_file = in_python(text) if path.suffix == ".py" else in_template(text)
        for message in of_file:
            places = found.setdefault(message, [])
            place = path.relative_to(REPOSITORY).as_posix()
            if place not in places:
                places.append(place)
    for both in [message for message in found if message.plural]:  # one entry serves both uses
        found[both] += found.pop(Message(both.text, context=both.context), [])
    return found


def in_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (message := _marked(node)):
            yield message


def in_template(text: str) -> Iterator[Message]:
    """Read what Django makes of a template for gettext: calls between blanked-out markup."""
    as_code = templatize(text)
    for mark in MARK_IN_TEMPLATE.finditer(as_code):
        for end in re.finditer(r"\)", as_code[mark.start() :]):
            try:
                call = ast.parse(as_code[mark.start() : mark.start() + end.end()], mode="eval").body
            except SyntaxError:
                continue  # a bracket within the text
            if isinstance(call, ast.Call) and (message := _marked(call)):
                yield message
            break


def _marked(call: ast.Call) -> Message | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    parts = MARKS.get(re.sub(r"_(lazy|noop)$", "", name))
    if parts is None:
        return None
    values = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    if len(values) < len(parts) or not all(isinstance(value, str) for value in values[:2]):
        return None  # a text that is looked up, and marked where it is written
    return Message(**dict(zip(parts, values, strict=False)))


def key(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural, entry.msgctxt)


def bring_up_to_date() -> int:
    """Write the catalogue anew and compile it; return how many texts still need Dutch."""
    old = polib.pofile(str(DUTCH)) if DUTCH.exists() else polib.POFile()
    known = {key(entry): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=96)
    new.metadata = HEADER
    for message, places in messages().items():
        entry = known.get(message) or polib.POEntry(
            msgid=message.text, msgid_plural=message.plural, msgctxt=message.context
        )
        if message.plural and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        entry.occurrences = [(place, "") for place in places]
        new.append(entry)
    DUTCH.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(DUTCH))
    new.save_as_mofile(str(DUTCH.with_suffix(".mo")))
    return len(new.untranslated_entries()) + len(new.fuzzy_entries())


if __name__ == "__main__":
    print(f"{bring_up_to_date()} texts need Dutch", file=sys.stderr)  # noqa: T201
