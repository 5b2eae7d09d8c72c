"""Writes docs/reference/measures.md: `python tests/house/measures_reference.py`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "measures.md"
HEAD = """# Measures

The finished campaigns that the library offers, in the order in which a customer meets them. Each is a
draft to begin with: audience, offers, contacts and texts can all be changed before it runs, in Dutch and
English. None runs without its control group, and all campaigns of one measure are judged together.

**Fits** and **not for** name kinds of loyalty (see [retained or loyal](../explanation/retained-or-loyal.md)).
They say where to begin, not what is true: what a measure brings in your shop, the verdicts say. What is
known elsewhere is told in our own words, with its source; where no study is named, we know none that we
would lean on.

A customer gets a measure once per campaign, since a lot is drawn once: let a measure that returns every
year or month begin anew when you have judged it.

Programs begin a measure by its code: `start_from_preset`. In texts stand, besides what every mail knows,
`offer` (title, code, until, url, points, reward), `suggestions` (each with kind, name,
reason, url, and price where that went down), `member`
(is_member, points, tier, friend_code, page) and, where a question is asked, `answer_url`.

Made from the measures themselves by `python tests/house/measures_reference.py`.
"""
DIRECTIONS = {"keep": "keep customers", "deepen": "deepen loyalty"}


def page() -> str:
    """Return the whole page."""
    from django.utils.translation import override

    from stamgast.campaigns.presets import presets

    with override("en"):
        return "\n".join([HEAD, *(_entry(preset) for preset in presets().values())])


def _entry(preset: Any) -> str:
    from stamgast.web.marketer.campaigns.library import KINDS, NEEDS, RHYTHMS

    def kinds(codes: tuple[str, ...]) -> str:
        return ", ".join(str(KINDS[code]) for code in codes) or "nobody"

    told = preset.told["en"]
    rhythm = str(RHYTHMS[preset.rhythm])
    facts = {
        "code": f"`{preset.code}`",
        "goal": DIRECTIONS[preset.direction],
        "fits": kinds(preset.fits),
        "not for": kinds(preset.avoid),
        "needs": ", ".join(str(NEEDS[need]) for need in preset.needs) or "nothing more",
        "rhythm": f"{rhythm} (`{preset.trigger}`)" if preset.trigger else rhythm,
        "effect waited for": f"{preset.window_days} days",
        "exit on order": "yes" if preset.exits_on_order else "no",
        "offers": "<br>".join(_offer(offer) for offer in preset.offers),
        "contacts": "<br>".join(_contacts(preset)),
    }
    known = f"{told.known} ({preset.source})" if preset.source else told.known
    return "\n".join(
        [
            f"## {preset.names['en']}\n",
            f"{told.what}\n",
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in facts.items()),
            f"\n**Known of it.** {known}\n",
            f"**Guard.** {told.guard}\n",
            f"```json\n{json.dumps(preset.who, ensure_ascii=False)}\n```\n",
        ]
    )


def _offer(offer: Any) -> str:
    if offer.kind == "text":
        asked = offer.facts.get("question")
        return f"a message that asks `{asked}`" if asked else "a message, and nothing more"
    kind = offer.kind.replace("_", " ")
    return f"{offer.title['en']} ({kind}; at most €{offer.cost_minor / 100:.2f}, {offer.valid_days} days)"


def _contacts(preset: Any) -> list[str]:
    day: dict[str, int] = {}
    found = []
    for step in preset.steps:
        day[step.offer] = day.get(step.offer, 0) + step.wait_days
        when = f"day {day[step.offer]}"
        only = f", only if {json.dumps(step.only_if['who'])}" if step.only_if else ""
        arm = f", offer `{step.offer}`" if step.offer else ""
        found.append(f"{when}: {_says(step)} ({step.channel}{arm}{only})")
    return found


def _says(step: Any) -> str:
    said = step.content["en"]
    return str(said.get("subject") or "a call, with a script")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
    import django

    django.setup()
    PAGE.write_text(page(), "utf-8", newline="\n")
