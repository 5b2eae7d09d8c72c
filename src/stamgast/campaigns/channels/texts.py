"""Plain texts per language, filled in for one customer: what is said in a call or a text message.

Content keeps a text as `{"nl": {"text": ...}, "en": {"text": ...}}`, beside what else its channel
needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.html import escape, linebreaks

from stamgast.campaigns.errors import BadCampaign
from stamgast.customers.models import Customer
from stamgast.mail.filling import fill, read
from stamgast.mail.letter import known_of
from stamgast.mail.models import Brand
from stamgast.mail.rendering import Rendered
from stamgast.staff.queries import shop
from stamgast.staff.rules import LANGUAGES

LONGEST = 4_000


def read_texts(content: Mapping[str, Any], *, is_needed: bool = True) -> dict[str, dict[str, str]]:
    """Return the text per language; refuses none at all, too long a one, and codes it cannot read."""
    texts: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        said = content.get(language)
        text = str(said.get("text") or "").strip() if isinstance(said, Mapping) else ""
        if len(text) > LONGEST:
            raise BadCampaign(field="text")
        if text:
            read(text, where="text", escaped=False)
            texts[language] = {"text": text}
    if is_needed and not texts:
        raise BadCampaign(field="text")
    return texts


def filled_in(
    content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str = ""
) -> tuple[str, str]:
    """Return a language and the text in it for this customer: theirs, as far as there is one.

    Refuses what cannot be filled in; nothing where the content has no text.
    """
    own = shop()
    wanted = (language, (who.language or "")[:2], own.language, *LANGUAGES)
    chosen = next((one for one in wanted if one in content and one in LANGUAGES), "")
    if not chosen:
        return wanted[1] or own.language, ""
    brand = Brand.objects.filter(pk=1).first() or Brand()
    known = known_of(who, own, language=chosen, tone=brand.tone)
    template = read(content[chosen]["text"], where="text", escaped=False)
    with translation.override(chosen):
        return chosen, fill(template, {**facts, **known}, where="text")


def shown(
    content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str
) -> Rendered:
    """Return the text as the editor shows it; refuses what cannot be filled in."""
    chosen, text = filled_in(content, facts, who, language=language)
    return Rendered(chosen, "", linebreaks(escape(text)), text, ())
