"""How a condition reads, and how an audience is taken apart in lines that read one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from stamgast.signals.models import OutsideEvent
from stamgast.web.design.tags import listed, money, number, part_of_base, whole_money
from stamgast.web.marketer.audience_words import (
    CHOICES,
    CONDITIONS,
    PERSONS,
    QUESTIONS,
    SUGGESTIONS,
    Text,
)
from stamgast.web.marketer.selection_words import stage_words
from stamgast.web.marketer.signals_words import KINDS as EVENT_KINDS
from stamgast.web.marketer.why_they_stay_words import HOLDS, ONE_OF_KIND
from stamgast.web.programme_words import BENEFIT_KINDS
from stamgast.web.words import word_of

_MONEY = frozenset({"value", "revenue", "margin"})


def name_of(code: str) -> str:
    """Return what a condition is called in the list of conditions."""
    said = CONDITIONS.get(code)
    return str(said.name) if said else code


def sentence(leaf: Mapping[str, Any], *, currency: str, is_opposite: bool = False) -> str:
    """Return how a condition reads after "everyone who"."""
    said = CONDITIONS.get(leaf["is"])
    if said is None:
        return str(leaf["is"])
    if leaf["is"] == "stage" and not is_opposite:
        return either(stage_words(stage, 1) for stage in leaf["in"])
    template = str(said.opposite if is_opposite else said.holds)
    return re.sub(" +", " ", template % _filling(leaf, currency)).strip()  # € 5 stays together


def choice_word(code: str, field: str, value: str) -> str:
    """Return the word for a choice at a condition."""
    if code == "stage":
        return word_of("stage", value)
    if code == "next_step":
        return word_of("step", value)
    if field in ("channel", "purpose") and code == "allows":
        return word_of(field, value)
    words: Mapping[str, Text] = {
        "loyalty": ONE_OF_KIND,
        "stays_because": ONE_OF_KIND,
        "bond": HOLDS,
        "is_kind": PERSONS,
        "has_suggestion": SUGGESTIONS,
        "benefit_withheld": BENEFIT_KINDS,
        "exposed_now": EVENT_KINDS,
    }.get(code) or (QUESTIONS if field == "question" else CHOICES)
    return str(words.get(value, value))


def _filling(leaf: Mapping[str, Any], currency: str) -> dict[str, str]:
    days, span = leaf.get("days"), _range(leaf, currency)
    most = leaf.get("at_most", leaf.get("at_least", 0))
    return {
        "what": _what(leaf),
        "range": span,
        "often": ngettext("%(range)s time", "%(range)s times", most) % {"range": span},
        "long": ngettext("%(range)s day", "%(range)s days", most) % {"range": span},
        "points": ngettext("%(range)s point", "%(range)s points", most) % {"range": span},
        "ahead": _ahead(days),
        "unspent": _unspent(days),
        "days": _within(leaf),
        "since": _since(days),
        "times": _times(leaf.get("times", 1)),
        "percent": number(leaf.get("percent", 0)),
        "longer": _longer(leaf.get("percent", 100)),
        "codes": listed(leaf["in"]) if leaf.get("in") else gettext("a discount code"),
        "question": str(QUESTIONS.get(leaf.get("question", ""), "")),
        "channel": word_of("channel", leaf.get("channel", "")),
        "purpose": word_of("purpose", leaf.get("purpose", "")),
    }


def _what(leaf: Mapping[str, Any]) -> str:
    code = leaf["is"]
    if code == "exposed_to":
        event = OutsideEvent.objects.filter(pk=leaf["event"]).first()
        return event.title if event else gettext("a signal that was taken back")
    if code == "bond":
        return choice_word(code, "bond", leaf["bond"])
    if code == "answered_score":
        return str(QUESTIONS[leaf["question"]])
    if code == "country":
        return either(part_of_base(one, "country") for one in leaf["in"])
    return either(choice_word(code, "in", one) for one in leaf.get("in", ()))


def either(words: Any) -> str:
    """Return words of which one suffices: a, b or c."""
    said = [str(each) for each in words]
    if len(said) < 2:
        return "".join(said)
    return gettext("%(first)s or %(last)s") % {"first": ", ".join(said[:-1]), "last": said[-1]}


def _range(leaf: Mapping[str, Any], currency: str) -> str:
    def shown(value: int) -> str:
        if leaf["is"] not in _MONEY:
            return number(value)
        return whole_money(value, currency) if value % 100 == 0 else money(value, currency)

    low, high = leaf.get("at_least"), leaf.get("at_most")
    if low is not None and low == high:
        return gettext("exactly %(n)s") % {"n": shown(low)}
    if low is not None and high is not None:
        return gettext("%(low)s to %(high)s") % {"low": shown(low), "high": shown(high)}
    if low is not None:
        return gettext("at least %(n)s") % {"n": shown(low)}
    return gettext("at most %(n)s") % {"n": shown(high)} if high is not None else ""


def _since(days: int | None) -> str:
    if not days:
        return ""
    text = ngettext(" in the last %(n)s day", " in the last %(n)s days", days)
    return text % {"n": number(days)}


def _within(leaf: Mapping[str, Any]) -> str:
    """Return a number of days, or of a contract that ends later than soon: from when to when."""
    days = leaf.get("days")
    if leaf["is"] == "contract_ends" and leaf.get("at_least"):
        ends = {"low": number(leaf["at_least"]), "high": number(days)}
        return gettext("%(low)s to %(high)s") % ends
    return number(days) if days else number(0) if leaf["is"] == "runs_out" else ""


def _ahead(days: int | None) -> str:
    if not days:
        return gettext("today")
    return ngettext("within %(n)s day", "within %(n)s days", days) % {"n": number(days)}


def _unspent(days: int | None) -> str:
    if not days:
        return ""
    text = ngettext(
        ", and spent none in the last %(n)s day", ", and spent none in the last %(n)s days", days
    )
    return text % {"n": number(days)}


def _times(times: int) -> str:
    if times < 2:
        return ""
    return gettext("at least %(n)s times ") % {"n": number(times)}


def _longer(percent: int) -> str:
    if percent == 100:
        return gettext("longer than usual")
    return gettext("longer than %(n)s times the usual") % {"n": number(percent / 100, 1)}


def who(audience: Mapping[str, Any], *, currency: str) -> list[list[tuple[str, bool]]]:
    """Return an audience as lines that all hold; of each line one of its sentences suffices."""
    return [
        [
            (sentence(leaf, currency=currency, is_opposite=is_opposite), is_opposite)
            for leaf, is_opposite in line
        ]
        for line in lines_of(audience) or []
    ]


Line = list[tuple[dict[str, Any], bool]]


def lines_of(audience: Mapping[str, Any]) -> list[Line] | None:
    """Return an audience as lines of which each must hold, or None where it is built otherwise.

    A line is one or more conditions, or their opposites, of which one suffices.
    """
    node = audience["who"]
    found = [_line(part) for part in node.get("all", [node])]
    return None if any(line is None for line in found) else [line for line in found if line]


def _line(node: Mapping[str, Any]) -> Line | None:
    parts = node.get("any", [node])
    found: Line = []
    for part in parts:
        leaf, is_opposite = (part["not"], True) if "not" in part else (part, False)
        if "is" not in leaf:
            return None
        found.append((dict(leaf), is_opposite))
    return found


def audience_of(lines: list[Line]) -> dict[str, Any]:
    """Return the audience that these lines say."""
    nodes = []
    for line in lines:
        parts = [{"not": leaf} if is_opposite else leaf for leaf, is_opposite in line]
        nodes.append(parts[0] if len(parts) == 1 else {"any": parts})
    return {"version": 1, "who": {"all": nodes}}
