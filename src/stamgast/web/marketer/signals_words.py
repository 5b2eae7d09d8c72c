"""What the page of signals says: series by name, drops, and how purchases moved after an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.signals.models import Alarm, OutsideEvent, Watch, WatchedSeries
from stamgast.web.design.tags import day, number, part_of_base, percent
from stamgast.web.marketer.why_they_stay_words import KINDS as LOYALTY
from stamgast.web.marketer.why_they_stay_words import say
from stamgast.web.sentences import filled
from stamgast.web.words import STAGES, word_of

A_YEAR = 52  # weeks that the radar needs to have seen

KINDS: dict[str, str | Promise] = {
    "competitor_price_cut": _("A competitor lowers prices"),
    "competitor_campaign": _("A competitor's campaign"),
    "own_price_rise": _("We raised prices"),
    "stock_out": _("Out of stock"),
    "service_failure": _("Our service failed"),
    "other": _("Something else"),
}
BUYING: dict[str, str | Promise] = {
    "first": _("first purchases"),
    "again": _("purchases of known customers"),
}


def series_name(facet: str, value: str) -> str:
    """Return how a series is called: the whole shop, country NL, category Tea."""
    if not facet:
        return gettext("the whole shop")
    if facet == "buying":
        return str(BUYING.get(value, value))
    kind = gettext("category") if facet == "category" else word_of("facet", facet)
    return f"{kind} {part_of_base(value, facet)}"


def headline(
    watch: Watch | None, whole: WatchedSeries | None, alarms: Sequence[Alarm], events: int
) -> SafeString:
    """Say first whether purchases fall behind, then how many signals from outside are open."""
    said = [_dropped(alarms) if alarms else _as_usual(watch, whole)]
    if events:
        text = ngettext(
            "<b>%(n)s signal from outside</b> is open.",
            "<b>%(n)s signals from outside</b> are open.",
            events,
        )
        said.append(filled(text, n=number(events)))
    return SafeString(" ".join(said))


def _dropped(alarms: Sequence[Alarm]) -> SafeString:
    """Say how far purchases lie behind: of the whole shop, or of the part with the newest alarm."""
    worst = next((alarm for alarm in alarms if not alarm.facet), alarms[0])
    facts = {"drop": percent(worst.facts["drop"]), "day": day(worst.since_on)}
    if worst.facet:
        text = gettext(
            "Of <b>%(what)s</b> there are <b>%(drop)s</b> fewer than expected since %(day)s."
        )
        if worst.facet != "buying":
            text = gettext("In <b>%(what)s</b> purchases lie <b>%(drop)s</b> behind since %(day)s.")
        said = filled(text, what=series_name(worst.facet, worst.value), **facts)
    else:
        said = filled(
            gettext("Purchases lie <b>%(drop)s</b> behind what was expected since %(day)s."),
            **facts,
        )
    others = len(alarms) - 1
    if not others:
        return said
    text = ngettext("%(n)s more alarm is open.", "%(n)s more alarms are open.", others)
    return SafeString(f"{said} {filled(text, n=number(others))}")


def _as_usual(watch: Watch | None, whole: WatchedSeries | None) -> SafeString:
    """Say what last week brought against what was expected, or why that is not known yet."""
    if watch is None:
        return filled(gettext("Whether purchases fall behind has not been looked at yet."))
    if whole is None:
        return filled(_not_known(watch))
    actual, expected = whole.facts["actual"][-1], whole.facts["expected"][-1]
    if actual is None:
        return filled(gettext("No purchase of last week is known."))
    if actual < whole.facts["low"][-1]:
        text = gettext(
            "Last week brought <b>%(actual)s purchases</b> and %(expected)s were expected: few, but "
            "one week proves nothing."
        )
    else:
        text = gettext(
            "Last week brought <b>%(actual)s purchases</b> and %(expected)s were expected: nothing "
            "out of the ordinary."
        )
    return filled(text, actual=number(actual), expected=number(expected))


def _not_known(watch: Watch) -> str:
    unknown = {(one["facet"], one["value"]): one for one in watch.facts.get("unknown", [])}
    why = unknown.get(("", ""), {})
    if why.get("reason") == "too_few_purchases":
        return gettext("With so few purchases a week, a drop cannot be told from chance.")
    weeks = max(A_YEAR - why.get("weeks", 0), 1)
    text = ngettext(
        "Whether purchases fall behind can be said in <b>%(n)s week</b>.",
        "Whether purchases fall behind can be said in <b>%(n)s weeks</b>.",
        weeks,
    )
    return text % {"n": number(weeks)}


def noticed(delays: Sequence[dict[str, Any]]) -> list[str]:
    """Say of each size of drop how soon it is noticed."""
    return [_noticed(one) for one in delays]


def _noticed(delay: dict[str, Any]) -> str:
    drop = percent(delay["drop"])
    if delay["usual"] is None:
        text = gettext("A drop of %(drop)s: seldom noticed within half a year.")
        return text % {"drop": drop}
    usual = ngettext("%(n)s week", "%(n)s weeks", delay["usual"]) % {"n": number(delay["usual"])}
    if delay["mostly"] is None:
        text = gettext("A drop of %(drop)s: in half of the cases within %(usual)s.")
        return text % {"drop": drop, "usual": usual}
    mostly = ngettext("%(n)s week", "%(n)s weeks", delay["mostly"]) % {"n": number(delay["mostly"])}
    text = gettext(
        "A drop of %(drop)s: in half of the cases within %(usual)s, in 8 of 10 within %(mostly)s."
    )
    return text % {"drop": drop, "usual": usual, "mostly": mostly}


def when(event: OutsideEvent, today: date) -> str:
    """Say when an event is: since, from, or from until."""
    facts = {"from": day(event.starts_on), "until": day(event.ends_on)}
    if event.ends_on:
        return gettext("%(from)s until %(until)s") % facts
    if event.starts_on > today:
        return gettext("from %(from)s") % facts
    return gettext("since %(from)s") % facts


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put everyone first, then the kinds of loyalty, then the stages, each as pages name them."""
    place = {("", ""): 0}
    place |= {("kind", code): 100 + n for n, code in enumerate(LOYALTY)}
    place |= {("stage", code): 200 + n for n, code in enumerate(STAGES)}
    return sorted(rows, key=lambda row: place.get((row["facet"], row["group"]), 300))


