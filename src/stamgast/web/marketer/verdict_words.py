"""What a verdict says in a sentence, with its figures; the same on the list, the page and the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.kernel import minor_digits
from stamgast.measurement.models import Verdict
from stamgast.web.design.tags import MINUS, about_money, day, money, number
from stamgast.web.sentences import filled, in_one
from stamgast.web.words import Words

CODES: Words = {
    "worked": _("Worked"),
    "worked_so_far": _("Worked so far"),
    "did_not_work": _("Did not work"),
    "not_yet_known": _("Not yet known"),
    "cannot_be_known_here": _("Cannot be known here"),
    "borrowed_from_later": _("Borrowed from later"),
}
# How each is coloured: good, warn, bad, or nothing yet.
TONES = {
    "worked": "good",
    "worked_so_far": "good",
    "did_not_work": "bad",
    "borrowed_from_later": "warn",
}
KINDS: Words = {
    "campaign": _("campaign"),
    "invitation": _("invitation"),
    "benefit": _("benefit"),
    "standing": _("standing control group"),
}
COSTS: Words = {
    "sending": _("Sending"),
    "gift": _("Gifts"),
    "points": _("Points"),
    "calls": _("Calls"),
    "work": _("Work"),
    "other": _("Other costs"),
}


_JOINED = MINUS + "\N{WORD JOINER}"  # a line does not break between a minus and its amount


def _about(minor: float, currency: str) -> str:
    return about_money(minor, currency).replace(MINUS, _JOINED)


def tone(verdict: Verdict | None) -> str:
    """Return the colour of a verdict; one that the lot blocks is bad."""
    if verdict is None:
        return ""
    if verdict.facts["reason"] == "sample_ratio":
        return "bad"
    return TONES.get(verdict.code, "")


def name_of(verdict: Verdict | None) -> str:
    """Return the verdict in two or three words."""
    if verdict is None:
        return gettext("Not judged yet")
    if verdict.facts["reason"] == "sample_ratio":
        return gettext("No verdict: the lot is off")
    return str(CODES[verdict.code])


def sentence(verdict: Verdict, currency: str) -> SafeString:
    """Return what the verdict means, with the figures in it."""
    facts = verdict.facts
    if facts["reason"] == "sample_ratio":
        return filled(
            gettext(
                "The groups are not as large as the lot makes them (<b>%(treated)s</b> and "
                "<b>%(control)s</b>): customers got lost or changed groups. Find out how before you "
                "trust any figure."
            ),
            treated=number(facts["treated"]),
            control=number(facts["control"]),
        )
    return _SAY[verdict.code](facts, currency)


def plain_line(verdict: Verdict, currency: str) -> str:
    """Return the verdict as one line without markup."""
    said = strip_tags(sentence(verdict, currency))
    return f"{name_of(verdict)}. {re.sub(r'&amp;', '&', said)}"


def _worked(facts: dict[str, Any], currency: str) -> SafeString:
    said = _gain(facts, currency)
    if facts.get("is_after_over", True):
        return said
    later = gettext("If it was borrowed from later, that shows by %(day)s.")
    return in_one(said, filled(later, day=day(_date(facts["followed_until"]))))


def _gain(facts: dict[str, Any], currency: str) -> SafeString:
    net = facts["net_minor"]
    said = filled(
        gettext(
            "<b>%(net)s</b> extra margin after costs (with 95%% certainty between %(low)s and "
            "%(high)s)."
        ),
        net=_about(net["estimate"], currency),
        low=_about(net["low"], currency),
        high=_about(net["high"], currency),
    )
    if (euro := facts["per_euro"]) and facts["spent_minor"] > 0:
        each = gettext("Each euro brought in <b>%(back)s</b>.")
        return in_one(
            said,
            filled(each, back=money(euro["estimate"] * 10 ** minor_digits(currency), currency)),
        )
    return said


def _worked_so_far(facts: dict[str, Any], currency: str) -> SafeString:
    later = gettext("Whether it was borrowed from later we know on %(day)s.")
    when = _date(facts["known_on"]) or _date(facts["followed_until"])
    return in_one(_gain(facts, currency), filled(later, day=day(when)))


def _did_not_work(facts: dict[str, Any], currency: str) -> SafeString:
    cost = facts["spent_minor"] / facts["treated"]
    most = facts["net_minor"]["high"] / facts["treated"] + cost
    saves = max(0, -facts["net_minor"]["estimate"])
    if most > 0:
        text = gettext(
            "It cost <b>%(cost)s</b> a head and brought in at most <b>%(most)s</b>. Stopping saves "
            "%(saves)s each time."
        )
    else:
        text = gettext(
            "It cost <b>%(cost)s</b> a head and brought in nothing. Stopping saves %(saves)s each "
            "time."
        )
    return filled(
        text,
        cost=money(round(cost), currency),
        most=money(round(most), currency),
        saves=_about(saves, currency),
    )


def _not_yet(facts: dict[str, Any], currency: str) -> SafeString:
    known_on = _date(facts["known_on"])
    net = facts["net_minor"]
    if net is None:
        buyers = min(facts["buyers"].values())
        said = filled(
            ngettext(
                "In the smaller group <b>%(n)s</b> household bought so far; from %(needed)s on "
                "something can be said.",
                "In the smaller group <b>%(n)s</b> households bought so far; from %(needed)s on "
                "something can be said.",
                buyers,
            ),
            n=number(buyers),
            needed=number(facts["buyers_needed"]),
        )
    else:
        said = _between(net, currency)
    if facts["reason"] == "may_not_last":
        said = in_one(said, gettext("A gain came first; whether it stays is not proven."))
    if known_on:
        text = (
            gettext("It is followed until %(day)s.")
            if facts["reason"] in ("window_runs", "after_runs")
            else gettext("At this pace we know around %(day)s.")
        )
        said = in_one(said, filled(text, day=day(known_on)))
    return said


def _between(net: dict[str, float], currency: str) -> SafeString:
    return filled(
        gettext("The effect lies between <b>%(low)s</b> and <b>%(high)s</b>."),
        low=_about(net["low"], currency),
        high=_about(net["high"], currency),
    )


def _cannot(facts: dict[str, Any], currency: str) -> SafeString:
    above, net = facts["shows_above_minor"], facts["net_minor"]
    if above is None and net is not None:
        said = _between(net, currency)
    elif above is None:
        said = filled(
            gettext(
                "Too few customers buy: <b>%(n)s</b> households in the smaller group, and %(needed)s "
                "are needed."
            ),
            n=number(min(facts["buyers"].values())),
            needed=number(facts["buyers_needed"]),
        )
    else:
        said = filled(
            gettext("Even after a year only effects above <b>%(above)s</b> a head show."),
            above=money(round(above), currency),
        )
    return in_one(
        said,
        gettext(
            "Choose: a larger control group, judge it together with similar campaigns, go on "
            "unproven, or stop."
        ),
    )


def _borrowed(facts: dict[str, Any], currency: str) -> SafeString:
    first, later, net = facts["first_minor"], facts["later_minor"], facts["net_minor"]
    return filled(
        gettext(
            "First <b>%(first)s</b> extra, then <b>%(later)s</b> less than the control group. "
            "Left: %(left)s (%(low)s to %(high)s)."
        ),
        first=_about(first["estimate"], currency),
        later=_about(-later["estimate"], currency),
        left=_about(net["estimate"], currency),
        low=_about(net["low"], currency),
        high=_about(net["high"], currency),
    )


_SAY: dict[str, Callable[[dict[str, Any], str], SafeString]] = {
    "worked": _worked,
    "worked_so_far": _worked_so_far,
    "did_not_work": _did_not_work,
    "not_yet_known": _not_yet,
    "cannot_be_known_here": _cannot,
    "borrowed_from_later": _borrowed,
}


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def headline(codes: dict[str, int], extra: dict[str, int] | None, currency: str) -> SafeString:
    """Return what all efforts together come to: how many of each, and their extra margin."""
    worked = codes.get("worked", 0) + codes.get("worked_so_far", 0)
    not_ = codes.get("did_not_work", 0) + codes.get("borrowed_from_later", 0)
    unknown = codes.get("not_yet_known", 0) + codes.get("cannot_be_known_here", 0)
    said = filled(
        ngettext(
            "<b class='good'>%(n)s</b> effort worked, <b>%(not)s</b> did not, of <b>%(unknown)s</b> "
            "it is not yet known.",
            "<b class='good'>%(n)s</b> efforts worked, <b>%(not)s</b> did not, of <b>%(unknown)s</b> "
            "it is not yet known.",
            worked,
        ),
        n=number(worked),
        **{"not": number(not_), "unknown": number(unknown)},
    )
    if extra:
        together = gettext("Together <b>%(sum)s</b> extra margin (between %(low)s and %(high)s).")
        said = in_one(
            said,
            filled(
                together,
                sum=_about(extra["estimate"], currency),
                low=_about(extra["low"], currency),
                high=_about(extra["high"], currency),
            ),
        )
    return said
