"""The library of measures: what fits which customer, what is known of it, and what it brought here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.audience import VERSION, audience_size, looking, read_audience
from stamgast.campaigns.measures import Here, known_here
from stamgast.campaigns.presets import presets
from stamgast.campaigns.presets.preset import Preset, Told
from stamgast.scoring.queries import current_run
from stamgast.web.design.tags import listed, number, term
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import verdict_words
from stamgast.web.marketer.selection_figures import cached
from stamgast.web.sentences import filled
from stamgast.web.terms import TERMS

Words = dict[str, str | Promise]
NEEDS: Final[Words] = {
    "programme": _("the loyalty programme"),
    "codes": _("discount codes"),
    "contracts": _("contracts"),
    "births": _("dates of birth"),
    "signals": _("signals from outside"),
    "suggestions": _("products in your orders"),
    "answers": _("answers of customers"),
}
KINDS: Final[Words] = {
    code.removeprefix("loyalty_"): one.name for code, one in TERMS.items() if one.group == "bond"
}
RHYTHMS: Final[Words] = {
    "once": _("Once, to all of them"),
    "daily": _("Every day, to who comes to it"),
    "on_event": _("When it happens"),
}
DIRECTIONS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "keep": (
        _("To keep customers"),
        _("For who is about to leave, or left: margin within the window counts."),
    ),
    "deepen": (
        _("To deepen loyalty"),
        _("For who stays anyway: why not gladly, or longer? It takes months to show."),
    ),
}


@dataclass(frozen=True)
class Measure:
    """One finished campaign as the library shows it."""

    preset: Preset
    name: str
    told: Told
    customers: int | None
    here: Here

    @property
    def fits(self) -> SafeString:
        """For which kinds of loyalty it is meant."""
        return _kinds(self.preset.fits)

    @property
    def avoid(self) -> SafeString:
        """For which it is better left."""
        return _kinds(self.preset.avoid)

    @property
    def needs(self) -> str:
        """What a shop must have for it."""
        return listed([str(NEEDS[need]) for need in self.preset.needs])

    @property
    def rhythm(self) -> str:
        """How often it looks for customers."""
        return str(RHYTHMS[self.preset.rhythm])

    @property
    def contacts(self) -> str:
        """How many contacts one customer gets at most, over how many days."""
        offers = [offer.code for offer in self.preset.offers]
        steps = [s for s in self.preset.steps if s.offer in ("", offers[0])]
        days = sum(step.wait_days for step in steps)
        text = ngettext("%(n)s contact", "%(n)s contacts", len(steps)) % {"n": number(len(steps))}
        if not days:
            return text
        over = ngettext("over %(n)s day", "over %(n)s days", days) % {"n": number(days)}
        return f"{text} {over}"

    @property
    def verdict(self) -> SafeString | str:
        """What it brought here, in one sentence."""
        if self.here.verdict is not None:
            return verdict_words.sentence(self.here.verdict, self.here.currency)
        if self.here.campaigns:
            return gettext("It runs here; the first reading is still to come.")
        return gettext("Not tried here yet.")


def _kinds(codes: Sequence[str]) -> SafeString:
    return format_html_join(" · ", "{}", [(term(f"loyalty_{code}"),) for code in codes])


@page("see base")
def measures(request: StaffRequest) -> HttpResponse:
    """Show every measure, by the direction of the goal that it serves."""
    here = known_here(request.shop.currency)
    sizes = audiences_now(request, presets().values())
    language = (get_language() or "en")[:2]
    every = [
        Measure(
            preset,
            preset.names.get(language, preset.names["en"]),
            preset.told.get(language, preset.told["en"]),
            sizes.get(code),
            here[code],
        )
        for code, preset in presets().items()
    ]
    groups = [
        (code, *words, [one for one in every if one.preset.direction == code])
        for code, words in DIRECTIONS.items()
    ]
    tried = sum(bool(one.here.campaigns) for one in every)
    facts = {"headline": _headline(len(every), tried), "groups": groups}
    return render(request, "campaigns/library.html", facts)


def _headline(measures: int, tried: int) -> SafeString:
    facts = {"n": number(measures), "tried": number(tried)}
    if not tried:
        return filled(gettext("<b>%(n)s measures</b> are ready; none was tried here yet."), **facts)
    text = ngettext(
        "<b>%(n)s measures</b> are ready; you tried %(tried)s of them.",
        "<b>%(n)s measures</b> are ready; you tried %(tried)s of them.",
        tried,
    )
    return filled(text, **facts)


def audiences_now(request: StaffRequest, wanted: Iterable[Preset]) -> dict[str, int]:
    """Return for how many customers each measure would be now; nothing before the first scoring.

    Counted once per scoring: the next reader gets what was counted.
    """
    run = current_run()
    if run is None:
        return {}
    look = looking(request.at)

    def count(preset: Preset) -> int:
        audience = read_audience({"version": VERSION, "who": preset.who})
        return cached(f"preset:{run.pk}:{preset.code}", lambda: audience_size(audience, look))

    return {preset.code: count(preset) for preset in wanted}
