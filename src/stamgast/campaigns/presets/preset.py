"""What a finished campaign is made of: whom it is for, what it gives and says, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stamgast.campaigns.rules import OfferPlan, StepPlan

# Kinds of loyalty that a measure fits or does not: as scoring tells them, a spurious one by what
# holds it, and those who left.
KINDS = (
    "true",
    "latent",
    "captive",
    "bought",
    "habit",
    "no_alternative",
    "none",
    "unknown",
    "lost",
)
# What a shop must have before a measure can run.
NEEDS = ("programme", "codes", "contracts", "births", "signals", "suggestions", "answers")
SECOND_LIFE = "second_life"

Blocks = list[dict[str, str]]


@dataclass(frozen=True)
class Told:
    """What one reads of a measure before beginning with it, in one language."""

    what: str  # for whom, and what it does
    known: str  # what studies say of its effect, in our words
    guard: str  # what it may not do, and who sees to that


@dataclass(frozen=True)
class Preset:
    """A campaign that is ready but for the goal and the shop's own touch."""

    code: str
    direction: str  # of the goal that it serves: keep or deepen
    names: Mapping[str, str]  # per language
    told: Mapping[str, Told]  # per language
    who: Mapping[str, Any]  # the conditions of its audience
    offers: tuple[OfferPlan, ...]
    steps: tuple[StepPlan, ...]
    fits: tuple[str, ...]  # of KINDS
    avoid: tuple[str, ...]
    source: str = ""  # of what is known; empty: no study that we would lean on
    needs: tuple[str, ...] = ()  # of NEEDS
    step: str = ""  # the next step of `insight.next_step` that it carries out
    # The next steps that its control group is not advised: they would do what the lot keeps from it.
    stands_for: tuple[str, ...] = ()
    rhythm: str = "once"
    trigger: str = ""
    purpose: str = "offers"
    window_days: int = 30
    exits_on_order: bool = True
    cap: str = ""  # SECOND_LIFE: nobody whose return would bring less than the offer costs

    @property
    def most_minor(self) -> int:
        """The most that one customer costs."""
        return max(offer.cost_minor for offer in self.offers)


def letter(
    subject: str, preheader: str, why: str, *blocks: dict[str, str] | Blocks
) -> dict[str, Any]:
    """Return a mail in one language: greeted, then these blocks."""
    flat: Blocks = [one for part in blocks for one in (part if isinstance(part, list) else [part])]
    if flat and flat[0]["kind"] == "heading":
        flat.insert(1, {"kind": "text", "text": "{{ greeting }},"})
    return {"subject": subject, "preheader": preheader, "why": why, "blocks": flat}


def text(*paragraphs: str) -> Blocks:
    """Return paragraphs as blocks of a mail."""
    return [{"kind": "text", "text": paragraph} for paragraph in paragraphs]


def heading(words: str) -> dict[str, str]:
    """Return a heading as a block of a mail."""
    return {"kind": "heading", "text": words}


def code() -> dict[str, str]:
    """Return the block that shows the discount code."""
    return {"kind": "code", "text": "{{ offer.code }}"}


def button(words: str, url: str = "{{ offer.url }}") -> dict[str, str]:
    """Return the button that leads to the shop, or elsewhere."""
    return {"kind": "button", "text": words, "url": url}


def suggestions(kind: str) -> dict[str, str]:
    """Return the block with what may suit the reader, of one kind, each with its reason."""
    return {
        "kind": "text",
        "text": (
            f'{{% for one in suggestions %}}{{% if one.kind == "{kind}" %}}'
            "**{{ one.name }}**\n{{ one.reason }}{% if one.price %}\n{{ one.price }}{% endif %}\n\n"
            "{% endif %}{% endfor %}"
        ),
    }


def mail(*, nl: Mapping[str, Any], en: Mapping[str, Any], **facts: Any) -> StepPlan:
    """Return one contact by mail, in both languages."""
    return StepPlan(content={"nl": nl, "en": en}, **facts)


def call(*, nl: str, en: str, **facts: Any) -> StepPlan:
    """Return one contact by phone, with its script in both languages; a call costs some minutes."""
    content = {"nl": {"text": nl}, "en": {"text": en}}
    return StepPlan(content=content, channel="call", cost_minor=CALL_MINOR, **facts)


CALL_MINOR = 300  # what a call costs: five minutes of a colleague


def nothing() -> OfferPlan:
    """Return the offer of a message, and nothing more."""
    return OfferPlan(
        code="mail", kind="text", title={"nl": "", "en": ""}, cost_minor=0, valid_days=90
    )


def only(*conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the branch of a step: only for whom all of these hold when its moment comes."""
    return {"version": 1, "who": {"all": list(conditions)}}


# Worth a call, and said yes to calls.
WORTH_A_CALL = (
    {"is": "highest_value", "percent": 20},
    {"is": "allows", "channel": "phone", "purpose": "offers"},
)
QUIET = {"not": {"is": "complaint_open"}}


def unheard(days: int) -> dict[str, Any]:
    """Return the condition that somebody did not hear from us for so many days."""
    return {"not": {"is": "contacted", "days": days}}
