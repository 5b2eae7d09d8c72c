"""Who stays but is not loyal: what holds them, when that ends, and what hangs on it."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.scoring.models import BondScore
from stamgast.scoring.queries import current_run, stays_but_not_loyal
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import why_they_stay_words as words
from stamgast.web.marketer.why_they_stay import HELD
from stamgast.web.sentences import filled

PER_PAGE = 50
SOON = 90  # days


@page("see customers")
def stays_not_loyal(request: StaffRequest) -> HttpResponse:
    """List them, whose bond ends first on top; `?held=captive` narrows to what holds them."""
    run = current_run()
    if run is None:
        return redirect("dashboard")
    held = request.GET.get("held", "")
    held = held if held in HELD else ""
    everyone = stays_but_not_loyal(subtype=held)
    shown = Paginator(everyone, PER_PAGE).get_page(request.GET.get("page"))
    soon = date.fromordinal(run.as_of.toordinal() + SOON)
    ending = stays_but_not_loyal(subtype=held, ends_before=soon).filter(ends_on__gt=run.as_of)
    facts = {
        "run": run,
        "page": shown,
        "rows": [(row, ends_in_words(row, run.as_of)) for row in shown],
        "held": held,
        "choices": [(code, words.say(words.KINDS, code)) for code in HELD],
        "headline": _headline(shown.paginator.count, ending.count()),
    }
    return render(request, "stays_not_loyal.html", facts)


def _headline(everyone: int, ending: int) -> SafeString:
    if not everyone:
        return filled(gettext("Nobody is known to stay without being loyal."))
    text = ngettext(
        "<b>%(n)s customer</b> stays without being loyal.",
        "<b>%(n)s customers</b> stay without being loyal.",
        everyone,
    )
    said = filled(text, n=number(everyone))
    if not ending:
        return said
    text = ngettext(
        "What holds %(n)s of them ends within three months.",
        "What holds %(n)s of them ends within three months.",
        ending,
    )
    return SafeString(f"{said} {filled(text, n=number(ending))}")


def ends_in_words(row: BondScore, as_of: date) -> str:
    """Say what ends and when: the contract ends in 41 days; empty when no end is known."""
    if row.ends_on is None or row.ends_on <= as_of:
        return ""
    days = (row.ends_on - as_of).days
    text = {
        "legal": ngettext("contract ends in %(n)s day", "contract ends in %(n)s days", days),
        "economic": ngettext(
            "points or credit end in %(n)s day", "points or credit end in %(n)s days", days
        ),
        "technical": ngettext("device is due in %(n)s day", "device is due in %(n)s days", days),
    }.get(row.ends_bond, ngettext("ends in %(n)s day", "ends in %(n)s days", days))
    return text % {"n": number(days)}
