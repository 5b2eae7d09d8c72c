"""What a contact says, per channel: the form that changes it in place, and with what it begins.

A channel that stands here can be chosen in the editor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stamgast.campaigns.channels.site import PARTS
from stamgast.staff.rules import LANGUAGES
from stamgast.web.marketer.campaigns.contact_settings import (
    CallSettings,
    ListSettings,
    WebhookSettings,
    endpoints,
)
from stamgast.web.marketer.campaigns.forms import PlainTextForm, SiteForm, TextForm

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Editor:
    """How the texts of one channel are changed, and made of those of another."""

    form: Callable[..., Any]  # of a document in one language and what was sent
    begun: Callable[[Document], dict[str, Any]]  # from what the contact said before, per language
    settings: Callable[..., Any] | None = (
        None  # of a whole content: what is the same in all languages
    )


EDITORS: Final[dict[str, Editor]] = {
    "email": Editor(TextForm, lambda before: _mail(before)),
    "site": Editor(SiteForm, lambda before: _site(before)),
    "call": Editor(PlainTextForm, lambda before: dict(_SCRIPTS), CallSettings),
    "list": Editor(PlainTextForm, lambda before: {}, ListSettings),
    "webhook": Editor(PlainTextForm, lambda before: _told_to_a_program(), WebhookSettings),
}
# What a call begins with, to be made one's own.
_SCRIPTS: Final[Document] = {
    "nl": {
        "text": "Goedemiddag, spreek ik met {{ customer.full_name }}? U spreekt met {{ shop.name }}. "
        "Wij hebben iets voor u: {{ offer.title }}. Mag ik u daar kort over vertellen?"
    },
    "en": {
        "text": "Good afternoon, is this {{ customer.full_name }}? This is {{ shop.name }}. We have "
        "something for you: {{ offer.title }}. May I tell you about it?"
    },
}


def text_form(channel: str, document: Document, data: Any = None) -> Any:
    """Return the form for what a contact says in one language; None where the page has none."""
    editor = EDITORS.get(channel)
    return editor.form(dict(document), data, auto_id="text-%s") if editor else None


def settings_form(channel: str, content: Document, data: Any = None) -> Any:
    """Return the form for what a contact is besides its texts; None where it is nothing else."""
    editor = EDITORS.get(channel)
    made = editor.settings if editor else None
    return made(content, data, auto_id="settings-%s") if made else None


def begun(channel: str, before: Document) -> dict[str, Any]:
    """Return what a contact says at first when its channel changes: as much as can be kept."""
    return EDITORS[channel].begun(before)


def _told_to_a_program() -> dict[str, Any]:
    first = next(iter(endpoints()), (None, ""))[0]
    return {**_SCRIPTS, "consent": "sms", "endpoint": first}


def _mail(before: Document) -> dict[str, Any]:
    return {language: _as_mail(said) for language, said in _said(before).items()}


def _site(before: Document) -> dict[str, Any]:
    return {language: _as_shown(said) for language, said in _said(before).items()}


def _said(before: Document) -> Document:
    found = {language: text for language, text in before.items() if language in LANGUAGES}
    return found or _SCRIPTS


def _as_mail(said: Document) -> dict[str, Any]:
    blocks = [{"kind": "text", "text": said.get("text") or "{{ greeting }},"}]
    if said.get("button"):
        blocks.append({"kind": "button", "text": said["button"], "url": said.get("url", "")})
    return {"subject": said.get("title") or "{{ shop.name }}", "blocks": blocks}


def _as_shown(said: Document) -> dict[str, Any]:
    title = str(said.get("subject") or said.get("title") or "{{ shop.name }}")[: PARTS["title"]]
    blocks: list[dict[str, Any]] = said.get("blocks", [])
    button = next((one for one in blocks if one["kind"] == "button"), None)
    if button is None:
        return {"title": title}
    return {"title": title, "button": button["text"][: PARTS["button"]], "url": button["url"]}
