"""A series in words: what each offer is, and when which contact comes, over what, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.models import Campaign, Offer, Step
from stamgast.campaigns.series import days_of, steps_of
from stamgast.web.design.tags import listed, number, percent
from stamgast.web.marketer import audience_sentences as sentences
from stamgast.web.marketer.campaigns.shown import cost_line
from stamgast.web.sentences import filled

CHANNELS: Final[dict[str, str | Promise]] = {
    "email": _("mail"),
    "call": _("telephone"),
    "list": _("list for another tool"),
    "webhook": _("another program"),
    "site": _("on the site"),
}
KINDS: Final[dict[str, str | Promise]] = {
    Offer.Kind.TEXT: _("a message, and nothing more"),
    Offer.Kind.DISCOUNT_CODE: _("a discount code"),
    Offer.Kind.GIFT: _("a gift"),
    Offer.Kind.POINTS: _("points"),
    Offer.Kind.REWARD: _("a reward"),
}


@dataclass(frozen=True)
class OfferShown:
    """An offer with its words, and how many of those who get something get this."""

    row: Offer
    name: str
    text: str


@dataclass(frozen=True)
class Condition:
    """One condition of a branch, with its place."""

    line: int
    place: int
    text: str


@dataclass(frozen=True)
class ContactShown:
    """A contact as the timeline says it."""

    row: Step
    when: str
    what: str
    only_if: str  # empty: for everybody
    conditions: list[Condition]
    offer: str  # empty: for all offers


def in_language(texts: Mapping[str, Any]) -> Any:
    """Return what is written in the reader's language, else in another; None when nothing is."""
    own = texts.get((get_language() or "en")[:2])
    return own or next((text for text in texts.values() if text), None)


def name_of(offer: Offer) -> str:
    """Return how an offer is called in a sentence."""
    title = in_language(offer.title)
    return str(title or KINDS.get(offer.kind, offer.kind))


def channel_word(channel: str) -> str:
    """Return what a channel is called."""
    return str(CHANNELS.get(channel, channel))


def offers_shown(campaign: Campaign, currency: str) -> list[OfferShown]:
    """Return the offers in words."""
    rows = list(campaign.offers.select_related("code_list").order_by("position", "pk"))
    total = sum(row.share for row in rows)
    return [OfferShown(row, name_of(row), _about(row, total, currency)) for row in rows]


def _about(row: Offer, total: int, currency: str) -> str:
    parts = [str(KINDS.get(row.kind, row.kind))] if in_language(row.title) else []
    if row.share != total:
        share = percent(row.share / total)
        parts.append(gettext("for %(share)s of those who get something") % {"share": share})
    if row.cost_minor:
        parts.append(
            gettext("costs at most %(cost)s") % {"cost": cost_line(row.cost_minor, currency)}
        )
    days = ngettext("holds for %(n)s day", "holds for %(n)s days", row.valid_days)
    parts.append(days % {"n": number(row.valid_days)})
    return ", ".join(parts)


def contacts_shown(campaign: Campaign, currency: str) -> list[ContactShown]:
    """Return the contacts in words, in their order."""
    steps = list(campaign.steps.select_related("offer").order_by("position", "pk"))
    offers = list(campaign.offers.all())
    on_day: dict[int, set[int]] = {}
    for offer in offers:
        for day, step in days_of(steps_of(steps, offer)):
            on_day.setdefault(step.pk, set()).add(day)
    return [_contact(step, sorted(on_day.get(step.pk, {0})), currency) for step in steps]


def _contact(step: Step, days: list[int], currency: str) -> ContactShown:
    conditions = [
        Condition(at, place, sentences.sentence(leaf, currency=currency, is_opposite=is_opposite))
        for at, line in enumerate(branch_lines(step.only_if))
        for place, (leaf, is_opposite) in enumerate(line)
    ]
    by_line: dict[int, list[str]] = {}
    for one in conditions:
        by_line.setdefault(one.line, []).append(one.text)
    return ContactShown(
        row=step,
        when=_when(step.wait_days, days),
        what=_what(step),
        only_if=listed(sentences.either(line) for line in by_line.values()),
        conditions=conditions,
        offer=name_of(step.offer) if step.offer else "",
    )


def branch_lines(only_if: Mapping[str, Any]) -> list[sentences.Line]:
    """Return the conditions of a branch as lines; none when it asks nothing."""
    return (sentences.lines_of(only_if) or []) if only_if else []


def _when(wait: int, days: list[int]) -> str:
    if days == [0]:
        return gettext("Day 0, at once")
    if wait == 0:
        return gettext("The same day")
    text = ngettext("%(n)s day later", "%(n)s days later", wait) % {"n": number(wait)}
    if len(days) == 1 and days[0] != wait:
        return gettext("%(later)s, on day %(day)s") % {"later": text, "day": number(days[0])}
    return text


def _what(step: Step) -> str:
    said = in_language(step.content)
    title = said.get("subject") or said.get("title") if isinstance(said, Mapping) else ""
    channel = channel_word(step.channel)
    return f"{channel}: “{title}”" if title else channel


def headline(campaign: Campaign, currency: str) -> SafeString:
    """Say in one sentence what they get, and in how many contacts."""
    offers = list(campaign.offers.order_by("position", "pk"))
    steps = list(campaign.steps.all())
    last = max((day for o in offers for day, _s in days_of(steps_of(steps, o))), default=0)
    if len(offers) > 1:
        first = ngettext(
            "By lot they get one of <b>%(n)s offer</b>",
            "By lot they get one of <b>%(n)s offers</b>",
            len(offers),
        ) % {"n": number(len(offers))}
    elif offers[0].kind == Offer.Kind.TEXT:
        first = gettext("They get a message, and nothing more")
    else:
        cost = cost_line(offers[0].cost_minor, currency)
        first = gettext("They get something that costs at most <b>%(cost)s</b> a head") % {
            "cost": cost
        }
    if len(steps) < 2:
        return filled(f"{first}.")
    text = ngettext(
        "%(first)s, in <b>%(n)s contacts</b> over %(days)s day.",
        "%(first)s, in <b>%(n)s contacts</b> over %(days)s days.",
        last,
    )
    return filled(text % {"first": first, "n": number(len(steps)), "days": number(last)})
