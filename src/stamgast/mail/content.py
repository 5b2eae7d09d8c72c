"""What a message says: blocks without code, per language, frozen once it is queued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stamgast.mail.errors import BadContent
from stamgast.staff.rules import LANGUAGES

# What a block may be, and which of its fields it uses.
KINDS: Mapping[str, tuple[str, ...]] = {
    "heading": ("text",),
    "text": ("text",),
    "button": ("text", "url"),
    "picture": ("picture", "text", "url"),  # its text is read where pictures are not shown
    "code": ("text",),
    "divider": (),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {**KINDS, "picture": ("picture",)}
MOST_BLOCKS = 60
_LONGEST = {"subject": 200, "preheader": 200, "why": 300, "text": 8000, "url": 1000, "picture": 80}


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a message: a heading, text, button, picture, code or divider."""

    kind: str
    text: str = ""
    url: str = ""
    picture: str = ""  # the digest of a kept picture

    def as_document(self) -> dict[str, str]:
        used = KINDS.get(self.kind, ())
        return {"kind": self.kind, **{f: getattr(self, f) for f in used if getattr(self, f)}}


@dataclass(frozen=True, slots=True)
class Version:
    """A message in one language; `why` answers "why do I get this?" below it."""

    subject: str
    blocks: tuple[Block, ...]
    preheader: str = ""
    why: str = ""

    def as_document(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "preheader": self.preheader,
            "why": self.why,
            "blocks": [block.as_document() for block in self.blocks],
        }


@dataclass(frozen=True, slots=True)
class Content:
    """A whole message in one or more languages, in the order in which they are preferred."""

    versions: tuple[tuple[str, Version], ...]

    @classmethod
    def of(cls, **versions: Version) -> Content:
        """Return content by language: `Content.of(nl=Version(...), en=Version(...))`."""
        return cls(tuple(versions.items()))

    def as_document(self) -> dict[str, Any]:
        return {language: version.as_document() for language, version in self.versions}

    def in_language(self, *wanted: str) -> tuple[str, Version]:
        """Return the first version that one of these languages has, else the first there is."""
        known = dict(self.versions)
        for language in wanted:
            if language[:2].lower() in known:
                return language[:2].lower(), known[language[:2].lower()]
        return self.versions[0]


def digest(document: Mapping[str, Any]) -> str:
    """Return the name under which content is kept once."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def from_document(document: Mapping[str, Any]) -> Content:
    """Return content from a document that `Content.as_document` made."""
    ordered = sorted(document, key=lambda code: LANGUAGES.index(code) if code in LANGUAGES else 9)
    return Content(tuple((code, _version(document[code])) for code in ordered))


def _version(document: Mapping[str, Any]) -> Version:
    blocks = tuple(
        Block(**{f: str(v) for f, v in block.items() if f in Block.__dataclass_fields__})
        for block in document.get("blocks", ())
    )
    texts = {f: str(document.get(f, "")) for f in ("subject", "preheader", "why")}
    return Version(blocks=blocks, **texts)


def check(content: Content) -> Content:
    """Return the content; refuses none at all, unknown languages and blocks, and what is too long."""
    if not content.versions:
        raise BadContent(where="text", problem="empty")
    for language, version in content.versions:
        if language not in LANGUAGES:
            raise BadContent(where=language, problem="unknown_language")
        _check_version(version)
    return content


def _check_version(version: Version) -> None:
    if not version.subject.strip():
        raise BadContent(where="subject", problem="empty")
    if "\n" in version.subject or "\r" in version.subject:
        raise BadContent(where="subject", problem="too_long")
    for field in ("subject", "preheader", "why"):
        _fits(field, getattr(version, field), where=field)
    if not version.blocks:
        raise BadContent(where="text", problem="empty")
    if len(version.blocks) > MOST_BLOCKS:
        raise BadContent(where="text", problem="too_long")
    for where, block in places(version.blocks):
        if block.kind not in KINDS:
            raise BadContent(where=where, problem="unknown_block")
        for field in _NEEDED[block.kind]:
            if not getattr(block, field).strip():
                raise BadContent(where=where, problem="empty")
        for field in KINDS[block.kind]:
            _fits(field, getattr(block, field), where=where)


def places(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    """Return each block with how a refusal names it: "3" is the third."""
    return [(str(number), block) for number, block in enumerate(blocks, 1)]


def _fits(field: str, text: str, *, where: str) -> None:
    if len(text) > _LONGEST[field]:
        raise BadContent(where=where, problem="too_long")
