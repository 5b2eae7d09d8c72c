"""What a finished campaign is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stamgast.campaigns.rules import OfferPlan


@dataclass(frozen=True)
class Preset:
    """A campaign that is ready but for the goal and the shop's own touch."""

    code: str
    step: str  # the next step of `insight.next_step` that it carries out
    direction: str  # of the goal that it serves: keep or deepen
    names: Mapping[str, str]  # per language
    who: Mapping[str, Any]  # the conditions of its audience
    offer: OfferPlan
    content: Mapping[str, Any]  # per language, as `mail.content` has it
    rhythm: str = "once"
    trigger: str = ""
    window_days: int = 30


def text(*paragraphs: str) -> list[dict[str, str]]:
    """Return paragraphs as blocks of a mail."""
    return [{"kind": "text", "text": paragraph} for paragraph in paragraphs]


def heading(words: str) -> dict[str, str]:
    """Return a heading as a block of a mail."""
    return {"kind": "heading", "text": words}


def code() -> dict[str, str]:
    """Return the block that shows the discount code."""
    return {"kind": "code", "text": "{{ offer.code }}"}


def button(words: str) -> dict[str, str]:
    """Return the button that leads to the shop."""
    return {"kind": "button", "text": words, "url": "{{ offer.url }}"}
