"""What one customer gets to read: content, look and language laid out once, filled in for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from django.utils import translation
from liquid import BoundTemplate

from stamgast.kernel import Refusal
from stamgast.mail import filling
from stamgast.mail.content import Content, Version
from stamgast.mail.errors import BadLink, TextUnreadable
from stamgast.mail.layout import lay_out
from stamgast.mail.look import Look

# Names that every text knows besides what its sender gives.
_OF_THE_FOOT = ("because", "unsubscribe_url", "preferences_url", "trap_url")
_OURS = frozenset({*_OF_THE_FOOT, "links"})  # which no text may set
_SAFE = re.compile(r"(?:https?://[^\s/]|mailto:\S|tel:\+?\d)[^\s\"<>]*", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it goes out; `links` are the addresses behind it, in their order."""

    language: str
    subject: str
    html: str
    text: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """One version, laid out and waiting to be filled in."""

    version: Version
    subject: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate
    links: tuple[tuple[str, BoundTemplate], ...]


@lru_cache(maxsize=256)
def ready(version: Version, look: Look, language: str) -> Ready:
    """Lay a version out; refuses codes that cannot be understood, naming where they stand."""
    pieces = _pieces(version)
    for where, source in pieces:
        if filling.set_in(filling.read(source, where=where, escaped=True)) & _OURS:
            raise TextUnreadable(where=where)
    laid = lay_out(version, look, language)
    return Ready(
        version=version,
        subject=filling.read(version.subject, where="subject", escaped=False),
        html=filling.read(laid.html, where="text", escaped=True),
        text=filling.read(laid.text, where="text", escaped=False),
        links=tuple((at, filling.read(url, where=at, escaped=False)) for at, url in laid.links),
    )


def render(
    content: Content,
    facts: Mapping[str, Any],
    languages: Sequence[str],
    look: Look,
    *,
    follow: Callable[[int, str], str] | None = None,
) -> Rendered:
    """Fill content in with facts, in the first of these languages that it has.

    `follow` gives the address to put behind a link, instead of where it leads. Refuses a name that
    is not known, what never ends, and a link that leads nowhere; each with where in the text.
    """
    language, version = content.in_language(*languages)
    one = ready(version, look, language)
    with translation.override(language):
        return _fill(one, facts, language, follow)


def _fill(
    one: Ready, facts: Mapping[str, Any], language: str, follow: Callable[[int, str], str] | None
) -> Rendered:
    scope: dict[str, Any] = {**dict.fromkeys(_OF_THE_FOOT), **facts}
    links = tuple(
        _safe(filling.fill(template, scope, where=where), where) for where, template in one.links
    )
    shown = [follow(n, link) for n, link in enumerate(links, 1)] if follow else list(links)
    scope["links"] = shown
    try:
        subject = filling.fill(one.subject, scope, where="subject")
        html = filling.fill(one.html, scope, where="text")
        text = filling.fill(one.text, scope, where="text")
    except Refusal:
        _find_where(one.version, scope)
        raise
    for name in ("unsubscribe_url", "preferences_url"):
        address = scope[name] or ""
        if escape(address) not in html or address not in text:  # whatever hid it
            raise TextUnreadable(where="text")
    return Rendered(language, _SPACES.sub(" ", subject).strip()[:250], html, text, links)


def _find_where(version: Version, scope: Mapping[str, Any]) -> None:
    """Fill in part by part, so that the refusal names the part that is at fault."""
    for where, source in _pieces(version):
        filling.fill(filling.read(source, where=where, escaped=True), scope, where=where)


def _pieces(version: Version) -> list[tuple[str, str]]:
    whole = [(name, getattr(version, name)) for name in ("subject", "preheader", "why")]
    blocks = [(str(number), block.text) for number, block in enumerate(version.blocks, 1)]
    return [*whole, *blocks]


def _safe(address: str, where: str) -> str:
    """Return the address; refuses what is no link to a page, a mail address or a telephone."""
    address = address.strip()
    if not _SAFE.fullmatch(address):
        raise BadLink(where=where)
    return address
