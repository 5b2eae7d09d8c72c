"""A text edited in place: every block is a field that looks as the block does in the mail.

What is posted is read block by block; a button moves, adds or removes one, and nothing is kept until
it is saved. Other pages use it too: `read` gives what was posted, `apply` does what a button says,
`letter_of` makes content of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stamgast.mail.actions import keep_picture
from stamgast.mail.content import KINDS, Block, Content, Version
from stamgast.staff.rules import LANGUAGES

BLOCKS: dict[str, str | Promise] = {
    "text": _("Text"),
    "heading": pgettext_lazy("of a message", "Heading"),
    "button": pgettext_lazy("of a message", "Button"),
    "picture": _("Picture"),
    "code": pgettext_lazy("of a message", "Code"),
    "divider": pgettext_lazy("of a message", "Line"),
}
# What a text may name, and what it stands for.
FIELDS: tuple[tuple[str, str | Promise], ...] = (
    ("{{ greeting }}", _("the greeting: “Dear Anna van der Berg”")),
    ('{{ customer.first_name | default: "" }}', _("the first name")),
    ("{{ shop.name }}", _("the name of your shop")),
    ("{{ offer.code }}", _("the discount code")),
    ("{{ offer.percent }}", _("the discount in percent")),
    ("{{ offer.until | day }}", _("until when the offer holds")),
)
_TEXTS = ("subject", "preheader", "why")


@dataclass(slots=True)
class EditedVersion:
    """One language while it is worked on."""

    language: str
    subject: str = ""
    preheader: str = ""
    why: str = ""
    blocks: list[Block] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.subject.strip() and not any(
            block.text.strip() or block.picture for block in self.blocks
        )


def opened(content: Content | None) -> list[EditedVersion]:
    """Return content as it is worked on: every language we speak, the empty ones too."""
    known = dict(content.versions) if content else {}
    return [_opened(language, known.get(language)) for language in LANGUAGES]


def _opened(language: str, version: Version | None) -> EditedVersion:
    if version is None:
        return EditedVersion(language, blocks=[Block("heading"), Block("text"), Block("button")])
    texts = {name: getattr(version, name) for name in _TEXTS}
    return EditedVersion(language, blocks=list(version.blocks), **texts)


def read(
    posted: Mapping[str, Any], files: Mapping[str, Any], *, at: datetime
) -> list[EditedVersion]:
    """Return what was posted, with new pictures kept; refuses a file that is no picture."""
    return [_read_version(language, posted, files, at) for language in LANGUAGES]


def _read_version(
    language: str, posted: Mapping[str, Any], files: Mapping[str, Any], at: datetime
) -> EditedVersion:
    texts = {name: _line(posted.get(f"{language}-{name}")) for name in _TEXTS}
    blocks = []
    for number in range(200):
        start = f"{language}-{number}"
        kind = str(posted.get(f"{start}-kind", ""))
        if kind not in KINDS:
            break
        picture = str(posted.get(f"{start}-picture", ""))
        if (file := files.get(f"{start}-file")) is not None:
            kept = keep_picture(file.read(), at=at)
            picture = f"{kept.digest}.{kept.kind}"
        blocks.append(
            Block(
                kind,
                text=str(posted.get(f"{start}-text", "")).replace("\r\n", "\n"),
                url=str(posted.get(f"{start}-url", "")).strip(),
                picture=picture,
            )
        )
    return EditedVersion(language, blocks=blocks, **texts)


def _line(value: object) -> str:
    return " ".join(str(value or "").split())


def apply(versions: list[EditedVersion], asked: str) -> bool:
    """Do what a button says ("nl:up:3", "en:add:2:text"); False when it says nothing of blocks."""
    language, _, rest = asked.partition(":")
    what, _, rest = rest.partition(":")
    number, _, kind = rest.partition(":")
    version = next((one for one in versions if one.language == language), None)
    if version is None or not number.isdecimal():
        return False
    place, blocks = int(number), version.blocks
    if what == "add" and kind in KINDS and place <= len(blocks):
        blocks.insert(place, Block(kind))
    elif what == "remove" and place < len(blocks):
        del blocks[place]
    elif what == "up" and 0 < place < len(blocks):
        blocks[place - 1], blocks[place] = blocks[place], blocks[place - 1]
    elif what == "down" and place < len(blocks) - 1:
        blocks[place + 1], blocks[place] = blocks[place], blocks[place + 1]
    else:
        return False
    return True


def letter_of(versions: list[EditedVersion]) -> Content:
    """Return what was written, without languages and blocks in which there is nothing."""
    return Content(
        tuple(
            (
                one.language,
                Version(
                    subject=one.subject,
                    preheader=one.preheader,
                    why=one.why,
                    blocks=tuple(block for block in one.blocks if _says_something(block)),
                ),
            )
            for one in versions
            if not one.is_empty
        )
    )


def _says_something(block: Block) -> bool:
    return block.kind == "divider" or bool(block.text.strip() or block.url or block.picture)


def shown(versions: list[EditedVersion]) -> dict[str, Any]:
    """Return what the part "mail/editor.html" needs."""
    return {
        "versions": versions,
        "kinds": BLOCKS.items(),
        "fields": FIELDS,
        "pictures": "/m/p/",
    }
