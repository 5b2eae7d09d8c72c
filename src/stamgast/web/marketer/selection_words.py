"""A selection as a sentence, and its filters as choices: what the list means before it begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.signals.models import OutsideEvent
from stamgast.web.design.tags import about_money, listed, number
from stamgast.web.marketer.search import MOST_FOUND
from stamgast.web.marketer.selection import Selection
from stamgast.web.marketer.selection_figures import Figures
from stamgast.web.sentences import filled
from stamgast.web.words import word_of

VALUE_BANDS: Final[dict[str, str | Promise]] = {
    "highest": _("highest tenth"),
    "middle": _("upper half, below that"),
    "lowest": _("lower half"),
}
LAST_PURCHASES: Final[dict[str, str | Promise]] = {
    "month": _("at most 30 days ago"),
    "quarter": _("1 to 3 months ago"),
    "half": _("3 to 6 months ago"),
    "year": _("6 to 12 months ago"),
    "older": _("more than a year ago"),
}
CONSENTS: Final[dict[str, str | Promise]] = {
    "email": _("may be mailed"),
    "phone": _("may be called"),
    "sms": _("may be texted"),
    "post": _("may be written to"),
}
SORTS: Final[dict[str, str | Promise]] = {
    "value": _("highest value first"),
    "last": _("latest purchase first"),
    "silent": _("longest silence first"),
    "orders": _("most orders first"),
    "revenue": _("highest revenue first"),
    "name": _("by surname"),
}


def sentence(
    selection: Selection, found: Figures, *, currency: str, sees_margin: bool
) -> SafeString:
    """Say how many customers a selection holds, what they have in common and what is at stake."""
    if selection.is_search_only and found.count >= MOST_FOUND:
        text = gettext("At least <b>%(count)s customers</b> match “%(words)s”; say more of them.")
        return filled(text, count=number(MOST_FOUND), words=selection.q)
    if not found.count:
        return filled(gettext("No customer fits this selection."))
    who = _who(selection, found.count)
    if not sees_margin or not found.margin_minor:
        return filled("%(who)s.", who=who)
    text = ngettext(
        "%(who)s; expected margin in the coming year <b>%(margin)s</b>.",
        "%(who)s; together <b>%(margin)s</b> margin in the coming year.",
        found.count,
    )
    return filled(text, who=who, margin=about_money(found.margin_minor, currency))


def _who(selection: Selection, count: int) -> SafeString:
    known = ((say, getattr(selection, name)) for name, say in _SAYINGS.items())
    said = [say(value, count) for say, value in known if value]
    if said:
        text = ngettext(
            "<b>%(count)s customer</b> %(do)s", "<b>%(count)s customers</b> %(do)s", count
        )
        return filled(text, count=number(count), do=listed(said))
    text = ngettext(
        "You know <b>%(count)s customer</b>", "You know <b>%(count)s customers</b>", count
    )
    return filled(text, count=number(count))


def stage_words(code: str, count: int) -> str:
    """Say of so many customers in which stage they are: "is drifting", "are drifting"."""
    return {
        "new": ngettext("is new", "are new", count),
        "active": ngettext("is active", "are active", count),
        "drifting": ngettext("is drifting", "are drifting", count),
        "lost": ngettext("has left", "have left", count),
        "won_back": ngettext("came back", "have come back", count),
        "none": ngettext("has not bought yet", "have not bought yet", count),
        "withheld": ngettext("does not want to be profiled", "do not want to be profiled", count),
    }[code]


def _step(code: str, count: int) -> str:
    text = ngettext("has “%(step)s” as next step", "have “%(step)s” as next step", count)
    return text % {"step": word_of("step", code)}


def _value(code: str, count: int) -> str:
    return {
        "highest": ngettext(
            "belongs to the tenth with the highest value",
            "belong to the tenth with the highest value",
            count,
        ),
        "middle": ngettext(
            "belongs to the half with the highest value, but not to the top tenth",
            "belong to the half with the highest value, but not to the top tenth",
            count,
        ),
        "lowest": ngettext(
            "belongs to the half with the lowest value",
            "belong to the half with the lowest value",
            count,
        ),
    }[code]


def _last(code: str, count: int) -> str:
    text = ngettext("bought last %(when)s", "bought last %(when)s", count)
    return text % {"when": LAST_PURCHASES[code]}


def _consent(code: str, count: int) -> str:
    return {
        "email": ngettext("may be mailed", "may be mailed", count),
        "phone": ngettext("may be called", "may be called", count),
        "sms": ngettext("may be texted", "may be texted", count),
        "post": ngettext("may be written to", "may be written to", count),
    }[code]


def _complaint(code: str, count: int) -> str:
    return ngettext("has an open complaint", "have an open complaint", count)


def _shop(value: str, count: int) -> str:
    return ngettext("bought last in %(shop)s", "bought last in %(shop)s", count) % {"shop": value}


def _brand(value: str, count: int) -> str:
    text = ngettext("bought last of brand %(brand)s", "bought last of brand %(brand)s", count)
    return text % {"brand": value}


def _country(value: str, count: int) -> str:
    text = ngettext("buys from %(country)s", "buy from %(country)s", count)
    return text % {"country": value}


def _channel(value: str, count: int) -> str:
    text = ngettext("bought last through %(channel)s", "bought last through %(channel)s", count)
    return text % {"channel": value}


def _words(value: str, count: int) -> str:
    return ngettext("matches “%(words)s”", "match “%(words)s”", count) % {"words": value}


def _signal(number: str, count: int) -> str:
    event = OutsideEvent.objects.get(pk=int(number))
    text = ngettext("may be touched by “%(what)s”", "may be touched by “%(what)s”", count)
    return text % {"what": event.title}


_SAYINGS: Final[dict[str, Callable[[str, int], str]]] = {
    "q": _words,
    "stage": stage_words,
    "value": _value,
    "last": _last,
    "shop": _shop,
    "brand": _brand,
    "country": _country,
    "channel": _channel,
    "consent": _consent,
    "complaint": _complaint,
    "signal": _signal,
    "step": _step,
}
