"""Writes docs/reference/conditions.md: `python tests/house/conditions_reference.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "conditions.md"
HEAD = """# Conditions

Whom a campaign is for, as programs read and write it. An audience is JSON:

```json
{"version": 1, "who": {"all": [
  {"is": "stage", "in": ["drifting"]},
  {"any": [{"is": "value", "at_least": 2000}, {"is": "bought_category", "in": ["Coffee"], "days": 365}]},
  {"not": {"is": "complaint_open"}}
]}}
```

`all`, `any` and `not` group conditions, at most six deep, at most forty conditions in all. What is not
known does not hold, so its opposite does. Erased and merged records are never in an audience. Days are
counted back from the day up to which orders are known. A condition that cannot be read is refused with
its place (`who.all.1.at_least`) and why.

Another package adds conditions by an entry point in the group `stamgast.conditions` that names a
sequence of `stamgast.campaigns.audience.Kind`.

Made from the conditions themselves by `python tests/house/conditions_reference.py`.
"""
SORTS = {
    "one_of": "one of {choices}",
    "some_of": "a list of {choices}",
    "whole": "a whole number, {least} to {most}",
    "percent": "whole percents, {least} to 100",
    "amount": "an amount in the smallest unit of the shop's currency",
    "names": "a list of names",
    "reference": "a number",
}


def page() -> str:
    """Return the whole page."""
    from django.utils.translation import override

    from stamgast.campaigns.audience import kinds
    from stamgast.web.marketer import audience_words as words

    parts, subject = [HEAD], ""
    with override("en"):
        for code, kind in kinds().items():
            if kind.subject != subject:
                subject = kind.subject
                parts.append(f"## {words.SUBJECTS[subject]}\n")
            parts.append(_entry(code, kind))
    return "\n".join(parts)


def _entry(code: str, kind: Any) -> str:
    from stamgast.web.marketer import audience_sentences as sentences

    rows = [f"### `{code}`\n", f"{sentences.name_of(code)}.\n"]
    if kind.fields:
        rows += ["| field | holds | |", "|---|---|---|"]
        rows += [_field(kind, field) for field in kind.fields]
        rows.append("")
    return "\n".join(rows)


def _field(kind: Any, field: Any) -> str:
    choices = ", ".join(f"`{choice}`" for choice in field.choices)
    holds = SORTS[field.sort].format(choices=choices, least=field.least, most=field.most)
    if field.name in kind.needs_one_of:
        need = "at least one of " + " and ".join(f"`{name}`" for name in kind.needs_one_of)
    else:
        need = "may be left out" if field.is_optional else ""
    return f"| `{field.name}` | {holds} | {need} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
    import django

    django.setup()
    PAGE.write_text(page(), "utf-8", newline="\n")
