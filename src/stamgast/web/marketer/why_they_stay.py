"""Why they stay: who is loyal, who is only held, of whom we know nothing, and what to do."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.insight.bonds import MEASURES
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import why_they_stay_words as words
from stamgast.web.marketer.base_shown import base_shown
from stamgast.web.marketer.why_they_stay_figures import (
    Group,
    answered,
    endings,
    kinds,
    matrix,
    needed,
)
from stamgast.web.sentences import filled

HELD = ("captive", "bought", "habit", "no_alternative")


@page("see base")
def why_they_stay(request: StaffRequest) -> HttpResponse:
    """Show who stays and why; while most are unknown, what is known and how to learn more."""
    base = base_shown({})  # type: ignore[arg-type]
    if base is None or not base.customers:
        return redirect("dashboard")
    judged = base.customers - base.stages.get("withheld", 0)
    groups = kinds(base.run, judged)
    unknown, known = groups[-1].customers, groups[:-1]
    so_far = answered()
    facts = {
        "base": base,
        "headline": _headline(judged, unknown, known),
        "answered": so_far,
        "needed": needed(judged, so_far),
        "ask": reverse("ask"),
        "kinds": [_shown(group, judged) for group in groups if group.customers],
        "held": sum(group.customers for group in known if group.code in HELD),
        "matrix": [(words.say(words.LEVELS, level), cells) for level, cells in matrix(base.run)],
        "has_matrix": bool(known) or unknown < judged,
        "endings": [(ending, words.say(words.ENDS, ending.bond)) for ending in endings(base.run)],
    }
    return render(request, "why_they_stay.html", facts)


def _headline(judged: int, unknown: int, known: list[Group]) -> SafeString:
    if unknown >= judged:
        text = ngettext(
            "Why your <b>%(n)s customer</b> stays is not known yet.",
            "Why your <b>%(n)s customers</b> stay is not known yet.",
            judged,
        )
        return filled(text, n=number(judged))
    if 2 * unknown > judged:
        text = gettext(
            "Of <b>%(known)s customers</b> we know enough to say why they stay, of %(unknown)s "
            "not yet. Ask one question."
        )
        return filled(text, known=number(judged - unknown), unknown=number(unknown))
    count = {group.code: group.customers for group in known}
    held = sum(count.get(code, 0) for code in HELD)
    text = gettext(
        "Of %(n)s customers <b>%(loyal)s are loyal</b>; %(held)s stay without being loyal, and "
        "of %(unknown)s we do not know yet."
    )
    facts = {"n": judged, "loyal": count.get("true", 0), "held": held, "unknown": unknown}
    return filled(text, **{name: number(value) for name, value in facts.items()})


def _shown(group: Group, judged: int) -> dict[str, Any]:
    advice = MEASURES[group.code] if group.code in MEASURES else MEASURES["unknown"]
    return {
        "code": group.code,
        "name": words.say(words.KINDS, group.code),
        "customers": group.customers,
        "share": group.customers / judged if judged else 0.0,
        "margin": group.margin,
        "fits": words.measures(advice.fits),
        "avoids": words.measures(advice.avoids),
        "is_held": group.code in HELD,
    }
