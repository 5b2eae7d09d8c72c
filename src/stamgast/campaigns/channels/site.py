"""The shop's own site: what may be shown when a customer comes by, prepared until it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stamgast.campaigns.channels import Handing
from stamgast.campaigns.channels.contacts import ContactChannel
from stamgast.campaigns.models import Contact
from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.mail import filling
from stamgast.mail.errors import BadContent
from stamgast.mail.letter import known_of
from stamgast.mail.models import Brand
from stamgast.mail.rendering import Rendered
from stamgast.staff.queries import shop
from stamgast.staff.rules import LANGUAGES

# What it says in one language, and how long each part may be.
PARTS: Mapping[str, int] = {"title": 120, "text": 600, "button": 60, "url": 1000}


class Site(ContactChannel):
    """The channel of the decision call: the customer comes to us, so it needs no channel of consent."""

    name = "site"
    comes_to_us = True

    def consent(self, content: Mapping[str, Any]) -> str:
        """Return none: nobody is addressed. An objection to profiling holds all the same."""
        return ""

    def refused(
        self, content: Mapping[str, Any], purpose: str, customers: Sequence[int], at: datetime
    ) -> dict[int, str]:
        """Return nobody: whoever objects or complains is not drawn over any channel."""
        return {}

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return a title, a text and a button per language; refuses what is empty or too long."""
        if not content:
            raise BadContent(where="text", problem="empty")
        return {language: _read(language, said) for language, said in content.items()}

    def problems(self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer) -> None:
        """Fill every language in for this customer; refuses what cannot be."""
        self.filled(content, facts, who)

    def filled(
        self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer
    ) -> dict[str, dict[str, str]]:
        """Return what this customer would read, per language."""
        tone = (Brand.objects.filter(pk=1).first() or Brand()).tone
        own = shop()
        found: dict[str, dict[str, str]] = {}
        for language, said in content.items():
            scope = {**facts, **known_of(who, own, language=language, tone=tone)}
            with translation.override(language):
                found[language] = {part: _fill(text, scope, part) for part, text in said.items()}
        return found

    def shown(
        self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str
    ) -> Rendered:
        """Return what this customer would read, as a page to look at."""
        every = self.filled(content, facts, who)
        said = every.get(language) or next(iter(every.values()))
        plain = "\n\n".join(text for text in (said["text"], said["button"], said["url"]) if text)
        return Rendered(language, said["title"], _card(said), plain, (said["url"],))

    def hand_over(
        self, content: Mapping[str, Any], contacts: Sequence[Handing], *, purpose: str, at: datetime
    ) -> dict[str, int]:
        """Prepare what each customer would read, so that the question is answered at once.

        What cannot be filled in for somebody fails for them alone.
        """
        ready: list[Handing] = []
        failed: list[str] = []
        for one in contacts:
            try:
                said = self.filled(content, one.facts, one.customer)
                ready.append(replace(one, facts={**one.facts, "said": said}))
            except Refusal:
                ready.append(one)
                failed.append(one.key)
        queued = super().hand_over(content, ready, purpose=purpose, at=at)
        Contact.objects.filter(key__in=failed, status=Contact.Status.WAITING).update(
            status=Contact.Status.FAILED, reason="cannot_render", ended_at=at
        )
        return queued


def _read(language: str, said: Any) -> dict[str, str]:
    if language not in LANGUAGES:
        raise BadContent(where=language, problem="unknown_language")
    clean = {part: str(said.get(part, "")).strip() for part in PARTS}
    for part, text in clean.items():
        if len(text) > PARTS[part]:
            raise BadContent(where=part, problem="too_long")
        filling.read(text, where=part, escaped=False)
    if not clean["title"]:
        raise BadContent(where="title", problem="empty")
    return clean


def _fill(text: str, scope: Mapping[str, Any], part: str) -> str:
    return filling.fill(filling.read(text, where=part, escaped=False), scope, where=part)


def _card(said: Mapping[str, str]) -> SafeString:
    button = format_html('<p><a class="b">{}</a></p>', said["button"]) if said["button"] else ""
    return format_html(
        "<!doctype html><style>body{{font:16px/1.5 system-ui;margin:2rem;color:#2a2621}}"
        "h1{{font:600 1.4rem Georgia,serif}}.b{{display:inline-block;padding:.5rem 1rem;"
        "background:#2f6b4f;color:#fff;border-radius:6px}}</style><h1>{}</h1><p>{}</p>{}",
        said["title"],
        said["text"],
        button,
    )


channel = Site()