def group_name(row: dict[str, Any]) -> str:
    """Say who a row is about: a kind of loyalty or a stage; empty of everyone."""
    if row["facet"] == "kind":
        return say(LOYALTY, row["group"])
    return word_of("stage", row["group"]) if row["facet"] else ""


def moved(row: dict[str, Any] | None) -> str:
    """Say how purchases of exposed customers moved against those of the others."""
    if row is None:
        return gettext("How purchases moved is looked at within a day.")
    reasons = {
        "too_early": gettext("How purchases moved can be said two weeks after it began."),
        "history_too_short": gettext(
            "How purchases moved cannot be said: that takes a year and a half of orders before it."
        ),
        "too_few_purchases": gettext("Too few purchases to say how they moved."),
    }
    if row["reason"]:
        return reasons[row["reason"]]
    facts = {
        "size": percent(abs(row["difference"])),
        "low": _more_or_less(row["low"]),
        "high": _more_or_less(row["high"]),
    }
    if row["high"] < 0:
        text = gettext("They bought %(size)s less than the others (95%%: %(low)s to %(high)s).")
    elif row["low"] > 0:
        text = gettext("They bought %(size)s more than the others (95%%: %(low)s to %(high)s).")
    else:
        text = gettext("No difference with the others is seen (95%%: %(low)s to %(high)s).")
    return text % facts


def _more_or_less(share: float) -> str:
    if share < 0:
        return gettext("%(share)s less") % {"share": percent(-share)}
    return gettext("%(share)s more") % {"share": percent(share)}
